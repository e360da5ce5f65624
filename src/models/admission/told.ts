/**
 * Holds back what a server said that it would refuse: what `told-limits.ts` read from the headers of its answers.
 *
 * Owns:  how many more may go by the server's own count. Never: decides what a refusal means (`window.ts` does).
 * Rules:
 *   T1. What remained when a request came in is left for those that got a slot after it. When nothing is left, nobody goes until
 *       the limit is full again. Example: 3 remain, 2 went since, so one more may go.
 *   T2. A limit that fills evenly is one whose reset moves on with every request. It gives a place whenever there is one again.
 *   T3. A time from the answer on counts from when its request was sent, and a moment more: the answer itself may have taken long
 *       after the server counted.
 *   T4. Of tokens each request takes what requests took lately, by their usage. Before the first usage is known only 0 counts.
 *   T5. Nobody is held back for longer than `longestHoldMs`: the refusal then says what to do (`failure-table.ts`).
 *   T6. A limit that is full again lets as many go as it says, until an answer tells what is left; at most for as long as it took.
 *   T7. A limit that was full, and has nothing left after half of it or less, is not ours to count: it is ignored from then on.
 */
import type { ToldLimit, Usage } from '../contract/contract.ts'

const longestHoldMs = 120_000
/** A request is counted by then (rule T3). */
const onTheWayMs = 100
/** How much the latest usage counts in what is expected of the next. */
const learning = 0.1
/** Answers may overtake each other: so many must say so (rule T7). */
const nonsenseTold = 3

interface Told {
  readonly limit: number | null
  readonly remaining: number
  /** The slot whose answer told it, and when its request was sent. */
  readonly slot: number
  readonly at: number
  readonly fullAt: number
  /** Per millisecond, where it fills evenly; else 0. */
  readonly fills: number
  readonly header: string
  /** What was told first since it was full; undefined when nothing was (rule T6). */
  readonly first: { readonly slot: number; readonly fullAt: number } | undefined
}

/** Nobody goes until then. */
export interface Hold {
  readonly until: number
  /** What says so. */
  readonly header: string
}

export class ToldLimits {
  readonly #told = new Map<string, Told>()
  readonly #ignored = new Set<string>()
  /** Of a limit that is full again: the last slot before, and how many answers said that nothing was left. */
  readonly #full = new Map<string, { readonly slot: number; nothingLeft: number }>()
  /** Slots given so far. */
  #slots = 0
  #tokens: { readonly input: number; readonly output: number } | undefined

  /** Whether nobody can be held back. */
  get isSilent(): boolean {
    return this.#told.size === 0
  }

  /** A slot is given. @returns its number */
  take(now: number): number {
    for (const [name, told] of this.#told) if (told.fullAt <= now) this.#filled(name, told)
    return ++this.#slots
  }

  /** When one more may go, if that is later than now. */
  hold(now: number): Hold | undefined {
    let hold: Hold | undefined
    for (const [name, told] of this.#told) {
      const cost = Math.min(this.#cost(name), told.limit ?? Number.POSITIVE_INFINITY)
      const missing = cost * (1 + this.#slots - told.slot) - told.remaining
      if (missing <= 0 || told.fullAt - now > longestHoldMs) continue
      const until = told.fills > 0 ? Math.min(told.fullAt, told.at + missing / told.fills) : told.fullAt
      if (until > (hold?.until ?? now)) hold = { until, header: told.header }
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

  /** What an answer to the request of a slot told. @param wallNow the wall clock, for moments */
  learn(
    limits: readonly ToldLimit[],
    slot: number,
    sentAt: number,
    { now, wallNow }: { now: number; wallNow: number },
  ): void {
    for (const limit of limits) {
      const { name, reset } = limit
      if (this.#ignored.has(name)) continue
      if (this.#isNonsense(limit, slot)) {
        this.#ignored.add(name)
        this.#told.delete(name)
        continue
      }
      const known = this.#told.get(name)
      if (known !== undefined && slot < known.slot) continue
      const fullAt =
        'at' in reset ? now + reset.at - wallNow : Math.min(now, sentAt + onTheWayMs) + reset.afterMs
      const told = this.#toldBy(limit, { slot, at: sentAt, fullAt, known })
      if (fullAt > now) this.#told.set(name, told)
      else this.#filled(name, told)
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
  #filled(name: string, told: Told): void {
    const { limit, at, fullAt, first } = told
    this.#full.set(name, { slot: this.#slots, nothingLeft: 0 })
    if (limit === null || first === undefined) this.#told.delete(name)
    else {
      const again = {
        remaining: limit,
        slot: this.#slots,
        at: fullAt,
        fullAt: 2 * fullAt - at,
        first: undefined,
      }
      this.#told.set(name, { ...told, ...again })
    }
  }

  /** Rule T7. */
  #isNonsense({ name, limit, remaining }: ToldLimit, slot: number): boolean {
    const full = this.#full.get(name)
    if (full === undefined || slot <= full.slot) return false
    const half = full.slot + (limit ?? 2) / 2
    if (remaining > 0 || slot > half) return false
    return this.#slots <= half || ++full.nothingLeft >= nonsenseTold
  }

  #toldBy(
    { name, header, limit, remaining }: ToldLimit,
    of: {
      readonly slot: number
      readonly at: number
      readonly fullAt: number
      readonly known: Told | undefined
    },
  ): Told {
    const { slot, at, fullAt, known } = of
    const first = known?.first ?? { slot, fullAt }
    // What is missing, in the time that it takes to fill.
    const rate = limit === null || fullAt <= at ? 0 : (limit - remaining) / (fullAt - at)
    const taken = this.#cost(name) * (slot - first.slot)
    const isEven = rate > 0 && taken > 0 && fullAt - first.fullAt > (0.5 * taken) / rate
    return { limit, remaining, slot, at, fullAt, fills: isEven ? rate : 0, header, first }
  }
}
