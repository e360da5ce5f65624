/** Numbers the way Python reads, rounds and writes them: exact, half to even, unbounded integers. */

import { Failure } from './failure.ts'
import { maxIntegerDigits } from './limits.ts'

/** Reads an integer; base 0 takes the base from a `0x`, `0o` or `0b` prefix. Undefined when it is none. */
export function readInteger(text: string, base: number): bigint | undefined {
  if (text.length > maxIntegerDigits) throw new Failure('an integer grows too large')
  const parts = /^\s*([+-]?)(0[xob](?=_?\w))?((?:_?[\da-z])+)\s*$/i.exec(text)
  if (parts === null) return undefined
  const [, sign = '', prefix = '', written = ''] = parts
  const prefixBase = { '': 10, '0x': 16, '0o': 8, '0b': 2 }[prefix.toLowerCase()] ?? 10
  let digits = written
  let radix = base
  if (base === 0) radix = prefixBase
  else if (prefix !== '' && prefixBase !== base) digits = `${prefix}${written}`
  if (prefix === '' && written.startsWith('_')) return undefined
  digits = digits.replaceAll('_', '').toLowerCase()
  const largest = Math.max(...Array.from(digits, (digit) => Number.parseInt(digit, 36)))
  if (radix < 2 || radix > 36 || largest >= radix) return undefined
  let value = 0n
  if (radix === 10) value = BigInt(digits)
  else if (radix === 16) value = BigInt(`0x${digits}`)
  else for (const digit of digits) value = value * BigInt(radix) + BigInt(Number.parseInt(digit, 36))
  return sign === '-' ? -value : value
}

/** Reads a float as Python's `float()` does. Undefined when it is none. */
export function readFloat(text: string): number | undefined {
  const trimmed = text.trim()
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed)
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN
    return special[1] === '-' ? -Infinity : Infinity
  }
  const plain = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i
  return plain.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined
}

/** A finite float rounded to `places` decimals (negative: tens, hundreds), half to even on its exact value. */
export function roundFloat(value: number, places: number): number {
  if (!Number.isFinite(value) || places > 323) return value
  if (places < -309) return value * 0
  const scaled = scaledInteger(value, places)
  return scaled === 0n ? value * 0 : Number(`${scaled}e${-places}`)
}

/** An integer rounded to 10 ** `power`, half to even. */
export function roundInteger(value: bigint, power: number): bigint {
  const unit = 10n ** BigInt(power)
  return divideHalfEven(value, unit) * unit
}

/** `%f`: a finite float with exactly `places` decimals. */
export function fixedText(value: number, places: number): string {
  const negative = value < 0 || Object.is(value, -0)
  const digits = scaledInteger(Math.abs(value), places)
    .toString()
    .padStart(places + 1, '0')
  const whole = digits.slice(0, digits.length - places)
  return `${negative ? '-' : ''}${whole}${places > 0 ? `.${digits.slice(digits.length - places)}` : ''}`
}

/** `%e`: a finite float as one digit, `places` decimals and a power of ten. */
export function exponentText(value: number, places: number): string {
  const negative = value < 0 || Object.is(value, -0)
  const size = Math.abs(value)
  let exponent = size === 0 ? 0 : Number(size.toExponential().split('e')[1])
  let digits = scaledInteger(size, places - exponent).toString()
  if (digits.length > places + 1) {
    exponent++
    digits = scaledInteger(size, places - exponent).toString()
  }
  digits = digits.padEnd(places + 1, '0')
  const power = `${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`
  return `${negative ? '-' : ''}${digits[0]}${places > 0 ? `.${digits.slice(1)}` : ''}e${power}`
}

/** `%g`: the shorter of the two above at `precision` significant digits, without trailing zeros. */
export function generalText(value: number, precision: number, keepZeros = false): string {
  const significant = Math.max(precision, 1)
  const scientific = exponentText(value, significant - 1)
  const exponent = Number(scientific.split('e')[1])
  const tidy = (text: string): string =>
    keepZeros || !text.includes('.') ? text : text.replace(/\.?0+$/, '')
  if (exponent < -4 || exponent >= significant) {
    const [mantissa = '', power = ''] = scientific.split('e')
    return `${tidy(mantissa)}e${power}`
  }
  return tidy(fixedText(value, significant - 1 - exponent))
}

/** value * 10 ** places as the nearest integer, half to even, computed on the float's exact binary value. */
function scaledInteger(value: number, places: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const word = bits.getBigUint64(0)
  const biased = Number((word >> 52n) & 0x7ffn)
  const fraction = word & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  const exponent = (biased === 0 ? 1 : biased) - 1075
  let numerator = value < 0 ? -mantissa : mantissa
  let denominator = 1n
  if (exponent >= 0) numerator <<= BigInt(exponent)
  else denominator <<= BigInt(-exponent)
  if (places >= 0) numerator *= 10n ** BigInt(places)
  else denominator *= 10n ** BigInt(-places)
  return divideHalfEven(numerator, denominator)
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  let quotient = numerator / denominator
  let remainder = numerator % denominator
  if (remainder < 0n) {
    remainder += denominator
    quotient -= 1n
  }
  const twice = remainder * 2n
  if (twice > denominator || (twice === denominator && quotient % 2n !== 0n)) quotient += 1n
  return quotient
}
