/**
 * The server of the page: on this machine's loopback address, for those who have the token.
 *
 * Owns: sockets and answers. Never: changes a byte of the dataset (`routes.ts`), or answers a request that `guard.ts` refuses.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type OpenOptions, open } from '../api/dataset.ts'
import { errorCodes } from '../base/errors/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { refusedRequest, safeHeaders } from './guard.ts'
import { pageFile } from './page-files.ts'
import { Queries } from './queries.ts'
import { type Answer, answerTo, type ViewContext } from './routes.ts'
import { wireJson } from './values.ts'

export interface ViewOptions extends OpenOptions {
  /** @default 0: one that is free */
  readonly port?: number
}

export interface ViewServer {
  /** With the token in its fragment, which a browser never sends. */
  readonly url: string
  /** Ends every connection. */
  close(): Promise<void>
}

/** What a server serves. */
export interface Served {
  readonly disk: Disk
  /** Files of the page by path: `{ '/': 'index.html' }`. */
  readonly pages: Readonly<Record<string, string>>
  /** Paths that take POST; left out where nothing can be changed. */
  readonly posts?: RegExp
  /** Undefined for a path that is no route. @param body of a POST, undefined for a GET */
  answer(url: URL, signal: AbortSignal, body: PostBody | undefined): Promise<Answer> | undefined
}

/** @throws RowsmithError dataset_not_found; the system's own error when it cannot listen */
export async function startView(
  directory: string,
  { port = 0, ...options }: ViewOptions = {},
): Promise<ViewServer> {
  const context = viewContext(directory, options)
  await context.dataset.page(0, 0)
  const pages = { '/': 'index.html' }
  return startServer(
    { disk: context.disk, pages, answer: (url, signal) => answerTo(context, url, signal) },
    port,
  )
}

/** What the routes of one dataset read from. */
export function viewContext(directory: string, options: OpenOptions): ViewContext {
  const dataset = open(directory, options)
  return { disk: options.disk ?? nodeDisk, dataset, queries: new Queries(dataset) }
}

/** @throws the system's own error when it cannot listen */
export async function startServer(served: Served, port: number): Promise<ViewServer> {
  const token = randomBytes(32).toString('base64url')
  const server = createServer((request, response) => {
    const { port: own } = server.address() as AddressInfo
    respond(served, { request, response, port: own, token }).catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}/#token=${token}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly port: number
  readonly token: string
}

async function respond(served: Served, { request, response, port, token }: Exchange): Promise<void> {
  const url = urlOf(request)
  const refused = refusedRequest(request, url?.pathname, { port, token, posts: served.posts })
  if (refused !== undefined || url === undefined) {
    const { status = 400, message = 'This is no path.' } = refused ?? {}
    return sendJson(response, status, { code: 'refused', message })
  }
  if (!url.pathname.startsWith('/api/')) {
    const file = await pageFile(served.disk, url.pathname, served.pages)
    if (file === undefined)
      return sendJson(response, 404, { code: 'not_found', message: 'There is no such page.' })
    response.writeHead(200, { ...safeHeaders, 'content-type': file.type })
    response.end(file.body)
    return
  }
  const left = new AbortController()
  response.on('close', () => left.abort())
  try {
    const body = request.method === 'POST' ? await bodyOf(request) : undefined
    const answer = await served.answer(url, left.signal, body)
    if (answer === undefined)
      return sendJson(response, 404, { code: 'not_found', message: 'There is no such route.' })
    if ('json' in answer) return sendJson(response, 200, answer.json)
    await sendLines(response, answer.lines)
  } catch (error) {
    if (!left.signal.aborted) sendJson(response, 0, asRowsmithError(error))
  }
}

/** The JSON object of a POST. */
export type PostBody = Readonly<Record<string, unknown>>

/** A change is a few words. */
const bodyMax = 10_000

/** @throws {RowsmithError} for what is no JSON object */
async function bodyOf(request: IncomingMessage): Promise<PostBody> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += part
    if (text.length > bodyMax) throw new RowsmithError('usage', 'The body is too large.')
  }
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    throw new RowsmithError('usage', 'The body is not JSON.')
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { ...body }
  throw new RowsmithError('usage', 'The body is not a JSON object.')
}

/** As the guard and the routes see it: parsed once. */
function urlOf({ url = '/' }: IncomingMessage): URL | undefined {
  if (!url.startsWith('/')) return undefined
  try {
    const parsed = new URL(`http://localhost${url}`)
    decodeURIComponent(parsed.pathname)
    return parsed
  } catch {
    return undefined
  }
}

/** Lines of JSON as they come; an error is the last line. */
async function sendLines(response: ServerResponse, lines: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, { ...safeHeaders, 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  try {
    for await (const line of lines) {
      if (response.destroyed) return
      if (!response.write(`${wireJson(line)}\n`))
        await Promise.race([once(response, 'drain'), once(response, 'close')])
    }
  } catch (error) {
    if (!response.destroyed) response.write(`${wireJson({ error: errorBody(asRowsmithError(error)) })}\n`)
  }
  response.end()
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) return void response.destroy()
  const isError = body instanceof Error
  const shown = isError ? errorBody(asRowsmithError(body)) : body
  response.writeHead(isError ? statusOf(asRowsmithError(body)) : status, {
    ...safeHeaders,
    'content-type': 'application/json',
  })
  response.end(wireJson(shown))
}

function errorBody({ code, message, nextStep }: RowsmithError): object {
  // A command has help; the page has none.
  const next = nextStep === errorCodes.usage.nextStep ? '' : nextStep
  return { code, message, next }
}

function statusOf({ code }: RowsmithError): number {
  if (code === 'dataset_not_found') return 404
  return errorCodes[code].class === 'usage' ? 400 : 500
}
