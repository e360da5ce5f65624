/**
 * Plays a run against a server in simulated time: the real admission, retries and classes of failures, and no HTTP.
 *
 * Owns:  the rows that are asked for, as the engine asks: never more than there are slots for.
 * Never: looks into the law; what it says is what the server saw.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { Clock } from '../../base/work/clock.ts'
import { Admissions, defaultAdmission } from '../../models/admission/admissions.ts'
import type { Attempt, Endpoint, ModelRequest } from '../../models/contract/contract.ts'
import { classify } from '../../models/failure/classify.ts'
import { toldLimits } from '../../models/failure/told-limits.ts'
import type { SendingHost } from '../../run/effects/effects-host.ts'
import { effectKey } from '../../run/effects/frames.ts'
import { emptyKeptGroup } from '../../run/effects/kept.ts'
import { Sending } from '../../run/effects/sending.ts'
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
  { rows, limit, models = 1, server, timeoutMs = Number.POSITIVE_INFINITY, hopeless, between }: Play,
  seed: number,
  conditions: Conditions = punctual,
): Promise<Played> {
  const clock = new SimulatedClock()
  const machine = new SimulatedMachine(clock, conditions, drawing(seed + 0x5eed))
  const wall = machine.clock
  const serve = server(clock.monotonic, drawing(seed))
  const counts = { requests: 0, refused: 0, answered: 0, lost: 0, lastAt: 0 }
  const endpoints = Array.from({ length: models }, (_, model): Endpoint => {
    return { provider: 'p', model: `m${model}`, limit, send: () => Promise.reject(new Error('asked')) }
  })
  const stopping = new AbortController()
  let stopped: string | null = null
  const next = endpoints.map((_, model) => model)
  const hopeful =
    hopeless === undefined
      ? rows
      : Array.from({ length: rows }, (_, row) => row).filter((row) => !hopeless(row)).length
  const admissions = new Admissions(defaultAdmission, wall, {
    free: () => pump(),
    rateLimited: () => {},
    heldBack: () => {},
    down: () => {},
    back: () => {},
  })
  const slots = endpoints.map((endpoint) => admissions.model(endpoint))
  const host = hostOf(wall, stopping.signal, (error) => {
    stopped ??= error.code
    stopping.abort(error)
  })
  const send = async (row: number): Promise<Attempt> => {
    counts.requests++
    await machine.onTheWay()
    const served = serve(row, timeoutMs)
    if ('takesMs' in served && served.takesMs <= timeoutMs) {
      await clock.sleep(served.takesMs)
      served.over?.()
      await machine.onTheWay()
      await machine.awake()
      counts.lastAt = clock.monotonic()
      const told = served.headers === undefined ? [] : toldLimits(served.headers, wall.now())
      return { kind: 'reply', body: answer, ...(told.length === 0 ? {} : { told }) }
    }
    counts.refused++
    const refusal = 'takesMs' in served ? ({ refuses: 'timeout', afterMs: timeoutMs } as const) : served
    await clock.sleep(refusal.afterMs ?? 5)
    if ('takesMs' in served) served.over?.()
    await machine.onTheWay()
    await machine.awake()
    return refusalOf(refusal, wall.now())
  }
  const ask = async (row: number): Promise<void> => {
    const kept = emptyKeptGroup()
    const responder = {
      name: `p/m${row % models}`,
      slots: slots[row % models]!,
      most: { input: 10, output: 10 },
      attemptsMax: 5,
      media: false,
      once: false,
      send: () => send(row),
    }
    try {
      await new Sending(
        host,
        kept,
        { group: 0, key: effectKey(row, 'c', 'h', 0) },
        responder,
        () => {},
      ).answer()
      counts.answered++
    } catch (error) {
      if (!RowsmithError.isInstance(error)) throw error
      if (stopped === null) counts.lost++
    }
    pump()
  }
  const pump = (): void => {
    for (const [model, each] of slots.entries()) {
      while (next[model]! < rows && stopped === null && each.free > 0) {
        const row = next[model]!
        next[model] = row + models
        void ask(row)
      }
    }
  }
  pump()
  if (between !== undefined) {
    await clock.runUntil(between[0])
    Object.assign(counts, { requests: 0, refused: 0, answered: 0 })
  }
  await clock.runUntil(
    between?.[1] ?? longestMs,
    () => counts.answered + counts.lost >= hopeful || stopped !== null,
  )
  const { requests, refused, answered, lost, lastAt } = counts
  admissions.close()
  return { requests, refused, answered, lost, stopped, seconds: lastAt / 1000 }
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
function hostOf(clock: Clock, stopping: AbortSignal, stop: (error: RowsmithError) => void): SendingHost {
  return {
    clock,
    journal: { append: async () => {}, note: async () => {} },
    budget: { take: () => undefined, settle: () => {} },
    ledger: new Map(),
    patienceMs: 0,
    confirm: () => undefined,
    emit: () => {},
    stopping,
    giveUp: stopping,
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
