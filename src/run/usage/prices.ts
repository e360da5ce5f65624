/**
 * What models cost, by `provider/model` as the ledger names them, and what a line of the ledger therefore amounts to.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { type Money, money, moneyAsNumber } from '../../base/numbers/money.ts'
import type { ValueObject } from '../../base/values/value.ts'
import {
  exactBatchPrice,
  exactPrice,
  type InputTokens,
  inputCost,
  type Price,
  price as priceSchema,
  type TokenPrice,
} from '../../config/files/prices.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import { batchModel } from './batch-usage.ts'
import type { LedgerLine } from './ledger.ts'

export type PricesByModel = Readonly<Record<string, Price>>

/** Exact amounts: of one token, of one request. */
interface ExactPrice extends TokenPrice {
  readonly request: Money
}

export class Prices {
  readonly byModel: PricesByModel
  readonly #exact: ReadonlyMap<string, ExactPrice>

  constructor(byModel: PricesByModel) {
    this.byModel = byModel
    this.#exact = new Map(
      Object.entries(byModel).flatMap(([model, price]) => [
        [model, exact(price)] as const,
        [batchModel(model), { ...exact(price), ...exactBatchPrice(price) }] as const,
      ]),
    )
  }

  /** Whether there is a price at all. */
  get any(): boolean {
    return this.#exact.size > 0
  }

  has(model: string): boolean {
    return this.#exact.has(model)
  }

  /** What is known to be paid; undefined without a price. */
  paid(model: string, line: LedgerLine): Money | undefined {
    const price = this.#exact.get(model)
    if (price === undefined) return undefined
    return (
      inputCost(price, inputOf(line)) +
      BigInt(line.output_tokens) * price.output +
      BigInt(line.replies) * price.request
    )
  }

  /** What caches took off that; less than nothing where more was written than read. Undefined without a price. */
  savedByCaches(model: string, line: LedgerLine): Money | undefined {
    const price = this.#exact.get(model)
    return price && BigInt(line.input_tokens) * price.input - inputCost(price, inputOf(line))
  }

  /** What requests cost at most whose answer was not seen; undefined without a price. */
  maybeCharged(model: string, line: LedgerLine): Money | undefined {
    const most = { input: line.unseen_input_tokens, output: line.unseen_output_tokens }
    return this.most(model, most, line.unseen)
  }

  /** What requests cost that take so many tokens; cached ones are counted like others. */
  most(model: string, { input, output }: TokenReservation, requests = 1): Money | undefined {
    const price = this.#exact.get(model)
    if (price === undefined) return undefined
    let dearest = price.input
    for (const other of [price.cachedInput, price.cacheWrite]) if (other > dearest) dearest = other
    return BigInt(input) * dearest + BigInt(output) * price.output + BigInt(requests) * price.request
  }
}

/**
 * The prices of the models of a config: those of the run config, by alias, before those of the providers.
 *
 * @throws RowsmithError config_invalid for an alias that is not there, or two prices of one model
 */
export function pricesOf(
  config: Config,
  byAlias: Readonly<Record<string, Price>>,
  providers: readonly ProviderConfig[],
): Prices {
  const byModel: Record<string, Price> = {}
  for (const { name, prices } of providers) {
    for (const [model, price] of Object.entries(prices ?? {})) byModel[`${name}/${model}`] = price
  }
  const aliases = new Map(
    config.model_configs.map((model) => [model.alias, `${model.provider}/${model.model}`]),
  )
  const given = new Map<string, string>()
  for (const [alias, price] of Object.entries(byAlias)) {
    const model = aliases.get(alias) ?? unknownAlias(alias, aliases.keys())
    const other = given.get(model)
    if (other !== undefined && JSON.stringify(byAlias[other]) !== JSON.stringify(price)) {
      throw new RowsmithError(
        'config_invalid',
        `run config: prices of "${other}" and "${alias}" differ, but both aliases are the model ${model}`,
        { facts: { aliases: [other, alias], model } },
      )
    }
    given.set(model, alias)
    byModel[model] = price
  }
  return new Prices(byModel)
}

/** Prices as they were stored by model; one that cannot be read is none. */
export function storedPrices(stored: ValueObject): Prices {
  const read = Object.entries(stored).flatMap(([model, value]): [string, Price][] => {
    const { success, data } = priceSchema.safeParse(value)
    return success ? [[model, data]] : []
  })
  return new Prices(Object.fromEntries(read))
}

export const noPrices = new Prices({})

export function asNumber(amount: Money | undefined): number | null {
  return amount === undefined ? null : moneyAsNumber(amount)
}

function exact(price: Price): ExactPrice {
  return { ...exactPrice(price), request: present(money(price.request), 'prices') }
}

function inputOf(line: LedgerLine): InputTokens {
  return {
    input: line.input_tokens,
    cached: line.cached_input_tokens,
    written: line.cache_write_tokens,
  }
}

function unknownAlias(alias: string, known: Iterable<string>): never {
  const names = [...known]
  throw new RowsmithError(
    'config_invalid',
    `run config: prices.${alias}: no model has this alias; there are ${names.join(', ')}${didYouMean(alias, names)}`,
    { facts: { alias, known: names } },
  )
}
