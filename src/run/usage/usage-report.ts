/** A ledger with prices: the accounting as programs read it. */
import type { Money } from '../../base/numbers/money.ts'
import { shownEffectName } from '../../models/contract/effect.ts'
import { batchModel } from './batch-usage.ts'
import { effectsIn, type Ledger, type LedgerLine, modelsIn, sumLedger } from './ledger.ts'
import { asNumber, type Prices } from './prices.ts'

export interface UsageTotals {
  readonly input_tokens: number
  /** Of the input tokens: those the provider had cached. */
  readonly cached_input_tokens: number
  /** Of the input tokens: those the provider wrote into its cache; left out where there are none. */
  readonly cache_write_tokens?: number
  readonly output_tokens: number
  /** Of the output tokens: those spent on reasoning. */
  readonly reasoning_tokens: number
}

/** What caches of providers were good for. */
export interface CacheReport {
  /** Of the input tokens, how many were cached: 0 to 1. */
  readonly share: number
  /** What that saved, less what writing into the cache took; null without a price. */
  readonly saving: number | null
}

/** Left out where nothing was cached. */
interface Cached {
  readonly cache?: CacheReport
}

export interface CostTotals {
  /** In the currency of the prices; null when no model that was called has one. */
  readonly cost: number | null
  /** False when a model that was called has no price, or did not report what an answer took: then it is "at least" so much. */
  readonly cost_complete: boolean
  /** What requests may have cost in addition, at most, whose answer was not seen; null without prices. */
  readonly unseen_cost: number | null
}

/** The usage of one model. */
export interface ModelUsageReport extends Cached {
  /** `provider/model` */
  readonly model: string
  /** Its aliases in the config as it is now. */
  readonly aliases: readonly string[]
  readonly requests: number
  readonly unknown: number
  /** Answers that came, used or not. */
  readonly replies: number
  readonly replies_reused: number
  readonly usage: UsageTotals
  /** Answers that ended for an unknown reason; left out when there is none. */
  readonly unknown_ends?: number
  readonly cost: number | null
  readonly unseen_cost: number | null
}

/** How often something was done that is no request to a model: a tool, a function, a remote validator. */
export interface EffectUsageReport {
  /** `kind:name`, as `tool:search` */
  readonly effect: string
  readonly runs: number
  /** Of them: under way when their process died. */
  readonly unknown: number
  readonly results: number
  readonly results_reused: number
}

export interface UsageReport extends CostTotals, Cached {
  /** HTTP retries included. */
  readonly requests: number
  /** Of them: in flight when their process died. */
  readonly unknown: number
  readonly replies_reused: number
  readonly usage: UsageTotals
  /** Answers that ended for an unknown reason; left out when there is none. */
  readonly unknown_ends?: number
  readonly models: readonly ModelUsageReport[]
  /** Left out when there was none. */
  readonly effects?: readonly EffectUsageReport[]
}

/** What of a dataset's usage is unknown. */
export interface UnrecordedRequests {
  /** Requests that power losses may have taken from it, at most: so many for each. 0 without one. */
  readonly unrecorded_at_most: number
  /** Requests of batches whose answers have not been read yet, not among the unknown ones; left out where there are none. */
  readonly in_batches?: number
}

/** Aliases by `provider/model`. */
export type AliasesOf = ReadonlyMap<string, readonly string[]>

export function aliasesByModel(
  models: readonly { readonly alias: string; readonly provider: string; readonly model: string }[],
): AliasesOf {
  const byModel = Map.groupBy(models, ({ provider, model }) => `${provider}/${model}`)
  return new Map(
    [...byModel].flatMap(([model, users]) => {
      const aliases = users.map(({ alias }) => alias)
      return [[model, aliases] as const, [batchModel(model), aliases] as const]
    }),
  )
}

export function usageReportOf(whole: Ledger, prices: Prices, aliases: AliasesOf = new Map()): UsageReport {
  const ledger = modelsIn(whole)
  const effects = effectsIn(whole)
  const sum = sumLedger(ledger)
  const models = [...ledger].sort(byName)
  return {
    requests: sum.requests,
    unknown: sum.unknown,
    replies_reused: sum.reused,
    usage: usageOf(sum),
    ...unknownFinishes(sum),
    ...costOf(ledger, prices),
    ...cacheOf(ledger, prices),
    models: models.map(([model, line]) => ({
      model,
      aliases: aliases.get(model) ?? [],
      requests: line.requests,
      unknown: line.unknown,
      replies: line.replies,
      replies_reused: line.reused,
      usage: usageOf(line),
      ...cacheOf(new Map([[model, line]]), prices),
      ...unknownFinishes(line),
      cost: asNumber(prices.paid(model, line)),
      unseen_cost: asNumber(prices.maybeCharged(model, line)),
    })),
    ...(effects.size === 0 ? {} : { effects: effectUsage(effects) }),
  }
}

function effectUsage(effects: Ledger): EffectUsageReport[] {
  return [...effects].sort(byName).map(([effect, line]) => ({
    effect: shownEffectName(effect),
    runs: line.requests,
    unknown: line.unknown,
    results: line.replies,
    results_reused: line.reused,
  }))
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function costOf(ledger: Ledger, prices: Prices): CostTotals {
  const used = [...ledger].filter(([, { requests }]) => requests > 0)
  const priced = used.filter(([model]) => prices.has(model))
  const known = used.length === 0 ? Object.keys(prices.byModel).length > 0 : priced.length > 0
  const total = (of: (model: string, line: LedgerLine) => Money | undefined): number | null =>
    known ? asNumber(priced.reduce((sum, [model, line]) => sum + (of(model, line) ?? 0n), 0n)) : null
  return {
    cost: total((model, line) => prices.paid(model, line)),
    cost_complete: priced.length === used.length && used.every(([, { untold }]) => untold === 0),
    unseen_cost: total((model, line) => prices.maybeCharged(model, line)),
  }
}

function unknownFinishes({ unknown_ends }: LedgerLine): { readonly unknown_ends?: number } {
  return unknown_ends === 0 ? {} : { unknown_ends }
}

function cacheOf(ledger: Ledger, prices: Prices): Cached {
  const { input_tokens: input, cached_input_tokens: cached, cache_write_tokens: written } = sumLedger(ledger)
  if (cached + written === 0) return {}
  const savings = [...ledger].flatMap(([model, line]) => prices.savedByCaches(model, line) ?? [])
  const saving = savings.length === 0 ? undefined : savings.reduce((sum, each) => sum + each, 0n)
  return { cache: { share: input === 0 ? 0 : cached / input, saving: asNumber(saving) } }
}

function usageOf(line: LedgerLine): UsageTotals {
  const { input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens } = line
  const written = cache_write_tokens === 0 ? {} : { cache_write_tokens }
  return { input_tokens, cached_input_tokens, ...written, output_tokens, reasoning_tokens }
}
