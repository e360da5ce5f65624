import { z } from 'zod'
import { float } from './lax.ts'

/** Weights of a category or of a manual distribution; they are divided by their sum when read. */
export const weights = z
  .codec(z.array(float(z.number().min(0))), z.array(z.number()), {
    decode: (given, payload) => {
      const total = compensatedSum(given)
      if (total > 0 && Number.isFinite(total)) return given.map((weight) => weight / total)
      payload.issues.push({ code: 'custom', input: given, message: 'weights must add up to more than 0' })
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

/**
 * Neumaier's sum, which Python's `sum` uses since 3.12; older Pythons add plainly and may hash a config
 * differently.
 */
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
