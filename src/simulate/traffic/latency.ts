/** How long answers take. */
import type { Scenario, ScenarioLatency } from '../../config/files/scenario.ts'
import { lognormal } from '../requested/dice.ts'
import { type Matches, matcher } from '../requested/matches.ts'
import type { Requested } from '../requested/requested.ts'

/** Milliseconds of work, the waiting for a worker apart. */
export interface Durations {
  /** Until the first token of a stream. */
  readonly first: number
  readonly whole: number
}

/** What the dice of a latency are keyed by, apart from all other dice. */
const latencyStream = 2

export class Latency {
  readonly #usual: ScenarioLatency
  readonly #others: readonly { readonly matches: Matches; readonly latency: ScenarioLatency }[]

  constructor(usual: ScenarioLatency, { replies }: Scenario) {
    this.#usual = usual
    this.#others = replies.flatMap((reply) =>
      reply.latency === undefined ? [] : [{ matches: matcher(reply), latency: reply.latency }],
    )
  }

  of(requested: Requested, digest: Buffer, completionTokens: number): Durations {
    const latency = this.#others.find(({ matches }) => matches(requested))?.latency ?? this.#usual
    if (typeof latency === 'number') return { first: latency, whole: latency }
    if ('median' in latency) {
      const drawn = lognormal(latency.median, latency.sigma, digest, latencyStream)
      return { first: drawn, whole: drawn }
    }
    const { first_token: first, per_token: each } = latency
    return { first, whole: first + each * completionTokens }
  }
}
