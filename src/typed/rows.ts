/** Rows of a typed dataset: what the dataset says they are, also where files hold something else. */
import { isValueObject, memberOf, objectOf, type Value } from '../base/values/value.ts'
import type { ReadOptions } from '../results/rows/integers.ts'
import type { Row } from '../store/parquet/parquet-rows.ts'
import type { TypedDataset } from './dataset.ts'

/** What gives rows of a dataset. */
interface ReadsRows {
  rows(options?: ReadOptions): AsyncIterable<Row>
  rawRows(options?: ReadOptions): AsyncIterable<Row>
  head(count: number | undefined, options: HeadOptions): Promise<Row[]>
}
type HeadOptions = ReadOptions & { readonly processor?: string }

/** Scores of a judge, which files hold as text: those that are integers by the dataset are integers in its rows. */
export function withTypedRows<T extends ReadsRows>(results: T, config: unknown): T {
  const judges = integerScores(config)
  if (judges.size === 0) return results
  const scored = async function* (rows: AsyncIterable<Row>, options: ReadOptions = {}): AsyncGenerator<Row> {
    for await (const row of rows) yield withScores(row, judges, options)
  }
  return {
    ...results,
    rows: (options?: ReadOptions) => scored(results.rows(options), options),
    rawRows: (options?: ReadOptions) => scored(results.rawRows(options), options),
    head: async (count?: number, options: HeadOptions = {}) => {
      const rows = await results.head(count, options)
      return options.processor === undefined ? rows.map((row) => withScores(row, judges, options)) : rows
    },
  }
}

type Judges = ReadonlyMap<string, readonly string[]>

/** The scores of each judge whose options are all integers; none of a config that is no typed dataset. */
function integerScores(config: unknown): Judges {
  if (!isTyped(config)) return new Map()
  return new Map(
    config.toConfig().columns.flatMap((column) => {
      if (column.column_type !== 'llm-judge') return []
      const scores = column.scores as readonly { readonly name: string; readonly options: object }[]
      const whole = scores.filter(({ options }) => Object.keys(options).every((key) => integer.test(key)))
      return whole.length === 0 ? [] : [[column.name, whole.map(({ name }) => name)] as const]
    }),
  )
}

function isTyped(config: unknown): config is TypedDataset<unknown> {
  return typeof config === 'object' && config !== null && 'toConfig' in config
}

const integer = /^(?:0|-?[1-9]\d{0,17})$/

function withScores(row: Row, judges: Judges, { integers = 'number' }: ReadOptions): Row {
  if (integers === 'string') return row
  const cells = Object.entries(row).map(([column, cell]): [string, Value] => {
    const names = judges.get(column)
    return [column, names === undefined || !isValueObject(cell) ? cell : scoredCell(cell, names, integers)]
  })
  return objectOf(cells)
}

function scoredCell(cell: Row, names: readonly string[], integers: 'number' | 'bigint'): Value {
  const members = Object.entries(cell).map(([name, judged]): [string, Value] => {
    const score = names.includes(name) && isValueObject(judged) ? memberOf(judged, 'score') : undefined
    if (typeof score !== 'string' || !integer.test(score)) return [name, judged]
    return [name, { ...(judged as Row), score: integers === 'bigint' ? BigInt(score) : Number(score) }]
  })
  return objectOf(members)
}
