import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, it } from 'vitest'
import { BadLine, CsvScanner } from '../../../src/seed/csv/scan.ts'

const dialect = { delimiter: ',', quote: '"', escaping: '"' }

/** The types of a table's columns, its bytes fed in parts of a size. */
function typesOf(table: string, width: number, part = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(table)
  const scanner = new CsvScanner(dialect, width, 0)
  for (let at = 0; at < bytes.length; at += part) scanner.feed(bytes.subarray(at, at + part))
  scanner.end()
  return scanner.types.found()
}

/** Numbers in every spelling, from a fixed sequence. */
function spellings(): string[] {
  let state = 7
  const next = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
  const digits = (count: number): string =>
    Array.from({ length: count }, () => '0001234567899'[next(13)]).join('')
  const shapes = [
    () => `${next(2) ? '-' : ''}${digits(1 + next(20))}`,
    () => `${next(2) ? '-' : ''}${digits(1 + next(17))}.${digits(next(17))}`,
    () => `0.${'0'.repeat(next(7))}${digits(1 + next(6))}`,
    () => `${digits(1 + next(3))}.${digits(1 + next(3))}e${next(40) - 20}`,
    () => `${1 + next(3000)}`.padStart(4, '0').concat(`-${digits(2)}-${digits(2)}`),
  ]
  return Array.from({ length: 5000 }, (_, index) => shapes[index % shapes.length]!())
}

describe('a type that bytes make certain', () => {
  it.each([
    ['1,-2,0\n', ['int', 'int', 'int']],
    ['007,-0,+1\n', [undefined, undefined, undefined]],
    ['999999999999999999,-999999999999999999,9223372036854775807\n', ['int', 'int', undefined]],
    ['1.5,-0.25,0.0\n', ['float', 'float', 'float']],
    ['1.50,.5,5.\n', [undefined, undefined, undefined]],
    ['1e3,NaN,0.00001\n', [undefined, undefined, undefined]],
    ['true,false,True\n', ['bool', 'bool', undefined]],
    ['2024-02-29,2023-02-29,0000-01-01\n', ['date', undefined, undefined]],
    ['2024-04-31,-2024-01-01,2024-1-01\n', [undefined, undefined, undefined]],
    ['"1","1.5","true"\n', ['int', 'float', 'bool']],
    ['"","1""",\n', [undefined, undefined, undefined]],
    ['1,1,1\n2.5,true,\n', ['float', undefined, 'int']],
    ['1234567890123456,1,2024-01-01\n0.5,2,1\n', [undefined, 'int', undefined]],
    ['1,2,x\r\n\r\n3,4,y', ['int', 'int', undefined]],
  ])('of %j is %j, wherever a part ends', (table, types) => {
    for (const part of [1, 2, 3, 5, 1000]) expect(typesOf(table, 3, part)).toEqual(types)
  })

  it('is one whose values DuckDB prints as they were', async () => {
    const duckdb = await DuckDBInstance.create(':memory:')
    const connection = await duckdb.connect()
    try {
      const said = spellings().map((text) => ({ text, type: typesOf(`${text},x\n`, 2)[0] }))
      const names = { int: 'BIGINT', float: 'DOUBLE', date: 'DATE' } as const
      for (const [type, name] of Object.entries(names)) {
        const texts = said.filter((each) => each.type === type).map(({ text }) => `('${text}')`)
        expect(texts.length).toBeGreaterThan(50)
        const reader = await connection.runAndReadAll(
          `SELECT t FROM (VALUES ${texts.join(', ')}) v(t) WHERE CAST(TRY_CAST(t AS ${name}) AS VARCHAR) IS DISTINCT FROM t`,
        )
        expect(reader.getRows()).toEqual([])
      }
    } finally {
      connection.closeSync()
      duckdb.closeSync()
    }
  })

  it('does not hide a row of another width', () => {
    expect(() => typesOf('1,2\n3,4,5\n', 2)).toThrow(BadLine)
  })
})
