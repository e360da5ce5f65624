/** What models cost: read from a run config by alias, or from a providers file by model id. Never part of a config. */

import { z } from 'zod'
import { present } from '../../base/errors/present.ts'
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
  /** Per million of the input tokens that the provider wrote into its cache. Left out: as all others. */
  cache_write: float(perMillion).optional(),
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
    cache_write: float(perMillion).optional(),
    output: float(perMillion).default(0),
  }).optional(),
})

export type Price = z.output<typeof price>

/** What one token costs, exactly. */
export interface TokenPrice {
  readonly input: Money
  readonly cachedInput: Money
  readonly cacheWrite: Money
  readonly output: Money
}

type Amounts = Pick<Price, 'input' | 'cached_input' | 'cache_write' | 'output'>

export function exactPrice({
  input,
  cached_input: cached,
  cache_write: written,
  output,
}: Amounts): TokenPrice {
  const exact = (perMillionTokens: number): Money => present(perToken(perMillionTokens), 'prices')
  return {
    input: exact(input),
    cachedInput: exact(cached ?? input),
    cacheWrite: exact(written ?? input),
    output: exact(output),
  }
}

/**
 * Half of what tokens cost otherwise, unless the price says more. What a batch writes into a cache stays there for an hour, not for
 * five minutes: Anthropic, the one vendor that charges for it, takes 1.6 times as much for that.
 */
export function exactBatchPrice({ batch, ...single }: Price): TokenPrice {
  if (batch !== undefined) return exactPrice(batch)
  const { input, cachedInput, cacheWrite, output } = exactPrice(single)
  return {
    input: input / 2n,
    cachedInput: cachedInput / 2n,
    cacheWrite: single.cache_write === undefined ? input / 2n : (cacheWrite * 4n) / 5n,
    output: output / 2n,
  }
}

/** What the input of some answers costs. */
export interface InputTokens {
  readonly input: number
  /** Of them. */
  readonly cached: number
  readonly written: number
}

export function inputCost(price: TokenPrice, { input, cached, written }: InputTokens): Money {
  return (
    BigInt(input - cached - written) * price.input +
    BigInt(cached) * price.cachedInput +
    BigInt(written) * price.cacheWrite
  )
}
