/**
 * One line of the index of behaviours.
 *
 * The index goes through what Data Designer does when it goes on with a directory: sections A to K, one id per
 * behaviour, W1 to W32 for its weaknesses, X1 to X27 for defects of its data side, and Y1 to Y22
 * for functions, workflows and tools as they were tried from outside. Each line says what Rowsmith does
 * there, and names the test that shows it.
 */
export type Behaviour = {
  /** What Rowsmith does: a fact, one sentence, present tense. */
  readonly says: string
} & (
  | { readonly tests: readonly [TestReference, ...TestReference[]] }
  /** Why there is no test: the situation cannot arise here, or no test could fail. */
  | { readonly notTested: string }
  /** Which part of Rowsmith is still to be built before it can be tested. */
  | { readonly later: string }
)

/** The test's file from the root of the project, and its full name as vitest lists it: describes and title joined by ' > '. */
export type TestReference = readonly [file: string, name: string]
