/**
 * The rows that a function makes of a stage's rows, as one Parquet file.
 *
 * Rules:
 *   1. A column that the stage had keeps its type while every value fits it. Any other gets the one type that its values have, over
 *      all rows: integers among floats are floats, mixed and nested values JSON. JSON has no word for NaN: such a value is refused then.
 *   2. Columns stand as they stood in the stage, new ones after them in the order in which they come up. One that no row
 *      has is left out; without any row, all stay.
 *   3. Types are known after the last row, so rows lie in a file next to it meanwhile: memory holds some at a time.
 */

import { deserialize, serialize } from 'node:v8'
import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { thrownWords } from '../base/errors/thrown-words.ts'
import { type ColumnType, conform } from '../base/values/column-type.ts'
import { memberOf, objectOf, received, sendable, type Value, type ValueObject } from '../base/values/value.ts'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { wrapDiskError } from '../disk/storage-error.ts'
import { FunctionRows } from '../post/function-rows.ts'
import type { SchemaField } from '../post/table.ts'
import { kindOf, typeOf } from '../seed/dataset/memory.ts'
import { ParquetParts } from '../store/parquet/parquet-encode.ts'

/** The rows of a stage, and what makes others of them. */
export interface Transformed {
  /** The stage's dataset, for messages. */
  readonly directory: string
  readonly fields: readonly SchemaField[]
  readonly rows: AsyncIterable<ValueObject>
  readonly transform: (rows: AsyncIterable<ValueObject>) => AsyncIterable<object> | Iterable<object>
}

/** Rows held at once. */
const SLICE = 1000

/** @returns the number of rows. @throws RowsmithError post_processing_failed, or a storage error */
export async function writeTransformed(disk: Disk, path: string, transformed: Transformed): Promise<number> {
  // Named so that it is cleared away with what it becomes.
  const lying = path.replace('.tmp.', '.rows.tmp.')
  try {
    const columns = new FoundColumns(transformed.fields)
    const slices = await selectRowsOf(disk, lying, checkedRows(transformed, columns))
    const fields = columns.settled()
    columns.requireJson(transformed.directory)
    return await writeParquet(disk, path, fields, readRows(disk, lying, slices))
  } catch (error) {
    // Only tidiness: whatever failed is what matters.
    await disk.remove(path).catch(() => {})
    throw error
  } finally {
    await disk.remove(lying).catch(() => {})
  }
}

async function* checkedRows(transformed: Transformed, columns: FoundColumns): AsyncGenerator<ValueObject> {
  const known = new FunctionRows(transformed.fields)
  const rows = (async function* () {
    for await (const row of transformed.rows) yield known.given(row)
  })()
  let at = 0
  for await (const row of rowsOfUser(transformed, rows)) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) {
      throw failed(transformed.directory, at, 'it is no object with a member per column')
    }
    const members = Object.entries(row).map(([name, value]): [string, Value] => {
      try {
        return [name, columns.seen(name, known.returned(name, value), at)]
      } catch (error) {
        throw failed(
          transformed.directory,
          at,
          `column ${JSON.stringify(name)}: ${(error as Error).message}`,
          error,
        )
      }
    })
    yield objectOf(members)
    at++
  }
}

/** What the function gives, one by one; what it throws, and what gives no rows, is reported as its failure. */
async function* rowsOfUser(
  { directory, transform }: Transformed,
  rows: AsyncIterable<ValueObject>,
): AsyncGenerator<unknown> {
  let at = 0
  try {
    const transformed: unknown = await (transform(rows) as unknown)
    if (!isIterable(transformed))
      throw failed(directory, at, 'it gives nothing to go through: make it a generator, or return a list')
    for await (const row of transformed) {
      yield row
      at++
    }
  } catch (error) {
    if (RowsmithError.isInstance(error)) throw error
    throw failed(
      directory,
      at,
      `it threw ${present(thrownWords(error).split('\n')[0], 'parts').slice(0, 200)}`,
      error,
    )
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
  )
}

function failed(directory: string, row: number, what: string, cause?: unknown): RowsmithError {
  return new RowsmithError(
    'post_processing_failed',
    `The function over its rows failed at row ${row} of those it gives: ${what}`,
    {
      facts: { directory, row },
      nextStep:
        'Fix the function in `transforms`, then run the command again. Stored answers are not affected.',
      cause,
    },
  )
}

/** The columns of the rows made, and what their values are (rules 1 and 2). */
class FoundColumns {
  readonly #given: readonly SchemaField[]
  readonly #found = new Map<
    string,
    { readonly type: ColumnType | null; fits: boolean; readonly kinds: Set<string>; notJson: number | null }
  >()

  constructor(given: readonly SchemaField[]) {
    this.#given = given
  }

  /** The value itself. */
  seen(name: string, value: Value, row: number): Value {
    let column = this.#found.get(name)
    if (column === undefined) {
      const type = this.#given.find((field) => field.name === name)?.type ?? null
      column = { type, fits: type !== null, kinds: new Set(), notJson: null }
      this.#found.set(name, column)
    }
    if (value === null) return null
    const kind = kindOf(value)
    column.kinds.add(kind)
    if (kind === 'int' && BigInt(Number(value)) !== value) column.kinds.add('wide')
    if (column.fits && column.type !== null && conform(column.type, value) === undefined) column.fits = false
    if (column.notJson === null && kind === 'json' && conform({ kind: 'json' }, value) === undefined) {
      column.notJson = row
    }
    return value
  }

  /** @throws RowsmithError post_processing_failed for a column that is JSON in the end, and a value that JSON has no word for */
  requireJson(directory: string): void {
    for (const [name, { fits, notJson }] of this.#found) {
      if (fits || notJson === null) continue
      const what = `column ${JSON.stringify(name)}: it holds a number that is not finite, and JSON has no word for it`
      throw failed(directory, notJson, what)
    }
  }

  settled(): readonly SchemaField[] {
    if (this.#found.size === 0) return this.#given
    const own = this.#given.map(({ name }) => name).filter((name) => this.#found.has(name))
    return [...new Set([...own, ...this.#found.keys()])].map((name) => {
      const { type, fits, kinds } = present(this.#found.get(name), 'found')
      return { name, type: fits && type !== null ? type : foundType(kinds) }
    })
  }
}

/** An integer that no float equals is not made one. */
function foundType(kinds: ReadonlySet<string>): ColumnType {
  if (kinds.has('wide') && kinds.has('float')) return { kind: 'json' }
  return typeOf(new Set([...kinds].filter((kind) => kind !== 'wide')))
}

/** @returns the lengths of the slices. Bytes of V8's, which no other process reads */
async function selectRowsOf(disk: Disk, path: string, rows: AsyncIterable<ValueObject>): Promise<number[]> {
  const file = await wrapDiskError('create', path, () => disk.create(path))
  const lengths: number[] = []
  try {
    let slice: unknown[] = []
    const flush = async (): Promise<void> => {
      if (slice.length === 0) return
      const bytes = serialize(slice)
      slice = []
      lengths.push(bytes.byteLength)
      await wrapDiskError('write', path, () => file.append(bytes))
    }
    for await (const row of rows) {
      slice.push(sendable(row))
      if (slice.length === SLICE) await flush()
    }
    await flush()
    return lengths
  } finally {
    await file.close()
  }
}

async function* readRows(
  disk: Disk,
  path: string,
  lengths: readonly number[],
): AsyncGenerator<ValueObject[]> {
  let at = 0
  for (const length of lengths) {
    const from = at
    const bytes = await wrapDiskError('read', path, () => disk.readRange(path, from, length))
    yield (deserialize(bytes) as unknown[]).map((row) => received(row) as ValueObject)
    at += length
  }
}

async function writeParquet(
  disk: Disk,
  path: string,
  fields: readonly SchemaField[],
  slices: AsyncIterable<readonly ValueObject[]>,
): Promise<number> {
  const parquet = new ParquetParts(fields)
  const file: DiskFile = await wrapDiskError('create', path, () => disk.create(path))
  let count = 0
  try {
    for await (const rows of slices) {
      parquet.write(
        fields.map(({ name, type }) =>
          rows.map((row) => present(conform(type, memberOf(row, name) ?? null), 'fitting cells')),
        ),
        rows.length,
      )
      count += rows.length
      const bytes = parquet.take()
      await wrapDiskError('write', path, () => file.append(bytes))
    }
    parquet.finish({})
    const rest = parquet.take()
    await wrapDiskError('write', path, () => file.append(rest))
    await wrapDiskError('sync', path, () => file.sync())
    return count
  } finally {
    await file.close()
  }
}
