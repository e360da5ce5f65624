/**
 * How many refusals say nothing of load. A healthy model fails now and then, and some fail at random whatever they are asked.
 *
 * Rules:
 *   B1. A small share of what is sent may be refused. What was saved up is bounded by what is in flight. A refusal that names a
 *       time counts twice, one below what was taken before (`knownCost`) less.
 *   B2. If a quarter less in flight, and asked more slowly, is refused as often, and neither places nor a rate explain that
 *       (`unlikely`), refusals are noise; of a small share it must be seen twice. One and a half times the likely share may then be refused for a minute.
 *       Example: 8 in flight, 30% refused; then 2 in flight, 25%. Had there been 6 places, or 30 requests a second, none would be.
 *   B3. When even that is exceeded, it was load after all. Each time, noise is believed in only after twice as long.
 */

const usualShare = 0.04
/** What a refusal counts at a level that was taken before. */
const knownCost = 0.7
/** A share below must be seen twice (rule B2). */
const smallShare = 0.2
/** More is no noise. */
const mostNoise = 0.45
/** A few requests may have had more bad luck. */
const mostOfFew = 0.67
/** What is less likely is no chance. */
const unlikely = 0.05
/** So many a bucket may have had saved up. */
const savedUp = 2
const noiseMs = 60_000
const noiseBudget = 12
/** A comparison needs so many requests, of which so many were refused; or begins anew after so many. */
const comparedRequests = 12
const comparedRefusals = 4
const forgottenRequests = 100
const comparisonsKept = 6

interface Counts {
  readonly sent: number
  readonly refused: number
}

interface Outcomes {
  sent: number
  refused: number
  inFlightSum: number
  readonly since: number
  perMs: number
}

const from = (since: number): Outcomes => ({ sent: 0, refused: 0, inFlightSum: 0, since, perMs: 0 })

export class RefusalBudget {
  #left = 1
  #outcomes = from(0)
  readonly #former: Outcomes[] = []
  /** Share that is refused whatever is in flight, and until when that is believed. */
  #noise = 0
  #noisyUntil = Number.NEGATIVE_INFINITY
  #doubtedUntil = Number.NEGATIVE_INFINITY
  #doubtMs = 5_000

  isNoisy(now: number): boolean {
    return now < this.#noisyUntil
  }

  /** @returns whether refusals turn out to be noise, now */
  sent(now: number, inFlight: number): boolean {
    const noisy = this.isNoisy(now)
    const share = noisy ? 1.5 * this.#noise + 0.02 : usualShare
    this.#left = Math.min(1 + share * Math.max(inFlight, noisy ? 40 : 0), this.#left + share)
    const outcomes = this.#outcomes
    outcomes.sent++
    outcomes.inFlightSum += inFlight
    const { sent, refused, inFlightSum } = outcomes
    if (sent < Math.max(comparedRequests, inFlightSum / sent)) return false
    if (refused < comparedRefusals && sent < forgottenRequests) return false
    outcomes.perMs = sent / Math.max(1, now - outcomes.since)
    this.#outcomes = from(now)
    return refused >= comparedRefusals && this.#compare(outcomes, now)
  }

  /**
   * @param isKnown whether as much was taken before
   * @returns whether the budget is left
   */
  refused(namesTime: boolean, isKnown: boolean): boolean {
    this.#left -= (namesTime ? 2 : 1) * (isKnown ? knownCost : 1)
    return this.#left >= 0
  }

  /** For a refusal that belongs to others, which were counted. */
  refusedAsWell(): void {
    this.#outcomes.refused++
  }

  /** It was load: nothing is left (rule B3). */
  fell(now: number): void {
    this.#left = 0
    if (!this.isNoisy(now)) return
    this.#noisyUntil = now
    this.#doubtMs *= 2
    this.#doubtedUntil = now + this.#doubtMs
  }

  /** What was refused while the server was shut is no noise. */
  forget(now: number): void {
    this.#outcomes = from(now)
    this.#former.length = 0
  }

  /** Rule B2. */
  #compare(outcomes: Outcomes, now: number): boolean {
    const alike = this.#former.filter((former) => isAlike(former, outcomes))
    this.#former.push(outcomes)
    if (this.#former.length > comparisonsKept) this.#former.shift()
    const needed = shareOf(outcomes) < smallShare ? 2 : 1
    const together = sumOf([...alike, outcomes])
    if (alike.length < needed || now < this.#doubtedUntil || shareOf(together) > mostNoise) return false
    const isNew = !this.isNoisy(now)
    if (isNew) this.#left = noiseBudget
    this.#noise = Math.min(likelyShare(together), mostNoise)
    this.#noisyUntil = now + noiseMs
    return isNew
  }
}

/** Whether fewer, and slower, were refused as often: neither places nor a rate explain that. */
function isAlike(former: Outcomes, outcomes: Outcomes): boolean {
  const fewer = Math.max(inFlightOf(outcomes) / inFlightOf(former), outcomes.perMs / former.perMs)
  if (fewer > 0.75 || Math.max(shareOf(former), shareOf(outcomes)) > mostOfFew) return false
  // A bucket may have had a few for those before.
  const byLoad = Math.max(0, 1 - (1 - shareOf(former) - savedUp / former.sent) / fewer)
  return (
    chanceOf(outcomes, byLoad + usualShare) < unlikely && chanceOf(outcomes, likelyShare(former)) > unlikely
  )
}

/** How likely so many are refused, or more, when each is with that chance. */
function chanceOf({ sent, refused }: Counts, chance: number): number {
  let [exactly, fewer] = [(1 - chance) ** sent, 0]
  for (let count = 0; count < refused; count++) {
    fewer += exactly
    exactly *= ((sent - count) / (count + 1)) * (chance / (1 - chance))
  }
  return 1 - fewer
}

const inFlightOf = ({ sent, inFlightSum }: Outcomes): number => inFlightSum / sent
const shareOf = ({ sent, refused }: Counts): number => refused / sent

/** One standard deviation above what was seen: few requests tell little. */
function likelyShare({ sent, refused }: Counts): number {
  const share = refused / sent
  return share + Math.sqrt((share * (1 - share)) / sent)
}

function sumOf(all: readonly Counts[]): Counts {
  return {
    sent: all.reduce((sum, { sent }) => sum + sent, 0),
    refused: all.reduce((sum, { refused }) => sum + refused, 0),
  }
}
