/** Types that we never write, in files of another writer. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, onTestFinished, test } from 'vitest'
import { open, type Row } from '../../../src/index.ts'

/** A dataset of one file that DuckDB wrote. */
async function written(query: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'rowsmith-times-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'parquet-files'))
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  await connection.run(`COPY (${query}) TO '${directory}/parquet-files/batch_00000.parquet' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  return directory
}

async function only(query: string): Promise<Row> {
  for await (const row of open(await written(query)).rows({ integers: 'bigint' })) return row
  throw new Error('There is no row')
}

test('dates and times are ISO text with every digit that was stored, and a Z only where it is UTC', async () => {
  const row = await only(`SELECT
    DATE '2020-02-29' AS day,
    DATE '1969-12-31' AS before,
    TIMESTAMP '2024-01-02 03:04:05.678901' AS micros,
    TIMESTAMP '1969-12-31 23:59:59.999999' AS last,
    TIMESTAMP '2024-01-02 03:04:05' AS whole,
    TIMESTAMP_MS '2024-01-02 03:04:05.678' AS millis,
    TIMESTAMP_NS '2024-01-02 03:04:05.678901234' AS nanos,
    TIMESTAMPTZ '2024-01-02 03:04:05.5+00' AS zoned,
    TIME '01:02:03.000004' AS clock,
    [TIMESTAMP '2024-01-02 03:04:05'] AS listed,
    NULL::TIMESTAMP AS missing`)
  expect(row).toEqual({
    day: '2020-02-29',
    before: '1969-12-31',
    micros: '2024-01-02T03:04:05.678901',
    last: '1969-12-31T23:59:59.999999',
    whole: '2024-01-02T03:04:05',
    millis: '2024-01-02T03:04:05.678',
    nanos: '2024-01-02T03:04:05.678901234',
    zoned: '2024-01-02T03:04:05.500000Z',
    clock: '01:02:03.000004',
    listed: ['2024-01-02T03:04:05'],
    missing: null,
  })
})

test('decimals of up to 15 digits are the floats nearest to them', async () => {
  const row = await only(`SELECT 0.57::DECIMAL(9, 2) AS a, -1.10::DECIMAL(18, 2) AS b,
    123456789012.345::DECIMAL(38, 3) AS c, 42::DECIMAL(9, 0) AS d`)
  expect(row).toEqual({ a: 0.57, b: -1.1, c: 123456789012.345, d: 42 })
})

test.each(['jsonl', 'csv', 'parquet'] as const)('all of them can be exported as %s', async (format) => {
  const directory = await written(`SELECT 0.57::DECIMAL(9, 2) AS small, 0.57::DECIMAL(38, 2) AS large,
    DATE '2020-02-29' AS day, TIMESTAMP '2024-01-02 03:04:05.5' AS moment, TIME '01:02:03' AS clock`)
  expect(await open(directory).export({ format, partial: true })).toMatchObject({ rows: 1 })
})
