/**
 * Paying once: every model answer, and every result of another effect, passes through here on its way to the cell.
 *
 * Owns:   effect keys, kept answers, the order send -> reply frame -> durable -> used. How one is sent is `sending.ts`.
 * Never:  chooses which cell asks next.
 * Rules:
 *   E3. A cell gets the answer decoded from what the journal holds, whether it was bought now or long ago.
 *   P1. An answer is used only once its frame is durable. Its images are files, durable before it.
 *   E10. What is marked `once` is not run where it may have run before: an intent without an outcome, or an outcome
 *        that does not tell, costs the row.
 *   E9. What is not kept here but in a dataset this one takes answers from is appended to our own journal, and durable,
 *       before it is used: that dataset may be gone tomorrow. It is on no bill of ours.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Random } from '../../base/numbers/random.ts'
import { parseJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { Asking, CallsUser } from '../../columns/column/column.ts'
import { readBody } from '../../models/body/body.ts'
import { detachMedia, mediaIn } from '../../models/body/detached-media.ts'
import type {
  ChatPrompt,
  EmbeddingPrompt,
  EmbeddingReply,
  ImagePrompt,
  ImageReply,
  ModelReply,
  Prompt,
  StructuredMode,
} from '../../models/contract/contract.ts'
import { type Effect, effectAttempt, effectName } from '../../models/contract/effect.ts'
import { effectHash, requestHash } from '../../models/contract/request-hash.ts'
import { mostTokens } from '../../models/contract/request-size.ts'
import { isReplyTo, readEmbeddingReply, readImageReply, readReply } from '../../models/wire/reply.ts'
import { withinTime } from '../../tools/call/deadline.ts'
import type { Toolbox } from '../../tools/toolbox/toolbox.ts'
import { countBought, countTakenOver } from '../bill/column-answers.ts'
import { countReply, countReused, type Ledger } from '../bill/ledger.ts'
import type { EffectsHost } from './effects-host.ts'
import { cellOfKey, type EffectKey, effectKey, formatFrame } from './frames.ts'
import type { InheritedAnswer, KeptGroup } from './kept.ts'
import { type Answered, noTokens, type Responder, Sending } from './sending.ts'
import { callsOf, underWay } from './user-call.ts'

/** A cell's way to ask. One object per attempt to make the cell, since occurrences count within it (rule E1). */
export class CellEffects {
  /** Requests sent for this cell, and effects run, by this process. */
  requestsSent = 0
  /** Answers that this cell got. */
  answers = 0
  /** Of them: those that a former process paid for. */
  repliesReplayed = 0
  readonly #host: EffectsHost
  readonly #kept: KeptGroup
  readonly #group: number
  readonly row: number
  readonly #column: string
  readonly #occurrences = new Map<string, number>()
  #performing = 0
  #onFirst: (() => void) | undefined

  /** @param onFirst called when the cell asks for the first time */
  constructor(
    host: EffectsHost,
    kept: KeptGroup,
    at: { group: number; row: number; column: string },
    onFirst: () => void = () => {},
  ) {
    this.#onFirst = onFirst
    this.#host = host
    this.#kept = kept
    this.#group = at.group
    this.row = at.row
    this.#column = at.column
  }

  /** See `AskingCell.ask`. */
  async ask(alias: string, { formerMessages, ...prompt }: ChatPrompt, random: Random): Promise<ModelReply> {
    const maxTokens = this.#kept.rounds.answerTokens(this.row, this.#column)
    const limit = maxTokens === undefined ? {} : { maxTokens }
    const asked = { kind: 'chat', ...prompt, ...limit } as const
    const former = formerMessages === undefined ? undefined : { ...asked, messages: formerMessages }
    const body = await this.#request(alias, asked, random, former)
    return readReply(body, this.#host.models.thoughtTags(alias))
  }

  /** See `AskingCell.embed`. */
  async embed(alias: string, prompt: EmbeddingPrompt, random: Random): Promise<EmbeddingReply> {
    return readEmbeddingReply(await this.#request(alias, { kind: 'embedding', ...prompt }, random))
  }

  /** See `AskingCell.image`. */
  async image(alias: string, { formerPrompt, ...prompt }: ImagePrompt, random: Random): Promise<ImageReply> {
    const asked = { kind: 'image', ...prompt } as const
    const former = formerPrompt === undefined ? undefined : { ...asked, prompt: formerPrompt }
    return readImageReply(await this.#request(alias, asked, random, former))
  }

  structuredMode(alias: string): StructuredMode {
    return this.#host.models.structuredMode(alias)
  }

  /** See `AskingCell.tools`. */
  tools(alias: string): Toolbox {
    return this.#host.toolbox(alias)
  }

  /** See `AskingCell.call`. Within an effect, that is what is under way. */
  call: CallsUser = (timeoutMs, work) => {
    const host = this.#host
    return this.#performing > 0
      ? withinTime(host.clock, timeoutMs, host.giveUp, work)
      : callsOf(host, this.#column)(timeoutMs, work)
  }

  /** See `AskingCell.perform`. */
  async perform(effect: Effect): Promise<Value> {
    const host = this.#host
    const name = effectName(effect)
    const body = await this.#body(
      [effectHash(effect)],
      () => ({
        name,
        slots: host.gate(effect.gate ?? { name, limit: Number.POSITIVE_INFINITY }),
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

  /** @param former what an earlier Rowsmith asked in its place, with the same parameters */
  #request(alias: string, prompt: Prompt, random: Random, former?: Prompt): Promise<string> {
    const host = this.#host
    const draws: number[] = []
    const request = host.models.request(alias, prompt, () => draws[draws.push(random.float()) - 1]!)
    const again = draws.values()
    const before =
      former === undefined ? undefined : host.models.request(alias, former, () => again.next().value!)
    const hashes = [request, ...(before === undefined ? [] : [before])].map(requestHash)
    return this.#body(hashes, () => {
      const endpoint = host.models.endpoint(alias)
      return {
        name: `${endpoint.provider}/${endpoint.model}`,
        slots: host.slots(endpoint),
        most: mostTokens(request),
        attemptsMax: host.attemptsMax,
        once: false,
        media: prompt.kind === 'image',
        send: (effectKey, signal) => endpoint.send(request, { effectKey, signal }),
      }
    })
  }

  /**
   * The body kept under the hash, or a new one from whoever can be asked.
   *
   * @param hashes that of the request; behind it that of a former one, whose answer counts where it is kept
   * @param settles what the cell asked for besides, it asked for to get this one
   */
  async #body(hashes: readonly string[], responder: () => Responder, settles = false): Promise<string> {
    this.#onFirst?.()
    this.#onFirst = undefined
    const key = this.#keyOf(hashes)
    const kept = this.#kept.replies.get(key)
    if (kept !== undefined && (await this.#hasMedia(kept))) {
      this.#kept.replies.delete(key)
      if (settles) this.#kept.settled.add(cellOfKey(key))
      this.answers++
      this.repliesReplayed++
      this.#host.counts.repliesReplayed++
      this.#host.answersOf(this.#column).replayed++
      return kept
    }
    const inherited = this.#kept.inherited.get(key)
    if (inherited !== undefined && (await this.#takeMedia(inherited))) return this.#takeOver(key, inherited)
    this.#requireRetried()
    return this.#buy(key, responder())
  }

  /** The next key of the first hash; of another one, where an answer is kept under it. */
  #keyOf([hash = '', ...former]: readonly string[]): EffectKey {
    const round = this.#kept.rounds.of(this.row, this.#column)
    const nextOf = (each: string): EffectKey =>
      effectKey(this.row, this.#column, each, this.#occurrences.get(each) ?? 0, round)
    const isKept = (key: EffectKey): boolean => this.#kept.replies.has(key) || this.#kept.inherited.has(key)
    const chosen = former.find((each) => isKept(nextOf(each))) ?? hash
    const key = nextOf(chosen)
    this.#occurrences.set(chosen, (this.#occurrences.get(chosen) ?? 0) + 1)
    return key
  }

  /** What was published is asked for again only in rows that a retry names: otherwise good values would be bought, and altered (P6). */
  #requireRetried(): void {
    const { published, rounds } = this.#kept
    if (published === null || rounds.namesAfter(this.row, published.retried)) return
    const message = `An answer of row ${this.row}, column "${this.#column}" is not kept any more: its row group cannot be retried`
    const error = new RowsmithError('answers_missing', message, {
      facts: { row: this.row, column: this.#column },
    })
    this.#host.stop(error)
    throw error
  }

  async #buy(key: EffectKey, responder: Responder): Promise<string> {
    const { name, once } = responder
    if (once && this.#kept.perhapsRun.has(key)) {
      const message = `${name} may have run for this row before, and what it gave is lost`
      throw new RowsmithError('effect_uncertain', message, {
        facts: { effect: name, column: this.#column, row: this.row },
      })
    }
    const sending = new Sending(this.#host, this.#kept, { group: this.#group, key }, responder, () => {
      this.requestsSent++
    })
    return this.#keep(key, responder, await this.#host.answer(key, () => sending.answer()), sending)
  }

  /** Whether the files are there that stand for images of a kept answer: without them it is none. */
  async #hasMedia(body: string): Promise<boolean> {
    for (const { sha256 } of mediaIn(body)) {
      if (!(await this.#host.media.has(sha256, this.#group))) return false
    }
    return true
  }

  /** Makes the media of an inherited answer our own. @returns false when it lacks one */
  async #takeMedia({ body, media }: InheritedAnswer): Promise<boolean> {
    for (const { sha256 } of mediaIn(body)) {
      if (await this.#host.media.has(sha256, this.#group)) continue
      const bytes = await media?.read(sha256)
      if (bytes === undefined) return false
      await this.#host.media.keep(bytes, this.#group)
    }
    return true
  }

  /** The answer with marks in place of its images, if it can be read like that: what is kept must be. */
  async #withoutMedia(answered: string): Promise<string> {
    const body = await detachMedia(answered, (bytes) => this.#host.media.keep(bytes, this.#group))
    return isReplyTo('image', readBody(body) ?? {}) ? body : answered
  }

  /** Makes an answer durable: its media first, then itself. */
  async #keep(
    key: EffectKey,
    responder: Responder,
    { body: answered, time, account }: Answered,
    sending: Sending,
  ): Promise<string> {
    const host = this.#host
    const { name, most, media } = responder
    const body = media ? await this.#withoutMedia(answered) : answered
    const text = formatFrame({ kind: 'reply', group: this.#group, key, model: name, time, body })
    await host.journal.append(this.#group, text)
    const { usage } = account
    for (const ledger of this.#ledgers) countReply(ledger, name, most ?? noTokens, account)
    if (account.unknownEnd !== undefined) this.#tellUnknownEnd(name, account.unknownEnd)
    if (most !== null && usage.untold === true) host.untold(name, most)
    else if (most !== null) sending.used(usage)
    host.counts.inputTokens += usage.inputTokens
    host.counts.outputTokens += usage.outputTokens
    this.answers++
    countBought(host.answersOf(this.#column), name, usage)
    this.#kept.frames.push(text)
    return body
  }

  /** A warning at the first, the tenth, the hundredth of a model: `rowsmith status` has the count. */
  #tellUnknownEnd(name: string, reason: string | null): void {
    const count = this.#host.ledger.get(name)?.unknown_ends ?? 1
    if (!Number.isInteger(Math.log10(count))) return
    const said =
      reason === null
        ? 'without a finish reason'
        : `with finish reason ${JSON.stringify(reason.slice(0, 60))}`
    const what = count === 1 ? 'an answer ended' : `${count} answers ended like this, the last one`
    const message = `${name}: ${what} ${said}, which nobody knows: it counts, and may not be whole. \`rowsmith retry DATASET_DIR --finish-reason unknown\` asks again`
    this.#host.emit({ type: 'warning', code: 'unknown_finish_reason', message })
  }

  /** Makes an answer of another dataset our own, and returns its body once that is durable (rule E9). */
  async #takeOver(key: EffectKey, { model, body }: InheritedAnswer): Promise<string> {
    const host = this.#host
    const text = formatFrame({ kind: 'reused', group: this.#group, key, model, body })
    await host.journal.append(this.#group, text)
    for (const ledger of this.#ledgers) countReused(ledger, model)
    this.answers++
    host.counts.repliesReused++
    countTakenOver(host.answersOf(this.#column), model, body)
    this.#kept.frames.push(text)
    return body
  }

  /** Those that an effect is counted in: of its group, and of this process. */
  get #ledgers(): readonly Ledger[] {
    return [this.#kept.ledger, this.#host.ledger]
  }
}

/**
 * What a column gets to work with.
 *
 * @param alias whom it asks when it names nobody
 */
export function asking(effects: CellEffects, alias: string | undefined, random: Random): Asking {
  const named = (given: string | undefined): string => {
    const found = given ?? alias
    if (found !== undefined) return found
    throw new RowsmithError('internal', 'A column without a model alias asked a model.')
  }
  return {
    random,
    ask: async (prompt, given) => effects.ask(named(given), prompt, random),
    embed: async (prompt, given) => effects.embed(named(given), prompt, random),
    image: async (prompt, given) => effects.image(named(given), prompt, random),
    structuredMode: (given) => effects.structuredMode(named(given)),
    perform: (effect) => effects.perform(effect),
    tools: (given) => effects.tools(given),
    call: effects.call,
  }
}
