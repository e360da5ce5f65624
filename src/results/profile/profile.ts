/**
 * What is in the columns of a dataset: counts, and by type of column what is drawn, valid, or scored. DuckDB counts.
 *
 * Rules:
 *   1. Columns that the config has and the dataset too; those that came along with others are named apart.
 *   2. Null is no value: it is counted as itself, and neither as a distinct value nor in a distribution.
 *   3. Tokens are of published row groups.
 *   4. Numbers are not rounded. Fields are called as Data Designer calls them in `column_statistics`.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import {
  type ConfinedDuckDB,
  openConfinedDuckDB,
  sqlName,
  sqlPaths,
} from '../../base/libraries/confined-duckdb.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ColumnTokens } from '../../run/usage/column-tokens.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetColumn, scanColumns } from '../rows/columns.ts'
import { type Reading, type UnfinishedCount, withUnfinishedFiles } from '../rows/unfinished.ts'
import { countTokens, type TokenStatistics } from './token-counts.ts'

/** Values of a column and how often each is there, most frequent first; equal counts by their text. */
interface Histogram {
  readonly categories: readonly Value[]
  readonly counts: readonly number[]
}

/** How numbers lie: `stddev` is that of a sample, null for fewer than two. */
interface NumericalDistribution {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly stddev: number | null
  readonly median: number
}

interface CategoricalDistribution {
  readonly most_common_value: Value
  readonly least_common_value: Value
  readonly histogram: Histogram
}

/** Of a column that calls a model: the tokens that its cells took, as the provider counted them. */
export interface ColumnProfile extends Partial<TokenStatistics> {
  readonly column_name: string
  readonly column_type: string
  /** `int`, `float`, `string`, `bool`, `dict`, `list[int]`, `timestamp`, `date`. */
  readonly simple_dtype: string
  readonly num_records: number
  readonly num_null: number
  /** Distinct values. */
  readonly num_unique: number
  /** Of a sampler. */
  readonly sampler_type?: string
  readonly distribution_type?: 'categorical' | 'numerical' | 'other'
  readonly distribution?: CategoricalDistribution | NumericalDistribution | null
  /** Of a validation: rows that are valid, on every target where there are several. */
  readonly num_valid_records?: number
  /** Of embeddings: how many cells have vectors of each dimension. One index takes one. */
  readonly dimensions?: Histogram
  /** Of a judge: how often each score was given, by the score's name. */
  readonly score_distributions?: Readonly<Record<string, Histogram>>
}

/** A column's profile with its type in the files, which is reported as `simple_dtype`. */
export interface TypedProfile extends ColumnProfile {
  readonly type: ColumnType
}

export interface DatasetProfile {
  readonly num_records: number
  /** What of the records is of row groups that are not finished. */
  readonly unfinished: UnfinishedCount
  /** Columns in the dataset that the config does not name. */
  readonly side_effect_column_names: readonly string[]
  readonly column_statistics: readonly ColumnProfile[]
}

/** @throws RowsmithError dataset_not_found, duckdb_missing, io_error */
export function profileDataset(reading: Reading, directory: string): Promise<DatasetProfile> {
  const view = DatasetView.at(reading.disk, directory)
  return withUnfinishedFiles(reading, view, false, async (files, unfinished) => {
    const { column_statistics, ...found } = await profileFiles(view, files)
    return {
      ...found,
      column_statistics: column_statistics.map(({ type: _type, ...statistics }) => statistics),
      unfinished,
    }
  })
}

interface FilesProfile extends Omit<DatasetProfile, 'unfinished'> {
  readonly column_statistics: readonly TypedProfile[]
}

/** @param signal ends it between two columns. @param known tokens of some row groups. @throws RowsmithError duckdb_missing, file_damaged, io_error */
export async function profileFiles(
  view: DatasetView,
  files: readonly string[],
  signal?: AbortSignal,
  known?: ColumnTokens,
): Promise<FilesProfile> {
  const { columns, rows } = await scanColumns(view, files)
  const configured = await configuredColumns(view)
  const profiled = columns.filter(({ name }) => configured.has(name))
  const others = columns.filter(({ name }) => !configured.has(name)).map(({ name }) => name)
  const column_statistics: TypedProfile[] = []
  if (files.length > 0) {
    await new CheckedFiles(view).require(files)
    const tokens = await countTokens(view, known)
    const duckdb = await openConfinedDuckDB(files)
    try {
      const table = `read_parquet(${sqlPaths(files)}, union_by_name = true)`
      for (const column of profiled) {
        signal?.throwIfAborted()
        const of = new ColumnQueries(duckdb, table, column)
        const counted = await profileColumn(of, present(configured.get(column.name), 'configured'))
        column_statistics.push({ ...counted, ...tokens.get(column.name), type: column.type })
      }
    } catch (error) {
      if (signal?.aborted || RowsmithError.isInstance(error)) throw error
      const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
      throw new RowsmithError('io_error', `The files of ${view.directory.path} cannot be counted: ${why}`, {
        cause: error,
      })
    } finally {
      duckdb.close()
    }
  }
  return { num_records: rows, side_effect_column_names: others, column_statistics }
}

/** Columns as the stored config has them, by name, no matter which tool wrote it. */
async function configuredColumns(view: DatasetView): Promise<ReadonlyMap<string, ValueObject>> {
  const { columns } = await view.savedConfig()
  if (!Array.isArray(columns)) return new Map()
  return new Map(columns.filter(isValueObject).map((column) => [String(column.name), column]))
}

async function profileColumn(of: ColumnQueries, config: ValueObject): Promise<ColumnProfile> {
  const { name, type } = of.column
  const common = {
    column_name: name,
    column_type: String(config.column_type),
    simple_dtype: simpleType(type),
    ...(await of.counts()),
  }
  switch (config.column_type) {
    case 'sampler':
      return { ...common, sampler_type: String(config.sampler_type), ...(await drawn(of, config)) }
    case 'validation':
      return { ...common, num_valid_records: await of.countWhere(validity(of.column, config)) }
    case 'embedding':
      return hasField(type, 'dimension')
        ? { ...common, dimensions: await of.histogram(`${of.cell}.dimension`) }
        : common
    case 'llm-judge':
      return { ...common, score_distributions: await scores(of) }
    default:
      return common
  }
}

function hasField(type: ColumnType, name: string): boolean {
  return type.kind === 'struct' && type.fields.some((field) => field.name === name)
}

const categories = new Set(['category', 'subcategory'])

async function drawn(
  of: ColumnQueries,
  { sampler_type: sampler }: ValueObject,
): Promise<Pick<ColumnProfile, 'distribution_type' | 'distribution'>> {
  if (categories.has(String(sampler))) {
    const histogram = await of.histogram(of.cell)
    const [most = null, least = null] = [histogram.categories[0], histogram.categories.at(-1)]
    const distribution = { most_common_value: most, least_common_value: least, histogram }
    return {
      distribution_type: 'categorical',
      distribution: histogram.counts.length === 0 ? null : distribution,
    }
  }
  const { kind } = of.column.type
  if (kind === 'int' || kind === 'float') {
    return { distribution_type: 'numerical', distribution: await of.numbers() }
  }
  return { distribution_type: 'other', distribution: null }
}

/** True for a row that is valid, as SQL. */
function validity(
  { name, type }: DatasetColumn,
  { target_columns: targets, validator_params: params }: ValueObject,
): string {
  const cell = sqlName(name)
  if (type.kind !== 'struct') return `json_extract_string(${cell}::JSON, '$.is_valid') = 'true'`
  if (hasField(type, 'is_valid')) return `${cell}.is_valid`
  const isCode = isValueObject(params) && params.code_lang !== undefined
  const each = isCode && Array.isArray(targets) ? [...new Set(targets.map(String))] : []
  return each.length === 0
    ? 'false'
    : each.map((target) => `${cell}.${sqlName(target)}.is_valid`).join(' AND ')
}

async function scores(of: ColumnQueries): Promise<Record<string, Histogram>> {
  const { type } = of.column
  const found: [string, Histogram][] = []
  if (type.kind !== 'struct') return {}
  for (const { name, type: each } of type.fields) {
    if (!hasField(each, 'score')) continue
    found.push([name, await of.histogram(`${of.cell}.${sqlName(name)}.score`)])
  }
  return Object.fromEntries(found)
}

function simpleType(type: ColumnType): string {
  switch (type.kind) {
    case 'list':
      return `list[${simpleType(type.element)}]`
    case 'struct':
    case 'map':
    case 'json':
      return 'dict'
    case 'timestamp_utc':
      return 'timestamp'
    default:
      return type.kind
  }
}

/** Questions about one column. */
class ColumnQueries {
  readonly column: DatasetColumn
  readonly cell: string
  readonly #duckdb: ConfinedDuckDB
  readonly #table: string

  constructor(duckdb: ConfinedDuckDB, table: string, column: DatasetColumn) {
    this.#duckdb = duckdb
    this.#table = table
    this.column = column
    this.cell = sqlName(column.name)
  }

  async counts(): Promise<Pick<ColumnProfile, 'num_records' | 'num_null' | 'num_unique'>> {
    const [row = []] = await this.#rows(`count(*), count(${this.cell}), count(DISTINCT ${this.cell})`)
    const [records = 0, values = 0, unique = 0] = row.map(Number)
    return { num_records: records, num_null: records - values, num_unique: unique }
  }

  async countWhere(condition: string): Promise<number> {
    const [[count] = [0]] = await this.#rows(`count(*) FILTER (WHERE ${condition})`)
    return Number(count)
  }

  async numbers(): Promise<NumericalDistribution | null> {
    const value = `${this.cell}::DOUBLE`
    const [row = [0]] = await this.#rows(
      `count(${this.cell}), min(${value}), max(${value}), avg(${value}), stddev_samp(${value}), median(${value})`,
    )
    const [count, min, max, mean, stddev, median] = row
    if (Number(count) === 0) return null
    return {
      min: Number(min),
      max: Number(max),
      mean: Number(mean),
      stddev: stddev === null ? null : Number(stddev),
      median: Number(median),
    }
  }

  async histogram(value: string): Promise<Histogram> {
    const found = await this.#rows(
      `to_json(${value})::VARCHAR AS category, count(*) AS times`,
      `WHERE ${value} IS NOT NULL GROUP BY category ORDER BY times DESC, category`,
    )
    return {
      categories: found.map(([category]) => JSON.parse(String(category)) as Value),
      counts: found.map(([, times]) => Number(times)),
    }
  }

  async #rows(select: string, rest = ''): Promise<readonly (readonly unknown[])[]> {
    const { connection } = this.#duckdb
    const reader = await connection.runAndReadAll(`SELECT ${select} FROM ${this.#table} ${rest}`)
    return reader.getRows()
  }
}
