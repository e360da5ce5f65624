/**
 * The server of `rowsmith dev`: the page's routes for each save, those of the session, and the few that change something.
 *
 * Rule: who may ask is for `view/guard.ts`. What POST changes is the session, never a file of the user.
 */
import { RowsmithError } from '../base/errors/errors.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import type { Components } from '../run/request/options.ts'
import { type Answer, answerTo, type ViewContext } from '../view/routes.ts'
import { type PostBody, startServer, type ViewServer, viewContext } from '../view/server.ts'
import { wireValue } from '../view/values.ts'
import type { DevOptions } from './options.ts'
import type { SaveRow } from './save-rows.ts'
import { type DevNews, DevSession } from './session.ts'

export interface DevServer extends ViewServer {
  readonly session: DevSession
}

const cutInPage = 4000
const rowsMax = 200

/** @throws the system's own error when it cannot listen */
export async function startDev(
  options: DevOptions,
  port: number,
  components: Components = {},
): Promise<DevServer> {
  const session = new DevSession(options, components)
  const routes = new DevRoutes(session, components)
  const server = await startServer(
    {
      disk: components.disk ?? nodeDisk,
      pages: { '/': 'dev.html', '/view': 'index.html' },
      posts: /^\/api\/dev\/(ask|rows|budget)$/,
      answer: (url, signal, body) => routes.answer(url, signal, body),
    },
    port,
  )
  await session.start()
  return {
    url: server.url,
    session,
    async close() {
      await session.close()
      await server.close()
    },
  }
}

class DevRoutes {
  readonly #session: DevSession
  readonly #components: Components
  readonly #contexts = new Map<string, ViewContext>()

  constructor(session: DevSession, components: Components) {
    this.#session = session
    this.#components = components
  }

  answer(url: URL, signal: AbortSignal, body: PostBody | undefined): Promise<Answer> | undefined {
    const [, , name, step = '', ...rest] = url.pathname.split('/')
    if (name === 'save') return this.#ofSave(Number(step), rest, url, signal)
    if (name !== 'dev') return undefined
    if (body !== undefined) return this.#change(step, body)
    if (step === '') return Promise.resolve({ json: this.#session.view() })
    if (step === 'events') return Promise.resolve({ lines: this.#events(signal) })
    return step === 'rows' ? this.#rows(Number(rest[0])) : undefined
  }

  async #change(name: string, body: PostBody): Promise<Answer> {
    if (name === 'ask') this.#session.ask()
    if (name === 'rows') this.#session.setRows(wholeNumber(body.rows, 1, rowsMax))
    if (name === 'budget') this.#session.setMaxCost(amount(body.maxCost))
    return { json: this.#session.view() }
  }

  async #rows(n: number): Promise<Answer> {
    const save = this.#session.save(n)
    if (save === undefined) throw new RowsmithError('usage', `There is no save ${n}.`)
    return { json: { rows: (await this.#session.rowsOf(save)).map(wireRow) } }
  }

  /** The routes of a dataset's page, for the dataset of a save. */
  #ofSave(n: number, rest: readonly string[], url: URL, signal: AbortSignal): Promise<Answer> | undefined {
    const save = this.#session.save(n)
    if (save === undefined) return undefined
    const context = this.#contexts.get(save.dataset) ?? viewContext(save.dataset, this.#components)
    this.#contexts.set(save.dataset, context)
    return answerTo(context, new URL(`/api/${rest.join('/')}${url.search}`, url), signal)
  }

  /** The session as it changes, and cells as they come; those that came while the reader was busy together. */
  async *#events(signal: AbortSignal): AsyncGenerator<object> {
    const pending: DevNews[] = [{ type: 'view' }]
    let wake = (): void => {}
    const stop = this.#session.listen((news) => {
      if (news.type === 'view' && pending.some(({ type }) => type === 'view')) return
      pending.push(news)
      wake()
    })
    signal.addEventListener('abort', () => wake(), { once: true })
    try {
      while (!signal.aborted) {
        const news = pending.splice(0)
        for (const each of news) if (each.type === 'cell') yield wireCell(each)
        if (news.some(({ type }) => type === 'view')) yield { view: this.#session.view() }
        if (pending.length === 0 && !signal.aborted) await new Promise<void>((next) => (wake = next))
      }
    } finally {
      stop()
    }
  }
}

function wireCell({ n, cell }: Extract<DevNews, { type: 'cell' }>): object {
  return { cell: { n, ...cell, value: wireValue(cell.value, cutInPage) } }
}

function wireRow(row: SaveRow): object {
  return { ...row, values: row.values.map(([name, value]) => [name, wireValue(value, cutInPage)]) }
}

function wholeNumber(value: unknown, from: number, to: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value
  throw new RowsmithError('usage', `The number of rows must be a whole number from ${from} to ${to}.`)
}

function amount(value: unknown): number | null {
  if (value === null || (typeof value === 'number' && Number.isFinite(value) && value >= 0)) return value
  throw new RowsmithError('usage', 'The budget must be an amount, or null for none.')
}
