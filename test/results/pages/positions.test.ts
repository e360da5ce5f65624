/** Conditions, texts and orders choose positions. */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { create, open, type PositionQuery } from '../../../src/index.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const complete = fileURLToPath(new URL('../../fixtures/data-designer/complete/dataset', import.meta.url))
const rows: Record<string, unknown>[] = []
const folder = artifactFolder()

beforeAll(async () => {
  for await (const row of open(complete).rows()) rows.push(row as Record<string, unknown>)
})

const where = (holds: (row: Record<string, unknown>) => boolean) =>
  rows.flatMap((row, at) => (holds(row) ? [at] : []))
const stars = (at: number) => Number(rows[at]!.stars)

describe('positions', () => {
  const queries: [string, PositionQuery, () => number[]][] = [
    ['of a condition', { where: 'stars > 3' }, () => where((row) => Number(row.stars) > 3)],
    [
      'of a text in any column, whatever its capital letters',
      { search: { text: 'BOOKS' } },
      () => where((row) => JSON.stringify(row).toLowerCase().includes('books')),
    ],
    [
      'of a text in one column',
      { search: { text: 'o', columns: ['product_category'] } },
      () => where((row) => String(row.product_category).toLowerCase().includes('o')),
    ],
    ['of a text with quotes', { search: { text: `' OR true --` } }, () => []],
    [
      'of both, sorted',
      { where: 'stars > 1', search: { text: 'e' }, sort: [{ column: 'stars', descending: true }] },
      () => where((row) => Number(row.stars) > 1).sort((a, b) => stars(b) - stars(a) || a - b),
    ],
  ]
  test.each(queries)('%s', async (_, query, expected) => {
    expect([...(await open(complete).positions(query))]).toEqual(expected())
  })

  test('are planned rows: rows that were dropped before are counted', async () => {
    const run = quick((asked) => (rowOf(asked) === 1 ? failure(400, 'not this one') : echo(asked)))
    await create(smallConfig(), smallOptions(folder.path, 6), run.components)
    const dataset = open(join(folder.path, 'dataset'), { encoder: () => inThread })
    expect([...(await dataset.positions({ where: 'true' }))]).toEqual([0, 2, 3, 4, 5])
    const positions = await dataset.positions({ where: 'true', sort: [{ column: 'id' }] })
    const page = await dataset.page(1, 3, { positions })
    expect(page.of).toBe(5)
    expect(page.rows.map(({ position }) => position)).toEqual([...positions.slice(1, 4)])
    expect([...(await dataset.positions({ state: 'dropped' }))]).toEqual([1])
    expect([...(await dataset.positions({ state: 'open' }))]).toEqual([])
    expect([...(await dataset.positions({ state: 'dropped', where: 'true' }))]).toEqual([])
  })

  test.each<[PositionQuery, string]>([
    [{ where: 'stars >' }, 'where_invalid'],
    [{ where: 'true) OR (true', search: { text: 'none of them' } }, 'where_invalid'],
    [{ where: 'true) AND NOT (false' }, 'where_invalid'],
    [{ where: `(SELECT count(*) FROM read_text('/etc/passwd')) > 0` }, 'where_invalid'],
    [{ sort: [{ column: 'stars; DROP' }] }, 'unknown_column'],
    [{ search: { text: 'a', columns: ['none'] } }, 'unknown_column'],
  ])('%j is refused with %s', async (query, code) => {
    expect((await failureOf(open(complete).positions(query))).code).toBe(code)
  })

  test('end when their signal fires', async () => {
    const reason = new Error('enough')
    await expect(open(complete).positions({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
