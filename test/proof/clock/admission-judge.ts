/**
 * Plays a run against a server in simulated time: the real admission, retries and classes of failures, and no HTTP.
 *
 * Owns:  the rows that are asked for, as the engine asks: never more than there are slots for.
 * Never: looks into the law; what it says is what the server saw.
 */

import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { AdmissionQueue } from '../../../src/models/admission/admission-queue.ts'
import { Admissions, defaultAdmission } from '../../../src/models/admission/admissions.ts'
import type { Attempt, Endpoint, ModelRequest } from '../../../src/models/contract/contract.ts'
import { classify } from '../../../src/models/failure/classify.ts'
import { reportedLimits } from '../../../src/models/failure/limit-headers.ts'
import type { RequestHost } from '../../../src/run/effects/effects-host.ts'
import { effectKey } from '../../../src/run/effects/journal-records.ts'
import { emptyReplayState } from '../../../src/run/effects/replay-state.ts'
import { RequestAttempts } from '../../../src/run/effects/request-attempts.ts'
import { SimulatedClock } from './simulated-clock.ts'
import { type Conditions, punctual, SimulatedMachine } from './simulated-machine.ts'

/** What a server makes of a request: how long its answer takes, or how it refuses. */
export type Served =
  | {
      readonly takesMs: number
      readonly over?: () => void
      readonly headers?: Readonly<Record<string, string>>
    }
  | {
      readonly refuses: number | 'closed' | 'timeout'
      readonly headers?: Readonly<Record<string, string>>
      readonly afterMs?: number
    }

/** @param now simulated milliseconds; `draw` gives numbers in [0, 1) */
export type ServerOf = (now: () => number, draw: () => number) => (row: number, timeoutMs: number) => Served

export interface Play {
  readonly rows: number
  /** `max_parallel_requests`, of each model. */
  readonly limit: number
  /** Models that are asked at the same server, each for its share of the rows. @default 1 */
  readonly models?: number
  readonly server: ServerOf
  /** A request that takes longer is given up. */
  readonly timeoutMs?: number
  /** Counts only what happens from then on, and ends then, in simulated milliseconds. */
  readonly between?: readonly [from: number, until: number]
  /** Rows that are never answered: the play is over without them. */
  readonly hopeless?: (row: number) => boolean
}

export interface Played {
  readonly requests: number
  readonly refused: number
  readonly answered: number
  readonly lost: number
  /** The code of the error that stopped the run; null when none did. */
  readonly stopped: string | null
  /** When the last answer came. */
  readonly seconds: number
}

const longestMs = 3_600_000

export async function play(
  requested: Play,
  seed: number,
  conditions: Conditions = punctual,
): Promise<Played> {
  const clock = new SimulatedClock()
  const machine = new SimulatedMachine(clock, conditions, drawing(seed + 0x5eed))
  return new Playing(requested, clock, machine, requested.server(clock.monotonic, drawing(seed))).toTheEnd()
}

/** One play, from its first request to its last answer. */
class Playing {
  readonly #play: Play
  readonly #clock: SimulatedClock
  readonly #machine: SimulatedMachine
  readonly #serve: ReturnType<ServerOf>
  readonly #timeoutMs: number
  readonly #admissions: Admissions
  readonly #slots: readonly AdmissionQueue[]
  readonly #host: RequestHost
  readonly #counts = { requests: 0, refused: 0, answered: 0, lost: 0 }
  /** By model, the row that is asked for next. */
  readonly #next: number[]
  #stopped: string | null = null
  #lastAt = 0

  constructor(
    requested: Play,
    clock: SimulatedClock,
    machine: SimulatedMachine,
    serve: ReturnType<ServerOf>,
  ) {
    this.#play = requested
    this.#clock = clock
    this.#machine = machine
    this.#serve = serve
    this.#timeoutMs = requested.timeoutMs ?? Number.POSITIVE_INFINITY
    this.#admissions = new Admissions(defaultAdmission, machine.clock, {
      free: () => this.#scheduleNext(),
      rateLimited: () => {},
      heldBack: () => {},
      down: () => {},
      back: () => {},
    })
    this.#next = Array.from({ length: requested.models ?? 1 }, (_, model) => model)
    this.#slots = this.#next.map((model) => this.#admissions.model(endpointOf(model, requested.limit)))
    const stopping = new AbortController()
    this.#host = hostOf(machine, stopping.signal, (error) => {
      this.#stopped ??= error.code
      stopping.abort(error)
    })
  }

  async toTheEnd(): Promise<Played> {
    const { between } = this.#play
    const counts = this.#counts
    this.#scheduleNext()
    if (between !== undefined) {
      await this.#clock.runUntil(between[0])
      Object.assign(counts, { requests: 0, refused: 0, answered: 0 })
    }
    const hopeful = this.#hopeful()
    await this.#clock.runUntil(
      between?.[1] ?? longestMs,
      () => counts.answered + counts.lost >= hopeful || this.#stopped !== null,
    )
    const played = { ...counts, stopped: this.#stopped, seconds: this.#lastAt / 1000 }
    this.#admissions.close()
    return played
  }

  /** How many rows are answered one day. */
  #hopeful(): number {
    const { rows, hopeless = () => false } = this.#play
    return Array.from({ length: rows }, (_, row) => row).filter((row) => !hopeless(row)).length
  }

  /** Asks for as many rows as there are slots for. */
  #scheduleNext(): void {
    for (const [model, queues] of this.#slots.entries()) {
      while (this.#next[model]! < this.#play.rows && this.#stopped === null && queues.free > 0) {
        const row = this.#next[model]!
        this.#next[model] = row + this.#slots.length
        void this.#ask(row)
      }
    }
  }

  async #ask(row: number): Promise<void> {
    const model = row % this.#slots.length
    const target = {
      name: `p/m${model}`,
      queue: this.#slots[model]!,
      most: { input: 10, output: 10 },
      attemptsMax: 5,
      media: false,
      once: false,
      send: () => this.#send(row),
    }
    const place = { group: 0, key: effectKey(row, 'c', 'h', 0) }
    try {
      await new RequestAttempts(this.#host, emptyReplayState(), place, target, () => {}).answer()
      this.#counts.answered++
    } catch (error) {
      if (!RowsmithError.isInstance(error)) throw error
      if (this.#stopped === null) this.#counts.lost++
    }
    this.#scheduleNext()
  }

  async #send(row: number): Promise<Attempt> {
    this.#counts.requests++
    await this.#machine.onTheWay()
    const served = this.#serve(row, this.#timeoutMs)
    if ('takesMs' in served && served.takesMs <= this.#timeoutMs) {
      await this.#clock.sleep(served.takesMs)
      await this.#leaves(served)
      this.#lastAt = this.#clock.monotonic()
      const reported =
        served.headers === undefined ? [] : reportedLimits(served.headers, this.#machine.clock.now())
      return { kind: 'reply', body: answer, ...(reported.length === 0 ? {} : { limits: reported }) }
    }
    this.#counts.refused++
    const refusal = 'takesMs' in served ? ({ refuses: 'timeout', afterMs: this.#timeoutMs } as const) : served
    await this.#clock.sleep(refusal.afterMs ?? 5)
    await this.#leaves(served)
    return refusalOf(refusal, this.#machine.clock.now())
  }

  /** The server is done with it: the way back, and the time until this process hears of it. */
  async #leaves(served: Served): Promise<void> {
    if ('takesMs' in served) served.over?.()
    await this.#machine.onTheWay()
    await this.#machine.awake()
  }
}

const endpointOf = (model: number, limit: number): Endpoint => {
  return { provider: 'p', model: `m${model}`, limit, send: () => Promise.reject(new Error('asked')) }
}

const answer =
  '{"choices":[{"message":{"role":"assistant","content":"It is written."},"finish_reason":"stop"}]}'

const request: ModelRequest = { kind: 'chat', provider: 'p', model: 'm', messages: [] }

function refusalOf(served: Extract<Served, { refuses: unknown }>, now: number): Attempt {
  const { refuses, headers = {} } = served
  const result =
    typeof refuses === 'number'
      ? { status: refuses, headers, body: '{"error":{"message":"Try again later."}}' }
      : { broken: refuses, detail: 'simulated' }
  return classify(request, result, now, (text) => text)
}

/** As much of a run as an attempt touches. */
function hostOf(
  machine: SimulatedMachine,
  stopping: AbortSignal,
  stop: (error: RowsmithError) => void,
): RequestHost {
  return {
    clock: machine.clock,
    writer: { append: async () => {}, note: () => machine.written(), confirm: () => undefined },
    budget: { take: () => undefined, settle: () => {} },
    ledger: new Map(),
    endpointWaitMs: 0,
    emit: () => {},
    stopping,
    abortInFlight: stopping,
    stop,
    counts: { requestsSent: 0, inFlight: 0 },
  }
}

/** Numbers in [0, 1) that look drawn: mulberry32. */
function drawing(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
