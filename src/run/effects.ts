/**
 * Paying once: every model answer passes through here, on its way from the endpoint to the cell.
 *
 * Owns:   effect keys, kept answers, the order leave -> intent -> send -> reply frame -> durable -> used, retries.
 * Never:  chooses which cell asks next, or parses what was answered.
 * Rules:
 *   E3. A cell gets the answer decoded from what the journal holds, whether it was bought now or long ago.
 *   E7. An intent is written before its request is sent, so that a killed process leaves no request uncounted;
 *       it is made durable by whatever is synced next.
 *   P1. An answer is used only once its frame is durable.
 *   E9. What is not kept here but in a dataset this one takes answers from is appended to our own journal, and durable,
 *       before it is used: that dataset may be gone tomorrow. It is on no bill of ours.
 *   F1. `wait` failures are repeated for ever; `retry` failures `attemptsMax` times; then the row is dropped, unless
 *       the endpoint has answered nobody since the first of them: then the run stops, and no row is lost.
 *   F2. A request that got HTTP 500 at every attempt of two processes is itself the cause: its row is dropped. Otherwise
 *       a last row that the server cannot digest would keep the dataset open for ever.
 */
import type { Clock } from '../base/clock.ts'
import { RowsmithError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import type { AskingCell } from '../columns/column.ts'
import type { TakesEffects } from '../journal/journal.ts'
import type {
  Attempt,
  ChatPrompt,
  ChatRequest,
  Endpoint,
  ModelFailure,
  ModelReply,
  Models,
} from '../models/contract.ts'
import { readReply } from '../models/reply.ts'
import { requestHash } from '../models/request-hash.ts'
import { type MostTokens, mostTokens } from '../models/request-size.ts'
import { retryDelayMs } from '../models/retry-delay.ts'
import type { Slots } from '../models/slots.ts'
import type { Budget } from './budget.ts'
import type { RunEvent } from './events.ts'
import { type EffectKey, effectKey, formatFrame } from './frames.ts'
import type { InheritedAnswer, KeptGroup } from './kept.ts'
import { countFailure, countReply, countRequest, countReused, type Ledger } from './ledger.ts'

/** Requests one answer may take when the endpoint keeps failing. */
const attemptsMax = 5

/** What effects need from the run they are part of. */
export interface EffectsHost {
  readonly clock: Clock
  readonly journal: TakesEffects
  readonly models: Models
  /** Asked before every request. */
  readonly budget: Budget
  /** What this process asked and got. */
  readonly ledger: Ledger
  slots(endpoint: Endpoint): Slots
  emit(event: RunEvent): void
  /** Fires when no new request may be sent; the reason is the error that ends the run. */
  readonly stopping: AbortSignal
  /** Fires when requests in flight are given up too. */
  readonly giveUp: AbortSignal
  /** Ends the run: no row can be had until somebody mends this. */
  stop(error: RowsmithError): void
  /** Counts for the progress line. */
  readonly counts: EffectCounts
  /** Answers a column got so far, by where they came from. */
  answersOf(column: string): AnswerCounts
}

export interface EffectCounts {
  requestsSent: number
  inFlight: number
  repliesReplayed: number
  repliesReused: number
  inputTokens: number
  outputTokens: number
}

/** Answers of this process: bought, kept by a former process, or taken from another dataset. */
export interface AnswerCounts {
  bought: number
  replayed: number
  reused: number
}

/** A request on its way. */
interface Sending {
  readonly key: EffectKey
  readonly request: ChatRequest
  readonly endpoint: Endpoint
  readonly slots: Slots
  readonly model: string
  readonly most: MostTokens
  /** Counts rate limits too: each makes the next wait longer. */
  readonly attempt: number
}

/** A cell's way to ask. One object per attempt to make the cell, since occurrences count within it (rule E1). */
export class CellEffects {
  /** Requests sent for this cell, by this process. */
  requestsSent = 0
  readonly #host: EffectsHost
  readonly #kept: KeptGroup
  readonly #group: number
  readonly #row: number
  readonly #column: string
  readonly #occurrences = new Map<string, number>()

  constructor(host: EffectsHost, kept: KeptGroup, at: { group: number; row: number; column: string }) {
    this.#host = host
    this.#kept = kept
    this.#group = at.group
    this.#row = at.row
    this.#column = at.column
  }

  /** See `AskingCell.ask`. */
  async ask(alias: string, prompt: ChatPrompt, random: Random): Promise<ModelReply> {
    const request = this.#host.models.request(alias, prompt, () => random.float())
    const hash = requestHash(request)
    const occurrence = this.#occurrences.get(hash) ?? 0
    this.#occurrences.set(hash, occurrence + 1)
    const key = effectKey(this.#row, this.#column, hash, occurrence)
    const kept = this.#kept.replies.get(key)
    if (kept !== undefined) {
      this.#kept.replies.delete(key)
      this.#host.counts.repliesReplayed++
      this.#host.answersOf(this.#column).replayed++
      return readReply(kept)
    }
    const inherited = this.#kept.inherited.get(key)
    if (inherited !== undefined) return readReply(await this.#takeOver(key, inherited))
    return readReply(await this.#buy(key, request, this.#host.models.endpoint(alias)))
  }

  /** Sends until there is an answer, and returns its body once it is durable. */
  async #buy(key: EffectKey, request: ChatRequest, endpoint: Endpoint): Promise<string> {
    const host = this.#host
    const slots = host.slots(endpoint)
    const model = `${endpoint.provider}/${endpoint.model}`
    const most = mostTokens(request)
    let answersAtFirstFailure: number | undefined
    let rateLimits = 0
    for (let attempt = 1; ; ) {
      const ended = await this.#send({
        key,
        request,
        endpoint,
        slots,
        model,
        most,
        attempt: attempt + rateLimits,
      })
      if (ended.kind === 'reply') return this.#keep(key, model, most, ended.body)
      const { failure } = ended
      answersAtFirstFailure ??= slots.answers
      const { code, status, perhapsPaid } = failure
      for (const ledger of this.#ledgers) countFailure(ledger, model, most, perhapsPaid)
      host.budget.settle(model, most, perhapsPaid ? 'unseen' : 'nothing')
      await this.#note(
        formatFrame({ kind: 'failed', group: this.#group, key, model, code, status, perhapsPaid }),
      )
      const error = this.#error(failure, model, attempt)
      if (failure.verdict === 'drop' || failure.verdict === 'stop') throw error
      if (failure.verdict === 'wait') {
        rateLimits++
        continue
      }
      if (attempt >= attemptsMax) {
        if (slots.answers > answersAtFirstFailure || (status === 500 && this.#failedBefore(key))) throw error
        const message = `${model} answered none of ${attempt} requests: ${failure.message}`
        const stopped = new RowsmithError('endpoint_unreachable', message, {
          facts: error.facts,
          cause: error,
        })
        host.stop(stopped)
        throw stopped
      }
      const waitMs = retryDelayMs({ attempt, retryAfterMs: failure.retryAfterMs, key })
      host.emit({ type: 'retry', row: this.#row, column: this.#column, code, attempt, waitMs })
      await host.clock.sleep(waitMs, host.stopping)
      attempt++
    }
  }

  /** Whether a former process had no better answer to any of its attempts (rule F2). */
  #failedBefore(key: EffectKey): boolean {
    return (this.#kept.serverErrors.get(key) ?? 0) >= attemptsMax
  }

  /** One request, from its slot to its end. */
  async #send(sending: Sending): Promise<Attempt> {
    const { slots, model, most } = sending
    await slots.take(this.#row, this.#host.stopping)
    try {
      await this.#leave(model, most)
      return await this.#sendNow(sending)
    } finally {
      slots.give()
    }
  }

  /**
   * What must be known before the slot goes to somebody else is done here: a model that rate-limits cools down, one that
   * cannot be had stops the run.
   */
  async #sendNow(sending: Sending): Promise<Attempt> {
    const { key, request, endpoint, slots, model, most, attempt } = sending
    const host = this.#host
    host.counts.inFlight++
    try {
      await this.#note(formatFrame({ kind: 'intent', group: this.#group, key, model, most }))
      for (const ledger of this.#ledgers) countRequest(ledger, model, most)
      host.counts.requestsSent++
      this.requestsSent++
      const ended = await endpoint.send(request, { effectKey: key, signal: host.giveUp })
      if (ended.kind === 'reply') slots.answers++
      else if (ended.failure.verdict === 'stop') host.stop(this.#error(ended.failure, model, attempt))
      else if (ended.failure.verdict === 'wait') {
        const waitMs = retryDelayMs({ attempt, retryAfterMs: ended.failure.retryAfterMs, key })
        slots.coolDown(host.clock.monotonic() + waitMs)
        host.emit({ type: 'rate-limited', model, waitMs })
      }
      return ended
    } finally {
      host.counts.inFlight--
    }
  }

  /** Waits until the budget admits a request. One that it never will stops the run before the slot goes on. */
  async #leave(model: string, most: MostTokens): Promise<void> {
    const { budget, stopping } = this.#host
    try {
      await budget.take(model, most, stopping)
    } catch (error) {
      if (RowsmithError.isInstance(error)) this.#host.stop(error)
      throw error
    }
  }

  /** Those that an effect is counted in: of its group, and of this process. */
  get #ledgers(): readonly Ledger[] {
    return [this.#kept.ledger, this.#host.ledger]
  }

  async #keep(key: EffectKey, model: string, most: MostTokens, body: string): Promise<string> {
    const host = this.#host
    const text = formatFrame({ kind: 'reply', group: this.#group, key, model, body })
    await host.journal.append(this.#group, text)
    const { usage } = readReply(body)
    for (const ledger of this.#ledgers) countReply(ledger, model, most, usage)
    host.budget.settle(model, most, usage)
    host.counts.inputTokens += usage.inputTokens
    host.counts.outputTokens += usage.outputTokens
    host.answersOf(this.#column).bought++
    this.#kept.frames.push(text)
    return body
  }

  /** Makes an answer of another dataset our own, and returns its body once that is durable (rule E9). */
  async #takeOver(key: EffectKey, { model, body }: InheritedAnswer): Promise<string> {
    const host = this.#host
    const text = formatFrame({ kind: 'reused', group: this.#group, key, model, body })
    await host.journal.append(this.#group, text)
    for (const ledger of this.#ledgers) countReused(ledger, model)
    host.counts.repliesReused++
    host.answersOf(this.#column).reused++
    this.#kept.frames.push(text)
    return body
  }

  #note(text: string): Promise<void> {
    return this.#host.journal.note(this.#group, text)
  }

  #error(failure: ModelFailure, model: string, attempt: number): RowsmithError {
    const facts = { model, column: this.#column, row: this.#row, status: failure.status, attempts: attempt }
    return new RowsmithError(failure.code, `${model}: ${failure.message}`, { facts })
  }
}

/** What a column gets to work with. */
export function askingCell(
  effects: CellEffects,
  alias: string,
  row: AskingCell['row'],
  random: Random,
): AskingCell {
  return { row, random, ask: (prompt) => effects.ask(alias, prompt, random) }
}
