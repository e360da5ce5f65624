/** What `--dry-run --json` prints: the cells that are due, as requests, tokens and money. */

import { present } from '../base/errors/present.ts'
import { sum } from '../base/numbers/sum.ts'
import type { Value } from '../base/values/value.ts'
import { assumedMaxTokens, maxOutputTokens, reserveTokens } from '../models/contract/request-size.ts'
import type { CompiledConfig } from '../run/prepare/compiled-config.ts'
import type { DecisionKind } from '../run/report/summary.ts'
import { batchModel } from '../run/usage/batch-usage.ts'
import { emptyLine } from '../run/usage/ledger.ts'
import { asNumber } from '../run/usage/prices.ts'
import type { Range } from './forecast.ts'
import type { PendingCells } from './pending-cells.ts'

/** What a column would take. Counts of requests and tokens are means over many cells, rounded. */
export interface ColumnForecast {
  readonly column: string
  readonly requests: number
  /** Answers that are stored for rows that are still to be made. */
  readonly replies_kept: number
  /** Answers that another dataset has. */
  readonly replies_reused: number
  /** Null where nothing shows. */
  readonly input_tokens: number | null
  /** Null where nothing shows: no answer was seen, and the model has no `max_tokens`. */
  readonly output_tokens: number | null
  /** In the currency of the prices; null without a price, or where tokens are not known. */
  readonly cost: number | null
  /**
   * `answers`: estimated from answers to this column. `limits`: there is none; the input is as many tokens as the prompt's template has
   * bytes, the output as many as the model may give. `nothing`: nothing is to be requested.
   */
  readonly told_from: 'answers' | 'limits' | 'nothing'
  /** What it would be if every request were sent alone; left out where it is not requested by batches. */
  readonly cost_without_batches?: number
  /** Of a column that is requested by batches, and whose answers have no limit: both costs if every answer had so many tokens. */
  readonly assumed?: {
    readonly answer_tokens: number
    readonly cost: number
    readonly cost_without_batches: number
  }
  /** Cells it is estimated from. */
  readonly cells_seen: number
  /** The sampled column whose values make the difference; null for none. */
  readonly by: string | null
  /** Null where there is no answer, or there are too few. */
  readonly range: ForecastRange | null
}

/** Within what a forecast lies in four cases of five, from and to. Ends of tokens are rounded. */
export interface ForecastRange {
  readonly input_tokens: Range
  readonly output_tokens: Range
  /** Null where the cost is. */
  readonly cost: Range | null
}

export interface Forecast {
  /** For a dataset that would be made next to another one: that other one. */
  readonly dataset_path: string
  readonly decision: DecisionKind
  readonly rows_planned: number
  /** Rows that is open, or with a cell that is requested again. */
  readonly rows_to_make: number
  readonly reuse_sources: readonly string[]
  readonly columns: readonly ColumnForecast[]
  /** What of the config is surely not meant: one sentence each. */
  readonly warnings: readonly string[]
  readonly total: {
    readonly requests: number
    /** Null when it is not known of a column. */
    readonly input_tokens: number | null
    readonly output_tokens: number | null
    /** Null when no column has one. */
    readonly cost: number | null
    /** What it would be if every request were sent alone; left out where none is requested by batches. */
    readonly cost_without_batches?: number
    /** False when it is not known of some column: then it is at least so much. */
    readonly cost_complete: boolean
    /** Columns of a row tend to be long together, so their ends are added. Null when a column that calls a model has none. */
    readonly range: ForecastRange | null
  }
}

/** @param byBatches whether batches are made where `inference` says so */
export function columnForecast(
  compiled: CompiledConfig,
  cells: PendingCells,
  byBatches: boolean,
): ColumnForecast {
  const { column, pending, stored, reused, usage, range, expectation } = cells
  const { requests, input, output } =
    usage === undefined
      ? { requests: pending, ...limitsOf(compiled, column.name, column.aliases, pending) }
      : {
          requests: Math.round(usage.requests),
          input: Math.round(usage.input),
          output: Math.round(usage.output),
        }
  /** The share of cached input is that of the answers that were seen. */
  const cachedShare = (usage?.cached ?? 0) / Math.max(1, usage?.input ?? 1)
  const isBatched =
    byBatches && column.kind === 'model' && column.batched === true && usesBatches(compiled, column.aliases)
  const pricedAs = (batched: boolean, input: number, output: number): number | null => {
    const cached = Math.min(input, Math.round(cachedShare * input))
    return costOf(compiled, column.aliases, { requests, input, cached, output }, batched)
  }
  const priced = (input: number, output: number): number | null => pricedAs(isBatched, input, output)
  const isUnlimited = usage === undefined && isBatched && output === null && pending > 0
  const [batched, alone] = isUnlimited ? assumedCosts(input, pending, pricedAs) : []
  const whole = isBatched && input !== null && output !== null ? pricedAs(false, input, output) : null
  return {
    column: column.name,
    requests,
    replies_kept: stored,
    replies_reused: reused,
    input_tokens: input,
    output_tokens: output,
    cost: input === null || output === null ? null : priced(input, output),
    told_from: pending === 0 ? 'nothing' : usage === undefined ? 'limits' : 'answers',
    ...(whole === null ? {} : { cost_without_batches: whole }),
    ...(batched == null || alone == null
      ? {}
      : { assumed: { answer_tokens: assumedMaxTokens, cost: batched, cost_without_batches: alone } }),
    cells_seen: expectation?.cells ?? 0,
    by: expectation?.by ?? null,
    range: range === null || pending === 0 ? null : forecastRange(range, priced),
  }
}

/** By batches, and one by one, where nothing limits an answer. */
function assumedCosts(
  input: number | null,
  cells: number,
  pricedAs: (batched: boolean, input: number, output: number) => number | null,
): readonly (number | null)[] {
  return input === null
    ? []
    : [true, false].map((batched) => pricedAs(batched, input, assumedMaxTokens * cells))
}

function forecastRange(
  { input, output }: NonNullable<PendingCells['range']>,
  priced: (input: number, output: number) => number | null,
): ForecastRange {
  const whole = ([low, high]: Range): Range => [Math.round(low), Math.round(high)]
  const ends = { input_tokens: whole(input), output_tokens: whole(output) }
  const [low, high] = [0, 1].map((end) =>
    priced(
      present(ends.input_tokens[end], 'input_tokens'),
      present(ends.output_tokens[end], 'output_tokens'),
    ),
  )
  return { ...ends, cost: low == null || high == null ? null : [low, high] }
}

export function totalOf(columns: readonly ColumnForecast[]): Forecast['total'] {
  const sumOfKnown = (numbers: readonly (number | null)[]): number | null =>
    numbers.every((each) => each !== null) ? sum(numbers) : null
  const costs = columns.map(({ cost }) => cost)
  const known = costs.filter((cost) => cost !== null)
  return {
    requests: sum(columns.map(({ requests }) => requests)),
    input_tokens: sumOfKnown(columns.map((each) => each.input_tokens)),
    output_tokens: sumOfKnown(columns.map((each) => each.output_tokens)),
    cost: known.length === 0 ? null : sum(known),
    ...(columns.some(({ cost_without_batches: whole }) => whole !== undefined)
      ? {
          cost_without_batches: sum(
            columns.map(({ cost, cost_without_batches: whole }) => whole ?? cost ?? 0),
          ),
        }
      : {}),
    cost_complete: known.length === costs.length,
    range: totalRange(columns.filter(({ requests }) => requests > 0)),
  }
}

function totalRange(columns: readonly ColumnForecast[]): ForecastRange | null {
  const ranges = columns.flatMap(({ range }) => range ?? [])
  if (ranges.length < columns.length || ranges.length === 0) return null
  const sum = (of: readonly Range[]): Range =>
    of.reduce<Range>(([low, high], range) => [low + range[0], high + range[1]], [0, 0])
  const costs = ranges.flatMap(({ cost }) => (cost === null ? [] : [cost]))
  return {
    input_tokens: sum(ranges.map((range) => range.input_tokens)),
    output_tokens: sum(ranges.map((range) => range.output_tokens)),
    cost: costs.length < ranges.length ? null : sum(costs),
  }
}

function usesBatches({ inference }: CompiledConfig, aliases: readonly string[]): boolean {
  return aliases.every((alias) => inference.get(alias)?.mode === 'batch')
}

/** Undefined for a column that may call several models: which one a cell calls is not known. */
function modelOf({ config }: CompiledConfig, aliases: readonly string[]) {
  const models = config.model_configs.filter(({ alias }) => aliases.includes(alias))
  const names = new Set(models.map(({ provider, model }) => `${provider}/${model}`))
  return names.size === 1
    ? { name: present([...names][0], 'names'), config: present(models[0], 'models') }
    : undefined
}

function costOf(
  compiled: CompiledConfig,
  aliases: readonly string[],
  usage: { requests: number; input: number; cached: number; output: number },
  isBatched: boolean,
): number | null {
  const model = modelOf(compiled, aliases)
  if (model === undefined) return null
  const line = {
    ...emptyLine(),
    replies: usage.requests,
    input_tokens: usage.input,
    cached_input_tokens: usage.cached,
    output_tokens: usage.output,
  }
  return asNumber(compiled.prices.paid(isBatched ? batchModel(model.name) : model.name, line))
}

function limitsOf(
  compiled: CompiledConfig,
  name: string,
  aliases: readonly string[],
  cells: number,
): { readonly input: number | null; readonly output: number | null } {
  const entry = compiled.config.columns.find((column) => column.name === name) as
    | Readonly<Record<string, Value>>
    | undefined
  const model = modelOf(compiled, aliases)
  if (typeof entry?.prompt !== 'string' || model === undefined) return { input: null, output: null }
  const { inference_parameters: parameters } = model.config
  const system = typeof entry.system_prompt === 'string' ? entry.system_prompt : ''
  const messages = [{ role: 'user', content: system + entry.prompt }] as const
  const { input } = reserveTokens({ kind: 'chat', provider: '', model: model.name, messages })
  const most = parameters.generation_type === 'chat-completion' ? parameters.max_tokens : null
  const longest = maxOutputTokens(most, parameters.extra_body)
  return { input: input * cells, output: longest === undefined ? null : longest * cells }
}
