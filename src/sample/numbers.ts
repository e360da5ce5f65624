/**
 * Numbers and text made into each other the way Python and NumPy do it.
 */
import { formatFloat } from '../base/json.ts'

/** The nearest whole number; a half goes to the even one (IEEE 754, `rint`). */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value)
  const fraction = value - down
  if (fraction < 0.5) return down
  if (fraction > 0.5) return down + 1
  return down % 2 === 0 ? down : down + 1
}

/**
 * Rounds as `numpy.round` does: scaled by a power of ten, rounded half to even, scaled back.
 *
 * @param places digits after the point; negative ones round whole digits away
 */
export function roundPlaces(value: number, places: number): number {
  const scale = 10 ** Math.abs(places)
  if (places < 0) return roundHalfEven(value / scale) * scale
  const scaled = value * scale
  // A number this large has no digits after the point, or too few to lose.
  return Number.isFinite(scaled) ? roundHalfEven(scaled) / scale : value
}

/** Python's `str` of a number. */
export function numberText(value: bigint | number): string {
  if (typeof value === 'bigint') return value.toString()
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return formatFloat(value)
}

const floatText = /^[-+]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i
const infiniteText = /^([-+]?)inf(?:inity)?$/i

/** Python's `float` of a text; undefined where Python raises. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = text.trim()
  if (floatText.test(trimmed)) return Number(trimmed.replaceAll('_', ''))
  const infinite = infiniteText.exec(trimmed)
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return /^[-+]?nan$/i.test(trimmed) ? Number.NaN : undefined
}

/** True for integers that an INT64 column can hold. */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
