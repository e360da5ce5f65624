/** Reading the values of options on a command line: each throws a RowsmithError `usage` that names the option and the value seen. */
import { RowsmithError } from '../errors/errors.ts'

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

/** Any integer of 64 bits; a negative one is read as the same 64 bits unsigned. */
export function parseSeed(text: string, option: string): bigint {
  const seed = /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined
  if (seed === undefined || seed < -(2n ** 63n) || seed >= 2n ** 64n) {
    throw usageError(`${option} takes an integer of 64 bits, not "${text}"`)
  }
  return BigInt.asUintN(64, seed)
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/**
 * Reads a duration as people write it: `500ms`, `30s`, `1.5m`, `1h`; `0` needs no unit.
 *
 * @returns milliseconds
 * @throws RowsmithError `usage`
 */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text)
  if (match === null) {
    if (text === '0') return 0
    throw usageError(`${option} takes a duration such as 500ms, 30s or 2m, not "${text}"`)
  }
  return Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs])
}

/** A duration as `parseDuration` reads it, in the largest unit that divides it: `30s`, `90m`, `1500ms`. */
export function durationText(ms: number): string {
  const unit = (['h', 'm', 's'] as const).find((each) => ms > 0 && ms % unitMs[each] === 0) ?? 'ms'
  return `${ms / unitMs[unit]}${unit}`
}
