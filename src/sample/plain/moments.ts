/**
 * Samplers of moments. What is drawn is `2024-01-31T09:30:00`, which other columns compare and count from; what is written
 * follows `convert_to`.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { readMoment } from '../../base/values/moments.ts'
import type { Sampler } from '../sampler/sampler.ts'
import { compilePattern } from './strftime.ts'

const SECOND = 1000
const unitMs = { D: 86_400 * SECOND, h: 3600 * SECOND, m: 60 * SECOND, s: SECOND } as const

/** Milliseconds since 1970 as other columns see them. */
const isoText = (ms: number): string => new Date(ms).toISOString().slice(0, 19)

/** How a moment is written. @throws RowsmithError config_invalid for a pattern that strftime does not know */
function writing(column: string, pattern: string | null): Pick<Sampler, 'write'> {
  if (pattern === null) return {}
  const format = compilePattern(column, pattern)
  return { write: (drawn) => format(Date.parse(`${String(drawn)}Z`)) }
}

/**
 * A whole second from `start` on and before `end`, each equally likely, then cut down to its unit: the result can lie before
 * `start` when that is inside a unit.
 *
 * @param pattern of strftime, or null for `2024-01-31T09:30:00`
 * @throws RowsmithError config_invalid when no second lies between, or the pattern is none
 */
export function datetimeSampler(
  column: string,
  params: { readonly start: string; readonly end: string; readonly unit: 'Y' | 'M' | 'D' | 'h' | 'm' | 's' },
  pattern: string | null,
): Sampler {
  const start = Math.floor((readMoment(params.start) ?? Number.NaN) / SECOND)
  const seconds = Math.floor((readMoment(params.end) ?? Number.NaN) / SECOND) - start
  if (!(seconds > 0)) {
    throw new RowsmithError(
      'config_invalid',
      `Column "${column}": end must be at least a second after start.`,
      {
        facts: { column },
      },
    )
  }
  return {
    type: { kind: 'string' },
    moment: true,
    draw: (random) => cut((start + Math.floor(random.float() * seconds)) * SECOND, params.unit),
    ...writing(column, pattern),
  }
}

function cut(ms: number, unit: 'Y' | 'M' | 'D' | 'h' | 'm' | 's'): string {
  const text = isoText(ms)
  switch (unit) {
    case 'Y':
      return `${text.slice(0, 4)}-01-01T00:00:00`
    case 'M':
      return `${text.slice(0, 7)}-01T00:00:00`
    case 'D':
      return `${text.slice(0, 10)}T00:00:00`
    case 'h':
      return `${text.slice(0, 13)}:00:00`
    case 'm':
      return `${text.slice(0, 16)}:00`
    case 's':
      return text
    default:
      return unit satisfies never
  }
}

/**
 * The moment of another column, and from `dt_min` on but fewer than `dt_max` units later, each equally likely.
 *
 * @throws RowsmithError config_invalid for a pattern that strftime does not know
 */
export function timedeltaSampler(
  column: string,
  params: {
    readonly dt_min: number
    readonly dt_max: number
    readonly reference_column_name: string
    readonly unit: 'D' | 'h' | 'm' | 's'
  },
  pattern: string | null,
): Sampler {
  const { dt_min: least, dt_max: most, reference_column_name: reference, unit } = params
  return {
    type: { kind: 'string' },
    moment: true,
    reads: [reference],
    draw: (random, { drawn }) => {
      const units = least + Math.floor(random.float() * (most - least))
      const ms = Date.parse(`${String(drawn[reference])}Z`) + units * unitMs[unit]
      if (ms < END_OF_TIME) return isoText(ms)
      throw new RowsmithError('value_unfit', `A value of column "${column}" lies after the year 9999`, {
        facts: { column },
      })
    },
    ...writing(column, pattern),
  }
}

const END_OF_TIME = Date.UTC(10_000, 0, 1)
