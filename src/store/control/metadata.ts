/**
 * `metadata.json`: a summary for readers, in Data Designer's keys.
 *
 * Owns: its text, and the one reader. What the run is stands in run.json; for a directory that another tool
 * began, this file is all there is.
 * Rules:
 *   1. A file that cannot be read as a JSON object is `metadata_corrupt`; a field that is missing or has the wrong
 *      type is `metadata_incomplete`. Both name the file, the second the field too, the same on every path.
 *   2. Fields that resume does not need are not looked at.
 *   3. What others put into the file stays. Statistics stay while they are of as many rows as there are.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { formatJson } from '../../base/values/json.ts'
import { toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import type { DiskEntry } from '../../disk/disk.ts'
import type { Found, MetadataFacts } from '../../plan/facts.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { Fields, readJsonFile } from '../files/read-file.ts'

/** What is written: every key of Data Designer that Rowsmith fills. Absent keys are left out of the file. */
export interface Metadata {
  /** Left out where Data Designers disagree about it (`older_python_hash` of run.json): what one of them wrote stays. */
  readonly config_hash?: string
  readonly config_hash_algo?: string
  readonly config_hash_version?: string | number
  readonly preserve_dropped_columns: boolean
  readonly buffer_size: number
  readonly target_num_records: number
  /** The target of the first run; groups of an extension begin after it. */
  readonly original_target_num_records: number
  readonly actual_num_records: number
  readonly num_completed_batches: number
  readonly total_num_batches: number
  /** As requested, without a time stamp. */
  readonly dataset_name: string
  /** Relative paths: `parquet-files`, and per processor under `processor-files`. */
  readonly file_paths: {
    readonly 'parquet-files': readonly string[]
    readonly 'processor-files'?: Readonly<Record<string, readonly string[]>>
  }
  readonly post_generation_state?: 'started' | 'complete'
  readonly post_generation_processed?: boolean
  /** Statistics of the rows; null when rows changed since they were counted. Left out, those of as many rows stay. */
  readonly column_statistics?: readonly ValueObject[] | null
}

/** Every key of `Metadata`. */
const ownKeys: Readonly<Record<keyof Metadata, true>> = {
  config_hash: true,
  config_hash_algo: true,
  config_hash_version: true,
  preserve_dropped_columns: true,
  buffer_size: true,
  target_num_records: true,
  original_target_num_records: true,
  actual_num_records: true,
  num_completed_batches: true,
  total_num_batches: true,
  dataset_name: true,
  file_paths: true,
  post_generation_state: true,
  post_generation_processed: true,
  column_statistics: true,
}

/** The file as it stands, and what shows that it is still the same one. */
export interface MetadataAsFound {
  readonly found: Found<ValueObject>
  readonly entry: DiskEntry | undefined
}

/**
 * metadata.json in the hands of the process that writes it. What stands in the file is read only when it is not what this process
 * saw there last: others may write to it at any time (rule 3).
 */
export class MetadataFile {
  readonly #directory: DatasetDirectory
  readonly #writer: FileOwner
  #seen: MetadataAsFound | undefined

  /** @param seen the file as it was read before, if it was */
  constructor(directory: DatasetDirectory, writer: FileOwner, seen?: MetadataAsFound) {
    this.#directory = directory
    this.#writer = writer
    this.#seen = seen
  }

  /**
   * Replaces the file, atomically and durably: keys sorted, two spaces, ASCII, as Data Designer writes it (rule 3).
   *
   * @throws RowsmithError of class storage
   */
  async write(metadata: Metadata): Promise<void> {
    const { metadata: path } = this.#directory.layout
    const foreign = unknownFieldsOf(await this.#now(), metadata)
    const { column_statistics: counted, ...rest } = metadata
    const statistics = counted === undefined || counted === null ? {} : { column_statistics: counted }
    const contents: ValueObject = { ...foreign, ...(toValue({ ...rest, ...statistics }) as ValueObject) }
    const text = formatJson(contents, { sortKeys: true, indent: 2, ascii: true })
    await this.#directory.replace(path, text, this.#writer)
    this.#seen = { found: { kind: 'read', contents }, entry: await this.#directory.stat(path) }
  }

  async #now(): Promise<Found<ValueObject>> {
    const entry = await this.#directory.stat(this.#directory.layout.metadata)
    if (this.#seen !== undefined && isSameFile(this.#seen.entry, entry)) return this.#seen.found
    return storedMetadata(this.#directory)
  }
}

function isSameFile(one: DiskEntry | undefined, other: DiskEntry | undefined): boolean {
  return one?.inode === other?.inode && one?.modified === other?.modified && one?.size === other?.size
}

/** What stays of the file that is replaced; nothing of one that cannot be read. */
function unknownFieldsOf(found: Found<ValueObject>, metadata: Metadata): ValueObject {
  if (found.kind !== 'read') return {}
  const { contents } = found
  const isOwn = (key: string): boolean =>
    Object.hasOwn(ownKeys, key) && (!key.startsWith('config_hash') || metadata.config_hash !== undefined)
  const foreign: [string, Value][] = Object.entries(contents).filter(([key]) => !isOwn(key))
  if (
    metadata.column_statistics === undefined &&
    contents.column_statistics !== undefined &&
    contents.actual_num_records === BigInt(metadata.actual_num_records)
  ) {
    foreign.push(['column_statistics', contents.column_statistics])
  }
  return Object.fromEntries(foreign)
}

/** The file with what distinguishes it from another one: looked at first, so that one that changes meanwhile is read again. */
export async function metadataAsFound(directory: DatasetDirectory): Promise<MetadataAsFound> {
  const entry = await directory.stat(directory.layout.metadata)
  return { entry, found: await storedMetadata(directory) }
}

/** Everything that stands in the file. */
function storedMetadata({ disk, layout }: DatasetDirectory): Promise<Found<ValueObject>> {
  return readJsonFile(disk, layout.metadata, 'metadata.json', 'metadata_corrupt', (stored) => stored)
}

/** The one reader. Never throws for what is wrong with the file. */
export async function readMetadata(directory: DatasetDirectory): Promise<Found<MetadataFacts>> {
  return metadataIn(await storedMetadata(directory))
}

/** What a file as it stands means. */
export function metadataIn(found: Found<ValueObject>): Found<MetadataFacts> {
  if (found.kind !== 'read') return found
  try {
    return { kind: 'read', contents: parseMetadata(found.contents) }
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    return { kind: 'defect', defect: { code: error.code, message: error.message } }
  }
}

/** @throws RowsmithError metadata_incomplete, naming the field */
function parseMetadata(object: ValueObject): MetadataFacts {
  const fields = new Fields(object, 'metadata.json', 'metadata_incomplete')
  const target = fields.count('target_num_records', 1)
  const original = fields.has('original_target_num_records')
    ? fields.count('original_target_num_records', 1)
    : target
  if (original > target) {
    fields.wrong('original_target_num_records', `at most target_num_records, which is ${target}`)
  }
  return {
    config_hash: fields.has('config_hash') ? fields.string('config_hash') : null,
    config_hash_version: fields.has('config_hash_version') ? fields.version('config_hash_version') : null,
    preserve_dropped_columns: fields.has('preserve_dropped_columns')
      ? fields.boolean('preserve_dropped_columns')
      : true,
    buffer_size: fields.count('buffer_size', 1),
    target_num_records: target,
    original_target_num_records: original,
    post_generation_state: postGenerationState(fields),
  }
}

function postGenerationState(fields: Fields): 'started' | 'complete' | null {
  if (fields.has('post_generation_state'))
    return fields.oneOf('post_generation_state', ['started', 'complete'])
  const processed = fields.has('post_generation_processed') && fields.boolean('post_generation_processed')
  return processed ? 'complete' : null
}
