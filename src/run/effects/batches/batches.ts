/**
 * Answers by batches: requests gathered while row groups are made, handed over together, and read when they are done.
 *
 * Owns:   which requests wait for which batch, and when batches are closed, sent, looked at and read. How one is sent exactly once is `submitting.ts`.
 * Never:  makes a cell. Passes of making alternate with waiting: a cell whose answer comes with a batch is left open (`ParkedCell`), its row
 *         group is closed once all of its cells are, and is made again in the next pass, from what the journal holds by then.
 * Rules:
 *   B1. A custom id names its dataset and effect by itself: `rs-`, 12 digits of the dataset, 40 of the effect key's checksum.
 *   B2. A batch's file is durable, then a frame of the commit log, then it may be sent. From there on its requests are in the accounting at their most.
 *   B8. Every result becomes the ordinary frame of an answer, or of a failure; the first one of an id counts, ids without a request are passed over. Then the
 *       frame that it is done; only then are the provider's files removed. What was not answered is due again.
 *   B9. The hash of a request knows nothing of batches: answers requested in either way are one another's.
 *   B10. A batch is closed when it is full, old enough, or when a pass ends.
 *   B11. Corrections, new starts, and batches that would be too small are requested one by one, unless `remainder: batch`.
 *   B12. What a provider refuses because too much waits there is handed over again, in smaller batches, one after the other. What twice was not answered is requested alone.
 *   B13. A stop leaves batches where they are: they are paid for, and the next process reads them.
 */

import { RowsmithError } from '../../../base/errors/errors.ts'
import { present } from '../../../base/errors/present.ts'
import { sha256 } from '../../../base/numbers/hash.ts'
import type { BatchApi, BatchSeen } from '../../../models/contract/batch.ts'
import type { ModelFailure } from '../../../models/contract/contract.ts'
import { removeBatchFiles } from '../../../store/control/batch-files.ts'
import type { BatchRecord } from '../../../store/logs/batches.ts'
import { batchModel } from '../../usage/batch-usage.ts'
import type { EffectKey } from '../journal-records.ts'
import { BatchFile, type BatchItem, batchItems } from './batch-file.ts'
import {
  type BatchesHost,
  firstPollMs,
  maxPollMs,
  type ParkableRequest,
  ParkedCell,
  type TakesBatches,
} from './batches-host.ts'
import { batchLooks, Reading } from './reading.ts'
import { Submitting } from './submitting.ts'

/** A batch that is being filled. */
interface Forming {
  readonly file: BatchFile
  readonly model: string
  readonly alias: string
  readonly route: string
  /** Custom ids of its requests, to be let go when it is given up. */
  readonly ids: Set<string>
}

export class Batches implements TakesBatches {
  readonly #host: BatchesHost
  readonly #records: BatchRecord[]
  readonly #submitting: Submitting
  /** Being filled, by model and route. */
  readonly #forming = new Map<string, Forming>()
  /** Custom ids that wait for a batch. */
  readonly #waiting = new Set<string>()
  /** Those that are requested alone. */
  readonly #alone = new Set<string>()
  /** How often an id came back unanswered. */
  readonly #unanswered = new Map<string, number>()
  /** Answers that were in the journal before their batch was read to its end. */
  readonly #read = new Set<string>()
  /** Requests that a batch may hold after one was too large (rule B12). */
  readonly #smaller = new Map<string, number>()
  /** By batch: looks at which the provider did not know it. */
  readonly #looksInVain = new Map<number, number>()
  #files = 0
  #isHeld = false
  #closing: Promise<void> = Promise.resolve()

  constructor(host: BatchesHost, records: readonly BatchRecord[]) {
    this.#host = host
    this.#records = [...records]
    this.#submitting = new Submitting(host, this.#records)
  }

  get records(): readonly BatchRecord[] {
    return this.#records
  }

  /** Batches that were started and are not over. */
  get #open(): BatchRecord[] {
    return this.#records.filter(({ done }) => done === null)
  }

  /**
   * Looks at what former processes left. @param stored what is stored of a row group
   *
   * @returns whether answers were read: what is stored is to be read again
   */
  async begin(
    stored: (group: number) => Promise<{ readonly answers: ReadonlyMap<EffectKey, string> }>,
  ): Promise<boolean> {
    for (const record of this.#open) {
      const byGroup = Map.groupBy(await this.#items(record), ({ group }) => group)
      for (const [group, items] of byGroup) {
        const { answers } = await stored(group)
        for (const { customId, key } of items) {
          if (answers.has(key)) this.#read.add(customId)
          else this.#waiting.add(customId)
        }
      }
    }
    if (!this.#host.without || this.#open.length === 0) return false
    await this.#submitting.settleUnknown(this.#open)
    for (const record of this.#open) {
      if (record.id === null) await this.#over(record, 'failed', 0)
      else await this.#apiOf(record).cancel(record.id, this.#host.signal)
    }
    while (this.#open.length > 0) await this.#look()
    return true
  }

  /**
   * Takes a request into a batch, or lets it be sent at once.
   *
   * @throws ParkedCell when its answer comes with a batch
   */
  park(parked: ParkableRequest): void {
    const { alias, request, group, key, most, isFirst } = parked
    const customId = this.#customId(key)
    if (this.#waiting.has(customId)) throw new ParkedCell()
    const { settings, without } = this.#host
    const setting = settings.get(alias)
    if (setting === undefined || setting.mode !== 'batch' || without || this.#alone.has(customId)) return
    if (!isFirst && setting.remainder === 'sync') return
    const api = this.#host.api(alias)
    const made = api?.line(request, customId)
    if (api === undefined || made === undefined) return
    const model = `${request.provider}/${request.model}`
    if (!parked.fits(batchModel(model))) {
      if (this.#forming.size === 0 && this.#open.length === 0) return
      this.#isHeld = true
      throw new ParkedCell()
    }
    this.#add(model, alias, made.route, made.line, { customId, group, key, kind: made.kind, most }, api)
    throw new ParkedCell()
  }

  gathers(alias: string): boolean {
    const { settings, without } = this.#host
    return !without && settings.get(alias)?.mode === 'batch'
  }

  #add(model: string, alias: string, route: string, line: string, item: BatchItem, api: BatchApi): void {
    const { writer, clock, settings } = this.#host
    const name = `${model} ${route}`
    const most = { ...api.most, requests: Math.min(api.most.requests, this.#smaller.get(model) ?? Infinity) }
    const now = clock.monotonic()
    const full = this.#forming.get(name)
    const maxWait = settings.get(alias)?.max_wait
    const isOld = maxWait != null && full !== undefined && now - full.file.since >= 1000 * maxWait
    if (
      full !== undefined &&
      (isOld || full.file.count >= most.requests || full.file.bytes + line.length > most.bytes)
    ) {
      this.#forming.delete(name)
      this.#closing = this.#closing.then(() => this.#close(full))
      this.#closing.catch(() => {})
    }
    let forming = this.#forming.get(name)
    if (forming === undefined) {
      const file = new BatchFile(writer.directory, `${writer.epoch}-${++this.#files}`, now)
      forming = { file, model, alias, route, ids: new Set() }
      this.#forming.set(name, forming)
    }
    forming.file.add(line, item)
    this.#waiting.add(item.customId)
    forming.ids.add(item.customId)
  }

  /** Closes a batch: its intent is durable (rule B2). */
  async #close({ file, model, alias, route }: Forming): Promise<void> {
    const hold = this.#submitting.countToHoldBack(model, file.count)
    const { left, count, sha256: sum, bytes, most } = await file.close(hold)
    for (const { customId } of left) this.#waiting.delete(customId)
    const number = 1 + Math.max(0, ...this.#records.map((record) => record.number))
    const intent = { number, model, alias, route, count, file: file.name, sha256: sum, bytes }
    await this.#submitting.begin({ ...intent, most_input: most.input, most_output: most.output })
  }

  /**
   * A pass has ended. Hands over what has gathered, and waits until there is something to go on with.
   *
   * @returns whether another pass is due
   * @throws RowsmithError what stops the run; batches stay where they are (rule B13)
   */
  async afterPass(detach: boolean): Promise<boolean> {
    const { settings } = this.#host
    const isHeld = this.#isHeld
    this.#isHeld = false
    let isAlone = false
    for (const [name, forming] of [...this.#forming]) {
      const { min_requests: least, remainder } = present(settings.get(forming.alias), 'settings of batches')
      this.#forming.delete(name)
      if (remainder === 'batch' || forming.file.count >= least) {
        this.#closing = this.#closing.then(() => this.#close(forming))
        continue
      }
      for (const id of forming.ids) {
        this.#waiting.delete(id)
        this.#alone.add(id)
      }
      await forming.file.discard()
      isAlone = true
    }
    await this.#closing
    if (this.#open.length === 0) return isAlone || isHeld
    await this.#submitting.submit(this.#open)
    if (detach) return false
    if (isAlone) return true
    await this.#waitForOne()
    return true
  }

  /** Nothing is gathered any more; what is out stays there. */
  async close(): Promise<void> {
    await this.#closing.catch(() => {})
    for (const { file } of this.#forming.values()) await file.discard()
    this.#forming.clear()
  }

  async #waitForOne(): Promise<void> {
    const { clock, signal } = this.#host
    for (let wait = firstPollMs(this.#host); ; wait = Math.min(1.5 * wait, maxPollMs)) {
      if (await this.#look()) return
      const open = this.#open
      const requests = open.reduce((sum, { count }) => sum + count, 0)
      this.#host.emit({ type: 'batches', batches: open.length, requests, nextLookMs: wait })
      await clock.sleep(wait, signal)
    }
  }

  /** Looks at every batch that is out, and reads those that have ended. @returns whether any is over */
  async #look(): Promise<boolean> {
    let isOver = false
    for (const record of this.#open) {
      if (record.id === null) continue
      const { signal } = this.#host
      const api = this.#apiOf(record)
      const ended = await api.get(record.id, signal)
      if (ended.kind === 'failed') {
        const { failure } = ended
        if (failure.status === 404) isOver = (await this.#notFound(record, failure.message)) || isOver
        else if (failure.action === 'stop') throw this.#error(record, failure)
        continue
      }
      const seen = ended.value
      if (seen.state === 'working') continue
      isOver = true
      if (seen.state === 'failed')
        await this.#refused(record, seen.why ?? 'no reason', seen.overQuota, seen.count)
      else await this.#results(record, api, seen)
    }
    return isOver
  }

  /** A provider may not know at once what it has just made. @returns whether it is given up */
  async #notFound(record: BatchRecord, why: string): Promise<boolean> {
    const looks = 1 + (this.#looksInVain.get(record.number) ?? 0)
    this.#looksInVain.set(record.number, looks)
    if (looks < batchLooks) return false
    await this.#missing(record, why)
    return true
  }

  /** Nothing was answered (rule B12). */
  async #refused(record: BatchRecord, why: string, overQuota: boolean, count: number | null): Promise<void> {
    if (!overQuota) {
      await this.#over(record, 'failed', 0)
      throw new RowsmithError(
        'batch_rejected',
        `Batch ${record.number} of ${record.model} was refused: ${why.slice(0, 200)}`,
        {
          facts: { batch: record.number, id: record.id, model: record.model },
        },
      )
    }
    const before = count === null || count === 0 ? record.count : count
    this.#smaller.set(record.model, Math.max(1, Math.floor(before / 2)))
    this.#submitting.goSlowly(record.model)
    this.#warn(
      `${record.model} took no batch of ${before} requests, since too much waits there (${why.slice(0, 100)}): the next ones are smaller`,
    )
    // One request that is too much by itself is not made smaller.
    if (before === 1) for (const { customId } of await this.#items(record)) this.#alone.add(customId)
    await this.#over(record, 'failed', 0)
    await this.#host.clock.sleep(firstPollMs(this.#host), this.#host.signal)
  }

  async #results(record: BatchRecord, api: BatchApi, seen: BatchSeen): Promise<void> {
    const items = await this.#items(record)
    const reading = new Reading({
      ...{ host: this.#host, record, api, items },
      isRead: (id) => this.#read.has(id),
      notAnswered: (item) => this.#notAnswered(item),
      refused: ({ customId }) => this.#alone.add(customId),
      error: (failure) => this.#error(record, failure),
    })
    const { answers, missing, stop } = await reading.all(seen)
    if (missing !== null) return this.#missing(record, missing, items)
    await this.#over(record, 'read', answers, items)
    await this.#submitting.findStrays(record)
    await api.forget(seen, this.#host.signal)
    const { number, model, count: requests } = record
    this.#host.emit({ type: 'batch', number, model, state: 'read', requests, answers })
    if (stop !== null) throw stop
  }

  /** Due again; after the second time alone (rule B12). */
  #notAnswered({ customId }: BatchItem): void {
    const times = 1 + (this.#unanswered.get(customId) ?? 0)
    this.#unanswered.set(customId, times)
    if (times >= 2) this.#alone.add(customId)
  }

  /** It is deleted: it may have been paid for. */
  async #missing(record: BatchRecord, why: string, items?: readonly BatchItem[]): Promise<void> {
    this.#warn(
      `Batch ${record.number} of ${record.model} (${record.id}) cannot be had any more: ${why} Its ${record.count} requests are sent again, and count as unanswered.`,
    )
    await this.#submitting.step({ step: 'strayed', number: record.number, id: null })
    const all = items ?? (await this.#items(record))
    for (const item of all) if (!this.#read.has(item.customId)) this.#notAnswered(item)
    await this.#over(record, 'gone', 0, all)
  }

  /** @param items whose requests they were, where they are read already */
  async #over(
    record: BatchRecord,
    how: 'read' | 'failed' | 'gone',
    answers: number,
    items?: readonly BatchItem[],
  ): Promise<void> {
    await this.#submitting.step({ step: 'done', number: record.number, how, answers })
    for (const { customId } of items ?? (await this.#items(record))) this.#waiting.delete(customId)
    await removeBatchFiles(this.#host.writer.directory, record.file)
  }

  async #items(record: BatchRecord): Promise<BatchItem[]> {
    return batchItems(this.#host.writer.directory, record.file)
  }

  #apiOf({ alias, model }: BatchRecord): BatchApi {
    const api = this.#host.api(alias)
    if (api !== undefined) return api
    throw new RowsmithError(
      'batch_rejected',
      `Batches of ${model} are out, and alias "${alias}" is not set up to read them`,
      {
        facts: { model, alias },
      },
    )
  }

  #error(record: BatchRecord, failure: ModelFailure): RowsmithError {
    const facts = { batch: record.number, id: record.id, model: record.model, status: failure.status }
    return new RowsmithError(failure.code, `${record.model}, batch ${record.number}: ${failure.message}`, {
      facts,
    })
  }

  #warn(message: string): void {
    this.#host.emit({ type: 'warning', code: 'batch', message })
  }

  #customId(key: EffectKey): string {
    return `rs-${this.#host.dataset}-${sha256(key).slice(0, 40)}`
  }
}
