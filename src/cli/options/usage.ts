/** Reading the values of options: each throws a RowsmithError `usage` that names the option and the value seen. */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { CreateOptions } from '../../index.ts'

/** A wrong command line; exits with 2. */
export function usageError(message: string, nextStep?: string): RowsmithError {
  return new RowsmithError('usage', message, nextStep === undefined ? {} : { nextStep })
}

/** A whole number of at least `least`. */
export function parseCount(text: string, option: string, least: number): number {
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(count) || count < least) {
    throw usageError(`${option} takes a whole number of at least ${least}, not "${text}"`)
  }
  return count
}

/** No limit. Not null, which commander takes for a value that was not given. */
export type NoLimit = 'none'

/** A whole number of at least 1, or `none`: no limit. */
export function parseLimit(text: string, option: string): number | NoLimit {
  return text === 'none' ? text : parseCount(text, option, 1)
}

/** An amount of money above 0, or `none`: no limit. */
export function parseMoney(text: string, option: string): number | NoLimit {
  if (text === 'none') return text
  if (/^\d+(\.\d{1,9})?$/.test(text) && Number(text) > 0 && Number(text) <= 1e9) return Number(text)
  throw usageError(`${option} takes an amount such as 2.50, or none, not "${text}"`)
}

/** Any integer of 64 bits; a negative one is read as the same 64 bits unsigned. */
export function parseSeed(text: string): bigint {
  const seed = /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined
  if (seed === undefined || seed < -(2n ** 63n) || seed >= 2n ** 64n) {
    throw usageError(`--seed takes an integer of 64 bits, not "${text}"`)
  }
  return BigInt.asUintN(64, seed)
}

/** How many rows may be lost before a run counts as short: a number of rows or a share of those planned. */
export type DropAllowance = { readonly rows: number } | { readonly percent: number }

/** `10` rows or `5%` of the rows planned. */
export function parseDropAllowance(text: string): DropAllowance {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (match !== null && Number(match[1]) <= 100) return { percent: Number(match[1]) }
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { rows: Number(text) }
  throw usageError(`--max-dropped takes a number of rows or a percentage such as 5%, not "${text}"`)
}

/** True when `dropped` of `planned` rows is more than what is allowed. */
export function exceeds(allowance: DropAllowance, dropped: number, planned: number): boolean {
  return dropped > ('rows' in allowance ? allowance.rows : (planned * allowance.percent) / 100)
}

const resumeModes = ['if_possible', 'always', 'never'] as const
export type ResumeMode = (typeof resumeModes)[number]

/** The mode of `--resume`; `if-possible` is read as `if_possible`. */
export function parseResumeMode(text: string): ResumeMode {
  const mode = resumeModes.find((known) => known === text.replace('-', '_'))
  if (mode === undefined) throw usageError(`--resume takes ${resumeModes.join(', ')}, not "${text}"`)
  return mode
}

/** What `--reuse` takes: `auto`, `none`, or the directory of a dataset. */
export function parseReuse(text: string): NonNullable<CreateOptions['reuse']> {
  if (text === 'auto' || text === 'none') return text
  if (text === '') throw usageError('--reuse takes auto, none or a dataset directory, not ""')
  return { directory: text }
}

/** `3,17-20`: rows and ranges of rows between commas. */
export function parseRowRanges(text: string): (readonly [first: number, last: number])[] {
  return text.split(',').map((part) => {
    const [, first, last = first] = /^\s*(\d{1,15})(?:-(\d{1,15}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) {
      throw usageError(`--rows takes rows and ranges such as 3,17-20, not "${text}"`)
    }
    return [Number(first), Number(last)]
  })
}

/** Names between commas; a name that holds a comma itself stands in double quotes, doubled inside. */
export function parseColumns(text: string): readonly string[] {
  const names = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"]+))\s*(?:,|$)/gy)]
  const length = names.reduce((sum, [whole]) => sum + whole.length, 0)
  const last = names.at(-1)
  if (last === undefined || length !== text.length || last[0].endsWith(',')) {
    throw usageError(`--columns takes names between commas, such as topic,text, not "${text}"`)
  }
  return names.map(([, inQuotes, plain = '']) => inQuotes?.replaceAll('""', '"') ?? plain.trim())
}
