/**
 * Requests and tokens a minute that a user was promised by a provider: never requested more, and shared between models.
 *
 * Rules:
 *   L1. A bucket fills evenly and holds what comes in a second, one request at least. So within any minute no more goes than is
 *       allowed, and what one second brings.
 *   L2. What a request will take is estimated when it goes, and corrected when its usage is known. A bucket may owe.
 *   L3. When models of one provider wait for the same bucket, the one goes first that had least for its weight: start-time
 *       fair queueing (Goyal, Vin and Cheng, 1996). One that did not wait has no claim to the past.
 *   L4. No timer here: a waiting request looks up when it may go, and is called when another one went instead.
 */
import type { Rates } from '../contract/contract.ts'
import type { TokenReservation } from '../contract/request-size.ts'

const minuteMs = 60_000

class Bucket {
  readonly #perMs: number
  readonly #holds: number
  #level: number
  #at: number

  constructor(perMinute: number, now: number) {
    this.#perMs = perMinute / minuteMs
    this.#holds = Math.max(1, perMinute / 60)
    this.#level = this.#holds
    this.#at = now
  }

  /** When so much can be taken; more than the bucket holds, when it is full. */
  opensAt(now: number, amount: number): number {
    const missing = Math.min(amount, this.#holds) - this.#filled(now)
    return missing <= 1e-9 ? now : now + missing / this.#perMs
  }

  take(now: number, amount: number): void {
    this.#level = this.#filled(now) - amount
    this.#at = now
  }

  #filled(now: number): number {
    return Math.min(this.#holds, this.#level + (now - this.#at) * this.#perMs)
  }
}

function bucketsOf(rates: Rates, now: number) {
  const { requestsPerMinute, tokensPerMinute } = rates
  return {
    requests: requestsPerMinute === null ? undefined : new Bucket(requestsPerMinute, now),
    tokens: tokensPerMinute === null ? undefined : new Bucket(tokensPerMinute, now),
  }
}

/** What models of one provider share. */
export class RateLimiter {
  readonly shares = new Set<Share>()
  /** What the model had, by weight, whose request went last: where one begins that had not waited. */
  virtualTime = 0
  readonly buckets: ReturnType<typeof bucketsOf>

  constructor(rates: Rates, now: number) {
    this.buckets = bucketsOf(rates, now)
  }

  /** @param rates of this model alone, in addition to those of the provider; `wake` is called when it may be its turn */
  share(rates: Rates, weight: number, now: number, wake: () => void): Share {
    const share = new Share(this, bucketsOf(rates, now), weight, wake)
    this.shares.add(share)
    return share
  }
}

/** Of the output nothing is known at first. */
const firstOutput = 512
/** English text has about four bytes to a token. */
const firstInputRatio = 0.25
/** How much the latest answer counts in what is expected of the next. */
const learning = 0.1

/** One model's share of an allowance. */
export class Share {
  readonly #limiter: RateLimiter
  readonly #own: ReturnType<typeof bucketsOf>
  readonly #weight: number
  readonly #wake: () => void
  /** Had so far, by weight (rule L3). */
  #had = 0
  #waiting = false
  #inputRatio = firstInputRatio
  #output: number | undefined

  constructor(rateLimiter: RateLimiter, own: ReturnType<typeof bucketsOf>, weight: number, wake: () => void) {
    this.#limiter = rateLimiter
    this.#own = own
    this.#weight = weight
    this.#wake = wake
  }

  /** Tokens that a request is expected to take. */
  expected({ input, output }: TokenReservation): number {
    return Math.ceil(input * this.#inputRatio + Math.min(output, this.#output ?? firstOutput))
  }

  /** When a request may go; infinity while another model goes first. The model waits from now on if it may not. */
  opensAt(now: number, tokens: number): number {
    const own = openingOf(this.#own, now, tokens)
    if (own > now) {
      this.#waiting = false
      return own
    }
    if (!this.#waiting) this.#had = Math.max(this.#had, this.#limiter.virtualTime)
    const shared = openingOf(this.#limiter.buckets, now, tokens)
    this.#waiting = true
    for (const other of this.#limiter.shares) {
      if (other !== this && other.#waiting && other.#had < this.#had) return Number.POSITIVE_INFINITY
    }
    return shared
  }

  take(now: number, tokens: number): void {
    const { buckets } = this.#limiter
    for (const { requests, tokens: bucket } of [this.#own, buckets]) {
      requests?.take(now, 1)
      bucket?.take(now, tokens)
    }
    this.#limiter.virtualTime = Math.max(this.#limiter.virtualTime, this.#had)
    this.#had += (buckets.tokens === undefined ? 1 : tokens) / this.#weight
    this.#waiting = false
  }

  /** No request of this model waits for the limit; others may go. */
  passOn(): void {
    this.#waiting = false
  }

  /** Lets the others look whether it is their turn. */
  wakeOthers(): void {
    for (const other of this.#limiter.shares) if (other !== this && other.#waiting) other.#wake()
  }

  /** Corrects what was taken for a request, and learns from it (rule L2). */
  used(now: number, most: TokenReservation, expected: number, input: number, output: number): void {
    this.#own.tokens?.take(now, input + output - expected)
    this.#limiter.buckets.tokens?.take(now, input + output - expected)
    this.#inputRatio += learning * (input / Math.max(1, most.input) - this.#inputRatio)
    this.#output = this.#output === undefined ? output : this.#output + learning * (output - this.#output)
  }
}

function openingOf(
  { requests, tokens: bucket }: ReturnType<typeof bucketsOf>,
  now: number,
  tokens: number,
): number {
  return Math.max(requests?.opensAt(now, 1) ?? now, bucket?.opensAt(now, tokens) ?? now)
}
