import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dateText, daysOfDate, microsOfTimestamp, timestampText } from '../../../src/base/values/moments.ts'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { foundColumns } from '../../../src/store/parquet/file-schema.ts'
import { type EncodeJob, encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { readFooter } from '../../../src/store/publishing/footer.ts'
import { readRows } from '../../support/read-rows.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-moments-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const moments: EncodeJob = {
  columns: [
    { name: 'day', type: { kind: 'date' }, values: ['0001-01-01', '1969-12-31', null, '9999-12-31'] },
    {
      name: 'time',
      type: { kind: 'timestamp' },
      values: [
        '0001-01-01 00:00:00',
        '1969-12-31 23:59:59.999999',
        '2024-02-29 12:30:00.500000',
        '9999-12-31 23:59:59.999999',
      ],
    },
    {
      name: 'instant',
      type: { kind: 'timestamp_utc' },
      values: ['1970-01-01 00:00:00+00:00', null, '2024-02-29 12:30:00.000001+00:00', null],
    },
    {
      name: 'days',
      type: { kind: 'list', element: { kind: 'date' } },
      values: [['2024-01-01', null], [], null, ['2024-12-31']],
    },
    {
      name: 'span',
      type: { kind: 'struct', fields: [{ name: 'from', type: { kind: 'timestamp' } }] },
      values: [{ from: '2024-01-01 00:00:00' }, { from: null }, null, { from: '2024-01-01 00:00:01' }],
    },
  ],
  rowCount: 4,
  footer: {},
}

async function query(sql: string) {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

it('gives dates and times back as ISO text, and takes them again, with their types', async () => {
  const path = join(folder, 'own.parquet')
  const { bytes } = encodeParquet(moments)
  writeFileSync(path, bytes)
  const rows = await readRows(nodeDisk, path)
  for (const { name, values } of moments.columns) expect(rows.map((row) => row[name])).toEqual(iso(values))
  const again = moments.columns.map((each) => ({ ...each, values: rows.map((row) => row[each.name]!) }))
  expect(Buffer.compare(encodeParquet({ ...moments, columns: again }).bytes, bytes)).toBe(0)
  const footer = await readFooter(nodeDisk, path, bytes.byteLength)
  expect(foundColumns(footer!.fields)).toEqual(moments.columns.map(({ name, type }) => ({ name, type })))
})

it('gives them to DuckDB as dates and times', async () => {
  const path = join(folder, 'duckdb.parquet')
  writeFileSync(path, encodeParquet(moments).bytes)
  const types = await query(`select column_name, column_type from (describe select * from '${path}')`)
  expect(types.map((row) => row.column_type)).toEqual([
    'DATE',
    'TIMESTAMP',
    'TIMESTAMP WITH TIME ZONE',
    'DATE[]',
    'STRUCT("from" TIMESTAMP)',
  ])
  const rows = await query(
    `select "day"::varchar as day, "time"::varchar as time, epoch_us(instant)::varchar as instant, days::varchar as days, span::varchar as span from '${path}'`,
  )
  expect(rows[1]).toEqual({
    day: '1969-12-31',
    time: '1969-12-31 23:59:59.999999',
    instant: null,
    days: '[]',
    span: `{'from': NULL}`,
  })
  expect(rows[2]).toMatchObject({ time: '2024-02-29 12:30:00.5', instant: '1709209800000001' })
  expect(rows[3]).toMatchObject({ day: '9999-12-31', time: '9999-12-31 23:59:59.999999' })
})

/** The same value as ISO 8601 spells it. */
function iso(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(iso)
  if (typeof value === 'string') return value.replace(' ', 'T').replace('+00:00', 'Z')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, iso(member)]))
}

it('spells every date and time so that it reads back', () => {
  // Years 1 to 9999.
  const [first, last] = [-719_162, 2_932_896]
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (days) => {
      expect(daysOfDate(dateText(days))).toBe(days)
    }),
  )
  const micros = fc.bigInt({ min: BigInt(first) * 86_400_000_000n, max: BigInt(last) * 86_400_000_000n })
  fc.assert(
    fc.property(micros, fc.boolean(), (moment, utc) => {
      expect(microsOfTimestamp(timestampText(moment, utc), utc)).toBe(moment)
      expect(microsOfTimestamp(timestampText(moment, utc), !utc)).toBeUndefined()
    }),
  )
})
