/** Columns that the user says hold maps: Parquet MAPs from the seed to the export and back. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import { formatJson } from '../../../src/base/values/json.ts'
import { objectOf, type Value } from '../../../src/base/values/value.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { rowsOfParquet } from '../../../src/store/parquet/parquet-rows.ts'
import { readSeed, seedFolder } from '../opened.ts'

const folder = seedFolder()
const read = (path: string, more: object = {}) =>
  readSeed({ seed_type: 'local', path, ...more }, { folders: [folder.path] })
const maps = { types: { m: 'map' } }

describe('in JSON Lines', () => {
  it.each<[about: string, lines: string[], written: string[]]>([
    ['of one type', ['{"m":{"b":1,"2":2}}', '{"m":{}}', '{"m":null}'], ['{"b":1,"2":2}', '{}', 'null']],
    ['of integers among floats', ['{"m":{"a":1}}', '{"m":{"b":2.5}}'], ['{"a":1.0}', '{"b":2.5}']],
    ['of mixed kinds', ['{"m":{"a":1}}', '{"m":{"b":"x"}}'], ['{"a":1}', '{"b":"x"}']],
    ['within maps', ['{"m":{"a":{"x":1}}}', '{"m":{"b":{}}}'], ['{"a":{"x":1}}', '{"b":{}}']],
    ['in lists', ['{"m":[{"a":1},null]}', '{"m":[]}'], ['[{"a":1},null]', '[]']],
    ['with odd names', ['{"m":{"__proto__":1,"":2,"10":3}}'], ['{"__proto__":1,"":2,"10":3}']],
  ])('objects %s', async (_about, lines, written) => {
    folder.write('a.jsonl', `${lines.join('\n')}\n`)
    const { rows, types } = await read('a.jsonl', maps)
    expect(types).toEqual([lines[0]!.includes('[') ? 'm list' : 'm map'])
    expect(rows.map(({ m }) => formatJson(m!))).toEqual(written)
  })

  it.each(['7', '"x"', '[1]', '[[]]'])('%s is refused with its row', async (odd) => {
    folder.write('a.jsonl', `{"m":{"a":1}}\n{"m":${odd}}\n`)
    await expect(read('a.jsonl', maps)).rejects.toThrow(/row 2.*column "m".*is no map/)
  })
})

describe('in Parquet', () => {
  const type: ColumnType = { kind: 'map', value: { kind: 'list', element: { kind: 'float' } } }
  const values: Value[] = [
    objectOf([
      ['b', [1, Number.NaN]],
      ['2', null],
    ]),
    {},
    null,
    { __proto__: null, a: [] },
  ]

  it('what Rowsmith wrote is maps without being told, and the same when it is written again', async () => {
    const encoded = () => encodeParquet({ columns: [{ name: 'm', type, values }], rowCount: 4, footer: {} })
    const { bytes } = encoded()
    writeFileSync(join(folder.path, 'a.parquet'), bytes)
    const { rows, types } = await read('a.parquet')
    expect(types).toEqual(['m map'])
    const again = rows.map(({ m }) => formatJson(m!))
    expect(again).toEqual(values.map((value) => formatJson(value)))
    expect((await rowsOfParquet(bytes, 'a')).map(({ m }) => formatJson(m!))).toEqual(again)
  })
})

it('a CSV file has none', async () => {
  folder.write('a.csv', 'm\n{}\n')
  await expect(read('a.csv', maps)).rejects.toThrow(/column "m".*a CSV file has none/)
})
