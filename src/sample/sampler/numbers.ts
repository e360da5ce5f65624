/** Rounding the way NumPy does it. */

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
  // Reading a number is exact to the last bit on every engine; `10 ** n` is not.
  const scale = Number(`1e${Math.abs(places)}`)
  if (places < 0) return roundHalfEven(value / scale) * scale
  const scaled = value * scale
  // A number this large has no digits after the point, or too few to lose.
  return Number.isFinite(scaled) ? roundHalfEven(scaled) / scale : value
}

/** True for integers that an INT64 column can hold. */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value
}
