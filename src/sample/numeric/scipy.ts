/**
 * Distributions by their names in `scipy.stats`, with its parameters: shapes, `loc`, `scale`.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Value } from '../../base/values/value.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { Conversion } from '../sampler/convert.ts'
import { numberSampler, tooWide } from '../sampler/number-sampler.ts'
import { openUniform, type Sampler } from '../sampler/sampler.ts'
import { continuous } from './continuous.ts'
import { discrete } from './discrete.ts'

export type ScipyParams = Readonly<Record<string, Value>>

/** Every distribution there is, by SciPy's name. */
export const scipyNames: readonly string[] = [...Object.keys(continuous), ...Object.keys(discrete)].sort()

/** @throws RowsmithError config_invalid for a distribution or parameters that SciPy does not have */
export function scipySampler(
  column: string,
  params: {
    readonly dist_name: string
    readonly dist_params: ScipyParams
    readonly decimal_places: number | null
  },
  conversion: Conversion | null,
): Sampler {
  const { whole, quantile } = scipyDistribution(column, params.dist_name, params.dist_params)
  return numberSampler(column, { whole, places: params.decimal_places, conversion }, (random) =>
    quantile(openUniform(random)),
  )
}

/**
 * A distribution's quantile function, moved by `loc` and stretched by `scale`.
 *
 * @returns `whole`: it gives integers
 * @throws RowsmithError config_invalid for a distribution or parameters that SciPy does not have
 */
export function scipyDistribution(
  column: string,
  name: string,
  params: ScipyParams,
): { readonly whole: boolean; readonly quantile: (u: number) => number } {
  const refuse = (what: string): never => {
    throw new RowsmithError('config_invalid', `Column "${column}": ${what}`, {
      facts: { column, distribution: name.slice(0, 80) },
    })
  }
  const found = Object.hasOwn(continuous, name) ? continuous[name] : undefined
  const counted = Object.hasOwn(discrete, name) ? discrete[name] : undefined
  const distribution = found ?? counted
  if (distribution === undefined) {
    const shown = JSON.stringify(name.slice(0, 80))
    return refuse(
      `the distribution ${shown} is not known${didYouMean(name, scipyNames)}; known are ${scipyNames.join(', ')}.`,
    )
  }
  const known = [...distribution.shapes, 'loc', ...(found === undefined ? [] : ['scale'])]
  const unknown = Object.keys(params).find((key) => !known.includes(key))
  if (unknown !== undefined) {
    const shown = JSON.stringify(unknown.slice(0, 80))
    return refuse(`dist_params has ${shown}; ${name} takes ${known.join(', ')}.`)
  }
  const read = (key: string, missing?: number): number => {
    const given = params[key]
    const value = given === undefined ? missing : typeof given === 'bigint' ? Number(given) : given
    if (typeof value === 'number' && Number.isFinite(value)) return value
    return refuse(
      given === undefined
        ? `dist_params lacks ${key}; ${name} takes ${known.join(', ')}.`
        : `${key} of ${name} must be a number.`,
    )
  }
  const shapes = distribution.shapes.map((key) => read(key))
  const { allowed } = distribution
  if (allowed !== undefined && !allowed.holds(...shapes)) {
    const seen = shapes.map((value, index) => `${distribution.shapes[index]} ${value}`).join(', ')
    return refuse(`${name} has ${seen}; ${allowed.what}.`)
  }
  const loc = read('loc', 0)
  if (counted !== undefined && !Number.isInteger(loc)) {
    return refuse(`loc of ${name} is ${loc}; it must be a whole number.`)
  }
  const scale = found === undefined ? 1 : read('scale', 1)
  if (scale < 0) return refuse(`scale of ${name} is ${scale}; it must not be negative.`)
  const quantile = distribution.quantile(...shapes)
  if (quantile === undefined) throw tooWide(column)
  return { whole: counted !== undefined, quantile: (u) => loc + scale * quantile(u) }
}
