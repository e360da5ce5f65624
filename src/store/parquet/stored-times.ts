/**
 * Dates, times and decimals as they are read, no matter which tool wrote the file. Dates and times are ISO text with
 * every digit that was stored; a decimal of up to 15 digits is the float nearest to it, a longer one is near.
 */
import type { SchemaElement } from 'hyparquet'
import type { Value } from '../../base/values/value.ts'

/** For the Parquet reader, whose own go through `Date` and so lose what is finer than a millisecond. */
export const timeParsers = {
  dateFromDays: (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, -14),
  timestampFromMilliseconds: (count: bigint): string => timestamp(count, 3),
  timestampFromMicroseconds: (count: bigint): string => timestamp(count, 6),
  timestampFromNanoseconds: (count: bigint): string => timestamp(count, 9),
}

/** What the reader gives for a cell, as the value it stands for; undefined when the type is none of these. */
export function storedTime(
  found: unknown,
  { logical_type: logical, converted_type: converted, scale = 0 }: SchemaElement,
): Value | undefined {
  if (typeof found === 'number' && (logical?.type === 'DECIMAL' || converted === 'DECIMAL')) {
    // The reader multiplies: 57 hundredths come as 0.5700000000000001.
    return Number(found.toFixed(scale))
  }
  if (logical?.type === 'TIMESTAMP' || converted?.startsWith('TIMESTAMP')) {
    const isUtc = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC : true
    return isUtc ? `${found}Z` : String(found)
  }
  const isTime = logical?.type === 'TIME' || converted?.startsWith('TIME_')
  if (!isTime || (typeof found !== 'number' && typeof found !== 'bigint')) return undefined
  const unit = logical?.type === 'TIME' ? logical.unit : converted === 'TIME_MILLIS' ? 'MILLIS' : 'MICROS'
  return timestamp(BigInt(found), digitsOf[unit]).slice('1970-01-01T'.length)
}

const digitsOf = { MILLIS: 3, MICROS: 6, NANOS: 9 } as const

/** @param count since 1970, in units of so many decimal digits below the second */
function timestamp(count: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits)
  const fraction = ((count % perSecond) + perSecond) % perSecond
  const seconds = Number((count - fraction) / perSecond)
  const whole = new Date(seconds * 1000).toISOString().slice(0, -5)
  return fraction === 0n ? whole : `${whole}.${String(fraction).padStart(digits, '0')}`
}
