/**
 * What a published file says about itself: the footer keys of a row group, written and read.
 *
 * The keys are the whole list (all with the prefix `rowsmith.`): format, config_hash, identity, run_seed, group,
 * first_row, planned_rows, dropped, and body_sha256, which the encoder adds. A file that a stage made has `stage`, the identity of
 * its processors, in the place of group, first_row, planned_rows and dropped. No time, host, path or version is
 * in a footer, so that equal rows make equal files.
 */
import { type FileMetaData, parquetMetadataAsync, parquetSchema, type SchemaTree } from 'hyparquet'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { toValue } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError } from '../../disk/storage-error.ts'
import type { DroppedRow } from '../logs/commits.ts'
import { BODY_HASH_KEY } from '../parquet/parquet-encode.ts'

/** What a row group's files say, next to the rows. */
export interface GroupFooter {
  readonly configHash: string
  /** The hash of the rows identity. */
  readonly identity: string
  readonly runSeed: bigint
  readonly group: number
  readonly firstRow: number
  readonly plannedRows: number
  readonly dropped: readonly DroppedRow[]
}

/** The footer keys of a row group, for `EncodeJob.footer`. */
export function groupFooterKeys(footer: GroupFooter): Record<string, string> {
  return {
    'rowsmith.format': '1',
    'rowsmith.config_hash': footer.configHash,
    'rowsmith.identity': footer.identity,
    'rowsmith.run_seed': footer.runSeed.toString(),
    'rowsmith.group': footer.group.toString(),
    'rowsmith.first_row': footer.firstRow.toString(),
    'rowsmith.planned_rows': footer.plannedRows.toString(),
    'rowsmith.dropped': formatJson(toValue(footer.dropped)),
  }
}

/**
 * The footer keys of a file that a stage made, for `EncodeJob.footer`: it is no row group, so it has none of their numbers.
 */
export function postProcessingFooterKeys(
  footer: Pick<GroupFooter, 'configHash' | 'identity' | 'runSeed'> & { readonly stage: string },
): Record<string, string> {
  return {
    'rowsmith.format': '1',
    'rowsmith.config_hash': footer.configHash,
    'rowsmith.identity': footer.identity,
    'rowsmith.run_seed': footer.runSeed.toString(),
    'rowsmith.stage': footer.stage,
  }
}

/** The footer of a Parquet file whose pages all lie within the file. */
export interface FoundFooter {
  readonly rows: number
  /** Numbers, texts and the like, also those within others; null is one too. */
  readonly values: number
  /** Bytes of those when they are unpacked. */
  readonly unpackedBytes: number
  /** Its columns, in the order of the file. */
  readonly fields: readonly SchemaTree[]
  /** Names of the columns without a single value, as far as the file shows. */
  readonly empty: ReadonlySet<string>
  /** What the file says about itself; undefined when Rowsmith did not write it. */
  readonly group: GroupFooter | undefined
  readonly keys: Readonly<Record<string, string>>
  /** The largest number of a field, by the names that lead to it; undefined where the file does not say it. */
  readonly largest: (path: readonly string[]) => number | undefined
  /** Whether another tool wrote it: it names that writer, and has no key of Rowsmith. */
  readonly isOthers: boolean
  /** Bytes before the footer. */
  readonly bodyBytes: number
}

const FIRST_READ = 16 * 1024

/** How other writers of Parquet begin their names, e.g. "parquet-cpp-arrow version 24.0.0". A damaged "rowsmith" is none of them. */
const otherWriter =
  /^(parquet[-_ 4]|arrow|duckdb|polars|fastparquet|hyparquet|impala|spark|dremio|trino|databricks)/i

/**
 * Reads the end of a Parquet file.
 *
 * @returns undefined when it is not a Parquet file, or a cut one
 * @throws RowsmithError io_error when the disk cannot read it
 */
export async function readFooter(
  disk: Pick<Disk, 'readRange'>,
  path: string,
  size: number,
): Promise<FoundFooter | undefined> {
  let metadata: FileMetaData
  try {
    metadata = await parquetMetadataAsync(
      { byteLength: size, slice: (start, end = size) => readSlice(disk, path, start, end) },
      { initialFetchSize: FIRST_READ },
    )
  } catch (error) {
    if (errnoOf(error) !== undefined || RowsmithError.isInstance(error))
      throw storageError(error, 'read', path)
    return undefined
  }
  try {
    return footerOf(metadata, size)
  } catch {
    // Damaged metadata can be read, and make no sense.
    return undefined
  }
}

function footerOf(metadata: FileMetaData, size: number): FoundFooter | undefined {
  const bodyBytes = size - metadata.metadata_length - 8
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: chunk } of columns) {
      const start = chunk?.dictionary_page_offset ?? chunk?.data_page_offset
      if (chunk === undefined || start === undefined) return undefined
      if (start + chunk.total_compressed_size > BigInt(bodyBytes)) return undefined
    }
  }
  const chunks = metadata.row_groups.flatMap(({ columns }) => columns.map(({ meta_data: chunk }) => chunk))
  const keys = Object.fromEntries(
    (metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']),
  )
  return {
    rows: Number(metadata.num_rows),
    values: chunks.reduce((sum, chunk) => sum + Number(chunk?.num_values ?? 0), 0),
    unpackedBytes: chunks.reduce((sum, chunk) => sum + Number(chunk?.total_uncompressed_size ?? 0), 0),
    fields: parquetSchema(metadata).children,
    empty: emptyColumns(metadata),
    group: parseGroup(keys),
    keys,
    largest: (path) => largestOf(metadata, path),
    isOthers:
      otherWriter.test(metadata.created_by ?? '') &&
      !Object.keys(keys).some((key) => key.startsWith('rowsmith.')),
    bodyBytes,
  }
}

function largestOf({ row_groups: groups }: FileMetaData, path: readonly string[]): number | undefined {
  const found = groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data: chunk }) => {
      const isOfPath = chunk?.path_in_schema.join('\0') === path.join('\0')
      const largest = isOfPath ? (chunk?.statistics?.max_value ?? chunk?.statistics?.max) : undefined
      return typeof largest === 'bigint' || typeof largest === 'number' ? [Number(largest)] : []
    }),
  )
  return found.length === 0 ? undefined : Math.max(...found)
}

function emptyColumns({ row_groups: groups, schema }: FileMetaData): ReadonlySet<string> {
  const flat = schema.filter(({ num_children: children }) => !children).map(({ name }) => name)
  const filled = groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data: chunk }) => {
      const nulls = chunk?.statistics?.null_count
      return chunk !== undefined && nulls !== undefined && nulls === chunk.num_values
        ? []
        : [chunk?.path_in_schema[0]]
    }),
  )
  return new Set(flat.filter((name) => !filled.includes(name)))
}

/** Whether a file's body is what its footer says. Reads the whole file. */
export async function bodyIsWhole(
  disk: Pick<Disk, 'readFile'>,
  path: string,
  footer: FoundFooter,
): Promise<boolean> {
  const bytes = await disk.readFile(path).catch((error) => {
    throw storageError(error, 'read', path)
  })
  return sha256(bytes.subarray(0, footer.bodyBytes)) === footer.keys[BODY_HASH_KEY]
}

function parseGroup(keys: Readonly<Record<string, string>>): GroupFooter | undefined {
  if (keys['rowsmith.format'] !== '1') return undefined
  try {
    return {
      configHash: keys['rowsmith.config_hash'] ?? '',
      identity: keys['rowsmith.identity'] ?? '',
      runSeed: BigInt(keys['rowsmith.run_seed'] ?? ''),
      group: Number(keys['rowsmith.group']),
      firstRow: Number(keys['rowsmith.first_row']),
      plannedRows: Number(keys['rowsmith.planned_rows']),
      dropped: parseDropped(keys['rowsmith.dropped'] ?? ''),
    }
  } catch {
    return undefined
  }
}

function parseDropped(text: string): DroppedRow[] {
  const value = parseJson(text)
  if (!Array.isArray(value)) throw new SyntaxError('Dropped rows are a list')
  return value.map((entry) => {
    const [row, column, code] = Array.isArray(entry) ? entry : []
    return [Number(row), String(column), String(code)]
  })
}

async function readSlice(
  disk: Pick<Disk, 'readRange'>,
  path: string,
  start: number,
  end: number,
): Promise<ArrayBuffer> {
  const bytes = await disk.readRange(path, start, end - start)
  const copy = new ArrayBuffer(bytes.byteLength)
  new Uint8Array(copy).set(bytes)
  return copy
}
