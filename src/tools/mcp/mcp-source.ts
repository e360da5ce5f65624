/**
 * The tools of one MCP provider. All calls share one session; it is opened when the first is made, and again when it was lost.
 *
 * Rules:
 *   1. A call whose server went away is made again over a new session, and alone. Goes that away too, twice, this call was the cause, and
 *      the model sees that; a server that is being replaced costs no row. A tool marked `once` is not called again where it may have run:
 *      the row is dropped.
 *   2. A server that cannot be reached is a failure that the runner of the effect tries again later.
 *   3. The tools are listed once per run, with the first session. One that cannot be shown to a model is left out, and reported.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { onAbort } from '../../base/work/abort.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { ModelFailure } from '../../models/contract/contract.ts'
import type { EffectEnd } from '../../models/contract/effect.ts'
import { type Offer, type ToolSource, toolError } from '../call/contract.ts'
import { withinTime } from '../call/deadline.ts'
import { type McpServer, McpSession } from './mcp-session.ts'
import type { ToolList } from './tool-list.ts'

/** A server may be downloaded before it is started. */
const connectTimeoutMs = 60_000
/** How often a call is made again, with no other next to it. */
const triesAlone = 2

export class McpSource implements ToolSource {
  readonly name: string
  readonly limit: number
  readonly #server: McpServer
  readonly #clock: Clock
  /** Called with what the server has, once per run. What it throws ends the run: the config does not fit what there is. */
  readonly #onListed: (tools: readonly Offer[]) => void
  readonly #over = new AbortController()
  #opening: Promise<McpSession> | undefined
  #session: McpSession | undefined
  #listed: ToolList | undefined
  #noisy = false
  readonly #turns = new Turns()
  readonly #notes: (message: string) => void

  /** @param notes called of tools that are left out, and once of what a program prints that is no message */
  constructor(
    server: McpServer,
    clock: Clock,
    onListed: (tools: readonly Offer[]) => void,
    notes: (message: string) => void = () => {},
  ) {
    this.#notes = notes
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

  async list(signal: AbortSignal): Promise<readonly Offer[]> {
    try {
      await this.#live(signal)
      return present(this.#listed, 'listed tools').tools.map(({ name, description, parameters }) => ({
        name,
        description,
        parameters,
      }))
    } catch (error) {
      signal.throwIfAborted()
      if (RowsmithError.isInstance(error)) throw error
      const message = `The tools of "${this.name}" cannot be had: ${messageOf(error)}`
      throw new RowsmithError('tools_unreachable', message, { facts: { provider: this.name }, cause: error })
    }
  }

  leftOut(tool: string): string | undefined {
    return this.#listed?.leftOut.find(({ name }) => name === tool)?.why
  }

  async call(
    tool: string,
    given: ValueObject,
    signal: AbortSignal,
    progress?: () => void,
  ): Promise<EffectEnd> {
    const attempt = () => this.#callOnce(tool, given, signal, progress)
    const first = await this.#turns.together(attempt, signal)
    if ('end' in first) return first.end
    for (let tries = 0; tries < triesAlone; tries++) {
      // Whichever of the calls under way was the cause: alone, this one is not hit by another.
      const next = await this.#turns.alone(attempt, signal)
      if ('end' in next) return next.end
      if (!next.ran) return failed('connection_failed', 'retry', next.what)
    }
    return toolError(`The server of "${tool}" went away three times during this call.`)
  }

  /** A call over the session that there is. */
  async #callOnce(
    tool: string,
    given: ValueObject,
    signal: AbortSignal,
    progress: (() => void) | undefined,
  ): Promise<{ readonly end: EffectEnd } | { readonly ran: boolean; readonly what: string }> {
    let session: McpSession
    try {
      session = await this.#live(signal)
    } catch (error) {
      signal.throwIfAborted()
      if (RowsmithError.isInstance(error)) throw error
      const what = `its server cannot be reached: ${messageOf(error)}`
      return { end: failed('connection_failed', 'retry', what) }
    }
    const isTask = this.#listed?.tools.find(({ name }) => name === tool)?.isTask ?? false
    const ended = await session.call(tool, given, signal, { isTask, progress })
    if (ended.kind === 'result') return { end: { kind: 'done', value: ended.value } }
    if (ended.kind === 'refused') return { end: refused(ended.status, ended.what) }
    if (ended.isSession) await session.close()
    if (!ended.ran || !this.isOnce(tool)) return { ran: ended.ran, what: ended.what }
    const what = `its server went away during the call: ${ended.what}`
    return { end: failed('effect_uncertain', 'drop', what, true) }
  }

  async close(): Promise<void> {
    this.#over.abort(new Error('The run is over.'))
    await this.#opening?.catch(() => {})
    await this.#session?.close()
  }

  /** The session, opened if there is none. Each waiting caller gives up alone. */
  async #live(signal: AbortSignal): Promise<McpSession> {
    signal.throwIfAborted()
    if (this.#session?.alive) return this.#session
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    const opening = this.#opening
    await waitFor(opening, signal)
    return opening
  }

  #noise(text: string): void {
    if (this.#noisy) return
    this.#noisy = true
    this.#notes(
      `Provider "${this.name}" prints what is no message, such as ${JSON.stringify(text)}; it is passed over`,
    )
  }

  /** Opens a session, or leaves nothing of it. */
  async #open(): Promise<McpSession> {
    await this.#session?.close()
    let session: McpSession | undefined
    let work: Promise<McpSession> | undefined
    const connect = async (signal: AbortSignal): Promise<McpSession> => {
      session = await McpSession.open(this.#server, this.#clock, signal, (text) => this.#noise(text))
      if (this.#listed === undefined) {
        const listed = await session.list(signal)
        this.#onListed(listed.tools)
        this.#listed = listed
        for (const why of [...listed.leftOut.map(({ why }) => why), listed.cut]) {
          if (why !== null) this.#notes(`Provider "${this.name}": ${why}`)
        }
      }
      return session
    }
    try {
      const opened = await withinTime(this.#clock, connectTimeoutMs, this.#over.signal, (signal) => {
        work = connect(signal)
        return work
      })
      if (opened.late) {
        const heard = await present(work, 'connecting').then(
          () => '',
          (error: unknown) => messageOf(error),
        )
        const words = heard.startsWith('; it said') ? heard : ''
        throw new Error(`it did not answer within ${connectTimeoutMs / 1000} s${words}`)
      }
      this.#session = opened.value
      return opened.value
    } catch (error) {
      await session?.close()
      await work?.catch(() => {})
      throw error
    }
  }
}

/** Calls side by side, or one alone. Who waits for being alone is not overtaken by those that come later. */
class Turns {
  #under = 0
  #alone: Promise<unknown> = Promise.resolve()
  #idle: (() => void) | undefined

  async together<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await waitFor(this.#alone, signal)
    this.#under++
    try {
      return await work()
    } finally {
      if (--this.#under === 0) this.#idle?.()
    }
  }

  async alone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#alone
    const { promise: over, resolve: end } = Promise.withResolvers<void>()
    this.#alone = before.then(() => over)
    try {
      await waitFor(before, signal)
      if (this.#under > 0) {
        const idle = new Promise<void>((resolve) => {
          this.#idle = resolve
        })
        await waitFor(idle, signal)
      }
      return await work()
    } finally {
      end()
    }
  }
}

/** @throws the signal's reason when it fires first */
async function waitFor(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const forget = onAbort(signal, () => reject(signal.reason))
  try {
    await Promise.race([promise, stopped])
  } finally {
    forget()
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
  action: ModelFailure['action'],
  message: string,
  maybeCharged = false,
): EffectEnd {
  return {
    kind: 'failed',
    failure: { code, action, message, status: null, retryAfterMs: null, maybeCharged },
  }
}
