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
 *   T4. Of tokens only 0 counts: what the next request takes, nobody knows.
 *   T5. Nobody is held back for longer than `longestHoldMs`: the refusal then says what to do (`failure-table.ts`).
 *   T6. A limit that was full, and has nothing left after half of it or less, is not ours to count: it is ignored from then on.
 */
import type { ToldLimit } from '../contract.ts'

const longestHoldMs = 120_000
/** A request is counted by then (rule T3). */
const onTheWayMs = 100

interface Told {
  /** The slot whose answer told it, and when its request was sent. */
  readonly slot: number
  readonly at: number
  readonly remaining: number
  readonly limit: number | null
  readonly fullAt: number
  /** Per millisecond, where it fills evenly; else 0. */
  readonly fills: number
  /** What was told first since it was full. */
  readonly first: { readonly slot: number; readonly fullAt: number }
}

export class ToldLimits {
  readonly #told = new Map<string, Told>()
  readonly #ignored = new Set<string>()
  /** Of a limit that is full again: the last slot before. */
  readonly #lastBefore = new Map<string, number>()
  /** Slots given so far. */
  #slots = 0

  /** Whether nobody can be held back. */
  get isSilent(): boolean {
    return this.#told.size === 0
  }

  /** A slot is given. @returns its number */
  take(now: number): number {
    for (const [name, told] of this.#told) if (told.fullAt <= now) this.#filled(name)
    return ++this.#slots
  }

  /** When one more may go. */
  opensAt(now: number): number {
    let opensAt = now
    for (const told of this.#told.values()) {
      const missing = 1 - told.remaining + this.#slots - told.slot
      if (missing <= 0 || told.fullAt - now > longestHoldMs) continue
      const at = told.fills > 0 ? Math.min(told.fullAt, told.at + missing / told.fills) : told.fullAt
      if (at > opensAt) opensAt = at
    }
    return opensAt
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
      const fullAt =
        'at' in reset ? now + reset.at - wallNow : Math.min(now, sentAt + onTheWayMs) + reset.afterMs
      const known = this.#told.get(name)
      if (this.#ignored.has(name) || (known !== undefined && slot < known.slot)) continue
      if (this.#isNonsense(limit, slot)) {
        this.#ignored.add(name)
        this.#told.delete(name)
      } else if (fullAt <= now) this.#filled(name)
      else if (limit.remaining === 0 || !/token/.test(name)) {
        this.#told.set(name, toldBy(limit, { slot, at: sentAt, fullAt, known }))
      } else this.#told.delete(name)
    }
  }

  #filled(name: string): void {
    if (this.#told.delete(name)) this.#lastBefore.set(name, this.#slots)
  }

  /** Rule T6. */
  #isNonsense({ name, limit, remaining }: ToldLimit, slot: number): boolean {
    const before = this.#lastBefore.get(name)
    if (before === undefined || slot <= before) return false
    this.#lastBefore.delete(name)
    return remaining === 0 && slot - before <= (limit ?? 2) / 2
  }
}

function toldBy(
  { limit, remaining }: ToldLimit,
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
  const isEven = rate > 0 && slot > first.slot && fullAt - first.fullAt > (0.5 * (slot - first.slot)) / rate
  return { slot, at, remaining, limit, fullAt, fills: isEven ? rate : 0, first }
}
