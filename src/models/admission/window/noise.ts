/**
 * Whether refusals come of load, or at random whatever is requested.
 *
 * Owns:  what became of the last requests. Never: decides what follows (`refusal-budget.ts`, `window.ts`).
 * Rules: refusals are random when nothing else explains them.
 *   J1. Places: a request with half as many in flight as were taken otherwise, or alone, had a place.
 *   J2. A rate: from one refusal on, what was taken gives the least that the rate can be. At that rate who was refused while a bucket of
 *       one had a token did not ask too fast. Example: refused, five taken within a second, so at least 4/s; two refused 0.4 s apart.
 *   J3. An outage: refused and taken take turns as chance would have it.
 *   J4. So many of them that a healthy model's few are no likely reason, and not most of all.
 */
import type { Sent } from './sent.ts'

/** A healthy model refuses as many at most. */
export const usualShare = 0.04
/** More is no noise. */
const mostNoise = 0.45
/** What is less likely is no chance. */
const unlikely = 0.05
const remembered = 128
const leastUnexplained = 3
const leastRequests = 12
/** A request takes about so much more or less than another on its way. */
const onTheWayMs = 20
/** Fewer turns than by chance, in standard deviations: one in a hundred. */
const fewTurns = -2.33

export class NoiseJudge {
  /** In the order in which they were sent; the oldest first. */
  #sent: Sent[] = []

  /** A request goes. */
  sent(sent: Sent): void {
    this.#sent.push(sent)
    if (this.#sent.length >= 2 * remembered) this.#sent = this.#sent.slice(-remembered)
  }

  /** What was before says nothing any more. */
  forget(): void {
    this.#sent = []
  }

  /** Whether hardly any request was taken lately with as many in flight: there was no place. */
  hadNoPlace({ inFlight }: Sent): boolean {
    const taken = this.#sent.filter(({ outcome }) => outcome === 'taken')
    const asMany = taken.filter((each) => each.inFlight >= inFlight)
    return taken.length >= leastRequests && asMany.length <= usualShare * taken.length
  }

  /** The share that is refused at random; undefined while there may be another reason. */
  randomShare(): number | undefined {
    const all = this.#sent.slice(-remembered)
    const known = all.filter(({ outcome, standing }) => isRecorded(outcome) && standing !== 'suspect')
    const refused = known.filter(({ outcome }) => outcome === 'refused')
    if (known.length < leastRequests || refused.length < leastUnexplained) return undefined
    const deviation = Math.sqrt((refused.length * (known.length - refused.length)) / known.length ** 3)
    const share = refused.length / known.length
    if (share - deviation > mostNoise || areClustered(known)) return undefined
    const { sent, unexplained } = unexplainedOf(all)
    if (unexplained < leastUnexplained || chanceOf(unexplained, sent, usualShare / 2) >= unlikely)
      return undefined
    // One standard deviation above what was seen: few requests show little.
    return Math.min(share + deviation, mostNoise)
  }
}

const isRecorded = (outcome: Sent['outcome']): boolean => outcome === 'taken' || outcome === 'refused'

/** Rules J1 and J2: requests that had a place and did not come too fast, and how many of them were refused. */
function unexplainedOf(all: readonly Sent[]): { readonly sent: number; readonly unexplained: number } {
  const most = Math.max(...all.map(({ outcome, inFlight }) => (outcome === 'taken' ? inFlight : 0)))
  const rate = ratesOf(all)
  const isNoRate = rate.least > rate.most
  const slack = rate.least * onTheWayMs
  let [level, at, sent, unexplained] = [0, all[0]?.at ?? 0, 0, 0]
  for (const each of all) {
    level = Math.min(1 + slack, level + rate.least * (each.at - at))
    at = each.at
    const isRefused = each.outcome === 'refused'
    const hadPlace = each.inFlight === 1 || 2 * each.inFlight <= most
    if (each.standing !== 'suspect' && hadPlace && (isNoRate || level - slack >= 1 - 1e-9)) {
      sent++
      if (isRefused) unexplained++
    }
    if (!isRefused && each.outcome !== 'own') level = Math.max(0, level - 1)
  }
  return { sent, unexplained }
}

/**
 * Requests per millisecond, at least and at most, if there is a rate: a bucket that refused had less than one, gave all that was taken
 * since, and got less than one until it refused again with nothing taken between. Who went at the same time may have been there
 * before, or after.
 */
function ratesOf(all: readonly Sent[]): { readonly least: number; readonly most: number } {
  let [least, most] = [0, Number.POSITIVE_INFINITY]
  for (const [from, { at, outcome }] of all.entries()) {
    if (outcome !== 'refused') continue
    let [taken, isStreak] = [0, true]
    for (const later of all.slice(from + 1)) {
      const lastedMs = later.at - at
      if (later.outcome !== 'refused') isStreak = false
      else if (isStreak && lastedMs > 2 * onTheWayMs) most = Math.min(most, 1 / (lastedMs - onTheWayMs))
      if (later.outcome !== 'taken' || lastedMs < onTheWayMs) continue
      taken++
      if (taken > 1) least = Math.max(least, (taken - 1) / (lastedMs + onTheWayMs))
    }
  }
  return { least, most }
}

/** Rule J3: whether those that were refused followed each other more than by chance, by the number of runs (Wald and Wolfowitz). */
function areClustered(known: readonly Sent[]): boolean {
  const refused = known.filter(({ outcome }) => outcome === 'refused').length
  const both = 2 * refused * (known.length - refused)
  const expected = both / known.length + 1
  const variance = (both * (both - known.length)) / (known.length ** 2 * (known.length - 1))
  const runs = known.filter(({ outcome }, at) => at === 0 || outcome !== known[at - 1]?.outcome).length
  return variance <= 0 || (runs - expected) / Math.sqrt(variance) < fewTurns
}

/** How likely so many are refused, or more, when each is with that chance. */
function chanceOf(refused: number, sent: number, chance: number): number {
  let [exactly, fewer] = [(1 - chance) ** sent, 0]
  for (let count = 0; count < refused; count++) {
    fewer += exactly
    exactly *= ((sent - count) / (count + 1)) * (chance / (1 - chance))
  }
  return 1 - fewer
}
