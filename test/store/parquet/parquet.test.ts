import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { DuckDBInstance, DuckDBListValue, DuckDBStructValue, type DuckDBValue } from '@duckdb/node-api'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sha256 } from '../../../src/base/numbers/hash.ts'
import type { FoundType } from '../../../src/base/values/column-type.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { type EncodeJob, encodeParquet, jsonText } from '../../../src/store/parquet/parquet-encode.ts'
import { columns, longTable, table } from './sample-table.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-parquet-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What a reader must give back: JSON columns as their text. */
function stored(type: FoundType, value: Value): unknown {
  if (value === null) return null
  switch (type.kind) {
    case 'json':
      return jsonText(value)
    case 'list':
      return (value as Value[]).map((element) => stored(type.element, element))
    case 'struct':
      return Object.fromEntries(
        type.fields.map((field) => [
          field.name,
          stored(field.type, (value as Record<string, Value>)[field.name]!),
        ]),
      )
    default:
      return value
  }
}

function expectedRows(job: EncodeJob): Record<string, unknown>[] {
  return Array.from({ length: job.rowCount }, (_, row) =>
    Object.fromEntries(job.columns.map(({ name, type, values }) => [name, stored(type, values[row]!)])),
  )
}

async function readByHyparquet(bytes: Uint8Array<ArrayBuffer>): Promise<Record<string, unknown>[]> {
  const rows = await parquetReadObjects({
    file: bytes.buffer,
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    parsers: { jsonFromBytes: (text?: Uint8Array) => text && new TextDecoder().decode(text) },
  })
  return rows.map((row) => nullsFor(row) as Record<string, unknown>)
}

/** Hyparquet gives undefined for null. */
function nullsFor(value: unknown): unknown {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map(nullsFor)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, nullsFor(member)]))
}

function plain(value: DuckDBValue): unknown {
  if (value instanceof DuckDBListValue) return value.items.map(plain)
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, member]) => [key, plain(member)]))
  }
  return value
}

async function readByDuckDB(bytes: Uint8Array, name: string) {
  const path = join(folder, `${name}.parquet`)
  writeFileSync(path, bytes)
  const connection = await (await DuckDBInstance.create()).connect()
  const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRows()
  const source = `read_parquet('${path}')`
  const types = await read(`select column_name, column_type from (describe select * from ${source})`)
  const names = types.map(([column]) => String(column))
  const rows = (await read(`select * from ${source}`)).map((row) =>
    Object.fromEntries(row.map((value, index) => [names[index]!, plain(value)])),
  )
  const keys = await read(`select decode(key), decode(value) from parquet_kv_metadata('${path}')`)
  return { rows, types: Object.fromEntries(types), keys: Object.fromEntries(keys) }
}

it('gives every cell back to hyparquet as it was stored', async () => {
  expect(await readByHyparquet(encodeParquet(table).bytes)).toStrictEqual(expectedRows(table))
})

it('gives every cell back to DuckDB as it was stored', async () => {
  const { rows } = await readByDuckDB(encodeParquet(table).bytes, 'table')
  expect(rows).toStrictEqual(expectedRows(table))
})

it('gives every type to DuckDB by its name', async () => {
  const { types } = await readByDuckDB(encodeParquet(table).bytes, 'types')
  const person = 'STRUCT("name" VARCHAR, home STRUCT(city VARCHAR, floor BIGINT))'
  expect(types).toStrictEqual({
    text: 'VARCHAR',
    whole: 'BIGINT',
    real: 'DOUBLE',
    flag: 'BOOLEAN',
    nothing: 'VARCHAR',
    'no whole': 'BIGINT',
    words: 'VARCHAR[]',
    person,
    people: `${person}[]`,
    matrix: 'DOUBLE[][]',
    anything: 'JSON',
    'nested json': 'STRUCT(tags JSON[])',
    'a.dot "and" quotes': 'VARCHAR',
  })
})

it('gives thousands of rows with dictionaries, runs and several pages to both readers', async () => {
  const job = longTable(3_000)
  const { bytes } = encodeParquet(job)
  expect(parquetMetadata(bytes).row_groups).toHaveLength(1)
  const expected = expectedRows(job)
  expect(await readByHyparquet(bytes)).toStrictEqual(expected)
  expect((await readByDuckDB(bytes, 'long')).rows).toStrictEqual(expected)
})

it('stores a table without rows, with its types', async () => {
  const empty = { ...table, columns: columns.map((column) => ({ ...column, values: [] })), rowCount: 0 }
  const { bytes } = encodeParquet(empty)
  expect(await readByHyparquet(bytes)).toStrictEqual([])
  const { rows, types } = await readByDuckDB(bytes, 'empty')
  expect(rows).toStrictEqual([])
  expect(types.anything).toBe('JSON')
})

it('puts the given keys in the footer, and the hash of everything before it', async () => {
  const job = {
    ...table,
    footer: { 'rowsmith.group': '7', 'rowsmith.dropped': '[[3,"größe","parse_failed"]]' },
  }
  const { bytes, sha256: hash } = encodeParquet(job)
  const bodyBytes = bytes.byteLength - 8 - parquetMetadata(bytes).metadata_length
  const { keys } = await readByDuckDB(bytes, 'keys')
  expect(keys).toStrictEqual({ ...job.footer, 'rowsmith.body_sha256': sha256(bytes.subarray(0, bodyBytes)) })
  expect(hash).toBe(sha256(bytes))
  expect(parquetMetadata(bytes).created_by).toBe('rowsmith')
})

it('makes the same bytes of the same rows', () => {
  expect(encodeParquet(table).sha256).toBe(encodeParquet(structuredClone(table)).sha256)
})

it('makes the same body whatever the footer says', () => {
  const body = (footer: Record<string, string>) => {
    const { bytes } = encodeParquet({ ...table, footer })
    return parquetMetadata(bytes).key_value_metadata?.find(({ key }) => key === 'rowsmith.body_sha256')?.value
  }
  expect(body({ a: '1' })).toBe(body({ b: '2' }))
})

it.each<[string, FoundType, Value]>([
  ['an integer of 65 bits', { kind: 'int' }, 2n ** 63n],
  ['an integer of 65 bits below zero', { kind: 'int' }, -(2n ** 63n) - 1n],
  ['a float where an integer is due', { kind: 'int' }, 1.5],
  ['an integer where a float is due', { kind: 'float' }, 1n],
  ['a number where text is due', { kind: 'string' }, 1n],
  ['text where a truth value is due', { kind: 'bool' }, 'true'],
  ['half a surrogate pair', { kind: 'string' }, '\ud800'],
  ['a list where text is due', { kind: 'string' }, ['a']],
  ['NaN in JSON', { kind: 'json' }, { a: Number.NaN }],
  [
    'a field that the struct lacks',
    { kind: 'struct', fields: [{ name: 'a', type: { kind: 'int' } }] },
    { b: 1n },
  ],
  [
    'a missing field called constructor',
    { kind: 'struct', fields: [{ name: 'constructor', type: { kind: 'int' } }] },
    {},
  ],
])('refuses %s, naming column and row', (_, type, value) => {
  const job = { columns: [{ name: 'size', type, values: [null, value] }], rowCount: 2, footer: {} }
  expect(() => encodeParquet(job)).toThrowError(
    expect.objectContaining({
      code: 'value_unfit',
      message: expect.stringContaining('"size", row 1'),
      facts: { column: 'size', row: 1, type: type.kind },
    }),
  )
})

it.each<[string, EncodeJob]>([
  ['no column', { columns: [], rowCount: 1, footer: {} }],
  [
    'a struct without fields',
    { columns: [{ name: 'a', type: { kind: 'struct', fields: [] }, values: [] }], rowCount: 0, footer: {} },
  ],
  [
    'fewer values than rows',
    { columns: [{ name: 'a', type: { kind: 'int' }, values: [] }], rowCount: 1, footer: {} },
  ],
  ['two columns of one name', { columns: [columns[0]!, columns[0]!], rowCount: 6, footer: {} }],
])('makes no file of %s', (_, job) => {
  expect(() => encodeParquet(job)).toThrowError(expect.objectContaining({ code: 'internal' }))
})

const python = process.env.ROWSMITH_TEST_PYTHON ?? 'python3'
const hasPyarrow = (() => {
  try {
    execFileSync(python, ['-c', 'import pyarrow.parquet'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

it.skipIf(!hasPyarrow)('gives every cell to pyarrow (skipped where python3 has no pyarrow)', () => {
  const script = [
    'import sys, json, math, pyarrow.parquet as pq',
    'def say(v):',
    '    if isinstance(v, bool) or v is None or isinstance(v, str): return v',
    '    if isinstance(v, int): return {"int": str(v)}',
    '    if isinstance(v, float): return {"float": "nan" if math.isnan(v) else repr(v)}',
    '    if isinstance(v, list): return [say(x) for x in v]',
    '    return {"struct": {k: say(x) for k, x in v.items()}}',
    'print(json.dumps([{k: say(v) for k, v in row.items()} for row in pq.read_table(sys.argv[1]).to_pylist()]))',
  ].join('\n')
  const say = (value: unknown): unknown => {
    if (typeof value === 'bigint') return { int: value.toString() }
    if (typeof value === 'number') return { float: pythonFloat(value) }
    if (Array.isArray(value)) return value.map(say)
    if (typeof value !== 'object' || value === null) return value
    return { struct: Object.fromEntries(Object.entries(value).map(([key, member]) => [key, say(member)])) }
  }
  for (const [name, job] of Object.entries({ table, long: longTable(3_000) })) {
    const path = join(folder, `${name}-pyarrow.parquet`)
    writeFileSync(path, encodeParquet(job).bytes)
    const printed = execFileSync(python, ['-c', script, path], { maxBuffer: 1 << 28 }).toString()
    const expected = expectedRows(job).map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, say(value)])),
    )
    expect(JSON.parse(printed)).toStrictEqual(expected)
  }
})

function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Object.is(value, -0)) return '-0.0'
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
