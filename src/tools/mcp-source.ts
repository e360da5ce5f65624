/**
 * The tools of one MCP provider. All calls share one session; it is opened when the first is made, and anew when it was lost.
 *
 * Rules:
 *   1. A call whose server went away is made once more over a new session; goes that away too, the model is told. A tool
 *      marked `once` is not called again where it may have run: the row is dropped.
 *   2. A server that cannot be reached is a failure that is tried again later, by whoever runs the effect.
 *   3. The tools are listed once per run, with the first session.
 */
import { onAbort } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import { RowsmithError } from '../base/errors.ts'
import type { ValueObject } from '../base/value.ts'
import type { ModelFailure, ToolDescription } from '../models/contract.ts'
import type { EffectEnd } from '../models/effect.ts'
import { type ToolSource, toolError } from './contract.ts'
import { withinTime } from './deadline.ts'
import { type McpServer, McpSession } from './mcp-session.ts'

/** A server may be downloaded before it is started. */
const connectTimeoutMs = 60_000

export class McpSource implements ToolSource {
  readonly name: string
  readonly limit: number
  readonly #server: McpServer
  readonly #clock: Clock
  /** Told what the server has, once per run. What it throws ends the run: the config does not fit what there is. */
  readonly #onListed: (tools: readonly ToolDescription[]) => void
  readonly #over = new AbortController()
  #opening: Promise<McpSession> | undefined
  #session: McpSession | undefined
  #listed: readonly ToolDescription[] | undefined

  constructor(server: McpServer, clock: Clock, onListed: (tools: readonly ToolDescription[]) => void) {
    this.name = server.config.name
    this.limit = server.config.max_parallel_calls ?? Number.POSITIVE_INFINITY
    this.#server = server
    this.#clock = clock
    this.#onListed = onListed
  }

  isOnce(tool: string): boolean {
    const { once = false } = this.#server.config
    return typeof once === 'boolean' ? once : once.includes(tool)
  }

  async list(signal: AbortSignal): Promise<readonly ToolDescription[]> {
    try {
      await this.#live(signal)
      return this.#listed!
    } catch (error) {
      signal.throwIfAborted()
      if (RowsmithError.isInstance(error)) throw error
      const message = `The tools of "${this.name}" cannot be had: ${messageOf(error)}`
      throw new RowsmithError('tools_unreachable', message, { facts: { provider: this.name }, cause: error })
    }
  }

  async call(tool: string, given: ValueObject, signal: AbortSignal): Promise<EffectEnd> {
    for (let lost = 0; ; lost++) {
      let session: McpSession
      try {
        session = await this.#live(signal)
      } catch (error) {
        signal.throwIfAborted()
        if (RowsmithError.isInstance(error)) throw error
        return failed('connection_failed', 'retry', `its server cannot be reached: ${messageOf(error)}`)
      }
      const ended = await session.call(tool, given, signal)
      if (ended.kind === 'result') return { kind: 'done', value: ended.value }
      if (ended.kind === 'refused') return refused(ended.status, ended.what)
      await session.close()
      if (ended.ran && this.isOnce(tool)) {
        return failed('effect_uncertain', 'drop', `its server went away during the call: ${ended.what}`, true)
      }
      if (lost === 0) continue
      if (!ended.ran) return failed('connection_failed', 'retry', ended.what)
      return toolError(`The server of "${tool}" went away twice during this call.`)
    }
  }

  async close(): Promise<void> {
    this.#over.abort(new Error('The run is over.'))
    await this.#opening?.catch(() => {})
    await this.#session?.close()
  }

  /** The session, opened if there is none. Whoever waits for it gives up alone. */
  async #live(signal: AbortSignal): Promise<McpSession> {
    signal.throwIfAborted()
    if (this.#session?.alive) return this.#session
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    const { promise: stopped, reject } = Promise.withResolvers<never>()
    const forget = onAbort(signal, () => reject(signal.reason))
    try {
      return await Promise.race([this.#opening, stopped])
    } finally {
      forget()
    }
  }

  /** Opens a session, or leaves nothing of it. */
  async #open(): Promise<McpSession> {
    await this.#session?.close()
    let session: McpSession | undefined
    let work: Promise<McpSession> | undefined
    const connect = async (signal: AbortSignal): Promise<McpSession> => {
      session = await McpSession.open(this.#server, this.#clock, signal)
      if (this.#listed === undefined) {
        const tools = await session.list()
        this.#onListed(tools)
        this.#listed = tools
      }
      return session
    }
    try {
      const opened = await withinTime(this.#clock, connectTimeoutMs, this.#over.signal, (signal) => {
        work = connect(signal)
        return work
      })
      if (opened.late) throw new Error(`it did not answer within ${connectTimeoutMs / 1000} s`)
      this.#session = opened.value
      return opened.value
    } catch (error) {
      await session?.close()
      await work?.catch(() => {})
      throw error
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A server that answered, and did not take the call. */
function refused(status: number, what: string): EffectEnd {
  if (status === 401 || status === 403) return failed('permission_denied', 'stop', what)
  if (status === 429) return failed('rate_limited', 'wait', what)
  if (status === 408 || status >= 500) return failed('server_error', 'retry', what)
  return toolError(what)
}

function failed(
  code: ModelFailure['code'],
  verdict: ModelFailure['verdict'],
  message: string,
  perhapsPaid = false,
): EffectEnd {
  return {
    kind: 'failed',
    failure: { code, verdict, message, status: null, retryAfterMs: null, perhapsPaid },
  }
}
