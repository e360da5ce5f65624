/**
 * One connection to one MCP server, from its opening to its end. The official client does the protocol; it is loaded when the
 * first session is opened.
 *
 * Rules:
 *   1. A program that a session starts is stopped with it: its input ends, and it is killed when that is not enough.
 *   2. A session that has lost its server is closed, and never used again.
 *   3. Keys are in headers and in environments of programs, and nowhere else: what a server says is searched for them.
 */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { onAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { formatJson } from '../base/json.ts'
import { toValue, type Value, type ValueObject } from '../base/value.ts'
import type { McpProviderConfig } from '../config/mcp-providers.ts'
import { redact } from '../models/api-key.ts'
import type { ToolDescription } from '../models/contract.ts'
import { toolResult } from './contract.ts'
import { withinTime } from './deadline.ts'
import { partsOfMcp } from './result.ts'

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
  /** The connection is gone. `ran` says whether the tool may have done its work. */
  | { readonly kind: 'lost'; readonly ran: boolean; readonly what: string }
  /** The server answered, and did not take the call. */
  | { readonly kind: 'refused'; readonly status: number; readonly what: string }

/** Timers of the client overflow beyond it. Deadlines are set by whoever calls. */
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
   * @throws Error why the server cannot be reached, without secrets; the signal's reason when it fires
   */
  static async open(server: McpServer, clock: Clock, signal: AbortSignal): Promise<McpSession> {
    const sdk = await modules()
    signal.throwIfAborted()
    const secrets = [...Object.values(server.env), ...(server.apiKey === null ? [] : [server.apiKey])]
    const { transport, lastWords } = transportTo(server, sdk)
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
      await session.close()
      signal.throwIfAborted()
      const said = lastWords()
      throw new Error(session.#told(error) + (said === '' ? '' : `; it said: ${session.#hidden(said)}`), {
        cause: error,
      })
    } finally {
      forget()
    }
  }

  /** Whether it can still be used. */
  get alive(): boolean {
    return !this.#lost && this.#closed === undefined
  }

  /** Every tool of the server, over all pages. @throws Error why not, without secrets */
  async list(): Promise<readonly ToolDescription[]> {
    const tools: ToolDescription[] = []
    try {
      for (let cursor: string | undefined; ; ) {
        const page = await this.#client.listTools(cursor === undefined ? {} : { cursor }, {
          timeout: longestMs,
        })
        for (const { name, description = '', inputSchema } of page.tools) {
          tools.push({ name, description, parameters: toValue(inputSchema) as ValueObject })
        }
        cursor = page.nextCursor
        if (cursor === undefined) return tools
      }
    } catch (error) {
      throw new Error(this.#told(error), { cause: error })
    }
  }

  /** @throws the signal's reason when it fires */
  async call(tool: string, given: ValueObject, signal: AbortSignal): Promise<McpEnd> {
    if (!this.alive) return { kind: 'lost', ran: false, what: 'the connection was closed' }
    try {
      const result = await this.#client.callTool(
        { name: tool, arguments: JSON.parse(formatJson(given)) },
        undefined,
        { timeout: longestMs, signal },
      )
      const content = Array.isArray(result.content) ? result.content : []
      const parts = partsOfMcp(content, result.structuredContent)
      return { kind: 'result', value: toolResult(parts, result.isError === true) }
    } catch (error) {
      signal.throwIfAborted()
      return this.#endOf(error)
    }
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

  /** A stream that breaks takes the answers it was to carry with it: nobody would ever hear of them. */
  #watch(error: Error): void {
    const broken = error instanceof this.#sdk.SseError || /^SSE stream disconnected/.test(error.message)
    if (!broken || this.#lost) return
    this.#lost = true
    void this.close()
  }

  #endOf(error: unknown): McpEnd {
    const { McpError, ErrorCode } = this.#sdk
    const what = this.#told(error)
    if (error instanceof McpError) {
      if (error.code === ErrorCode.ConnectionClosed) return { kind: 'lost', ran: true, what }
      const text = what.replace(/^MCP error -?\d+: /, '')
      return { kind: 'result', value: toolResult([{ type: 'text', text }], true) }
    }
    const status = statusOf(error)
    // What servers say to a session they do not know: they were started anew.
    if (status === 400 || status === 404) return { kind: 'lost', ran: false, what }
    if (status !== undefined) return { kind: 'refused', status, what }
    return { kind: 'lost', ran: !neverArrived(error), what }
  }

  #told(error: unknown): string {
    const message = error instanceof Error ? error.message : String(error)
    const { code } = ((error as { cause?: unknown }).cause ?? {}) as { readonly code?: unknown }
    const [line = ''] = message.trim().split('\n')
    return this.#hidden(typeof code === 'string' ? `${line} (${code})` : line)
  }

  #hidden(text: string): string {
    return redact(text, this.#secrets).slice(0, 300)
  }
}

/** The HTTP status that an error tells of. */
function statusOf(error: unknown): number | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code === 'number' && code >= 400) return code
  const told = /\(HTTP (\d{3})\)/.exec(String(message))?.[1]
  return told === undefined ? undefined : Number(told)
}

/** Whether a request certainly never came to the server. */
function neverArrived(error: unknown): boolean {
  const { message, cause } = error as {
    readonly message?: unknown
    readonly cause?: { readonly code?: unknown }
  }
  return message === 'Not connected' || cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND'
}

function transportTo(
  { config, apiKey, env }: McpServer,
  sdk: Sdk,
): { readonly transport: Transport; lastWords(): string } {
  if (config.provider_type === 'stdio') {
    const { command, args, cwd } = config
    const transport = new sdk.StdioClientTransport({
      command,
      args: [...args],
      env: { ...env },
      stderr: 'pipe',
      ...(cwd === undefined ? {} : { cwd }),
    })
    let words = ''
    transport.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString()).slice(-2_000)
    })
    return { transport, lastWords: () => words.trim().split('\n').at(-1) ?? '' }
  }
  const url = new URL(config.endpoint)
  const headers = apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }
  const options = { requestInit: { headers } }
  const transport =
    config.provider_type === 'sse'
      ? new sdk.SSEClientTransport(url, options)
      : new sdk.StreamableHTTPClientTransport(url, options)
  return { transport: transport as Transport, lastWords: () => '' }
}
