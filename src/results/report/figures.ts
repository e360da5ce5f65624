/** Figures of a report as text, the same for every way to draw it. */
import { beginning } from '../../base/text/beginning.ts'
import { formatJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { ColumnProfile } from '../profile/profile.ts'
import type { FigureTable } from '../quality/tables.ts'
import type { DatasetReport } from './report.ts'

/** `1,234`, `0.0712`: four digits that count, and all before the point. */
export function numberText(value: number): string {
  const digits = Math.abs(value) >= 1000 || Number.isInteger(value) ? String(Math.round(value)) : undefined
  return (digits ?? String(Number(value.toPrecision(4)))).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** As prices are given: without a currency. */
export function amountText(amount: number): string {
  return amount >= 1 || amount === 0 ? amount.toFixed(2) : String(Number(amount.toPrecision(3)))
}

/** The figures at the top. */
export function headFigures(report: DatasetReport): readonly (readonly [name: string, figure: string])[] {
  const { rows_planned: planned, rows_written: written, rows_dropped: dropped, rows_open: open } = report
  const { requests, usage, cost } = report.total
  const perRow = report.profile.spending?.cost_per_row ?? null
  return [
    ['rows written', `${numberText(written)} of ${numberText(planned)}`],
    ...(dropped > 0 ? [['dropped', numberText(dropped)] as const] : []),
    ...(open > 0 ? [['open', numberText(open)] as const] : []),
    ['requests', numberText(requests)],
    ['tokens in', numberText(usage.input_tokens)],
    ['tokens out', numberText(usage.output_tokens)],
    ['cost', cost === null ? 'no prices set' : amountText(cost)],
    ...(perRow === null ? [] : [['cost per row', amountText(perRow)] as const]),
  ]
}

/** What is said of a column below its name. */
export function columnFacts(column: ColumnProfile, { profile }: DatasetReport): string[] {
  const { distribution } = column
  const lengths = profile.text_lengths.find(({ column_name: name }) => name === column.column_name)
  return [
    `${numberText(column.num_unique)} distinct`,
    ...(column.num_null > 0 ? [`${numberText(column.num_null)} null`] : []),
    ...(column.num_valid_records === undefined
      ? []
      : [`${numberText(column.num_valid_records)} of ${numberText(column.num_records)} valid`]),
    ...(lengths === undefined
      ? []
      : [
          `${numberText(lengths.min)} to ${numberText(lengths.max)} characters, median ${numberText(lengths.median)}`,
        ]),
    ...(lengths !== undefined && lengths.repeated > 0 && column.sampler_type === undefined
      ? [`${numberText(lengths.repeated)} repeated`]
      : []),
    ...(distribution && 'min' in distribution
      ? [
          `${numberText(distribution.min)} to ${numberText(distribution.max)}, median ${numberText(distribution.median)}, mean ${numberText(distribution.mean)}`,
        ]
      : []),
    ...(column.output_tokens_median === undefined
      ? []
      : [
          `${numberText(column.input_tokens_median ?? 0)} tokens in, ${numberText(column.output_tokens_median)} out (median)`,
        ]),
  ]
}

export interface NamedHistogram {
  /** '' for the column itself. */
  readonly name: string
  readonly categories: readonly Value[]
  readonly counts: readonly number[]
}

export function histogramsOf(column: ColumnProfile): NamedHistogram[] {
  const { distribution, score_distributions: scores = {}, dimensions } = column
  return [
    ...(distribution && 'histogram' in distribution ? [{ name: '', ...distribution.histogram }] : []),
    ...Object.entries(scores).map(([name, histogram]) => ({ name, ...histogram })),
    ...(dimensions === undefined ? [] : [{ name: 'dimension', ...dimensions }]),
  ]
}

/** Dropped rows by cause, with the first row of each. */
export function failuresTable({ failures }: DatasetReport): FigureTable {
  const rows = failures.map(({ column, code, rows: lost, example }) => ({
    column,
    cause: code,
    rows: BigInt(lost),
    'first row': BigInt(example.row),
    said: (example.message ?? '').slice(0, 300),
  }))
  return { title: 'Failures', rows, notes: [] }
}

/** A value that is counted: whole numbers have no point. */
export function categoryText(value: Value): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : formatJson(value)
}

/** A cell of a row, as text; what is longer is cut, and says so. */
export function valueText(value: Value, most: number): string {
  const text = typeof value === 'string' ? value : formatJson(value, { indent: 2 })
  if (text.length <= most) return text
  const shown = beginning(text, most)
  return `${shown}\n… and ${numberText(text.length - shown.length)} more characters`
}
