/**
 * What is in the columns of a dataset: counts, and by type of column what is drawn, valid, or scored.
 *
 * Owns: which figures there are. Who counts is in `counts.ts`.
 * Rules:
 *   1. Columns that the config has and the dataset too; those that came along with others are named apart.
 *   2. Null is no value: it is counted as itself, and neither as a distinct value nor in a distribution.
 *   3. Tokens are of published row groups.
 *   4. Numbers are not rounded. Fields are called as Data Designer calls them in `column_statistics`.
 */

import { present } from '../../base/errors/present.ts'
import { type ColumnType, fieldType } from '../../base/values/column-type.ts'
import { isValueObject, objectsIn, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ColumnTokens } from '../../run/usage/column-tokens.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetColumn, scanColumns } from '../rows/columns.ts'
import type { ColumnCounts, Histogram, NumericalDistribution } from './counts.ts'
import { countsOf } from './counts-of.ts'
import { countTokens, type TokenStatistics } from './token-counts.ts'

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

interface FilesProfile {
  /** Of the files, also those that are not profiled. */
  readonly columns: readonly DatasetColumn[]
  readonly num_records: number
  readonly side_effect_column_names: readonly string[]
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
    const tokens = await countTokens(view, known)
    const counts = await countsOf(view, files, profiled, signal)
    try {
      for (const column of profiled) {
        signal?.throwIfAborted()
        const config = present(configured.get(column.name), 'configured')
        const counted = await profileColumn(column, config, counts.of(column))
        column_statistics.push({ ...counted, ...tokens.get(column.name), type: column.type })
      }
    } finally {
      counts.close()
    }
  }
  return { columns, num_records: rows, side_effect_column_names: others, column_statistics }
}

/** Columns as the stored config has them, by name, no matter which tool wrote it. */
export async function configuredColumns(view: DatasetView): Promise<ReadonlyMap<string, ValueObject>> {
  const { columns } = await view.savedConfig()
  return new Map(objectsIn(columns).map((column) => [String(column.name), column]))
}

async function profileColumn(
  column: DatasetColumn,
  config: ValueObject,
  counts: ColumnCounts,
): Promise<ColumnProfile> {
  const { name, type } = column
  const common = {
    column_name: name,
    column_type: String(config.column_type),
    simple_dtype: simpleType(type),
    ...(await counts.cells()),
  }
  switch (config.column_type) {
    case 'sampler':
      return { ...common, sampler_type: String(config.sampler_type), ...(await drawn(type, config, counts)) }
    case 'validation':
      return { ...common, num_valid_records: await counts.allTrue(validityParts(type, config)) }
    case 'embedding':
      return fieldType(type, 'dimension') === undefined
        ? common
        : { ...common, dimensions: await counts.histogram(['dimension']) }
    case 'llm-judge':
      return { ...common, score_distributions: await scores(type, counts) }
    default:
      return common
  }
}

const categories = new Set(['category', 'subcategory'])

async function drawn(
  type: ColumnType,
  { sampler_type: sampler }: ValueObject,
  counts: ColumnCounts,
): Promise<Pick<ColumnProfile, 'distribution_type' | 'distribution'>> {
  if (categories.has(String(sampler))) {
    const histogram = await counts.histogram([])
    const [most = null, least = null] = [histogram.categories[0], histogram.categories.at(-1)]
    const distribution = { most_common_value: most, least_common_value: least, histogram }
    return {
      distribution_type: 'categorical',
      distribution: histogram.counts.length === 0 ? null : distribution,
    }
  }
  if (type.kind === 'int' || type.kind === 'float') {
    return { distribution_type: 'numerical', distribution: await counts.numbers() }
  }
  return { distribution_type: 'other', distribution: null }
}

/** The parts of a cell that say whether it is valid, each by the fields that lead to it. */
function validityParts(
  type: ColumnType,
  { target_columns: targets, validator_params: params }: ValueObject,
): readonly (readonly string[])[] {
  if (type.kind !== 'struct' || fieldType(type, 'is_valid') !== undefined) return [['is_valid']]
  const isCode = isValueObject(params) && params.code_lang !== undefined
  const each = isCode && Array.isArray(targets) ? [...new Set(targets.map(String))] : []
  return each.map((target) => [target, 'is_valid'])
}

async function scores(type: ColumnType, counts: ColumnCounts): Promise<Record<string, Histogram>> {
  const found: [string, Histogram][] = []
  for (const name of scoreNames(type)) found.push([name, await counts.histogram([name, 'score'])])
  return Object.fromEntries(found)
}

/** The scores in a judge's column, by their names. */
export function scoreNames(type: ColumnType): string[] {
  if (type.kind !== 'struct') return []
  return type.fields.filter((field) => fieldType(field.type, 'score') !== undefined).map(({ name }) => name)
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
