/**
 * Files that prompts will need, looked for before the first request: one that vanished since the last run would cost its rows,
 * and with them what was paid for them.
 *
 * Owns: which of them can be known then. Rules:
 *   1. Those that a category names, any of its values, and those that seed rows name, of row groups yet to be made.
 *   2. Only for columns all of whose cells are made: a cell that is skipped needs no file. Rows that were given up need none either.
 *   3. Looking is bounded: rows or text beyond that are found out about when they are made, and fail then.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'
import type { Column } from '../../columns/column/column.ts'
import { filesNamed, type MediaContextConfig } from '../../columns/model/context.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import type { StoredEffects } from '../effects/stored-effects.ts'
import type { ReferencedFiles } from '../prepare/referenced-files.ts'
import type { SchedulerParts } from '../scheduler/parts/scheduler-parts.ts'

/** Rule 3. */
const mostRows = 10_000
const mostCharacters = 64 * 1024 * 1024

export interface MediaSearch {
  /** Compiled. */
  readonly config: Config
  readonly columns: readonly Column[]
  /** Those yet to be made. */
  readonly groups: Iterable<RowGroup>
  readonly stored: Pick<StoredEffects, 'read'>
  readonly seedColumns: SchedulerParts['seedColumns']
  readonly files: ReferencedFiles
}

/** @throws RowsmithError media_missing, naming the first of them */
export async function requireMediaFiles(search: MediaSearch): Promise<void> {
  const contexts = contextsOf(search)
  if (contexts.length === 0) return
  const named = new Map<string, string>()
  const note = (value: Value, context: MediaContextConfig): void => {
    for (const path of filesNamed(value, context)) named.set(path, context.column_name)
  }
  for (const context of contexts) for (const value of choicesOf(context, search.config)) note(value, context)
  await noteSeedRows(contexts, search, note)
  const missing: string[] = []
  for (const path of named.keys()) if ((await search.files.find(path)) === undefined) missing.push(path)
  const [first] = missing
  if (first === undefined) return
  const column = present(named.get(first), 'named')
  const more = missing.length === 1 ? '' : `, and ${missing.length - 1} more`
  const message = `${JSON.stringify(first.slice(0, 200))} of column "${column}" is no file below the dataset or the folder of its config${more}`
  throw new RowsmithError('media_missing', message, { facts: { column, paths: missing.slice(0, 50) } })
}

/** Rule 2. */
function contextsOf({ config, columns }: MediaSearch): MediaContextConfig[] {
  const skippable = new Set(columns.flatMap(({ name, skip }) => (skip === undefined ? [] : [name])))
  return config.columns.flatMap((column) =>
    'multi_modal_context' in column && !skippable.has(column.name) ? (column.multi_modal_context ?? []) : [],
  )
}

/** What the category of that name may draw; nothing when it is no category. */
function choicesOf({ column_name: name }: MediaContextConfig, { columns }: Config): Value[] {
  const column = columns.find((each) => each.name === name)
  if (column?.column_type !== 'sampler') return []
  return [column.params, ...Object.values(column.conditional_params)].flatMap((params) =>
    'values' in params && Array.isArray(params.values) ? (params.values as Value[]) : [],
  )
}

async function noteSeedRows(
  contexts: readonly MediaContextConfig[],
  { config, groups, stored, seedColumns }: MediaSearch,
  note: (value: Value, context: MediaContextConfig) => void,
): Promise<void> {
  const seeded = new Set(
    config.columns.flatMap(({ name, column_type: type }) => (type === 'seed-dataset' ? [name] : [])),
  )
  const ofSeed = contexts.filter(({ column_name: name }) => seeded.has(name))
  if (ofSeed.length === 0) return
  let [rows, characters] = [0, 0]
  for (const group of groups) {
    if (rows >= mostRows || characters >= mostCharacters) return
    const count = Math.min(group.rows, mostRows - rows)
    const values = await seedColumns(group.firstRow, count)
    rows += count
    const { rowFailures } = await stored.read(group.group)
    for (const context of ofSeed) {
      for (const [index, value] of (values.get(context.column_name) ?? []).entries()) {
        if (typeof value === 'string') characters += value.length
        if (!rowFailures.has(group.firstRow + index)) note(value, context)
      }
    }
  }
}
