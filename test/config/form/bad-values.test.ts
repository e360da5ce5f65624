import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../src/base/errors/error-codes.ts'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { parseConfig } from '../../../src/config/form/load.ts'
import { validateConfig } from '../../../src/preflight/validate.ts'
import { type BadValues, badValues } from './bad-values.table.ts'

/** The error of a config that cannot be used. */
async function refusal(config: unknown): Promise<RowsmithError> {
  try {
    await validateConfig(parseConfig(JSON.stringify(config), 'c.yaml'))
  } catch (error) {
    if (RowsmithError.isInstance(error)) return error
    throw error
  }
  throw new Error(`Nothing is wrong with ${JSON.stringify(config)}`)
}

/** Lists of what is allowed grow with every release. */
function cut(line: string): string {
  return line.replace(/(; allowed|; known are|; there are) .*?($| \(and \d+ more problems?\)$)/, '$1$2')
}

async function check({ config, cases }: BadValues): Promise<void> {
  for (const [given, line] of cases) {
    const error = await refusal(config(given))
    expect(cut(error.message), JSON.stringify(given)).toBe(line)
    expect(error.message).not.toContain('\n')
    expect(error.nextStep).not.toBe('')
    // Usage errors end the command with 2.
    expect(errorCodes[error.code].class).toBe('usage')
  }
}

describe('a bad value is told in one line, with its place', () => {
  for (const group of badValues) it(group.of, () => check(group))

  it('more than 200 of them, and every one names the file and what is meant in it', () => {
    const lines = badValues.flatMap(({ cases }) => cases.map(([, line]) => line))
    expect(lines.length).toBeGreaterThan(200)
    expect(lines.filter((line) => !/^c\.yaml:1: [a-z_]+/.test(line))).toEqual([])
  })
})
