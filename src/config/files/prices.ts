/** What models cost: read from a run config by alias, or from a providers file by model id. Never part of a config. */
import { z } from 'zod'
import { type Money, money, perToken } from '../../base/numbers/money.ts'
import { float, strict } from '../reading/lax.ts'

const amount = z.number().min(0).max(1e9)
const perMillion = amount.refine((price) => perToken(price) !== undefined, 'must have at most nine decimals')

/** In whatever currency, the same for all. */
export const price = strict({
  /** Per million input tokens. */
  input: float(perMillion).default(0),
  /** Per million of the input tokens that the provider had cached; null: as all others. */
  cached_input: float(perMillion).nullable().default(null),
  /** Per million output tokens, those of reasoning included. */
  output: float(perMillion).default(0),
  /** Per request that is answered, such as one for an image. */
  request: float(
    amount.refine((price) => money(price) !== undefined, 'must have at most 15 decimals'),
  ).default(0),
  /** Per million tokens of answers that a batch brings. Left out: half of the others, as with every vendor that has batches. */
  batch: strict({
    input: float(perMillion).default(0),
    cached_input: float(perMillion).nullable().default(null),
    output: float(perMillion).default(0),
  }).optional(),
})

export type Price = z.output<typeof price>

/** What one token of a batch costs, exactly. */
export interface BatchPrice {
  readonly input: Money
  readonly cachedInput: Money
  readonly output: Money
}

/** Half of what tokens cost otherwise, unless the price says more. */
export function exactBatchPrice({ input, cached_input: cached, output, batch }: Price): BatchPrice {
  const exact = (perMillionTokens: number): Money => perToken(perMillionTokens)!
  if (batch === undefined) {
    return { input: exact(input) / 2n, cachedInput: exact(cached ?? input) / 2n, output: exact(output) / 2n }
  }
  return {
    input: exact(batch.input),
    cachedInput: exact(batch.cached_input ?? batch.input),
    output: exact(batch.output),
  }
}
