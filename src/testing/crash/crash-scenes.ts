/**
 * What the datasets of the crash test go through under kills. Each is retried in the end, for a third of its rows.
 *
 *   begin    made, and nothing else
 *   extend   made for some rows, then requested more
 *   reuse    started with the answers of another dataset, which was made of the same config with another last prompt; where only one
 *            column calls a model, of the same config for half of the rows
 *   budget   stopped by a budget of requests, then one of tokens, then one of money, and then without any
 *   stage    made with processors at work after generation: those of the config, or one of Rowsmith
 */
import type { Price } from '../../config/files/prices.ts'
import { builderConfigJson } from '../../config/form/save.ts'
import { isAfterGeneration } from '../../config/schema/processors.ts'
import type { Config } from '../../config/schema/schema.ts'

export const crashScenes = ['begin', 'extend', 'reuse', 'budget', 'stage'] as const
export type CrashSceneName = (typeof crashScenes)[number]

/** What a budget is of, in the order in which they come. */
const budgetKinds = ['requests', 'tokens', 'cost'] as const
export type BudgetKind = (typeof budgetKinds)[number]

/** One command of a dataset's life: it is given until it has done its work. */
export interface CrashStep {
  readonly rows: number
  /** Cells of so many rows, the first ones, are requested again. */
  readonly retryRows: number | null
  /** Stops the command before its end, perhaps. */
  readonly budget: BudgetKind | null
}

export interface CrashScene {
  readonly name: CrashSceneName
  /** The text of a config. */
  readonly config: string
  /** The dataset whose answers are taken. */
  readonly source: { readonly config: string; readonly rows: number } | null
  /**
   * Whether a kill takes what was not synced. With a budget it does not: what a power loss takes from the accounting is not known to
   * the next process, so only after a mere kill the limit is exact.
   */
  readonly volatile: boolean
  readonly steps: readonly CrashStep[]
}

/** Of every model, so that a budget of money can hold. */
export const crashPrice: Price = { input: 1000, cached_input: null, output: 4000, request: 0.5 }

/** @param bufferSize of the dataset: what is requested first fills row groups, so that the bytes are those of one run */
export function crashScene(
  name: CrashSceneName,
  config: Config,
  numRecords: number,
  bufferSize: number,
): CrashScene {
  const step = { rows: numRecords, retryRows: null, budget: null }
  const retry = { ...step, retryRows: Math.ceil(numRecords / 3) }
  const text = builderConfigJson(config)
  const plain = { name, config: text, source: null, volatile: true, steps: [step, retry] }
  switch (name) {
    case 'begin':
      return plain
    case 'extend': {
      const first = Math.max(bufferSize, Math.floor(numRecords / 2 / bufferSize) * bufferSize)
      return first < numRecords ? { ...plain, steps: [{ ...step, rows: first }, step, retry] } : plain
    }
    case 'reuse':
      return { ...plain, source: sourceOf(config, numRecords) }
    case 'budget':
      // Of what an image or an embedding takes at most, no run would stay below such small budgets.
      return {
        ...plain,
        volatile: false,
        steps: [
          ...(isChat(config) ? budgetKinds : (['requests'] as const)).map((budget) => ({ ...step, budget })),
          step,
          retry,
        ],
      }
    case 'stage':
      return { ...plain, config: builderConfigJson(withPostProcessing(config)) }
  }
}

/** Columns that ask a model, as far as a config shows by itself. */
export function modelColumns({ columns }: Config): number {
  return columns.filter((column) => 'model_alias' in column).length
}

function sourceOf(config: Config, numRecords: number): { config: string; rows: number } {
  const last = config.columns.findLastIndex((column) => 'prompt' in column)
  if (last === -1 || modelColumns(config) < 2) {
    return { config: builderConfigJson(config), rows: Math.max(1, Math.floor(numRecords / 2)) }
  }
  const columns = config.columns.map((column, index) =>
    index === last && 'prompt' in column ? { ...column, prompt: `Otherwise: ${column.prompt}` } : column,
  )
  return { config: builderConfigJson({ ...config, columns }), rows: numRecords }
}

function withPostProcessing(config: Config): Config {
  if (config.processors.some(isAfterGeneration)) return config
  const select = {
    name: 'crashtest-select',
    processor_type: 'sql',
    sql: 'SELECT * FROM dataset WHERE _row % 3 > 0',
    outputs: {},
  } as const
  return { ...config, processors: [...config.processors, select] }
}

function isChat({ model_configs }: Config): boolean {
  return model_configs.every(
    ({ inference_parameters: { generation_type } }) => generation_type === 'chat-completion',
  )
}
