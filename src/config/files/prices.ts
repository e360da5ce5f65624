/** What models cost: read from a run config by alias, or from a providers file by model id. Never part of a config. */
import { z } from 'zod'
import { money, perToken } from '../../base/numbers/money.ts'
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
})

export type Price = z.output<typeof price>
