/**
 * What all samplers of numbers share: conversion, rounding, and reporting an impossible parameter.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { Random } from '../../base/numbers/random.ts'
import type { Value } from '../../base/values/value.ts'
import { type Conversion, convertedType, convertScalar } from './convert.ts'
import { fitsInt64, roundPlaces } from './numbers.ts'
import type { Sampler } from './sampler.ts'

/** How the numbers of a column are to be written. */
export interface NumberForm {
  /** Of a distribution of whole numbers, which makes an integer column. */
  readonly whole: boolean
  /** Rounds half to even, before a conversion to text; an integer is rounded once, by its conversion. */
  readonly places: number | null
  readonly conversion: Conversion | null
}

/** A sampler of numbers. @param draw may give whole numbers beyond 2^53, as floats */
export function numberSampler(column: string, form: NumberForm, draw: (random: Random) => number): Sampler {
  const { whole, places, conversion } = form
  const make = (random: Random): Value | undefined => {
    const value = draw(random)
    if (conversion === 'int') return convertScalar(value, 'int')
    if (whole) {
      const integer = Number.isFinite(value) ? BigInt(value) : undefined
      if (integer === undefined || !fitsInt64(integer)) return undefined
      return conversion === null ? integer : convertScalar(integer, conversion)
    }
    const rounded = places === null ? value : roundPlaces(value, places)
    if (!Number.isFinite(rounded)) return undefined
    return conversion === 'str' ? convertScalar(rounded, 'str') : rounded
  }
  return {
    type: conversion === null ? { kind: whole ? 'int' : 'float' } : convertedType(conversion),
    draw: (random) => {
      const value = make(random)
      if (value !== undefined) return value
      throw new RowsmithError(
        'value_unfit',
        `A value of column "${column}" is no ${whole || conversion === 'int' ? 'integer of 64 bits' : 'finite number'}`,
        {
          facts: { column },
        },
      )
    },
  }
}

/** The refusal of a parameter that no distribution has. */
export function unfitParameter(column: string, name: string, seen: number, allowed: string): RowsmithError {
  return new RowsmithError('config_invalid', `Column "${column}": ${name} is ${seen}; it ${allowed}.`, {
    facts: { column, parameter: name },
  })
}

/** The refusal of a distribution that is too wide for a table and no bell. */
export function tooWide(column: string): RowsmithError {
  return new RowsmithError(
    'config_invalid',
    `Column "${column}": these parameters spread over more than four million values, which cannot be drawn exactly.`,
    { facts: { column } },
  )
}
