/** What a dataset cost and lost: by column, by written row, by cause. */
import { moneyAsNumber } from '../../base/numbers/money.ts'
import { objectsIn } from '../../base/values/value.ts'
import type { ColumnTokens } from '../../run/usage/column-tokens.ts'
import { emptyLine } from '../../run/usage/ledger.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetStatus, pricesOfLastStart, statusOf } from '../status/status.ts'

interface ColumnCost {
  readonly column_name: string
  /** `provider/model` */
  readonly model: string
  readonly cells: number
  readonly input_tokens: number
  readonly output_tokens: number
  /** At the full price of tokens: what caches and batches take off is not known by column. null without a price. */
  readonly cost: number | null
}

export interface Spending {
  /** Of everything: dropped rows, repeated requests and answers that could not be used too; null without prices. */
  readonly cost: number | null
  readonly cost_per_row: number | null
  /** Of the answers that stand in written rows. */
  readonly columns: readonly ColumnCost[]
}

export interface SpentAndDropped {
  readonly spending: Spending | null
  readonly dropped: DatasetStatus['failures'] | null
}

/** Both null where the accounting cannot be read: `status` says why. @param known the status, if the caller has it */
export async function spentAndDropped(
  view: DatasetView,
  tokens: ColumnTokens,
  known?: DatasetStatus,
): Promise<SpentAndDropped> {
  const status = known ?? (await statusOf(view.refresh(), 'the usage').catch(() => undefined))
  if (status === undefined) return { spending: null, dropped: null }
  const cost = status.total.cost
  return {
    dropped: status.failures,
    spending: {
      cost,
      cost_per_row: cost === null || status.rows_written === 0 ? null : cost / status.rows_written,
      columns: await columnCosts(view, tokens),
    },
  }
}

async function columnCosts(view: DatasetView, tokens: ColumnTokens): Promise<ColumnCost[]> {
  const prices = await pricesOfLastStart(view)
  const models = await modelsByColumn(view)
  return [...tokens.columns].flatMap(([name, { input, output }]) => {
    const model = models.get(name)
    if (model === undefined) return []
    const [input_tokens, output_tokens, cells] = [input.sum, output.sum, input.count]
    const paid = prices.paid(model, { ...emptyLine(), input_tokens, output_tokens, replies: cells })
    const cost = paid === undefined ? null : moneyAsNumber(paid)
    return [{ column_name: name, model, cells, input_tokens, output_tokens, cost }]
  })
}

async function modelsByColumn(view: DatasetView): Promise<ReadonlyMap<string, string>> {
  const { columns, model_configs: models } = await view.savedConfig()
  const aliases = new Map(
    objectsIn(models).map(({ alias, provider, model }) => [String(alias), `${provider}/${model}`]),
  )
  return new Map(
    objectsIn(columns).flatMap(({ name, model_alias: alias }) => {
      const model = aliases.get(String(alias))
      return model === undefined ? [] : [[String(name), model] as const]
    }),
  )
}
