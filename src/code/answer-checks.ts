/**
 * What a schema of code says of an answer in addition to its JSON Schema: refinements, which no JSON Schema can hold.
 *
 * A check is declared of the very object that stands in the config as `output_format`, and found again by it.
 */
import { sharedDeclarations } from '../base/values/declarations.ts'
import type { Value } from '../base/values/value.ts'

/** What is wrong with an answer, for the model to read; null for one that is right. Pure: it is called again whenever its row is made again. */
export type AnswerCheck = (answer: Value) => string | null | Promise<string | null>

export interface DeclaredCheck {
  readonly check: AnswerCheck
  /** The text of what it does, as far as it can be seen. */
  readonly source: string
}

const declared = sharedDeclarations<DeclaredCheck>('answer-checks.1')

/** The schema itself. */
export function withAnswerCheck<T extends object>(schema: T, check: DeclaredCheck): T {
  declared.set(schema, check)
  return schema
}

export function answerCheckOf(schema: object): DeclaredCheck | undefined {
  return declared.get(schema)
}
