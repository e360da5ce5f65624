/**
 * Paying once: every model answer passes through here, on its way from the endpoint to the cell.
 *
 * Owns:   effect keys, kept answers, the order intent -> send -> reply frame -> durable -> used, retries.
 * Never:  chooses which cell asks next, or parses what was answered.
 * Rules:
 *   E3. A cell gets the answer decoded from what the journal holds, whether it was bought now or long ago.
 *   E7. An intent is written before its request is sent, so that a killed process leaves no request uncounted;
 *       it is made durable by whatever is synced next.
 *   P1. An answer is used only once its frame is durable.
 *   F1. `wait` failures are repeated for ever; `retry` failures `attemptsMax` times; then the row is dropped, unless
 *       the endpoint has answered nobody meanwhile: then the run stops, and no row is lost.
 */
import type { Clock } from '../base/clock.ts'
import { RowsmithError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import type { AskingCell } from '../columns/column.ts'
import type { Journal } from '../journal/journal.ts'
import type {
  ChatPrompt,
  ChatRequest,
  Endpoint,
  ModelFailure,
  ModelReply,
  Models,
} from '../models/contract.ts'
import { readReply } from '../models/reply.ts'
import { requestHash } from '../models/request-hash.ts'
import { retryDelayMs } from '../models/retry-delay.ts'
import type { Slots } from '../models/slots.ts'
import type { RunEvent } from './events.ts'
import { type EffectKey, effectKey, formatFrame } from './frames.ts'
import type { KeptGroup } from './kept.ts'
import { countFailure, countReply, countRequest } from './ledger.ts'

/** Requests one answer may take when the endpoint keeps failing. */
const attemptsMax = 5

/** What effects need from the run they are part of. */
export interface EffectsHost {
  readonly clock: Clock
  readonly journal: Journal
  readonly models: Models
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
}

export interface EffectCounts {
  requestsSent: number
  inFlight: number
  repliesReplayed: number
  inputTokens: number
  outputTokens: number
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
      return readReply(kept)
    }
    return readReply(await this.#buy(key, request, this.#host.models.endpoint(alias)))
  }

  /** Sends until there is an answer, and returns its body once it is durable. */
  async #buy(key: EffectKey, request: ChatRequest, endpoint: Endpoint): Promise<string> {
    const host = this.#host
    const slots = host.slots(endpoint)
    const model = `${endpoint.provider}/${endpoint.model}`
    const answersBefore = slots.answers
    for (let attempt = 1; ; attempt++) {
      host.stopping.throwIfAborted()
      await slots.take(this.#row, host.stopping)
      let body: string | undefined
      let failure: ModelFailure | undefined
      host.counts.inFlight++
      try {
        await host.journal.note(this.#group, formatFrame({ kind: 'intent', group: this.#group, key, model }))
        countRequest(this.#kept.ledger, model)
        host.counts.requestsSent++
        this.requestsSent++
        const ended = await endpoint.send(request, { effectKey: key, signal: host.giveUp })
        if (ended.kind === 'reply') body = ended.body
        else failure = ended.failure
      } finally {
        host.counts.inFlight--
        if (body !== undefined) slots.answers++
        slots.give()
      }
      if (body !== undefined) return this.#keep(key, model, body)
      await this.#afterFailure(failure!, {
        key,
        model,
        attempt,
        slots,
        answeredMeanwhile: slots.answers > answersBefore,
      })
      if (failure!.verdict === 'wait') attempt--
    }
  }

  async #keep(key: EffectKey, model: string, body: string): Promise<string> {
    const host = this.#host
    const text = formatFrame({ kind: 'reply', group: this.#group, key, model, body })
    await host.journal.append(this.#group, text)
    const { usage } = readReply(body)
    countReply(this.#kept.ledger, model, usage)
    host.counts.inputTokens += usage.inputTokens
    host.counts.outputTokens += usage.outputTokens
    this.#kept.frames.push(text)
    return body
  }

  /** Returns when the request may be sent again; throws when it may not (rule F1). */
  async #afterFailure(
    failure: ModelFailure,
    tried: { key: EffectKey; model: string; attempt: number; slots: Slots; answeredMeanwhile: boolean },
  ): Promise<void> {
    const host = this.#host
    const { key, model, attempt } = tried
    countFailure(this.#kept.ledger, model)
    await host.journal.note(
      this.#group,
      formatFrame({ kind: 'failed', group: this.#group, key, model, code: failure.code }),
    )
    const facts = { model, column: this.#column, row: this.#row, status: failure.status, attempts: attempt }
    const error = new RowsmithError(failure.code, failure.message, { facts })
    switch (failure.verdict) {
      case 'stop':
        host.stop(error)
        throw error
      case 'drop':
        throw error
      case 'wait':
      case 'retry': {
        if (failure.verdict === 'retry' && attempt >= attemptsMax) {
          if (tried.answeredMeanwhile) throw error
          const stopped = new RowsmithError(
            'endpoint_unreachable',
            `${model} answered none of ${attempt} requests: ${failure.message}`,
            { facts, cause: error },
          )
          host.stop(stopped)
          throw stopped
        }
        const waitMs = retryDelayMs({ attempt, retryAfterMs: failure.retryAfterMs, key })
        if (failure.verdict === 'wait') {
          tried.slots.coolDown(host.clock.monotonic() + waitMs)
          host.emit({ type: 'rate-limited', model, waitMs })
        } else {
          host.emit({
            type: 'retry',
            row: this.#row,
            column: this.#column,
            code: failure.code,
            attempt,
            waitMs,
          })
          await host.clock.sleep(waitMs, host.stopping)
        }
      }
    }
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
