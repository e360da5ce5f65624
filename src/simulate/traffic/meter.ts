import { type Money, money, moneyAsNumber } from '../../base/numbers/money.ts'
import {
  exactBatchPrice,
  exactPrice,
  inputCost,
  type Price,
  type TokenPrice,
} from '../../config/files/prices.ts'
import type { Tokens } from '../requested/requested.ts'
import { type Timeline, TimelineMeter } from './timeline.ts'

/** What `/stats` answers. */
export interface SimulatorStats {
  /** Requests taken, also those whose client went away. */
  readonly requests: number
  /** Answers handed over whole. */
  readonly answered: number
  readonly in_flight: number
  readonly max_in_flight: number
  /** Of the answers handed over. */
  readonly prompt_tokens: number
  /** Of the prompt tokens: those read from the cache of prompts, and those written into it. */
  readonly cached_tokens: number
  readonly cache_write_tokens: number
  readonly completion_tokens: number
  /** Of the answers handed over, by the prices of the scenario; null when it has none. */
  readonly cost: number | null
  /** Responses by status; what was reset or never ended counts with the status it began with. */
  readonly statuses: Readonly<Record<string, number>>
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Record<string, number>>
  /** Requests per effect key: more than 1 means that it was requested again. */
  readonly effects: Readonly<Record<string, number>>
  readonly timeline: Timeline
  readonly batches: BatchStats
}

/** What batches did, looked at or not. */
interface BatchStats {
  readonly created: number
  /** Answers of batches; their tokens and cost count above, at the price of batches. */
  readonly answered: number
  /** By custom id: how often it was executed, and how often charged. */
  readonly custom_ids: Readonly<Record<string, readonly [executed: number, charged: number]>>
}

type Answered = Tokens & { readonly model: string }

type ModelPrice = TokenPrice & { readonly request: Money }

/** Counts requests. Effects are stored for ever, where they are stored: that is what it is for. */
export class Meter {
  #requests = 0
  #answered = 0
  #inFlight = 0
  #maxInFlight = 0
  #promptTokens = 0
  #completionTokens = 0
  #cost = 0n
  #cachedTokens = 0
  #cacheWriteTokens = 0
  readonly #prices: ReadonlyMap<string, Record<'alone' | 'batch', ModelPrice>>
  readonly #effects: Map<string, number> | undefined
  readonly #statuses = new Map<string, number>()
  readonly #faults = new Map<string, number>()
  readonly #timeline = new TimelineMeter()
  #batches = 0
  #batchAnswers = 0
  readonly #customIds = new Map<string, [executed: number, charged: number]>()

  constructor(options: { readonly prices: Readonly<Record<string, Price>>; readonly keepEffects: boolean }) {
    this.#effects = options.keepEffects ? new Map() : undefined
    this.#prices = new Map(
      Object.entries(options.prices).map(([model, price]) => {
        const request = money(price.request) ?? 0n
        return [
          model,
          { alone: { ...exactPrice(price), request }, batch: { ...exactBatchPrice(price), request } },
        ]
      }),
    )
  }

  arrived(effect: string | undefined, now: number): void {
    this.#requests++
    this.#inFlight++
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight)
    this.#timeline.arrived(now)
    if (effect !== undefined && this.#effects !== undefined) increase(this.#effects, effect)
  }

  struck(fault: string): void {
    increase(this.#faults, fault)
  }

  responded(status: number): void {
    increase(this.#statuses, String(status))
  }

  /** @param answer what was handed over whole; undefined for a failure, or when the client went away before */
  left(answer: Answered | undefined, now: number): void {
    this.#inFlight--
    this.#timeline.left(now, answer !== undefined)
    if (answer === undefined) return
    this.#answered++
    this.#charge(answer, 'alone')
  }

  #charge({ model, promptTokens, cached, completionTokens }: Answered, way: 'alone' | 'batch'): void {
    const { read = 0, written = 0 } = cached ?? {}
    this.#promptTokens += promptTokens
    this.#cachedTokens += read
    this.#cacheWriteTokens += written
    this.#completionTokens += completionTokens
    const price = this.#prices.get(model)?.[way]
    if (price === undefined) return
    this.#cost +=
      inputCost(price, { input: promptTokens, cached: read, written }) +
      BigInt(completionTokens) * price.output +
      price.request
  }

  batchCreated(): void {
    this.#batches++
  }

  /** A request of a batch was worked on. @param answer what it took; undefined for a failure, which is not charged */
  executed(customId: string, answer: Answered | undefined): void {
    const counts = this.#customIds.get(customId) ?? [0, 0]
    this.#customIds.set(customId, counts)
    counts[0]++
    if (answer === undefined) return
    counts[1]++
    this.#batchAnswers++
    this.#charge(answer, 'batch')
  }

  stats(now: number): SimulatorStats {
    return {
      requests: this.#requests,
      answered: this.#answered,
      in_flight: this.#inFlight,
      max_in_flight: this.#maxInFlight,
      prompt_tokens: this.#promptTokens,
      cached_tokens: this.#cachedTokens,
      cache_write_tokens: this.#cacheWriteTokens,
      completion_tokens: this.#completionTokens,
      cost: this.#prices.size === 0 ? null : moneyAsNumber(this.#cost),
      statuses: Object.fromEntries(this.#statuses),
      faults: Object.fromEntries(this.#faults),
      effects: Object.fromEntries(this.#effects ?? []),
      timeline: this.#timeline.read(now),
      batches: {
        created: this.#batches,
        answered: this.#batchAnswers,
        custom_ids: Object.fromEntries(this.#customIds),
      },
    }
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
