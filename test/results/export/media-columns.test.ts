/** Columns of media in a Parquet export, as `datasets` of Hugging Face has them. The file is read by DuckDB. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { open } from '../../../src/index.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { pngOf, smallGif } from '../../support/pngs.ts'

const png = pngOf('a')
const wav = Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(28)])
const text: ColumnType = { kind: 'string' }
const medium: ColumnType = {
  kind: 'struct',
  fields: [
    { name: 'bytes', type: text },
    { name: 'path', type: text },
  ],
}

/** A dataset with one column, and an image of its own. */
function dataset(type: ColumnType, values: readonly Value[]): string {
  const directory = join(mkdtempSync(join(tmpdir(), 'rowsmith-media-')), 'set')
  onTestFinished(() => rmSync(join(directory, '..'), { recursive: true, force: true }))
  mkdirSync(join(directory, 'parquet-files'), { recursive: true })
  mkdirSync(join(directory, 'images', 'm'), { recursive: true })
  writeFileSync(join(directory, 'images', 'm', '0-0.png'), png)
  writeFileSync(join(directory, '..', 'outside.png'), png)
  const config = { data_designer: { columns: [{ name: 'm' }] } }
  writeFileSync(join(directory, 'builder_config.json'), JSON.stringify(config))
  const { bytes } = encodeParquet({
    columns: [{ name: 'm', type, values }],
    rowCount: values.length,
    footer: {},
  })
  writeFileSync(join(directory, 'parquet-files', 'batch_00000.parquet'), bytes)
  return directory
}

async function read(path: string) {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const json = async (query: string) =>
    (await connection.runAndReadAll(query)).getRowsJson().map(([cell]) => JSON.parse(String(cell)))
  try {
    const types = (await connection.runAndReadAll(`SELECT m FROM '${path}'`)).columnTypes().map(String)
    const cells = await json(
      types[0]!.endsWith('[]')
        ? `SELECT to_json(list_transform(m, lambda x: {b: base64(x.bytes), p: x.path})) FROM '${path}'`
        : `SELECT to_json({b: base64(m.bytes), p: m.path}) FROM '${path}'`,
    )
    const [features] = await json(
      `SELECT decode(value) FROM parquet_kv_metadata('${path}') WHERE decode(key) = 'huggingface'`,
    )
    return { type: types[0], cells, features: features.info.features.m }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const b64 = (bytes: Buffer): string => bytes.toString('base64')
const asMedia = { format: 'parquet', media: ['m'], partial: true } as const

describe('a column of media in an export', () => {
  test.each<[string, ColumnType, Value, unknown]>([
    [
      'the paths of an image column',
      { kind: 'list', element: text },
      ['images/m/0-0.png'],
      [{ b: b64(png), p: '0-0.png' }],
    ],
    ['one path', text, 'images/m/0-0.png', { b: b64(png), p: '0-0.png' }],
    ['base64', text, b64(smallGif), { b: b64(smallGif), p: null }],
    ['a data address', text, `data:image/gif;base64,${b64(smallGif)}`, { b: b64(smallGif), p: null }],
    ['{bytes, path}', medium, { bytes: b64(png), path: 'x/a.png' }, { b: b64(png), p: 'a.png' }],
    ['{path}', medium, { bytes: null, path: 'images/m/0-0.png' }, { b: b64(png), p: '0-0.png' }],
    ['nothing', text, null, { b: null, p: null }],
    ['a list of nothing', { kind: 'list', element: text }, [], []],
  ])('holds the bytes of %s', async (_what, type, value, cell) => {
    const { path } = await open(dataset(type, [value])).export(asMedia)
    const isList = type.kind === 'list'
    expect(await read(path)).toEqual({
      type: expect.stringMatching(isList ? /BLOB.*\[\]$/ : /^STRUCT.*BLOB/),
      cells: [cell],
      features: isList ? { feature: { _type: 'Image' }, _type: 'List' } : { _type: 'Image' },
    })
  })

  test('is told by its bytes to be of sounds', async () => {
    const { path } = await open(dataset(text, [null, b64(wav)])).export(asMedia)
    expect((await read(path)).features).toEqual({ _type: 'Audio' })
  })

  test.each<[string, Value[]]>([
    ['words', ['hello']],
    ['a file outside of the dataset', ['../outside.png']],
    ['a file that is not there', ['images/m/9-9.png']],
    ['an image and a sound', [b64(png), b64(wav)]],
  ])('with %s is refused, and nothing is left', async (_what, values) => {
    const directory = dataset(text, values)
    await expect(open(directory).export(asMedia)).rejects.toMatchObject({ code: 'export_unfit' })
    expect(existsSync(join(directory, 'set.parquet'))).toBe(false)
  })

  test('needs Parquet, and a column that is there', async () => {
    const directory = dataset(text, [b64(png)])
    await expect(open(directory).export({ ...asMedia, format: 'csv' })).rejects.toMatchObject({
      code: 'usage',
    })
    await expect(open(directory).export({ ...asMedia, media: ['n'] })).rejects.toMatchObject({
      code: 'unknown_column',
    })
  })
})
