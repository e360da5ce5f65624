/**
 * `.rowsmith/run.json`: what the run is, and its plan. The truth about both.
 *
 * Rules:
 *   1. It is durable, with its folders, before the first request and the first row group.
 *   2. It is rewritten only to append a segment to the plan or a source of answers, to divide the dataset into blocks or to end that,
 *      to change the after-generation stage, or
 *      the raw folder because of one; never to change what rows are made from. Sources stand here and not in launch.json because they come with the run seed: a process that
 *      dies between two files must not leave the seed without the answers that were requested with it.
 *   3. Defects are `run_json_damaged`, naming the field; a newer format is `format_unsupported`.
 *   4. It carries a checksum of its own: one changed digit of the run seed would be another dataset. A file without one is
 *      from an earlier Rowsmith.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { compareCodePoints, formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Blocks } from '../../plan/blocks.ts'
import type { Found, Identity, RunFacts } from '../../plan/facts.ts'
import { groupCount, type PlanRange, rowCount } from '../../plan/row-groups.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import { requireChecksum, withChecksum } from '../files/checksum.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { parseCommitsName, type RawFolder } from '../files/layout.ts'
import { Fields, readJsonFile } from '../files/read-file.ts'
import { type FileSchema, type FoundColumn, parseColumn, parseFileSchema } from '../parquet/file-schema.ts'

/** The contents of run.json, in its own key names. */
export interface RunFile extends RunFacts {
  readonly format: 1
  /** The date that "today" means in this dataset, `2026-08-07`: templates of a resumed run see the same. */
  readonly today: string
  readonly dataset_name: string
  readonly config_hash: string
  readonly config_hash_algo: string
  readonly config_hash_version: string | number
  /**
   * The config's hash as Data Designer makes it on Python before 3.12; absent where it is the same, and in datasets that another tool
   * began. Where there is one, metadata.json holds no hash until a Data Designer puts its own there: it compares builder_config.json.
   */
  readonly older_python_hash?: string
  /** Where row groups are published: `.rowsmith/generated` when an after-generation stage makes the dataset. */
  readonly raw_folder: RawFolder
  readonly media_mode: 'disk' | 'inline'
  readonly engine: 'concurrent' | 'sequential'
  /**
   * Per folder, the columns that files had when the dataset was taken over from another tool: new files have them in the
   * same order, with the same types. Null in a dataset that Rowsmith began.
   */
  readonly file_schema: FileSchema | null
  /** Columns whose files have another type than the columns, as the reference stores them; absent where there are none, and in datasets that began before. */
  readonly stored_types?: readonly FoundColumn[]
  /** Absent in a dataset that began when members of JSON columns were sorted: they stay so in all of its files. */
  readonly json_members?: 'as_written'
  /** Set while several processes make the dataset, each a block of it; absent before and afterwards. */
  readonly blocks?: Blocks
  /** Other datasets whose answers this one takes over, nearest first; absent when there are none. */
  readonly reuse_sources?: readonly ReuseSource[]
}

/** A dataset directory that answers are taken from. */
export interface ReuseSource {
  /** Relative to the dataset directory, so that both can be moved together. */
  readonly path: string
  /** How many rows it was planned for when it was chosen: later rows are not looked for in it. */
  readonly rows: number
}

const NAME = '.rowsmith/run.json'
const CODE = 'run_json_damaged'

/** Replaces the file, atomically and durably. */
export async function writeRunFile(
  directory: DatasetDirectory,
  run: RunFile,
  writer: FileOwner,
): Promise<void> {
  const { layout } = directory
  await directory.replace(layout.run, runFileText(run), writer)
}

/**
 * The one reader. Never throws for what is wrong with the file. Without its run.json, a journal belongs to nothing: that is damage,
 * and never a folder to begin in.
 */
export async function readRunFile(directory: DatasetDirectory): Promise<Found<RunFile>> {
  const { layout, disk } = directory
  const run = await readJsonFile(disk, layout.run, NAME, CODE, parseFields)
  if (run.kind !== 'absent') return run
  const names = await directory.list(layout.own)
  const journal = await directory.list(layout.journal)
  if (journal.length === 0 && !names.some((name) => parseCommitsName(name) !== undefined)) return run
  return {
    kind: 'defect',
    defect: { code: CODE, message: `${NAME} is missing, although a run left its journal.` },
  }
}

/**
 * The text of the file: keys sorted, two spaces. Those of the identity's document stand as the config has them: the order
 * of a template's keys is that of the columns made from it.
 */
export function runFileText(run: RunFile): string {
  const { rows_identity, ...rest } = run
  const fields = { ...(toValue(rest) as ValueObject), rows_identity: identityValue(rows_identity) }
  const sorted = Object.entries(withChecksum(fields)).sort(([a], [b]) => compareCodePoints(a, b))
  return `${formatJson(Object.fromEntries(sorted), { indent: 2 })}\n`
}

/** @throws RowsmithError run_json_damaged or format_unsupported */
export function parseRunFile(text: string): RunFile {
  let value: Value
  try {
    value = parseJson(text)
  } catch (error) {
    throw new RowsmithError(CODE, `${NAME} is not JSON.`, { cause: error })
  }
  if (!isValueObject(value)) throw new RowsmithError(CODE, `${NAME} holds no object.`)
  return parseFields(value)
}

/** The document keeps its integers and floats apart, so it never passes through `toValue`. */
function identityValue(identity: Identity): ValueObject {
  return { hash: identity.hash, document: identity.document }
}

function parseFields(object: ValueObject): RunFile {
  const fields = new Fields(object, NAME, CODE)
  const format = fields.count('format', 1)
  if (format !== 1) {
    throw new RowsmithError(
      'format_unsupported',
      `${NAME} has format ${format}; this Rowsmith knows format 1.`,
    )
  }
  const rows = fields.object('rows_identity')
  const run: RunFile = {
    format,
    run_seed: fields.integer('run_seed'),
    today: fields.string('today'),
    dataset_name: fields.string('dataset_name'),
    config_hash: fields.string('config_hash'),
    config_hash_algo: fields.string('config_hash_algo'),
    config_hash_version: fields.version('config_hash_version'),
    rows_identity: { hash: rows.string('hash'), document: rows.any('document') },
    stage_identity: fields.string('stage_identity'),
    raw_folder: fields.oneOf('raw_folder', ['parquet-files', '.rowsmith/generated']),
    media_mode: fields.oneOf('media_mode', ['disk', 'inline']),
    preserve_dropped_columns: fields.boolean('preserve_dropped_columns'),
    engine: fields.oneOf('engine', ['concurrent', 'sequential']),
    segments: parseRanges(fields),
    file_schema: parseFileSchema(fields, 'file_schema'),
    ...(fields.has('older_python_hash') ? { older_python_hash: fields.string('older_python_hash') } : {}),
    ...(fields.has('stored_types') ? { stored_types: fields.objects('stored_types').map(parseColumn) } : {}),
    ...(fields.has('json_members') ? { json_members: fields.oneOf('json_members', ['as_written']) } : {}),
    ...(fields.has('blocks') ? { blocks: parseBlocks(fields) } : {}),
    ...(fields.has('reuse_sources') ? { reuse_sources: parseReuseSources(fields) } : {}),
  }
  // Last, because a field that is plainly wrong says more.
  requireChecksum(object, NAME, CODE)
  return run
}

function parseBlocks(fields: Fields): Blocks {
  const blocks = fields.object('blocks')
  return {
    count: blocks.count('count', 2),
    first_group: blocks.count('first_group'),
    node: blocks.count('node'),
    rowsmith: blocks.string('rowsmith'),
  }
}

function parseReuseSources(fields: Fields): ReuseSource[] {
  return fields
    .objects('reuse_sources')
    .map((source) => ({ path: source.string('path'), rows: source.count('rows') }))
}

/** A plan of which any number could be wrong is no plan: segments must follow each other without a gap. */
function parseRanges(fields: Fields): PlanRange[] {
  const ranges: PlanRange[] = []
  for (const item of fields.objects('segments')) {
    const range = {
      first_group: item.count('first_group'),
      first_row: item.count('first_row'),
      rows: item.count('rows', 1),
      buffer_size: item.count('buffer_size', 1),
    }
    if (range.first_group !== groupCount(ranges) || range.first_row !== rowCount(ranges)) {
      fields.wrong('segments', 'segments that follow each other without a gap')
    }
    ranges.push(range)
  }
  if (ranges.length === 0) fields.wrong('segments', 'at least one segment')
  return ranges
}
