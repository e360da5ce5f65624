/**
 * What is counted in the columns of a dataset, in the form that Data Designer stores under `column_statistics` in metadata.json and
 * reads back: every number is there, and what cannot be determined is `"--"`.
 */

import type { ColumnType } from '../../base/values/column-type.ts'
import { toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import type { ColumnTokens } from '../../run/usage/column-tokens.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { publishedFiles } from '../rows/dataset-results.ts'
import { type ColumnProfile, profileFiles, type TypedProfile } from './profile.ts'

/** What Data Designer stores where a number cannot be had. */
const untold = '--'

/** Column types that Data Designer has statistics of their own for; all others are `general`. */
const named = new Set([
  'sampler',
  'seed-dataset',
  'expression',
  'validation',
  'llm-text',
  'llm-code',
  'llm-structured',
  'llm-judge',
])

/**
 * Of the rows that are published.
 *
 * @param signal ends it between two columns
 * @param tokens those of some row groups, which are not read again
 * @throws RowsmithError duckdb_missing, file_damaged, io_error
 */
export async function columnStatistics(
  disk: Disk,
  directory: string,
  signal?: AbortSignal,
  tokens?: ColumnTokens,
): Promise<ValueObject[]> {
  const view = DatasetView.at(disk, directory)
  const files = await publishedFiles(view)
  const { column_statistics: profiles } = await profileFiles(view, files, signal, tokens)
  return profiles.map(stored)
}

function stored({ type, ...profile }: TypedProfile): ValueObject {
  const { column_type } = profile
  return toValue({
    ...profile,
    column_type: named.has(column_type) ? column_type : 'general',
    pyarrow_dtype: arrowName(type),
    ...(column_type.startsWith('llm-') ? tokens(profile) : {}),
    ...(column_type === 'sampler' ? distribution(profile) : {}),
  }) as ValueObject
}

const tokenFields = ['input', 'output'].flatMap((of) =>
  ['mean', 'median', 'stddev'].map((what) => `${of}_tokens_${what}`),
)

function tokens(profile: object): Record<string, Value> {
  const counts = profile as Readonly<Record<string, number | undefined>>
  return Object.fromEntries(tokenFields.map((name) => [name, counts[name] ?? untold]))
}

function distribution({
  distribution_type: type,
  distribution: found,
}: Pick<ColumnProfile, 'distribution' | 'distribution_type'>): object {
  if (type === 'other' || found === undefined) return { distribution_type: 'other', distribution: null }
  // It has no distribution of a single number, whose deviation is none.
  if (found === null || ('stddev' in found && found.stddev === null)) {
    return { distribution_type: 'unknown', distribution: untold }
  }
  if (!('histogram' in found)) return { distribution: found }
  const { histogram, most_common_value: most, least_common_value: least } = found
  return {
    distribution: {
      most_common_value: spelled(most),
      least_common_value: spelled(least),
      histogram: { categories: histogram.categories.map(category), counts: histogram.counts },
    },
  }
}

function category(value: Value): string | number {
  return typeof value === 'number' ? value : String(value)
}

function spelled(value: Value): string | number {
  return Number.isInteger(value) ? Number(value) : String(value)
}

/** A type as pyarrow spells it. */
function arrowName(type: ColumnType): string {
  switch (type.kind) {
    case 'string':
    case 'json':
    case 'bool':
      return type.kind === 'bool' ? 'bool' : 'string'
    case 'int':
      return 'int64'
    case 'float':
      return 'double'
    case 'date':
      return 'date32[day]'
    case 'timestamp':
      return 'timestamp[us]'
    case 'timestamp_utc':
      return 'timestamp[us, tz=UTC]'
    case 'list':
      return `list<element: ${arrowName(type.element)}>`
    case 'map':
      return `map<string, ${arrowName(type.value)}>`
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.name}: ${arrowName(field.type)}`).join(', ')}>`
  }
}
