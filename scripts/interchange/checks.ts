/** Checks that are counted whether they hold or not, so that one that fails hides no other. */
import { isDeepStrictEqual } from 'node:util'

export class Checks {
  /** What was checked, once each, in order. */
  readonly subjects = new Set<string>()
  /** What did not hold, with what was seen. */
  readonly failures: string[] = []

  /** @param subject a word or two for the table  @param what the sentence's subject */
  equal(subject: string, what: string, seen: unknown, expected: unknown): void {
    this.subjects.add(subject)
    if (isDeepStrictEqual(seen, expected)) return
    this.failures.push(`${what}: expected ${shown(expected)}, seen ${shown(seen)}`)
  }

  /** A part that may throw: then it is a failure, and what comes after it is not tried. */
  async part(what: string, check: () => Promise<void>): Promise<void> {
    try {
      await check()
    } catch (error) {
      this.failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= 400 ? text : `${text.slice(0, 400)}…`
}
