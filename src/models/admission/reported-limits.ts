/**
 * Holds back what a server said that it would refuse: what `limit-headers.ts` read from the headers of its answers.
 *
 * Owns:  how many more may go by the server's own count. Never: decides what a refusal means (`window.ts` does).
 * Rules:
 *   T1. What remained when a request came in is left for those that got a slot after it. When nothing is left, no request goes until
 *       the limit is full again. Example: 3 remain, 2 went since, so one more may go.
 *   T2. A limit that fills evenly is one whose reset moves on with every request. It gives a place whenever there is one again.
 *   T3. A time from the answer on counts from when its request was sent, and a moment more: the answer itself may have taken long
 *       after the server counted.
 *   T4. Of tokens each request takes what requests took lately, by their usage. Before the first usage is known only 0 counts.
 *   T5. No request is held back for longer than `longestHoldMs`: the refusal then says what to do (`failure-table.ts`).
 *   T6. A limit that is full again lets as many go as it says, until an answer says what is left; at most for as long as it took.
 *   T7. A limit that was full, and has nothing left after half of it or less, is not Rowsmith's to count: it is ignored from then on.
 */
import type { ReportedLimit, Usage } from '../contract/contract.ts'

const longestHoldMs = 120_000
/** A request is counted by then (rule T3). */
const onTheWayMs = 100
/** How much the latest usage counts in what is expected of the next. */
const learning = 0.1
/** Answers may overtake each other: so many must say so (rule T7). */
const nonsenseAfter = 3

interface ReportedState {
  readonly limit: number | null
  readonly remaining: number
  /** The slot whose answer reported it, and when its request was sent. */
  readonly slot: number
  readonly at: number
  readonly fullAt: number
  /** Per millisecond, where it fills evenly; else 0. */
  readonly fills: number
  readonly header: string
  /** What was reported first since it was full; undefined when nothing was (rule T6). */
  readonly first: { readonly slot: number; readonly fullAt: number } | undefined
}

/** No request goes until then. */
export interface Hold {
  readonly until: number
  /** What says so. */
  readonly header: string
}

export class ReportedLimits {
  readonly #limits = new Map<string, ReportedState>()
  readonly #ignored = new Set<string>()
  /** Of a limit that is full again: the last slot before, and how many answers said that nothing was left. */
  readonly #full = new Map<string, { readonly slot: number; nothingLeft: number }>()
  /** Slots given so far. */
  #slots = 0
  #tokens: { readonly input: number; readonly output: number } | undefined

  /** Whether no request can be held back. */
  get isSilent(): boolean {
    return this.#limits.size === 0
  }

  /** A slot is given. @returns its number */
  take(now: number): number {
    for (const [name, state] of this.#limits) if (state.fullAt <= now) this.#filled(name, state)
    return ++this.#slots
  }

  /** When one more may go, if that is later than now. */
  hold(now: number): Hold | undefined {
    let hold: Hold | undefined
    for (const [name, state] of this.#limits) {
      const cost = Math.min(this.#cost(name), state.limit ?? Number.POSITIVE_INFINITY)
      const missing = cost * (1 + this.#slots - state.slot) - state.remaining
      if (missing <= 0 || state.fullAt - now > longestHoldMs) continue
      const until = state.fills > 0 ? Math.min(state.fullAt, state.at + missing / state.fills) : state.fullAt
      if (until > (hold?.until ?? now)) hold = { until, header: state.header }
    }
    return hold
  }

  /** What a request turned out to take (rule T4). */
  used({ inputTokens, outputTokens }: Usage): void {
    const { input, output } = this.#tokens ?? { input: inputTokens, output: outputTokens }
    this.#tokens = {
      input: input + learning * (inputTokens - input),
      output: output + learning * (outputTokens - output),
    }
  }

  /** What an answer to the request of a slot reported. @param wallNow the wall clock, for moments */
  learn(
    limits: readonly ReportedLimit[],
    permit: number,
    sentAt: number,
    { now, wallNow }: { now: number; wallNow: number },
  ): void {
    for (const limit of limits) {
      const { name, reset } = limit
      if (this.#ignored.has(name)) continue
      if (this.#isNonsense(limit, permit)) {
        this.#ignored.add(name)
        this.#limits.delete(name)
        continue
      }
      const known = this.#limits.get(name)
      if (known !== undefined && permit < known.slot) continue
      const fullAt =
        'at' in reset ? now + reset.at - wallNow : Math.min(now, sentAt + onTheWayMs) + reset.afterMs
      const state = this.#stateOf(limit, { slot: permit, at: sentAt, fullAt, known })
      if (fullAt > now) this.#limits.set(name, state)
      else this.#filled(name, state)
    }
  }

  #cost(name: string): number {
    if (this.#tokens === undefined || !/token/.test(name)) return 1
    const { input, output } = this.#tokens
    return /input|prompt/.test(name)
      ? input
      : /output|generated|completion/.test(name)
        ? output
        : input + output
  }

  /** Rule T6. */
  #filled(name: string, state: ReportedState): void {
    const { limit, at, fullAt, first } = state
    this.#full.set(name, { slot: this.#slots, nothingLeft: 0 })
    if (limit === null || first === undefined) this.#limits.delete(name)
    else {
      const again = {
        remaining: limit,
        slot: this.#slots,
        at: fullAt,
        fullAt: 2 * fullAt - at,
        first: undefined,
      }
      this.#limits.set(name, { ...state, ...again })
    }
  }

  /** Rule T7. */
  #isNonsense({ name, limit, remaining }: ReportedLimit, permit: number): boolean {
    const full = this.#full.get(name)
    if (full === undefined || permit <= full.slot) return false
    const half = full.slot + (limit ?? 2) / 2
    if (remaining > 0 || permit > half) return false
    return this.#slots <= half || ++full.nothingLeft >= nonsenseAfter
  }

  #stateOf(
    { name, header, limit, remaining }: ReportedLimit,
    of: {
      readonly slot: number
      readonly at: number
      readonly fullAt: number
      readonly known: ReportedState | undefined
    },
  ): ReportedState {
    const { slot: permit, at, fullAt, known } = of
    const first = known?.first ?? { slot: permit, fullAt }
    // What is missing, in the time that it takes to fill.
    const rate = limit === null || fullAt <= at ? 0 : (limit - remaining) / (fullAt - at)
    const used = this.#cost(name) * (permit - first.slot)
    const isEven = rate > 0 && used > 0 && fullAt - first.fullAt > (0.5 * used) / rate
    return { limit, remaining, slot: permit, at, fullAt, fills: isEven ? rate : 0, header, first }
  }
}
