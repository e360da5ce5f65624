/**
 * Weights, which are divided by their sum when a config is read, as the reference does.
 *
 * Python adds up otherwise before 3.12, so that two Data Designers can disagree on the last digit of a quotient, and with it on
 * `config_hash`. Rules:
 *   1. Rowsmith's are those of Python 3.12 and later.
 *   2. A saved config that either Python is to go on with holds the weights as they were given: each divides them itself.
 *   3. Whether weights that are read back were divided already is known by their sum, which is 1 up to rounding. Given ones that add up to
 *      nearly 1 are therefore saved twice as large: their quotients are the same to the last bit. Example: `[1.4, 0.4, 0.2]`.
 */
import { z } from 'zod'
import { objectOf, type Value } from '../../base/values/value.ts'
import { float } from './lax.ts'

/** What was given for weights that were divided by their sum. */
const given = new WeakMap<readonly number[], readonly number[]>()

/** Weights of a category or of a manual distribution; they are divided by their sum when read. */
export const weights = z
  // The very list that `decode` made, which a schema of lists would copy.
  .codec(z.array(float(z.number().min(0))), z.custom<number[]>(Array.isArray), {
    decode: (raw, payload) => {
      const total = compensatedSum(raw)
      if (total > 0 && Number.isFinite(total)) {
        const normalised = divided(raw, total)
        given.set(normalised, raw)
        return normalised
      }
      payload.issues.push({ code: 'custom', input: raw, message: 'weights must add up to more than 0' })
      return z.NEVER
    },
    encode: (normalised) => normalised,
  })
  .nullable()
  .default(null)

/** Complains when a list of weights does not fit its values. */
export function weightsFit(params: { values: unknown[]; weights: number[] | null }): boolean {
  return params.weights === null || params.weights.length === params.values.length
}

export const weightsMisfit = { error: 'there must be one weight for each value', path: ['weights'] }

/** A config whose weights were divided as Python before 3.12 does it. */
export function asOlderPython<T>(config: T): T {
  return withWeights(config, (weights, raw) => {
    const total = plainSum(raw)
    return total > 0 ? divided(raw, total) : weights
  })
}

/** A config whose weights every Python divides to what it makes of those that were given (rules 2 and 3). */
export function forEveryPython<T>(config: T): T {
  return withWeights(config, (weights, raw) => {
    if (equal(divided(raw, plainSum(raw)), weights)) return weights
    const total = compensatedSum(raw)
    return total !== 1 && isNormalised(raw) ? raw.map((weight) => weight * 2) : raw
  })
}

/** Whether weights were divided by their sum, as far as rounding lets one say. */
export function isNormalised(weights: readonly number[]): boolean {
  return Math.abs(compensatedSum(weights) - 1) <= 1e-9
}

/** @param change gets weights and what was given for them; those of which that is not known stay */
function withWeights<T>(
  config: T,
  change: (weights: readonly number[], raw: readonly number[]) => readonly number[],
): T {
  return walk(config) as T

  function walk(value: unknown): unknown {
    if (Array.isArray(value)) {
      const raw = given.get(value)
      if (raw !== undefined) return change(value, raw)
      const items = value.map(walk)
      return items.every((item, index) => item === value[index]) ? value : items
    }
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).map(([key, member]) => [key, member, walk(member)] as const)
    if (members.every(([, before, after]) => before === after)) return value
    return objectOf(members.map(([key, , after]) => [key, after as Value]))
  }
}

function divided(weights: readonly number[], total: number): number[] {
  return weights.map((weight) => weight / total)
}

function equal(one: readonly number[], other: readonly number[]): boolean {
  return one.every((weight, index) => weight === other[index])
}

/** How Python before 3.12 adds up. */
function plainSum(terms: readonly number[]): number {
  return terms.reduce((total, term) => total + term, 0)
}

/** Neumaier's sum, which Python's `sum` uses since 3.12. */
function compensatedSum(terms: readonly number[]): number {
  let total = 0
  let lost = 0
  for (const term of terms) {
    const next = total + term
    lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total
    total = next
  }
  return total + lost
}
