/**
 * The rows of an export in the format of a trainer: which columns they have, the records, and the rows that have none.
 *
 * Rules:
 *   1. A row that does not fit is skipped, and counted by its reason. With `strict` the first one ends the export.
 *   2. An export of which no row fits is an error.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { memberOf, objectOf, type ValueObject } from '../../base/values/value.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import type { DatasetColumn } from '../rows/columns.ts'
import { FieldMapping } from './mapping.ts'
import { UnfitRow } from './messages.ts'
import { RecordMaker } from './records.ts'
import { recordColumns, type ToolsAs, type TrainingFormat } from './training-formats.ts'

export interface TrainingOptions {
  /** Columns by field. Example: `{ prompt: 'question', completion: 'answer' }`. @default columns of the usual names */
  readonly map?: Readonly<Record<string, string>>
  /** End the export at the first row that does not fit the format. @default false: it is skipped and counted */
  readonly strict?: boolean
  /** Whether `tools` are lists of objects or their JSON text. @default 'json' */
  readonly toolsAs?: ToolsAs
  /** Of format dpo with both scores: pairs whose scores are closer are skipped. @default 0 */
  readonly minMargin?: number
}

/** Rows that have no record, of one reason. */
export interface SkippedRows {
  readonly reason: string
  readonly rows: number
  /** The first of them, counted from 0 over the rows that were to be exported. */
  readonly first: number
}

export class TrainingRows {
  /** Of the records; further columns of the dataset behind them. */
  readonly columns: readonly DatasetColumn[]
  /** Columns by field, as named or found. */
  readonly mapping: Readonly<Record<string, string>>
  readonly #maker: RecordMaker
  readonly #further: readonly string[]
  readonly #strict: boolean
  readonly #skipped = new Map<string, SkippedRows>()
  #seen = 0
  #written = 0

  /**
   * @param further columns of the dataset that go along
   * @throws RowsmithError usage, unknown_column
   */
  constructor(
    format: TrainingFormat,
    dataset: { readonly all: readonly DatasetColumn[]; readonly further: readonly DatasetColumn[] },
    { map, strict = false, toolsAs = 'json', minMargin = 0 }: TrainingOptions,
  ) {
    const mapping = FieldMapping.of(format, dataset.all, map)
    const own = recordColumns(format, mapping.fields, toolsAs)
    const taken = dataset.further.find(({ name }) => own.some((column) => column.name === name))
    if (taken !== undefined) {
      throw new RowsmithError('usage', `The format ${format} has a column "${taken.name}" of its own.`, {
        nextStep: 'Leave it out of --columns.',
      })
    }
    this.mapping = mapping.names
    this.columns = [...own, ...dataset.further]
    this.#further = dataset.further.map(({ name }) => name)
    this.#maker = new RecordMaker(format, mapping, { toolsAs, minMargin })
    this.#strict = strict
  }

  /** Most frequent first. */
  get skipped(): readonly SkippedRows[] {
    return [...this.#skipped.values()].sort((a, b) => b.rows - a.rows || a.first - b.first)
  }

  /** @throws RowsmithError export_unfit by the rules */
  async *rows(slices: AsyncIterable<readonly Row[]>): AsyncGenerator<Row[], void, undefined> {
    for await (const slice of slices) {
      const records = slice.flatMap((row) => this.#record(row))
      this.#written += records.length
      yield records
    }
    if (this.#seen > 0 && this.#written === 0)
      throw this.#unfit(`No row fits the format: ${this.#reasons()}.`)
  }

  #record(row: Row): ValueObject[] {
    const index = this.#seen++
    try {
      const record = this.#maker.recordOf(row)
      if (this.#further.length === 0) return [record]
      return [
        objectOf([
          ...Object.entries(record),
          ...this.#further.map((name) => [name, memberOf(row, name) ?? null] as const),
        ]),
      ]
    } catch (error) {
      if (!(error instanceof UnfitRow)) throw error
      const { reason } = error
      if (this.#strict) throw this.#unfit(`Row ${index} of the export does not fit the format: ${reason}.`)
      const known = this.#skipped.get(reason) ?? { reason, rows: 0, first: index }
      this.#skipped.set(reason, { ...known, rows: known.rows + 1 })
      return []
    }
  }

  #reasons(): string {
    return this.skipped.map(({ reason, rows }) => `${reason} (${rows})`).join('; ')
  }

  #unfit(message: string): RowsmithError {
    const mapped = Object.entries(this.mapping).map(([field, name]) => `${field}=${name}`)
    return new RowsmithError('export_unfit', message, {
      facts: { mapping: mapped },
      nextStep: `Check the mapping (${mapped.join(', ')}), or choose rows with --where.`,
    })
  }
}
