/**
 * One answer, however many requests it takes: leave -> intent -> send -> outcome, again where that helps.
 *
 * Owns:   retries, and what an attempt does to the accounting, the budget and the slots.
 * Never:  stores an answer (`effects.ts` does), or chooses which cell is next.
 * Rules:
 *   E7. An intent is written before its request is sent, so that a killed process leaves no request uncounted;
 *       it is made durable by whatever is synced next. That of an effect that is never run twice is durable before it runs.
 *   F1. `wait` failures are repeated for ever; `retry` failures a few times; then the row is dropped, unless
 *       the endpoint has answered no request since the first of them: then no row is lost. The run stops, at once or when
 *       it has waited for the endpoint as long as the setting says. Requests that found out that the endpoint is still down count
 *       against no row.
 *   F2. A request that got HTTP 500 at every attempt of two processes is itself the cause: its row is dropped. Otherwise
 *       a last row that the server cannot digest would keep the dataset open for ever.
 *   F4. A request that is refused for what may be left out of it is sent without that, at once: that is no try.
 *   F3. What is marked `once` and may have run is not tried again, whatever its failure: its row is dropped.
 *   F5. A model that gives successes without an answer, and no request an answer, is none: a page, or the JSON of something else. After
 *       `enoughEmpty` of them the run stops, unless it may wait for endpoints.
 *   F6. An exhausted quota stops the run, unless the run may wait for endpoints and the quota says no later moment: then it is
 *       a `wait` until that time is over.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { AdmissionQueue, Permit } from '../../models/admission/admission-queue.ts'
import type { Standing } from '../../models/admission/window/sent.ts'
import { noUsage } from '../../models/body/body.ts'
import type { Attempt, ModelFailure, Usage } from '../../models/contract/contract.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import { attemptsMs, FIRST_DELAY_MS, retryDelayMs } from '../../models/contract/retry-delay.ts'
import { type Account, accountOf } from '../../models/wire/reply.ts'
import { countFailure, countRequest, type Ledger } from '../usage/ledger.ts'
import type { RequestHost } from './effects-host.ts'
import { type AttemptTime, type EffectKey, formatRecord, placeOfKey, rowOfKey } from './journal-records.ts'
import type { ReplayState } from './replay-state.ts'

/** Who is requested: a model's endpoint with a request, or what runs an effect. */
export interface RequestTarget {
  /** On the accounting: `provider/model`, or `kind:name`. */
  readonly name: string
  readonly queue: AdmissionQueue
  /** What it takes at most; null when it takes no tokens, and no budget applies. */
  readonly most: TokenReservation | null
  /** Requests one answer may take when it keeps failing. */
  readonly attemptsMax: number
  /** Whether its answers hold images, which are stored in files of their own. */
  readonly media: boolean
  /** Never twice (rule F3). */
  readonly once: boolean
  /** Lets it wait for a batch, if it may. @throws ParkedCell then */
  park?(key: EffectKey): void
  send(key: EffectKey, signal: AbortSignal): Promise<Attempt>
}

/** An answer, when it was requested, and what it took. */
export interface Answered {
  readonly body: string
  readonly time: AttemptTime
  readonly account: Account
}

/** Tokens of an effect that takes none. */
export const noTokens: TokenReservation = { input: 0, output: 0 }

/** So many successes without an answer (rule F5): not one request's bad luck. */
const enoughEmpty = 5

/** A request that was refused so often while others were answered is a suspect; see `admission-queue.ts`. */
const suspectAfter = 4

/** Where others are answered, less than an answer takes is long enough. */
function quickMs({ answerMs }: AdmissionQueue): number {
  return answerMs === undefined ? FIRST_DELAY_MS : Math.min(Math.max(answerMs / 4, 50), FIRST_DELAY_MS)
}

/** So many refusals in a row are chance once in a million, when so large a share of all requests is refused. */
function triesForShare(share: number): number {
  return share <= 0.01 ? 0 : Math.min(30, Math.ceil(Math.log(1e-6) / Math.log(Math.min(share + 0.1, 0.9))))
}

/** The way to one answer. */
export class RequestAttempts {
  readonly #host: RequestHost
  readonly #stored: ReplayState
  readonly #group: number
  readonly #key: EffectKey
  readonly #target: RequestTarget
  readonly #onSent: () => void
  /** The slot of the last request. */
  #permit: Permit | undefined
  /** When it first met an exhausted quota. */
  #exhaustedAt: number | undefined

  /** @param onSent called for every request that leaves */
  constructor(
    host: RequestHost,
    stored: ReplayState,
    at: { readonly group: number; readonly key: EffectKey },
    target: RequestTarget,
    onSent: () => void,
  ) {
    this.#host = host
    this.#stored = stored
    this.#group = at.group
    this.#key = at.key
    this.#target = target
    this.#onSent = onSent
  }

  /**
   * Sends until there is an answer, and returns its body, and when it was requested. Nothing may use it before it is stored.
   *
   * @throws RowsmithError what the row or the run comes to
   */
  async answer(): Promise<Answered> {
    const host = this.#host
    const { name, queue, once, attemptsMax } = this.#target
    let firstFailure: { readonly answers: number; readonly at: number } | undefined
    let refusals = 0
    for (let attempt = 1; ; ) {
      const isSuspect = refusals >= suspectAfter && queue.answers > (firstFailure?.answers ?? 0)
      const standing = refusals === 0 ? 'new' : isSuspect ? 'suspect' : 'again'
      const { ended, time, account } = await this.#send(attempt, standing)
      if (ended.kind === 'reply') return { body: ended.body, time, account }
      const { failure } = ended
      firstFailure ??= { answers: queue.answers, at: host.clock.monotonic() }
      const { code, status, maybeCharged } = failure
      this.#settle(maybeCharged)
      const text = formatRecord({
        kind: 'failed',
        group: this.#group,
        key: this.#key,
        model: name,
        code,
        status,
        maybeCharged,
        time,
      })
      await this.#note(text)
      this.#stored.records.push(text)
      if (failure.amended !== undefined) {
        this.#reportAmended(failure.amended)
        continue
      }
      const error = this.#error(failure, attempt)
      if (failure.action === 'drop' || failure.action === 'stop' || (once && maybeCharged)) throw error
      refusals++
      const isCounted = failure.action === 'retry' && !(failure.down === true && this.#permit?.probe === true)
      // What may be load is requested again for as long as the attempts took when each waited twice as long as the last.
      const leastMs = failure.load === true ? 0.4 * attemptsMs(attemptsMax) : 0
      const answered = queue.answers - firstFailure.answers
      const enough = this.#triesFor(failure, refusals, answered)
      if (isCounted && attempt >= enough) {
        if (answered > 0 || (status === 500 && this.#failedBefore)) throw error
        if (host.clock.monotonic() - firstFailure.at >= Math.max(host.endpointWaitMs, leastMs)) {
          const stopped = unreachable(name, failure, `none of ${attempt} requests`, error)
          host.stop(stopped)
          throw stopped
        }
      }
      const waitMs = retryDelayMs({
        attempt: queue.isNoisy ? Math.min(refusals, 3) : refusals,
        retryAfterMs: failure.retryAfterMs,
        key: this.#key,
        firstMs: refusals === 1 || answered > 0 ? quickMs(queue) : FIRST_DELAY_MS,
      })
      if (failure.action === 'retry')
        host.emit({ type: 'retry', ...placeOfKey(this.#key), code, attempt, waitMs })
      await host.clock.sleep(waitMs, host.stopping)
      if (isCounted) attempt = attempt < enough ? attempt + 1 : 1
    }
  }

  /** Requests that are enough to drop a row. Who saw fewer answered than refused may ask a model that others keep busy. */
  #triesFor({ load }: ModelFailure, refusals: number, answered: number): number {
    const { attemptsMax, queue } = this.#target
    const tries = Math.max(attemptsMax, triesForShare(queue.refusedShare - 1 / 50))
    return load === true && answered > 0 && answered < refusals ? 2 * tries : tries
  }

  /** Rule F5. */
  #isNoModel(): boolean {
    const { queue } = this.#target
    queue.emptySuccesses++
    return queue.answers === 0 && queue.emptySuccesses >= enoughEmpty && this.#host.endpointWaitMs === 0
  }

  #reportAmended(what: string): void {
    if (what === '') return
    const message = `${this.#target.name}: ${what}`
    this.#host.emit({ type: 'warning', code: 'schema_not_enforced', message })
  }

  /** What the answer turned out to take, for rates that count tokens. */
  used(usage: Usage): void {
    if (this.#permit !== undefined) this.#target.queue.used(this.#permit, usage)
  }

  /** Whether a former process had no better answer to any of its attempts (rule F2). */
  get #failedBefore(): boolean {
    return (this.#stored.serverErrors.get(this.#key) ?? 0) >= this.#target.attemptsMax
  }

  /** One request, from its slot to its end. */
  async #send(
    attempt: number,
    standing: Standing,
  ): Promise<{ readonly ended: Attempt; readonly time: AttemptTime; readonly account: Account }> {
    const { queue, most } = this.#target
    const { clock, stopping } = this.#host
    const caller = { most: most ?? noTokens, standing, before: this.#permit?.sent }
    const permit = await queue.take(rowOfKey(this.#key), stopping, caller)
    this.#permit = permit
    let ended: Attempt | undefined
    try {
      await this.#admit()
      const [at, began] = [clock.now(), clock.monotonic()]
      ended = await this.#sendNow(permit, attempt)
      const time = { at, ms: clock.monotonic() - began }
      return { ended, time, account: this.#reserved(ended) }
    } finally {
      queue.give(permit, ended)
    }
  }

  /** What an answer took counts before the slot goes to another request. */
  #reserved(ended: Attempt): Account {
    const { name, most } = this.#target
    if (ended.kind === 'failed' || most === null) return { usage: noUsage }
    const account = accountOf(ended.body)
    this.#host.budget.settle(name, most, account.usage)
    return account
  }

  /** A model that cannot be had stops the run before the slot goes to another request. */
  async #sendNow(permit: Permit, attempt: number): Promise<Attempt> {
    const host = this.#host
    const { name, queue, most, once } = this.#target
    const isModel = most !== null
    if (isModel) host.counts.inFlight++
    try {
      const intent = formatRecord({
        kind: 'intent',
        group: this.#group,
        key: this.#key,
        model: name,
        most: most ?? noTokens,
      })
      if (once) await host.writer.append(this.#group, intent)
      else await this.#note(intent)
      await this.#confirm()
      for (const ledger of this.#ledgers) countRequest(ledger, name, most ?? noTokens)
      if (isModel) host.counts.requestsSent++
      this.#onSent()
      queue.sent(permit)
      const ended = await this.#target.send(this.#key, host.abortInFlight)
      if (ended.kind === 'reply') return ended
      if (ended.failure.noAnswer === true && this.#isNoModel()) {
        const { failure } = ended
        const error = this.#error(failure, attempt)
        host.stop(unreachable(name, failure, `none of ${queue.emptySuccesses} requests`, error))
        return { kind: 'failed', failure: { ...failure, action: 'stop' } }
      }
      if (ended.failure.action !== 'stop') return ended
      if (this.#mayPass(ended.failure)) {
        return { kind: 'failed', failure: { ...ended.failure, action: 'wait', load: true } }
      }
      host.stop(this.#error(ended.failure, attempt))
      return ended
    } finally {
      if (isModel) host.counts.inFlight--
    }
  }

  /** Whether a quota may be full again while the run may still wait (rule F6). */
  #mayPass({ code, retryAfterMs }: ModelFailure): boolean {
    const { endpointWaitMs: patienceMs, clock } = this.#host
    if (code !== 'quota_exhausted' || patienceMs === 0) return false
    this.#exhaustedAt ??= clock.monotonic()
    return clock.monotonic() - this.#exhaustedAt + (retryAfterMs ?? 0) < patienceMs
  }

  /** Waits until the budget admits a request. One that it never will stops the run before the slot goes on. */
  async #admit(): Promise<void> {
    const { budget, stopping } = this.#host
    const { name, most } = this.#target
    if (most === null) return
    try {
      await budget.take(name, most, stopping)
    } catch (error) {
      if (RowsmithError.isInstance(error)) this.#host.stop(error)
      throw error
    }
  }

  /** A writer that was taken over sends nothing more: the run stops before the slot goes to another process (rule E13). */
  async #confirm(): Promise<void> {
    try {
      await this.#host.writer.confirm()
    } catch (error) {
      if (RowsmithError.isInstance(error)) this.#host.stop(error)
      throw error
    }
  }

  #settle(maybeCharged: boolean): void {
    const { name, most } = this.#target
    for (const ledger of this.#ledgers) countFailure(ledger, name, most ?? noTokens, maybeCharged)
    if (most !== null) this.#host.budget.settle(name, most, maybeCharged ? 'unseen' : 'nothing')
  }

  /** Those that a request is counted in: of its group, and of this process. */
  get #ledgers(): readonly Ledger[] {
    return [this.#stored.ledger, this.#host.ledger]
  }

  #note(text: string): Promise<void> {
    return this.#host.writer.note(this.#group, text)
  }

  #error(failure: ModelFailure, attempt: number): RowsmithError {
    const { name } = this.#target
    const facts = { model: name, ...placeOfKey(this.#key), status: failure.status, attempts: attempt }
    return new RowsmithError(failure.code, `${name}: ${failure.message}`, { facts })
  }
}

/** The error of a run whose endpoint answers no request. @param answered `none of 5 requests` */
export function unreachable(
  name: string,
  failure: ModelFailure,
  answered: string,
  cause?: RowsmithError,
): RowsmithError {
  return new RowsmithError('endpoint_unreachable', `${name} answered ${answered}: ${failure.message}`, {
    facts: cause?.facts ?? { model: name, status: failure.status },
    cause,
  })
}
