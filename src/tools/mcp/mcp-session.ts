/**
 * One connection to one MCP server, from its opening to its end. The official client does the protocol; it is loaded when the
 * first session is opened.
 *
 * Rules:
 *   1. A program that a session starts is stopped with it: its input ends, and it is killed when that is not enough.
 *   2. A session that has lost its server is closed, and never used again.
 *   3. Only without its connection is a session lost. An answer that does not fit is the result of its call (`messages.ts`).
 *   4. Keys are in headers and in environments of programs, and nowhere else: what a server says is searched for them.
 */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { z } from 'zod'
import { thrownMessage } from '../../base/errors/thrown-words.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import { onAbort } from '../../base/work/abort.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { McpProviderConfig } from '../../config/files/mcp-providers.ts'
import { redact } from '../../models/contract/api-key.ts'
import { toolResult } from '../call/contract.ts'
import { withinTime } from '../call/deadline.ts'
import { isUnanswered, wireArguments } from '../call/messages.ts'
import { resultOfMcp } from '../call/result.ts'
import { fetchMessages, fetchOfSession } from './http-messages.ts'
import { StdioLines } from './stdio-lines.ts'
import { readToolList, type ToolList } from './tool-list.ts'

/** A provider with its secrets at hand. */
export interface McpServer {
  readonly config: McpProviderConfig
  /** Bearer key of one that is reached over HTTP. */
  readonly apiKey: string | null
  /** What is added to the environment of a program. */
  readonly env: Readonly<Record<string, string>>
}

/** How a call ended. */
export type McpEnd =
  /** With what the tool gave, or with its error. */
  | { readonly kind: 'result'; readonly value: Value }
  /** The connection is lost, or only that of the call. `ran` says whether the tool may have done its work. */
  | { readonly kind: 'lost'; readonly ran: boolean; readonly what: string; readonly isSession: boolean }
  /** The server answered, and did not take the call. */
  | { readonly kind: 'refused'; readonly status: number; readonly what: string }

/** Rowsmith decides itself which tools fit: the client refuses a whole list for one tool. */
const anything = z.looseObject({})

/** Timers of the client overflow beyond it. Deadlines are set by the caller. */
const longestMs = 2 ** 31 - 1
/** How long a server may take to take leave of. */
const farewellMs = 2_000

const modules = async () => {
  const [client, stdio, http, sse, types] = await Promise.all([
    import('@modelcontextprotocol/sdk/client/index.js'),
    import('@modelcontextprotocol/sdk/client/stdio.js'),
    import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    import('@modelcontextprotocol/sdk/client/sse.js'),
    import('@modelcontextprotocol/sdk/types.js'),
  ])
  return { ...client, ...stdio, ...http, ...sse, ...types }
}
type Sdk = Awaited<ReturnType<typeof modules>>

export class McpSession {
  readonly #sdk: Sdk
  readonly #client: Client
  readonly #transport: Transport
  readonly #secrets: readonly string[]
  readonly #clock: Clock
  #closed: Promise<void> | undefined
  #lost = false

  private constructor(
    sdk: Sdk,
    client: Client,
    transport: Transport,
    secrets: readonly string[],
    clock: Clock,
  ) {
    this.#sdk = sdk
    this.#clock = clock
    this.#client = client
    this.#transport = transport
    this.#secrets = secrets
  }

  /**
   * Connects. Nothing is left of a session that cannot be opened.
   *
   * @param onNoise called of what a program prints that is no message
   * @throws Error why the server cannot be reached, without secrets; when the signal fires, with what was heard until then
   */
  static async open(
    server: McpServer,
    clock: Clock,
    signal: AbortSignal,
    onNoise: (text: string) => void,
  ): Promise<McpSession> {
    const sdk = await modules()
    signal.throwIfAborted()
    const secrets = [...Object.values(server.env), ...(server.apiKey === null ? [] : [server.apiKey])]
    const noise = (text: string): void => onNoise(redact(text, secrets).slice(0, 200))
    const { transport, lastWords } = transportTo(server, sdk, noise)
    const client = new sdk.Client({ name: 'rowsmith', version: '1' })
    const session = new McpSession(sdk, client, transport, secrets, clock)
    client.onclose = () => {
      session.#lost = true
    }
    client.onerror = (error) => session.#watch(error)
    const { promise: stopped, reject: stop } = Promise.withResolvers<never>()
    const forget = onAbort(signal, () => stop(signal.reason))
    try {
      const connecting = client.connect(transport, { timeout: longestMs })
      connecting.catch(() => {})
      await Promise.race([connecting, stopped])
      return session
    } catch (error) {
      const said = lastWords()
      await session.close()
      const words = said === '' ? '' : `; it said: ${session.#hidden(said)}`
      // The caller that gave up says why, and what was heard until then.
      if (signal.aborted) throw new Error(words, { cause: signal.reason })
      throw new Error(session.#described(error) + words, { cause: error })
    } finally {
      forget()
    }
  }

  /** Whether it can still be used. */
  get alive(): boolean {
    return !this.#lost && this.#closed === undefined
  }

  /** Every tool of the server that models can be shown. @throws Error why not, without secrets */
  async list(signal: AbortSignal): Promise<ToolList> {
    const options = { timeout: longestMs, signal }
    try {
      return await readToolList((cursor) =>
        this.#client.request(
          { method: 'tools/list', ...(cursor === undefined ? {} : { params: { cursor } }) },
          anything,
          options,
        ),
      )
    } catch (error) {
      throw new Error(this.#described(error), { cause: error })
    }
  }

  /**
   * @param as whether it has to be called as a task
   * @param progress called when the tool says that it goes on
   * @throws the signal's reason when it fires
   */
  async call(
    tool: string,
    given: ValueObject,
    signal: AbortSignal,
    { isTask = false, progress = () => {} }: CallOptions = {},
  ): Promise<McpEnd> {
    if (!this.alive) return lost(false, 'the connection was closed')
    const params = { name: tool, arguments: wireArguments(given) as Record<string, unknown> }
    const options = { timeout: longestMs, signal, onprogress: progress }
    try {
      const answer = isTask
        ? await this.#taskResult(params, options)
        : await this.#client.request({ method: 'tools/call', params }, anything, options)
      return { kind: 'result', value: resultOfMcp(answer) }
    } catch (error) {
      signal.throwIfAborted()
      return this.#endOf(error)
    }
  }

  /** What a task came to; the server is polled until it is over. */
  async #taskResult(
    params: { name: string; arguments: Record<string, unknown> },
    { signal, timeout, onprogress }: { signal: AbortSignal; timeout: number; onprogress: () => void },
  ): Promise<unknown> {
    const request = { method: 'tools/call' as const, params }
    const stream = this.#client.experimental.tasks.requestStream(request, anything as never, {
      signal,
      timeout,
      task: {},
    })
    for await (const message of stream) {
      if (message.type === 'result') return message.result
      if (message.type === 'error') throw message.error
      onprogress()
    }
    throw new Error('the task ended without a result')
  }

  /** Takes leave of the server, and stops a program that was started. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const transport = this.#transport
    if (!this.#lost && transport instanceof this.#sdk.StreamableHTTPClientTransport) {
      const endless = new AbortController().signal
      await withinTime(this.#clock, farewellMs, endless, () => transport.terminateSession()).catch(() => {})
    }
    // The client knows nothing of a transport that never came to be connected.
    await this.#client.close().catch(() => {})
    await transport.close().catch(() => {})
  }

  /** A stream that breaks takes the answers it was to carry with it: they would be lost. */
  #watch(error: Error): void {
    const broken = error instanceof this.#sdk.SseError || /^SSE stream disconnected/.test(error.message)
    if (!broken || this.#lost) return
    this.#lost = true
    void this.close()
  }

  #endOf(error: unknown): McpEnd {
    const { McpError, ErrorCode } = this.#sdk
    const what = this.#described(error)
    if (error instanceof McpError) {
      // Servers use the number for errors of their own.
      if (error.code === ErrorCode.ConnectionClosed && this.#lost) return lost(true, what)
      return isUnanswered(error.data) ? { ...lost(true, what), isSession: false } : this.#failed(error)
    }
    const status = statusOf(error)
    // What servers say to a session they do not know: they were started again.
    if (status === 400 || status === 404) return lost(false, what)
    if (status !== undefined) return { kind: 'refused', status, what }
    if (neverArrived(error)) return lost(false, what)
    return this.#lost || isOfNetwork(error) ? lost(true, what) : this.#failed(error)
  }

  /** The error of a call, all of it: the model needs it to do better. */
  #failed(error: unknown): McpEnd {
    const text = this.#whole(error).replace(/^MCP error -?\d+: /, '')
    return { kind: 'result', value: toolResult([{ type: 'text', text }], true) }
  }

  #described(error: unknown): string {
    const { code } = ((error as { cause?: unknown }).cause ?? {}) as { readonly code?: unknown }
    const line = this.#whole(error)
      .trim()
      .replaceAll(/\s*\n\s*/g, ' ')
    return (typeof code === 'string' ? `${line} (${code})` : line).slice(0, 300)
  }

  #whole(error: unknown): string {
    return redact(thrownMessageOf(error), this.#secrets).toWellFormed()
  }

  #hidden(text: string): string {
    return redact(text, this.#secrets).slice(0, 300)
  }
}

function lost(ran: boolean, what: string) {
  return { kind: 'lost', ran, what, isSession: true } as const
}

export interface CallOptions {
  readonly isTask?: boolean
  readonly progress?: (() => void) | undefined
}

/** An error's message; of an answer that does not follow the protocol, where and how. */
function thrownMessageOf(error: unknown): string {
  const { issues } = Object(error) as { readonly issues?: unknown }
  if (!Array.isArray(issues)) return thrownMessage(error)
  const said = (issues as readonly { path?: readonly PropertyKey[]; message?: string }[])
    .slice(0, 3)
    .map(({ path = [], message = '' }) => `${path.map(String).join('.') || 'the answer'}: ${message}`)
  return `the server does not follow the protocol: ${said.join('; ')}`
}

/** Whether the connection broke, and not what came over it. */
function isOfNetwork(error: unknown): boolean {
  const { name, cause, code } = Object(error) as Readonly<Record<string, unknown>>
  const { code: under } = Object(cause) as Readonly<Record<string, unknown>>
  return (
    (name === 'TypeError' && cause !== undefined) ||
    /^(E[A-Z]+|UND_ERR_.*)$/.test(String(code ?? under ?? ''))
  )
}

/** The HTTP status that an error mentions. */
function statusOf(error: unknown): number | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code === 'number' && code >= 400) return code
  const status = /\(HTTP (\d{3})\)/.exec(String(message))?.[1]
  return status === undefined ? undefined : Number(status)
}

/** Whether a request certainly never came to the server. */
function neverArrived(error: unknown): boolean {
  const { message, cause } = error as {
    readonly message?: unknown
    readonly cause?: { readonly code?: unknown }
  }
  return message === 'Not connected' || cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND'
}

/** A way to a server, and what it said that is no message. */
interface Way {
  readonly transport: Transport
  lastWords(): string
}

function transportTo({ config, apiKey, env }: McpServer, sdk: Sdk, onNoise: (text: string) => void): Way {
  if (config.provider_type === 'stdio') {
    const { command, args, cwd } = config
    const transport = new sdk.StdioClientTransport({
      command,
      args: [...args],
      env: { ...env },
      stderr: 'pipe',
      ...(cwd === undefined ? {} : { cwd }),
    })
    const lines = new StdioLines(onNoise)
    // A private member of the pinned client: its own buffer ends the session at a long line (`stdio-lines.ts`).
    Object.assign(transport, { _readBuffer: lines })
    let words = ''
    transport.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-4_000)
    })
    return { transport, lastWords: () => describingLine(words) || lines.unfinished.trim().slice(0, 300) }
  }
  const url = new URL(config.endpoint)
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }
  const requestInit = { headers }
  const transport =
    config.provider_type === 'sse'
      ? new sdk.SSEClientTransport(url, { requestInit, fetch: fetchMessages })
      : new sdk.StreamableHTTPClientTransport(url, { requestInit, fetch: fetchOfSession() })
  return { transport: transport as Transport, lastWords: () => '' }
}

/** Of what a program said before it died: the line that says why, and not a place in its code. */
function describingLine(words: string): string {
  const lines = words
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |Node\.js v|\^+$|[{}]$)/.test(line))
  return lines.find((line) => /^\w*(error|exception)\b/i.test(line)) ?? lines.at(-1) ?? ''
}
