/**
 * What the page may read. Each route is a GET; nothing here changes a byte of the dataset.
 *
 * Rules:
 *   1. A page of rows has at most 200 rows, and long texts are cut; a cell is had whole, in pieces.
 *   2. Paths come from the dataset, never from the page: a row and a column name a cell.
 */
import { basename, resolve } from 'node:path'
import type { Dataset } from '../api/dataset.ts'
import { asRowsmithError, RowsmithError } from '../base/errors/errors.ts'
import { formatJson } from '../base/values/json.ts'
import { memberOf, toValue, type Value } from '../base/values/value.ts'
import type { Disk } from '../disk/disk.ts'
import type { PageRow } from '../results/pages/pages.ts'
import type { PositionQuery } from '../results/pages/positions.ts'
import { qualityTables } from '../results/quality/tables.ts'
import { amountText } from '../results/report/figures.ts'
import { DatasetView } from '../store/view/dataset-view.ts'
import { viewColumns } from './columns.ts'
import type { Queries } from './queries.ts'
import { wireValue } from './values.ts'

/** What routes read from. */
export interface ViewContext {
  readonly disk: Disk
  readonly dataset: Dataset
  readonly queries: Queries
}

/** An answer: one JSON value, or lines of JSON as they come. */
export type Answer = { readonly json: unknown } | { readonly lines: AsyncIterable<unknown> }

interface Given {
  readonly query: URLSearchParams
  /** Steps of the path behind the name of the route. */
  readonly steps: readonly string[]
  /** Fires when the reader goes away. */
  readonly signal: AbortSignal
}

type Route = (context: ViewContext, given: Given) => Promise<Answer>

const rowsMax = 200
const pieceLength = 65_536
const cutInPanel = 65_536

const routes: Readonly<Record<string, Route>> = {
  dataset: async ({ disk, dataset }) => {
    const view = DatasetView.at(disk, dataset.path)
    const status = await dataset.status()
    const columns = await viewColumns(view)
    const name = basename(resolve(dataset.path))
    return {
      json: { name, path: resolve(dataset.path), columns, status, positions: (await dataset.page(0, 0)).of },
    }
  },
  rows: async ({ dataset, queries }, { query }) => {
    const at = countIn(query, 'at', 0)
    const count = Math.min(countIn(query, 'n', 100), rowsMax)
    const cut = countIn(query, 'cut', 240)
    const id = query.get('query')
    const found = id === null ? undefined : queries.positions(id)
    const positions = found === undefined ? {} : { positions: found }
    const page = await dataset.page(at, count, { integers: 'bigint', ...positions })
    return { json: { ...page, rows: page.rows.map((row) => wireRow(row, cut)) } }
  },
  row: async ({ dataset }, { steps }) => {
    const row = await dataset.row(wholeNumber(steps[0]), { integers: 'bigint' })
    const why = (error: unknown): string => asRowsmithError(error).message
    const inspected =
      row.row === null
        ? 'Nothing is stored of its answers: another tool made it, or a processor or column that replaces rows.'
        : await dataset.inspect({ row: row.row }).catch(why)
    const more = typeof inspected === 'string' ? { why: inspected } : { inspected: wireObject(inspected) }
    return { json: { ...wireRow(row, cutInPanel), ...more } }
  },
  cell: async ({ dataset }, { steps: [position, column = ''], query }) => {
    const { values } = await dataset.row(wholeNumber(position), { integers: 'bigint' })
    const value = values === null ? null : (memberOf(values, column) ?? null)
    const text = typeof value === 'string' ? value : formatJson(value)
    const from = countIn(query, 'from', 0)
    return { json: { text: text.slice(from, from + pieceLength), from, length: text.length } }
  },
  query: async ({ queries }, { query, signal }) => ({
    lines: progressLines((onProgress) => queries.ask(queryIn(query), onProgress, signal)),
  }),
  events: async ({ dataset }, { signal }) => ({ lines: dataset.watch({ signal }) }),
  log: async ({ dataset }) => ({ json: await dataset.history() }),
  profile: async ({ dataset }, { query, signal }) => {
    const looksAtTexts = query.has('texts')
    const options = looksAtTexts ? { nearDuplicates: true, diversity: true } : {}
    const profile = await dataset.profile({ ...options, signal })
    const tables = qualityTables(profile, amountText, false).map(({ rows, ...table }) => ({
      ...table,
      rows: rows.map((row) =>
        Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, String(cell)])),
      ),
    }))
    return { json: { ...(wireObject(profile) as object), tables } }
  },
  config: async ({ disk, dataset }) => ({
    json: wireValue(await DatasetView.at(disk, dataset.path).savedConfig()),
  }),
}

/** Undefined for a path that is no route. */
export function answerTo(context: ViewContext, url: URL, signal: AbortSignal): Promise<Answer> | undefined {
  const [, , name = '', ...steps] = url.pathname.split('/')
  if (!Object.hasOwn(routes, name)) return undefined
  const decoded = steps.map(decodeURIComponent)
  return routes[name]?.(context, { query: url.searchParams, steps: decoded, signal })
}

function wireRow({ values, ...row }: PageRow, cut: number): object {
  if (values === null) return { ...row, values: null }
  return { ...row, values: Object.entries(values).map(([name, value]) => [name, wireValue(value, cut)]) }
}

/** Of our own objects with values of the dataset within. */
function wireObject(object: object): unknown {
  return wireValue(toValue(object) as Value)
}

async function* progressLines(
  work: (onProgress: (found: number) => void) => Promise<object>,
): AsyncGenerator<object> {
  let [found, shown] = [0, -1]
  let wake = (): void => {}
  let isOver = false
  const done = work((count) => {
    found = count
    wake()
  })
  const end = (): void => {
    isOver = true
    wake()
  }
  done.then(end, end)
  while (!isOver) {
    if (found === shown) {
      await new Promise<void>((next) => (wake = next))
    } else {
      shown = found
      yield { found }
    }
  }
  yield { done: true, ...(await done) }
}

function queryIn(query: URLSearchParams): PositionQuery {
  const [where, text, state, sort] = ['where', 'text', 'state', 'sort'].map((name) => query.get(name) ?? '')
  const column = sort?.replace(/^-/, '') ?? ''
  return {
    ...(where?.trim() ? { where } : {}),
    ...(text ? { search: { text, ...(query.has('in') ? { columns: query.getAll('in') } : {}) } } : {}),
    ...(state === 'written' || state === 'dropped' || state === 'open' ? { state } : {}),
    ...(column === '' ? {} : { sort: [{ column, descending: sort?.startsWith('-') === true }] }),
  }
}

function countIn(query: URLSearchParams, name: string, otherwise: number): number {
  const given = query.get(name)
  return given === null ? otherwise : wholeNumber(given)
}

function wholeNumber(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text)
  throw new RowsmithError('usage', `${JSON.stringify(text ?? '')} is no whole number.`)
}
