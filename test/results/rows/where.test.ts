/** Conditions choose rows. They change no value, and reach nothing but the dataset. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import { open, type Row } from '../../../src/index.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'

const complete = fileURLToPath(new URL('../../fixtures/data-designer/complete/dataset', import.meta.url))

let folder = ''
const rows: Row[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-where-'))
  for await (const row of open(complete).rows({ integers: 'bigint' })) rows.push(row)
  return () => rmSync(folder, { recursive: true, force: true })
})

async function where(condition: string, directory = complete): Promise<Row[]> {
  const { path } = await open(directory).export({
    output: join(folder, 'out.jsonl'),
    where: condition,
    overwrite: true,
  })
  const text = readFileSync(path, 'utf8').trimEnd()
  return text === '' ? [] : text.split('\n').map((line) => parseJson(line) as Row)
}

describe('a condition', () => {
  test('keeps the rows it is true for, in order, with all their columns', async () => {
    expect(await where('stars > 3')).toEqual(rows.filter(({ stars }) => (stars as bigint) > 3n))
    expect(await where(`product_category = 'Books' OR stars = 1 -- a comment`)).toEqual(
      rows.filter(({ stars, product_category }) => product_category === 'Books' || stars === 1n),
    )
    expect(await where('true')).toEqual(rows)
    const all = [
      'stars IN (1, 2, 3, 4, 5)',
      'stars NOT IN (7)',
      'NOT (stars = 7)',
      'stars BETWEEN 1 AND 5',
      'stars IS NOT NULL AND NOT stars IS NULL',
      "product_category LIKE '%' OR product_category NOT LIKE 'x%'",
      'EXISTS (SELECT 1 FROM dataset)',
      'NOT EXISTS (SELECT 1 WHERE false)',
      'CASE WHEN stars > 0 THEN true END',
    ]
    for (const condition of all) expect(await where(condition), condition).toEqual(rows)
    expect(await where('stars > 99')).toEqual([])
    expect(await where('NULL')).toEqual([])
  })

  test('may look at the whole dataset, and at columns that are not exported', async () => {
    const mean = rows.reduce((sum, { stars }) => sum + Number(stars), 0) / rows.length
    expect(await where('stars > (SELECT avg(stars) FROM dataset)')).toEqual(
      rows.filter(({ stars }) => Number(stars) > mean),
    )
    const output = join(folder, 'few.csv')
    const { rows: count } = await open(complete).export({
      output,
      columns: ['headline'],
      where: 'stars = 5',
    })
    expect(count).toBe(rows.filter(({ stars }) => stars === 5n).length)
    expect(readFileSync(output, 'utf8').split('\n')).toHaveLength(count + 2)
  })

  test('works in folders whose names mean something to SQL and to patterns', async () => {
    const directory = join(folder, "it's [a] * odd?name")
    cpSync(complete, directory, { recursive: true })
    expect(await where('stars > 3', directory)).toEqual(rows.filter(({ stars }) => (stars as bigint) > 3n))
  })

  test('sees nested values and JSON, and columns whatever they are called', async () => {
    const directory = join(folder, 'nested')
    mkdirSync(join(directory, 'parquet-files'), { recursive: true })
    const { bytes } = encodeParquet({
      columns: [
        { name: 'rowsmith_row', type: { kind: 'int' }, values: [7n, 8n, 9n] },
        { name: 'more', type: { kind: 'json' }, values: [{ k: 1n }, null, { k: 2n }] },
        { name: 'tags', type: { kind: 'list', element: { kind: 'string' } }, values: [['a'], ['b'], null] },
      ],
      rowCount: 3,
      footer: {},
    })
    writeFileSync(join(directory, 'parquet-files', 'batch_00000.parquet'), bytes)
    const kept = async (condition: string) =>
      (await where(condition, directory)).map((row) => row.rowsmith_row)
    expect(await kept(`more->>'k' = '2'`)).toEqual([9n])
    expect(await kept(`list_contains(tags, 'b')`)).toEqual([8n])
    expect(await kept('rowsmith_row < 9')).toEqual([7n, 8n])
  })
})

describe('refused', () => {
  const notOne = [
    'true) UNION SELECT (1',
    'true) UNION ALL SELECT 1 FROM dataset WHERE (true',
    'true) GROUP BY (stars',
    'true) ORDER BY (stars',
    'true) LIMIT (1',
    'true) QUALIFY (true',
    'true) HAVING (true',
    "true); COPY dataset TO ('x'",
    'true); SELECT (1',
    '',
    '--',
    '/*',
    'stars >',
    'stars AS x',
    'SELECT',
    'DROP TABLE dataset',
    'count(*) > 1',
    'row_number() OVER () = 1',
    'starz > 3',
    'CAST(headline AS INTEGER) > 1',
  ]
  test.each(notOne)('%j', async (condition) => {
    await expect(where(condition)).rejects.toMatchObject({ code: 'where_invalid' })
    expect(existsSync(join(folder, 'x'))).toBe(false)
  })

  test('reaching for files, settings, extensions or the host', async () => {
    const secret = join(folder, 'secret.csv')
    writeFileSync(secret, 'a\n1\n')
    cpSync(join(complete, 'parquet-files/batch_00000.parquet'), join(folder, 'other.parquet'))
    const reaching = [
      `(SELECT count(*) FROM read_csv('${secret}')) > 0`,
      `(SELECT count(*) FROM read_text('${secret}')) > 0`,
      `(SELECT count(*) FROM read_blob('${secret}')) > 0`,
      `(SELECT count(*) FROM sniff_csv('${secret}')) > 0`,
      `(SELECT count(*) FROM '${secret}') > 0`,
      `(SELECT count(*) FROM query('FROM read_csv(''${secret}'')')) > 0`,
      `(SELECT count(*) FROM glob('${folder}/*')) > 0`,
      `(SELECT count(*) FROM read_parquet('${join(folder, 'other.parquet')}')) > 0`,
      `(SELECT count(*) FROM read_parquet('${join(complete, 'parquet-files')}/../metadata.json')) > 0`,
      `(SELECT count(*) FROM read_csv('/proc/self/environ')) > 0`,
      `getenv('HOME') IS NOT NULL`,
      `(SELECT count(*) FROM sqlite_scan('x', 'y')) > 0`,
    ]
    for (const condition of reaching) {
      await expect(where(condition), condition).rejects.toMatchObject({ code: 'where_invalid' })
    }
  })

  test('reaching for the network: no request is made', async () => {
    let requests = 0
    const server = createServer((_request, response) => {
      requests++
      response.end('a\n1\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.csv`
    await expect(where(`(SELECT count(*) FROM read_csv('${url}')) > 0`)).rejects.toMatchObject({
      code: 'where_invalid',
    })
    expect(requests).toBe(0)
  })

  test('leaves an older export as it was', async () => {
    const output = join(folder, 'kept.jsonl')
    writeFileSync(output, 'old')
    await expect(open(complete).export({ output, where: 'starz', overwrite: true })).rejects.toMatchObject({
      code: 'where_invalid',
    })
    expect(readFileSync(output, 'utf8')).toBe('old')
  })
})
