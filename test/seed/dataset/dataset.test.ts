import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toValue } from '../../../src/base/values/value.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { openSeed } from '../../../src/seed/dataset/dataset.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-seed-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, contents: string | Uint8Array) => writeFileSync(join(folder, name), contents)

/** Writes a Parquet file of the rows that a statement selects, by another writer than ours. */
async function parquet(name: string, select: string): Promise<void> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run(`copy (${select}) to '${join(folder, name)}' (format parquet)`)
  connection.closeSync()
  instance.closeSync()
}

const configOf = (path: string, seed: object = {}) =>
  configFromValue(
    toValue({ columns: [], seed_config: { source: { seed_type: 'local', path }, ...seed } }),
    'config.yaml',
  )

async function read(path: string, seed: object = {}) {
  const opened = await openSeed(configOf(path, seed), { folders: [folder] })
  if (opened === null) throw new Error('no seed')
  try {
    const { columns, rowCount, contents, selection } = opened
    const rows = await opened.rows(Array.from({ length: rowCount }, (_, row) => row))
    return { columns, rows, contents, selection }
  } finally {
    await opened.close()
  }
}

const typesOf = (columns: readonly { readonly name: string; readonly type: { kind: string } }[]) =>
  columns.map(({ name, type }) => `${name} ${type.kind}`)

describe('the rows of a seed file', () => {
  it('of a CSV have the type in which each value prints as it was written, and are text otherwise', async () => {
    write(
      'a.csv',
      'id,price,on,day,time,instant,word,none\n1,1.5,true,2024-01-31,2024-01-31 09:30:00,2024-01-31T09:30:00+02:00,"a, b",\n2,2,false,1999-12-31,2024-01-31 09:30:00.25,2024-01-31T09:30:00.5Z,,\n',
    )
    const { columns, rows } = await read('a.csv')
    expect(typesOf(columns)).toEqual([
      'id int',
      'price float',
      'on bool',
      'day date',
      'time string',
      'instant string',
      'word string',
      'none string',
    ])
    expect(rows).toEqual([
      [1n, 1.5, true, '2024-01-31', '2024-01-31 09:30:00', '2024-01-31T09:30:00+02:00', 'a, b', null],
      [2n, 2, false, '1999-12-31', '2024-01-31 09:30:00.25', '2024-01-31T09:30:00.5Z', null, null],
    ])
  })

  it('keep the types of a Parquet file, nested ones too', async () => {
    await parquet(
      'a.parquet',
      `select 1::utinyint as tiny, 7::hugeint as huge, 2.5::float as real, 1.25::decimal(9, 2) as money,
        12::decimal(18, 0) as whole, 'x'::varchar as text, null as nothing, uuid() as id, time '12:30:00' as clock,
        [1, null] as numbers, {'from': date '2024-01-01', 'tags': ['a']} as span, map {'k': 1} as pairs`,
    )
    const { columns, rows } = await read('a.parquet')
    expect(typesOf(columns)).toEqual([
      'tiny int',
      'huge float',
      'real float',
      'money float',
      'whole int',
      'text string',
      'nothing int',
      'id string',
      'clock string',
      'numbers list',
      'span struct',
      'pairs json',
    ])
    const cells = rows[0]!
    expect(cells.slice(0, 7)).toEqual([1n, 7, 2.5, 1.25, 12n, 'x', null])
    expect(cells.slice(8)).toEqual(['12:30:00', [1n, null], { from: '2024-01-01', tags: ['a'] }, { k: 1n }])
  })

  it.each([
    ['a.json', '[{"a": 1, "b": {"c": [1.5]}}, {"a": 2, "b": null}]'],
    ['a.jsonl', '{"a": 1, "b": {"c": [1.5]}}\n{"a": 2, "b": null}\n'],
  ])('are read from %s', async (name, text) => {
    write(name, text)
    const { columns, rows } = await read(name)
    expect(typesOf(columns)).toEqual(['a int', 'b struct'])
    expect(rows).toEqual([
      [1n, { c: [1.5] }],
      [2n, null],
    ])
  })

  it('come from every file of a folder that ends so, by name', async () => {
    mkdirSync(join(folder, 'parts'))
    write('parts/b.csv', 'a\n3\n')
    write('parts/a.csv', 'a\n1\n2\n')
    write('parts/c.txt', 'a\n9\n')
    expect((await read('parts/*.csv')).rows).toEqual([[1n], [2n], [3n]])
  })

  it('are refused where a link in the folder leads out of it', async () => {
    mkdirSync(join(folder, 'parts'))
    write('secret.csv', 'a\n1\n')
    write('parts/a.csv', 'a\n2\n')
    symlinkSync('a.csv', join(folder, 'parts/again.csv'))
    expect((await read('parts/*.csv')).rows).toEqual([[2n], [2n]])
    symlinkSync('../secret.csv', join(folder, 'parts/b.csv'))
    await expect(read('parts/*.csv')).rejects.toThrow(/b\.csv leads out of its folder/)
    // Named itself, it is meant.
    expect((await read('parts/b.csv')).rows).toEqual([[1n]])
  })

  it('are those of the one file, when its name has characters of a pattern', async () => {
    write('a[1]?.csv', 'a\n1\n')
    write('a1x.csv', 'a\n2\n')
    expect((await read('a[1]?.csv')).rows).toEqual([[1n]])
  })

  it('can have columns of any name', async () => {
    write('a.csv', 'rowid,__proto__,"c""0",row\n5,p,q,r\n6,s,t,u\n')
    const { columns, rows } = await read('a.csv')
    expect(columns.map(({ name }) => name)).toEqual(['rowid', '__proto__', 'c"0', 'row'])
    expect(rows).toEqual([
      [5n, 'p', 'q', 'r'],
      [6n, 's', 't', 'u'],
    ])
  })

  it('have the names DuckDB gives them where the file gives one twice, or none', async () => {
    write('a.csv', 'a,b,a,A,\n1,2,3,4,5\n')
    const { columns } = await read('a.csv')
    expect(columns.map(({ name }) => name)).toEqual(['a', 'b', 'a_1', 'A_2', 'column4'])
  })

  it('are given in the order asked for, as often as asked for', async () => {
    write('a.csv', `a\n${Array.from({ length: 5000 }, (_, row) => row).join('\n')}\n`)
    const seed = (await openSeed(configOf('a.csv'), { folders: [folder] }))!
    const indices = [4999, 0, 17, 17, 2500, 0]
    const [rows, others] = await Promise.all([seed.rows(indices), seed.rows([3, 4, 5])])
    await seed.close()
    expect(rows.flat()).toEqual(indices.map(BigInt))
    expect(others.flat()).toEqual([3n, 4n, 5n])
  })
})

describe('what a seed holds', () => {
  it('is the bytes of its files, not their names', async () => {
    write('a.csv', 'a\n1\n')
    write('b.csv', 'a\n1\n')
    write('c.csv', 'a\n2\n')
    const contents = async (name: string) => (await read(name)).contents
    expect(await contents('a.csv')).toBe(await contents('b.csv'))
    expect(await contents('a.csv')).not.toBe(await contents('c.csv'))
    expect(await contents('*.csv')).not.toBe(await contents('a.csv'))
  })
})

describe('a seed that cannot be used', () => {
  const range = { selection_strategy: { start: 0, end: 5 } }
  const parts = { selection_strategy: { index: 0, num_partitions: 3 } }
  const long = `a,b\n${'1,2\n'.repeat(30_000)}`
  it.each<[string, string, string | Uint8Array | null, object, string, RegExp]>([
    [
      'is missing',
      'a.csv',
      null,
      {},
      'seed_not_found',
      /^There is no seed dataset a\.csv: looked in .*rowsmith-seed-test-/,
    ],
    [
      'has an unknown ending',
      'a.txt',
      'a\n1\n',
      {},
      'config_invalid',
      /^config\.yaml: seed_config\.source\.path: must be .*\.jsonl \(seen "a\.txt"\)$/,
    ],
    ['is a pattern of folders', '*/a.csv', null, {}, 'config_invalid', /source\.path/],
    ['has no rows', 'a.csv', 'a,b\n', {}, 'seed_unreadable', /a\.csv cannot be used: it has no rows$/],
    ['is empty', 'a.csv', '', {}, 'seed_unreadable', /it has no rows$/],
    ['has only empty lines', 'a.csv', '\n\n', {}, 'seed_unreadable', /it has no rows$/],
    [
      'has too many cells in a line',
      'a.csv',
      `${long}1,2,3\n`,
      {},
      'seed_unreadable',
      /CSV Error on Line: 30002: Expected Number of Columns: 2 Found: 3/,
    ],
    [
      'is not UTF-8',
      'a.csv',
      Uint8Array.of(97, 10, 0xff, 0xfe, 10),
      {},
      'seed_unreadable',
      /Invalid unicode/,
    ],
    ['is no Parquet file', 'a.parquet', 'a,b\n1,2\n', {}, 'seed_unreadable', /a\.parquet/],
    ['is broken JSON', 'a.json', '[{"a": 1}, {"a":', {}, 'seed_unreadable', /a\.json/],
    [
      'is shorter than the range',
      'a.csv',
      'a\n1\n2\n',
      range,
      'config_invalid',
      /^config\.yaml: seed_config\.selection_strategy\.end: must be below .* 2 \(seen 5\)$/,
    ],
    [
      'has fewer rows than blocks',
      'a.csv',
      'a\n1\n2\n',
      parts,
      'config_invalid',
      /num_partitions: must not be above .* 2 \(seen 3\)$/,
    ],
  ])('because it %s, is refused', async (_, path, contents, seed, code, message) => {
    if (contents !== null) write(path, contents)
    await expect(read(path, seed)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    await expect(read(path, seed)).rejects.not.toMatchObject({ message: expect.stringContaining('\n') })
  })

  it('among others, is the one that is named, with its own line or row', async () => {
    mkdirSync(join(folder, 'parts'))
    write('parts/a.csv', 'a,b\n1,2\n')
    write('parts/b.csv', `${long}x\n`)
    write('parts/c.csv', 'a,b\n5,6\n')
    await expect(read('parts/*.csv')).rejects.toThrow(/parts\/b\.csv cannot be used: .*Line: 30002/)
    await parquet('parts/a.parquet', 'select 1::ubigint as big from range(7)')
    await parquet('parts/b.parquet', 'select * from (values (1::ubigint), (18446744073709551615)) t(big)')
    await expect(read('parts/*.parquet')).rejects.toThrow(
      /parts\/b\.parquet cannot be used: row 2, column "big": 18446744073709551615 does not fit 64 bits$/,
    )
  })

  it.each<[string, string, RegExp]>([
    [
      'an integer beyond 64 bits',
      'select * from (values (1::ubigint), (18446744073709551615)) t(big)',
      /row 2, column "big": 18446744073709551615 does not fit 64 bits$/,
    ],
    [
      'a decimal no float holds',
      'select 12345678901234567.89::decimal(20, 2) as money',
      /row 1, column "money": 12345678901234567\.89 does not fit a float$/,
    ],
    [
      'nanoseconds',
      "select '2024-01-01 00:00:00.000000001'::timestamp_ns as moment",
      /row 1, column "moment": .* does not fit microseconds$/,
    ],
    [
      'infinite time',
      "select 'infinity'::timestamp as moment",
      /row 1, column "moment": infinity is not in the years 1 to 9999$/,
    ],
    [
      'ancient days',
      "select date '0044-03-15 (BC)' as ides",
      /row 1, column "ides": .* is not in the years 1 to 9999$/,
    ],
  ])('because it holds %s, is refused', async (_, select, message) => {
    await parquet('a.parquet', select)
    await expect(read('a.parquet')).rejects.toMatchObject({
      code: 'seed_unreadable',
      message: expect.stringMatching(message),
    })
  })
})

it('keeps a large seed outside the heap', async () => {
  // 100,000 rows of 500 characters: 50 MB as strings.
  await parquet('a.parquet', 'select i, repeat(md5(i::varchar), 16) as text from range(100000) t(i)')
  const seed = (await openSeed(configOf('a.parquet'), { folders: [folder] }))!
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = used()
  let highest = 0
  for (let first = 0; first < 100_000; first += 1000) {
    const rows = await seed.rows(Array.from({ length: 1000 }, (_, row) => first + row))
    expect(rows[999]![0]).toBe(BigInt(first + 999))
    if (first % 20_000 === 0) highest = Math.max(highest, used() - before)
  }
  await seed.close()
  expect(highest).toBeLessThan(10_000_000)
})
