import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import { formatJson } from '../../../src/base/values/json.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { DatasetResults, firstRows } from '../../../src/results/rows/dataset-results.ts'
import { type EncodeColumn, encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import type { Row } from '../../../src/store/parquet/parquet-rows.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'

const directory = '/set'

async function dataset(files: Readonly<Record<string, Uint8Array>>): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk({ directories: [`${directory}/parquet-files`] })
  for (const [name, bytes] of Object.entries(files)) {
    const file = await disk.create(`${directory}/parquet-files/${name}`)
    await file.append(bytes)
    await file.close()
  }
  return disk
}

function parquet(columns: EncodeColumn[], rowCount = columns[0]?.values.length ?? 0): Uint8Array {
  return encodeParquet({ columns, rowCount, footer: {} }).bytes
}

function numbers(...values: bigint[]): Uint8Array {
  return parquet([{ name: 'n', type: { kind: 'int' }, values }])
}

async function all(disk: SimulatedDisk): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of new DatasetResults(disk, directory).rows()) rows.push(row)
  return rows
}

describe('order', () => {
  test('rows come by group number, as numbers, past the padding of file names', async () => {
    const disk = await dataset({
      'batch_100000.parquet': numbers(5n),
      'batch_99999.parquet': numbers(4n),
      'batch_00010.parquet': numbers(3n),
      'batch_00002.parquet': numbers(1n, 2n),
    })
    expect((await all(disk)).map(({ n }) => n)).toEqual([1n, 2n, 3n, 4n, 5n])
    expect(await new DatasetResults(disk, directory).countRecords()).toBe(5)
  })

  test('files that are not row groups are left alone', async () => {
    const disk = await dataset({
      'batch_00000.parquet': numbers(1n),
      'batch_0.parquet': Buffer.from('not ours'),
      'notes.txt': Buffer.from('not ours'),
    })
    expect(await all(disk)).toEqual([{ n: 1n }])
    expect(await new DatasetResults(disk, directory).countRecords()).toBe(1)
  })

  test('the first rows are read from the first files only', async () => {
    const disk = await dataset({
      'batch_00000.parquet': numbers(),
      'batch_00001.parquet': numbers(1n, 2n),
      'batch_00002.parquet': numbers(3n, 4n),
      'batch_00003.parquet': Buffer.from('never looked at'),
    })
    expect((await firstRows(new DatasetResults(disk, directory).rows(), 3)).map(({ n }) => n)).toEqual([
      1n,
      2n,
      3n,
    ])
    expect(await firstRows(new DatasetResults(disk, directory).rows(), 0)).toEqual([])
  })

  test('one file is read only when the rows before it are used up', async () => {
    const disk = await dataset({ 'batch_00000.parquet': numbers(1n), 'batch_00001.parquet': numbers(2n) })
    const reads = (): number =>
      disk.operations.filter(({ name, path }) => name === 'readFile' && path.endsWith('.parquet')).length
    const rows = new DatasetResults(disk, directory).rows()
    await rows.next()
    expect(reads()).toBe(1)
    await rows.next()
    expect(reads()).toBe(2)
  })
})

describe('values', () => {
  const struct: ColumnType = {
    kind: 'struct',
    fields: [
      { name: 'n', type: { kind: 'int' } },
      { name: 'tags', type: { kind: 'list', element: { kind: 'string' } } },
      {
        name: 'parts',
        type: { kind: 'list', element: { kind: 'struct', fields: [{ name: 'j', type: { kind: 'json' } }] } },
      },
    ],
  }
  const cases: [string, ColumnType, Value[]][] = [
    ['text', { kind: 'string' }, ['', null, 'é😀\u0000', '\ufeffbyte order mark', '4']],
    ['integers', { kind: 'int' }, [0n, null, 9223372036854775807n, -9223372036854775808n]],
    ['floats', { kind: 'float' }, [1, null, -0, 5e-324, Infinity, NaN]],
    ['booleans', { kind: 'bool' }, [true, null, false]],
    ['nothing at all', { kind: 'bool' }, [null, null]],
    ['JSON', { kind: 'json' }, [{ a: 1n, b: 1, c: [null, 'x'] }, null, 12345678901234567890n, '{', []]],
    ['lists', { kind: 'list', element: { kind: 'int' } }, [[], null, [1n, null, 3n]]],
    [
      'lists of lists',
      { kind: 'list', element: { kind: 'list', element: { kind: 'float' } } },
      [[[1], [], null], null],
    ],
    [
      'structs',
      struct,
      [
        { n: 1n, tags: ['a', null], parts: [{ j: { k: 1n } }, null, { j: null }] },
        null,
        { n: null, tags: null, parts: [] },
      ],
    ],
  ]

  test.each(cases)('%s come back as they were', async (_name, type, values) => {
    const disk = await dataset({ 'batch_00000.parquet': parquet([{ name: 'cell', type, values }]) })
    expect((await all(disk)).map(({ cell }) => cell)).toEqual(values)
  })

  test('any JSON comes back, integers and floats told apart', async () => {
    const json: fc.Arbitrary<Value> = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constant(null),
        fc.boolean(),
        fc.bigInt(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
      ),
    })).value as fc.Arbitrary<Value>
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 5 }), async (values) => {
        const column = { name: 'cell', type: { kind: 'json' } as const, values }
        const disk = await dataset({ 'batch_00000.parquet': parquet([column]) })
        const sorted = (value: Value | undefined): string => formatJson(value ?? null, { sortKeys: true })
        expect((await all(disk)).map(({ cell }) => sorted(cell))).toEqual(values.map(sorted))
      }),
      { numRuns: 50 },
    )
  })

  test('columns stand in the order of the file, whatever they are called', async () => {
    const columns = ['b', '__proto__', 'a'].map((name) => ({
      name,
      type: { kind: 'bool' } as const,
      values: [true],
    }))
    const [row] = await all(await dataset({ 'batch_00000.parquet': parquet(columns) }))
    expect(Object.keys(row ?? {})).toEqual(['b', '__proto__', 'a'])
  })
})

describe('what cannot be read', () => {
  test('a folder without a dataset is dataset_not_found', async () => {
    const results = new DatasetResults(new SimulatedDisk({ directories: ['/set'] }), directory)
    await expect(results.countRecords()).rejects.toMatchObject({ code: 'dataset_not_found' })
    await expect(results.rows().next()).rejects.toMatchObject({
      code: 'dataset_not_found',
    })
  })

  test('a damaged file is named', async () => {
    const whole = numbers(1n, 2n)
    const path = `${directory}/parquet-files/batch_00000.parquet`
    const disk = await dataset({ 'batch_00000.parquet': whole.subarray(0, whole.length - 9) })
    await expect(all(disk)).rejects.toMatchObject({ code: 'file_damaged', facts: { path } })
    await expect(new DatasetResults(disk, directory).countRecords()).rejects.toMatchObject({
      facts: { path },
    })
  })
})
