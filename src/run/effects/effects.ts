/**
 * Paying once: every model answer, and every result of another effect, passes through here on its way to the cell.
 *
 * Owns:   effect keys, stored answers, the order send -> reply frame -> durable -> used. How one is sent is `request-attempts.ts`.
 * Never:  chooses which cell is next.
 * Rules:
 *   E3. A cell gets the answer decoded from what the journal holds, whether it was requested now or long ago.
 *   P1. An answer is used only once its frame is durable. Its images are files, durable before it.
 *   E10. What is marked `once` is not run where it may have run before: an intent without an outcome, or an outcome
 *        that does not say it, costs the row.
 *   E9. What is not stored here but in a dataset this one takes answers from is appended to our own journal, and durable,
 *       before it is used: that dataset may be deleted tomorrow. It is in no usage of this dataset.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Random } from '../../base/numbers/random.ts'
import { parseJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { CallsUser, Requests } from '../../columns/column/column.ts'
import { readBody } from '../../models/body/body.ts'
import { detachMedia, mediaIn } from '../../models/body/detached-media.ts'
import type {
  ChatPrompt,
  EmbeddingPrompt,
  EmbeddingReply,
  ImagePrompt,
  ImageReply,
  ModelReply,
  ModelRequest,
  Prompt,
  StructuredMode,
} from '../../models/contract/contract.ts'
import { type Effect, effectAttempt, effectName } from '../../models/contract/effect.ts'
import { effectHash, requestHash } from '../../models/contract/request-hash.ts'
import { reserveTokens } from '../../models/contract/request-size.ts'
import { isReplyTo, readEmbeddingReply, readImageReply, readReply } from '../../models/wire/reply.ts'
import { withinTime } from '../../tools/call/deadline.ts'
import type { Toolbox } from '../../tools/toolbox/toolbox.ts'
import { countRequested, countReusedAnswers } from '../usage/column-answers.ts'
import { countAnswered, countReused, type Ledger } from '../usage/ledger.ts'
import type { EffectsHost } from './effects-host.ts'
import { cellOfKey, type EffectKey, effectKey, formatRecord } from './journal-records.ts'
import type { ReplayState, ReusableAnswer } from './replay-state.ts'
import { type Answered, noTokens, RequestAttempts, type RequestTarget } from './request-attempts.ts'
import { callsOf, underWay } from './user-call.ts'

/** A cell's way to ask. One object per attempt to make the cell, since occurrences count within it (rule E1). */
export class CellEffects {
  /** Requests sent for this cell, and effects run, by this process. */
  requestsSent = 0
  /** Its model is requested by batches. */
  isBatched = false
  /** Answers that this cell got. */
  answers = 0
  /** Of them: those that a former process paid for. */
  repliesReplayed = 0
  readonly #host: EffectsHost
  readonly #stored: ReplayState
  readonly #group: number
  readonly row: number
  readonly #column: string
  /** Its requests may wait for a batch. */
  readonly #batched: boolean
  readonly #occurrences = new Map<string, number>()
  #performing = 0
  #onFirst: (() => void) | undefined

  /** @param onFirst called when the cell requests the first time */
  constructor(
    host: EffectsHost,
    stored: ReplayState,
    at: { group: number; row: number; column: string; batched?: boolean },
    onFirst: () => void = () => {},
  ) {
    this.#onFirst = onFirst
    this.#host = host
    this.#stored = stored
    this.#group = at.group
    this.row = at.row
    this.#column = at.column
    this.#batched = at.batched ?? false
  }

  /** See `ModelCell.ask`. */
  async request(
    alias: string,
    { formerMessages, ...prompt }: ChatPrompt,
    random: Random,
  ): Promise<ModelReply> {
    const maxTokens = this.#stored.retryNumbers.answerTokens(this.row, this.#column)
    const limit = maxTokens === undefined ? {} : { maxTokens }
    const request = { kind: 'chat', ...prompt, ...limit } as const
    const earlier = formerMessages === undefined ? undefined : { ...request, messages: formerMessages }
    const body = await this.#request(alias, request, random, earlier)
    return readReply(body, this.#host.models.thoughtTags(alias))
  }

  /** See `ModelCell.embed`. */
  async embed(alias: string, prompt: EmbeddingPrompt, random: Random): Promise<EmbeddingReply> {
    return readEmbeddingReply(await this.#request(alias, { kind: 'embedding', ...prompt }, random))
  }

  /** See `ModelCell.image`. */
  async image(alias: string, { formerPrompt, ...prompt }: ImagePrompt, random: Random): Promise<ImageReply> {
    const request = { kind: 'image', ...prompt } as const
    const earlier = formerPrompt === undefined ? undefined : { ...request, prompt: formerPrompt }
    return readImageReply(await this.#request(alias, request, random, earlier))
  }

  structuredMode(alias: string): StructuredMode {
    return this.#host.models.structuredMode(alias)
  }

  /** See `ModelCell.tools`. */
  tools(alias: string): Toolbox {
    return this.#host.toolbox(alias)
  }

  /** See `ModelCell.call`. Within an effect, that is what is under way. */
  call: CallsUser = (timeoutMs, work) => {
    const host = this.#host
    return this.#performing > 0
      ? withinTime(host.clock, timeoutMs, host.abortInFlight, work)
      : callsOf(host, this.#column)(timeoutMs, work)
  }

  /** See `ModelCell.perform`. */
  async perform(effect: Effect): Promise<Value> {
    const host = this.#host
    const name = effectName(effect)
    const body = await this.#body(
      [effectHash(effect)],
      () => ({
        name,
        queue: host.gate(effect.gate ?? { name, limit: Number.POSITIVE_INFINITY }),
        most: null,
        attemptsMax: effect.attemptsMax ?? host.attemptsMax,
        once: effect.once ?? false,
        media: false,
        send: (key, signal) =>
          underWay(host, name, async () => {
            this.#performing++
            try {
              return effectAttempt(await host.perform(effect, key, signal))
            } finally {
              this.#performing--
            }
          }),
      }),
      effect.kind === 'function',
    )
    return parseJson(body)
  }

  /** @param earlier what an earlier Rowsmith requested in its place, with the same parameters */
  #request(alias: string, prompt: Prompt, random: Random, earlier?: Prompt): Promise<string> {
    const host = this.#host
    const draws: number[] = []
    const request = host.models.request(alias, prompt, () =>
      present(draws[draws.push(random.float()) - 1], 'draws'),
    )
    let used = 0
    const before =
      earlier === undefined
        ? undefined
        : host.models.request(alias, earlier, () => present(draws[used++], 'random numbers of waits'))
    const hashes = [request, ...(before === undefined ? [] : [before])].map(requestHash)
    return this.#body(hashes, () => {
      const endpoint = host.models.endpoint(alias)
      return {
        name: `${endpoint.provider}/${endpoint.model}`,
        queue: host.queue(endpoint),
        most: reserveTokens(request),
        attemptsMax: host.attemptsMax,
        once: false,
        media: prompt.kind === 'image',
        park: (key) => this.#park(alias, request, key),
        send: (effectKey, signal) => endpoint.send(request, { effectKey, signal }),
      }
    })
  }

  /**
   * The body stored under the hash, or a new one from the model.
   *
   * @param hashes that of the request; behind it that of a former one, whose answer counts where it is stored
   * @param settles what the cell requested in addition, it requested to get this one
   */
  async #body(hashes: readonly string[], target: () => RequestTarget, settles = false): Promise<string> {
    this.#onFirst?.()
    this.#onFirst = undefined
    const key = this.#keyOf(hashes)
    const stored = this.#stored.answers.get(key)
    if (stored !== undefined && (await this.#hasMedia(stored))) {
      this.#stored.answers.delete(key)
      if (settles) this.#stored.settled.add(cellOfKey(key))
      this.answers++
      this.repliesReplayed++
      if (this.#host.countsReplays ?? true) {
        this.#host.counts.repliesReplayed++
        this.#host.answersOf(this.#column).replayed++
      }
      return stored
    }
    const reused = this.#stored.reused.get(key)
    if (reused !== undefined && (await this.#takeMedia(reused))) return this.#reuse(key, reused)
    this.#requireRetried()
    return this.#send(key, target())
  }

  /** The next key of the first hash; of another one, where an answer is stored under it. */
  #keyOf([hash = '', ...earlier]: readonly string[]): EffectKey {
    const retry = this.#stored.retryNumbers.of(this.row, this.#column)
    const nextOf = (each: string): EffectKey =>
      effectKey(this.row, this.#column, each, this.#occurrences.get(each) ?? 0, retry)
    const isStored = (key: EffectKey): boolean =>
      this.#stored.answers.has(key) || this.#stored.reused.has(key)
    const chosen = earlier.find((each) => isStored(nextOf(each))) ?? hash
    const key = nextOf(chosen)
    this.#occurrences.set(chosen, (this.#occurrences.get(chosen) ?? 0) + 1)
    return key
  }

  /** What was published is requested again only in rows that a retry names: otherwise good values would be requested, and altered (P6). */
  #requireRetried(): void {
    const { published, retryNumbers } = this.#stored
    if (published === null || retryNumbers.namesAfter(this.row, published.retried)) return
    const message = `An answer of row ${this.row}, column "${this.#column}" is not stored any more: its row group cannot be retried`
    const error = new RowsmithError('answers_missing', message, {
      facts: { row: this.row, column: this.#column },
    })
    this.#host.stop(error)
    throw error
  }

  /** @throws ParkedCell when the answer comes with a batch */
  #park(alias: string, request: ModelRequest, key: EffectKey): void {
    const { batches, budget } = this.#host
    if (!this.#batched || batches === undefined) return
    this.isBatched = batches.gathers(alias)
    const most = reserveTokens(request)
    const isFirst = this.answers === 0
    const fits = (model: string): boolean => budget.park(model, most)
    batches.park({ alias, request, group: this.#group, key, most, isFirst, fits })
  }

  async #send(key: EffectKey, target: RequestTarget): Promise<string> {
    const { name, once } = target
    target.park?.(key)
    if (once && this.#stored.maybeExecuted.has(key)) {
      const message = `${name} may have run for this row before, and what it gave is lost`
      throw new RowsmithError('effect_uncertain', message, {
        facts: { effect: name, column: this.#column, row: this.row },
      })
    }
    const attempts = new RequestAttempts(
      this.#host,
      this.#stored,
      { group: this.#group, key },
      target,
      () => {
        this.requestsSent++
      },
    )
    return this.#store(key, target, await this.#host.answer(key, () => attempts.answer()), attempts)
  }

  /** Whether the files are there that stand for images of a stored answer: without them it is none. */
  async #hasMedia(body: string): Promise<boolean> {
    for (const { sha256 } of mediaIn(body)) {
      if (!(await this.#host.writer.media.has(sha256, this.#group))) return false
    }
    return true
  }

  /** Makes the media of a reused answer those of this dataset. @returns false when it lacks one */
  async #takeMedia({ body, media }: ReusableAnswer): Promise<boolean> {
    for (const { sha256 } of mediaIn(body)) {
      if (await this.#host.writer.media.has(sha256, this.#group)) continue
      const bytes = await media?.read(sha256)
      if (bytes === undefined) return false
      await this.#host.writer.media.store(bytes, this.#group)
    }
    return true
  }

  /** The answer with marks in place of its images, if it can be read like that: what is stored must be. */
  async #withoutMedia(answered: string): Promise<string> {
    const body = await detachMedia(answered, (bytes) => this.#host.writer.media.store(bytes, this.#group))
    return isReplyTo('image', readBody(body) ?? {}) ? body : answered
  }

  /** Makes an answer durable: its media first, then itself. */
  async #store(
    key: EffectKey,
    target: RequestTarget,
    { body: answered, time, account }: Answered,
    attempts: RequestAttempts,
  ): Promise<string> {
    const host = this.#host
    const { name, most, media } = target
    const body = media ? await this.#withoutMedia(answered) : answered
    const text = formatRecord({ kind: 'reply', group: this.#group, key, model: name, time, body })
    await host.writer.append(this.#group, text)
    const { usage } = account
    for (const ledger of this.#ledgers) countAnswered(ledger, name, most ?? noTokens, account)
    if (account.unknownEnd !== undefined) this.#warnUnknownEnd(name, account.unknownEnd)
    if (most !== null && usage.usageUnknown === true) host.reportUnknownUsage(name, most)
    else if (most !== null) attempts.used(usage)
    host.counts.inputTokens += usage.inputTokens
    host.counts.outputTokens += usage.outputTokens
    this.answers++
    countRequested(host.answersOf(this.#column), name, usage)
    this.#stored.records.push(text)
    this.#stored.tokens?.add(key, name, usage)
    return body
  }

  /** A warning at the first, the tenth, the hundredth of a model: `rowsmith status` has the count. */
  #warnUnknownEnd(name: string, reason: string | null): void {
    const count = this.#host.ledger.get(name)?.unknown_ends ?? 1
    if (!Number.isInteger(Math.log10(count))) return
    const said =
      reason === null
        ? 'without a finish reason'
        : `with finish reason ${JSON.stringify(reason.slice(0, 60))}`
    const what = count === 1 ? 'an answer ended' : `${count} answers ended like this, the last one`
    const message = `${name}: ${what} ${said}, which is unknown: the answer counts, and may be incomplete. \`rowsmith retry DATASET_DIR --finish-reason unknown\` requests it again`
    this.#host.emit({ type: 'warning', code: 'unknown_finish_reason', message })
  }

  /** Makes an answer of another dataset our own, and returns its body once that is durable (rule E9). */
  async #reuse(key: EffectKey, { model, body }: ReusableAnswer): Promise<string> {
    const host = this.#host
    const text = formatRecord({ kind: 'reused', group: this.#group, key, model, body })
    await host.writer.append(this.#group, text)
    for (const ledger of this.#ledgers) countReused(ledger, model)
    this.answers++
    host.counts.repliesReused++
    const usage = countReusedAnswers(host.answersOf(this.#column), model, body)
    this.#stored.records.push(text)
    this.#stored.tokens?.add(key, model, usage)
    return body
  }

  /** Those that an effect is counted in: of its group, and of this process. */
  get #ledgers(): readonly Ledger[] {
    return [this.#stored.ledger, this.#host.ledger]
  }
}

/**
 * What a column gets to work with.
 *
 * @param alias the model when it names none
 */
export function requestsOf(effects: CellEffects, alias: string | undefined, random: Random): Requests {
  const named = (given: string | undefined): string => {
    const found = given ?? alias
    if (found !== undefined) return found
    throw new RowsmithError('internal', 'A column without a model alias sent a request.')
  }
  return {
    random,
    request: async (prompt, given) => effects.request(named(given), prompt, random),
    embed: async (prompt, given) => effects.embed(named(given), prompt, random),
    image: async (prompt, given) => effects.image(named(given), prompt, random),
    structuredMode: (given) => effects.structuredMode(named(given)),
    perform: (effect) => effects.perform(effect),
    tools: (given) => effects.tools(given),
    call: effects.call,
  }
}
