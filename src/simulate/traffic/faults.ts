/**
 * Which fault strikes a request.
 *
 * 1. The first entry of the scenario that strikes decides; later ones do not count the request.
 * 2. `rate` throws dice keyed by seed, entry, request body and how often that body came: in any order of arrival the same
 *    requests are struck, and one that is requested again gets another throw.
 * 3. `nth`, `every` and `times` count the requests that the entry selects, in order of arrival.
 * 4. Faults of structured answers select only requests that ask for one; faults of texts only chats.
 */
import type { Scenario, ScenarioFault } from '../../config/files/scenario.ts'
import { unitOf } from '../requested/dice.ts'
import { type Matches, matcher } from '../requested/matches.ts'
import type { Requested } from '../requested/requested.ts'

/** What the dice of a fault are keyed by, apart from all other dice. */
const faultStream = 1000

export interface Request {
  readonly requested: Requested
  readonly structured: boolean
  /** Of the seed and the body. */
  readonly digest: Buffer
}

export class Faults {
  readonly #entries: readonly Entry[]
  /** How often each body came; counted only where dice are thrown. */
  readonly #arrivals: Map<string, number> | undefined

  constructor({ faults }: Scenario) {
    this.#entries = faults.map((fault, index) => new Entry(fault, index))
    this.#arrivals = faults.some(({ rate }) => rate > 0 && rate < 1) ? new Map() : undefined
  }

  /** @param elapsedMs since the first request */
  next(request: Request, elapsedMs: number): ScenarioFault | undefined {
    if (this.#entries.length === 0) return undefined
    const arrival = this.#arrival(request.digest)
    return this.#entries.find((entry) => entry.strikes(request, elapsedMs, arrival))?.fault
  }

  #arrival(digest: Buffer): number {
    if (this.#arrivals === undefined) return 0
    const key = digest.toString('latin1', 0, 12)
    const arrival = this.#arrivals.get(key) ?? 0
    this.#arrivals.set(key, arrival + 1)
    return arrival
  }
}

class Entry {
  readonly fault: ScenarioFault
  readonly #index: number
  readonly #matches: Matches
  readonly #nth: ReadonlySet<number> | null
  #selected = 0
  #struck = 0

  constructor(fault: ScenarioFault, index: number) {
    this.fault = fault
    this.#index = index
    this.#matches = matcher(fault)
    this.#nth = fault.nth === null ? null : new Set([fault.nth].flat())
  }

  strikes({ requested, structured, digest }: Request, elapsedMs: number, arrival: number): boolean {
    const { fault, rate, every, times, from, until } = this.fault
    if (elapsedMs < from || (until !== null && elapsedMs >= until)) return false
    if (structuredFaults.has(fault) && !structured) return false
    if (chatFaults.has(fault) && requested.kind !== 'chat') return false
    if (!this.#matches(requested)) return false
    this.#selected++
    if (this.#nth !== null && !this.#nth.has(this.#selected)) return false
    if (every !== null && this.#selected % every !== 0) return false
    if (times !== null && this.#struck >= times) return false
    if (rate < 1 && unitOf(digest, faultStream + this.#index, arrival) >= rate) return false
    this.#struck++
    return true
  }
}

const structuredFaults: ReadonlySet<string> = new Set(['malformed_json', 'truncated_json', 'wrong_schema'])
const chatFaults: ReadonlySet<string> = new Set(['length', 'content_filter', 'refusal', 'empty'])
