/**
 * Elementary functions from additions, multiplications, divisions and square roots alone.
 *
 * IEEE 754 fixes the last bit of those, and of nothing else: `Math.exp` and its kin differ between engines and versions,
 * and a drawn value must not. Each is a reduction of its argument and a Taylor series, good to one or two units in the
 * last place (`pow`: to about |y log x| of them).
 */

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
/** log 2, in one piece where its last bits do not matter. */
const LN2 = LN2_HIGH + LN2_LOW
const bits = new DataView(new ArrayBuffer(8))

/** value * 2^exponent, for exponents that can be anything a result needs. */
function scaled(value: number, exponent: number): number {
  if (exponent > 1023) return scaled(value * 2 ** 1023, exponent - 1023)
  if (exponent < -1022) return exponent < -2200 ? 0 : scaled(value * 2 ** -969, exponent + 969)
  bits.setUint32(0, (exponent + 1023) << 20)
  bits.setUint32(4, 0)
  return value * bits.getFloat64(0)
}

/** exp(x) - 1 for |x| below 0.35. */
function smallExpm1(x: number): number {
  let sum = 1
  for (let n = 15; n > 1; n--) sum = 1 + (x / n) * sum
  return x * sum
}

/** e to the power of x. */
export function exp(x: number): number {
  if (!(x < 709.79)) return x > 0 ? Number.POSITIVE_INFINITY : x
  if (x < -746) return 0
  const exponent = Math.floor(x / LN2 + 0.5)
  return scaled(1 + smallExpm1(x - exponent * LN2_HIGH - exponent * LN2_LOW), exponent)
}

/** exp(x) - 1 without losing the digits of a small x. */
export function expm1(x: number): number {
  return Math.abs(x) < 0.34 ? smallExpm1(x) : exp(x) - 1
}

/** log((1 + s) / (1 - s)) for |s| below 0.18. */
function logOfRatio(s: number): number {
  const square = s * s
  let sum = 1 / 23
  for (let odd = 21; odd > 0; odd -= 2) sum = 1 / odd + square * sum
  return 2 * s * sum
}

/** The natural logarithm; -Infinity for zero, NaN below. */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN
  if (x === Number.POSITIVE_INFINITY) return x
  if (x < 2.3e-308) return log(x * 2 ** 54) - 54 * LN2
  bits.setFloat64(0, x)
  let exponent = (bits.getUint32(0) >>> 20) - 1023
  bits.setUint32(0, (bits.getUint32(0) & 0xfffff) | (1023 << 20))
  let mantissa = bits.getFloat64(0)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    exponent++
  }
  return exponent * LN2_HIGH + (logOfRatio((mantissa - 1) / (mantissa + 1)) + exponent * LN2_LOW)
}

/** log(1 + x) without losing the digits of a small x. */
export function log1p(x: number): number {
  return Math.abs(x) < 0.29 ? logOfRatio(x / (2 + x)) : log(1 + x)
}

/** x to the power of y, for x from 0 on. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1
  if (y === 1) return x
  return exp(y * log(x))
}

/** sin(pi x) for x from 0 to 1. */
export function sinPi(x: number): number {
  if (x > 0.5) return sinPi(1 - x)
  return x <= 0.25 ? smallSine(Math.PI * x) : smallCosine(Math.PI * (0.5 - x))
}

/** cos(pi x) for x from 0 to 1. */
export function cosPi(x: number): number {
  if (x > 0.5) return -cosPi(1 - x)
  return x <= 0.25 ? smallCosine(Math.PI * x) : smallSine(Math.PI * (0.5 - x))
}

function smallSine(x: number): number {
  const square = x * x
  let sum = 1
  for (let n = 18; n > 0; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum
  return x * sum
}

function smallCosine(x: number): number {
  const square = x * x
  let sum = 1
  for (let n = 17; n > 0; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum
  return sum
}

/** Hyperbolic sine. */
export function sinh(x: number): number {
  if (Math.abs(x) < 0.34) {
    const grown = expm1(x)
    return (grown + grown / (1 + grown)) / 2
  }
  return exp(x) / 2 - exp(-x) / 2
}
