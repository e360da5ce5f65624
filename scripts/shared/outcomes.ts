/** Checks of the scripts that try real software: what each said, as lines, and the exit code. */

/** A line that a file of checks prints. */
export interface Outcome {
  readonly client: string
  readonly check: string
  /** Why it failed, or null. */
  readonly why: string | null
}

/** @param stdout of a file of checks */
export function outcomesIn(stdout: string): Outcome[] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('{"client"'))
  return lines.map((line) => JSON.parse(line) as Outcome)
}

/** Prints them. @returns the exit code: 1 when one failed, or there are none */
export function print(outcomes: readonly Outcome[]): number {
  const width = Math.max(0, ...outcomes.map(({ client }) => client.length))
  for (const { client, check, why } of outcomes) {
    console.log(`${why === null ? 'ok    ' : 'FAILED'}  ${client.padEnd(width)}  ${check}`)
    if (why !== null) console.log(`        ${why}`)
  }
  const failed = outcomes.filter(({ why }) => why !== null).length
  console.log(`${outcomes.length} checks, ${failed === 0 ? 'all hold' : `${failed} FAILED`}`)
  return outcomes.length > 0 && failed === 0 ? 0 : 1
}
