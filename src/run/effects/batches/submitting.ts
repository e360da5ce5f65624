/**
 * Handing a batch over exactly once.
 *
 * Rules:
 *   B3. Its lines are uploaded under a name of their own, for each try; that they are is a frame. A lost upload is free.
 *   B4. That a create is about to be sent is a frame, durable; then it is sent, once, whatever comes of it.
 *   B5. The id it has there is a frame.
 *   B6. A create of which nothing was heard is looked for: by its mark, else by its file. One is taken; of several the oldest, and the others are called
 *       back, and are in the accounting. None, at two looks: it is created again. Batches of Rowsmith that no frame knows are found in the same way.
 *   B7. Where a provider keeps no mark, the number of requests decides, since no other batch of Rowsmith of that day has it: if there is none of that number, it is created again.
 *       One counts as Rowsmith's at once in a workspace of its own (`workspace: exclusive`); else when it has ended and its first result has a name of Rowsmith. Or the user says so.
 */

import { RowsmithError } from '../../../base/errors/errors.ts'
import { present } from '../../../base/errors/present.ts'
import type { BatchApi, BatchResult, BatchSeen } from '../../../models/contract/batch.ts'
import { BatchLines } from '../../../models/contract/batch-lines.ts'
import type { ModelFailure } from '../../../models/contract/contract.ts'
import { readBatchLines } from '../../../store/control/batch-files.ts'
import {
  type BatchIntent,
  type BatchRecord,
  type BatchStep,
  follow,
  newBatch,
} from '../../../store/logs/batches.ts'
import { type BatchesHost, firstPollMs, maxPollMs } from './batches-host.ts'

const dayMs = 25 * 3_600_000
/** Clocks differ. */
const slackMs = 10 * 60_000

export class Submitting {
  readonly #host: BatchesHost
  readonly #records: BatchRecord[]
  readonly #slow = new Set<string>()

  constructor(host: BatchesHost, records: BatchRecord[]) {
    this.#host = host
    this.#records = records
  }

  async begin(intent: BatchIntent): Promise<void> {
    await this.#host.writer.batch(intent)
    this.#records.push(newBatch(intent))
  }

  async step(step: BatchStep): Promise<void> {
    await this.#host.writer.batch(step)
    const record = this.#records.find(({ number }) => number === step.number)
    if (record !== undefined) follow(record, step)
  }

  /** Of a batch that is found by its number of requests alone: how many to hold back so that no other has as many (rule B7). */
  countToHoldBack(model: string, count: number): number {
    const alias = this.#records.find((record) => record.model === model)?.alias
    if (alias === undefined || this.#host.api(alias)?.findsBy !== 'count') return 0
    const since = this.#host.clock.now() - dayMs
    const taken = new Set(
      this.#records
        .filter((each) => each.model === model && (each.firstAt ?? Infinity) > since)
        .map((each) => each.count),
    )
    for (let hold = 0; hold < Math.min(16, count); hold++) if (!taken.has(count - hold)) return hold
    return 0
  }

  /** A provider took no more of a model: its batches go one after the other from now on (rule B12). */
  goSlowly(model: string): void {
    this.#slow.add(model)
  }

  /** Hands over what is not handed over yet, and has its turn. @throws RowsmithError what stops the run */
  async submit(records: readonly BatchRecord[]): Promise<void> {
    for (const record of records) {
      if (record.id === null && this.#hasTurn(record)) await this.#submit(record)
    }
  }

  #hasTurn({ model, creatingAt }: BatchRecord): boolean {
    if (creatingAt !== null || !this.#slow.has(model)) return true
    return !this.#records.some((other) => other.model === model && other.id !== null && other.done === null)
  }

  /** Finds out what became of creates of which nothing was heard; those that were never sent stay as they are. */
  async settleUnknown(records: readonly BatchRecord[]): Promise<void> {
    for (const record of records)
      if (record.id === null && record.creatingAt !== null) await this.#find(record)
  }

  async #submit(record: BatchRecord): Promise<void> {
    const { signal, clock } = this.#host
    const api = this.#apiOf(record)
    if (record.creatingAt !== null && (await this.#find(record))) return
    const lines = new BatchLines(record.bytes)
    await readBatchLines(this.#host.writer.directory, record.file, lines.bytes)
    for (let wait = firstPollMs(this.#host); ; wait = Math.min(2 * wait, maxPollMs)) {
      if (api.upload !== undefined && record.input === null) await this.#upload(record, api, lines)
      const number = record.number
      await this.step({ step: 'creating', number, try: record.try, at: Math.floor(clock.now()) })
      await this.#host.writer.confirm()
      const { route, input: file } = record
      const window = this.#host.settings.get(record.alias)?.window ?? '24h'
      const ended = await api.create({ file, lines, route, mark: this.#markOf(record), window }, signal)
      if (ended.kind === 'done') {
        await this.#created(record, ended.value.id)
        return
      }
      const { failure } = ended
      if (isRefusal(failure)) {
        if (failure.action !== 'wait') throw this.#error(record, failure)
        // Surely nothing was made: the same file is handed over again.
        await clock.sleep(failure.retryAfterMs ?? wait, signal)
      } else if (await this.#find(record)) return
    }
  }

  async #created(record: BatchRecord, id: string): Promise<void> {
    await this.step({ step: 'created', number: record.number, try: record.try, id })
    const { number, model, count: requests } = record
    this.#host.emit({ type: 'batch', number, model, state: 'submitted', requests, answers: 0 })
  }

  async #upload(record: BatchRecord, api: BatchApi, lines: BatchLines): Promise<void> {
    const { signal, clock, dataset } = this.#host
    const name = `rowsmith-${dataset}-${record.number}-${record.try}.jsonl`
    for (let wait = firstPollMs(this.#host); ; wait = Math.min(2 * wait, maxPollMs)) {
      const ended = await present(api.upload, 'ways to send a file').call(api, name, lines, signal)
      if (ended.kind === 'done') {
        await this.step({ step: 'uploaded', number: record.number, try: record.try, input: ended.value })
        return
      }
      const { failure } = ended
      if (failure.action === 'stop' || failure.action === 'drop') throw this.#error(record, failure)
      await clock.sleep(failure.retryAfterMs ?? wait, signal)
    }
  }

  /** Looks for a batch whose create was not heard of (rules B6, B7). @returns whether it is found; else it is to be created again */
  async #find(record: BatchRecord): Promise<boolean> {
    const { clock, signal } = this.#host
    const api = this.#apiOf(record)
    for (let look = 1; ; ) {
      const ended = await api.list(createdFrom(record) - slackMs, signal)
      if (ended.kind === 'failed') {
        if (ended.failure.action === 'stop') throw this.#error(record, ended.failure)
      } else {
        const found = this.#candidates(record, api, ended.value)
        if (found.length > 0) return this.#take(record, api, found)
        if (look >= 2) {
          notCreated(record)
          return false
        }
        look++
      }
      await clock.sleep(2 * firstPollMs(this.#host), signal)
    }
  }

  /** Oldest first. */
  #candidates(record: BatchRecord, api: BatchApi, seen: readonly BatchSeen[]): BatchSeen[] {
    const known = new Set(this.#records.flatMap(({ id, strayed }) => [id, ...strayed]))
    const { firstAt, input, count } = record
    const creatingAt = createdFrom(record)
    const fits = (batch: BatchSeen): boolean => {
      if (known.has(batch.id)) return false
      if (api.findsBy === 'count') return batch.count === count && batch.createdAt >= creatingAt - slackMs
      if (api.findsBy === 'input') return input !== null && batch.input === input
      return batch.mark === this.#markOf(record) && batch.createdAt >= (firstAt ?? creatingAt) - slackMs
    }
    return seen.filter(fits).sort((a, b) => a.createdAt - b.createdAt)
  }

  async #take(record: BatchRecord, api: BatchApi, found: readonly BatchSeen[]): Promise<boolean> {
    const isSure = api.findsBy !== 'count' || (this.#isExclusive(record) && found.length === 1)
    const taken = isSure ? found[0] : await this.#recognized(record, api, found)
    if (taken === undefined) return false
    await this.#created(record, taken.id)
    if (api.findsBy !== 'count') for (const other of found.slice(1)) await this.#stray(record, api, other)
    return true
  }

  #isExclusive({ alias }: BatchRecord): boolean {
    return this.#host.settings.get(alias)?.workspace === 'exclusive'
  }

  /** Waits for candidates to end, and looks whose their results are. */
  async #recognized(
    record: BatchRecord,
    api: BatchApi,
    found: readonly BatchSeen[],
  ): Promise<BatchSeen | undefined> {
    const { clock, signal, resubmitUncertain, dataset, emit } = this.#host
    if (resubmitUncertain) {
      await this.step({ step: 'strayed', number: record.number, id: null })
      notCreated(record)
      return undefined
    }
    const names = found.map(({ id }) => id).join(', ')
    const message = `It is unknown whether batch ${record.number} of ${record.model} is ${names}: it is waited for until it has ended. \`--resubmit-uncertain\` sends its ${record.count} requests again instead`
    emit({ type: 'warning', code: 'batch', message })
    const left = new Set(found.map(({ id }) => id))
    for (let wait = firstPollMs(this.#host); left.size > 0; wait = Math.min(1.5 * wait, maxPollMs)) {
      for (const id of left) {
        const ended = await api.get(id, signal)
        if (ended.kind === 'failed' || ended.value.state === 'working') continue
        left.delete(id)
        let isOwn = false
        const look = ({ customId }: BatchResult): undefined => {
          isOwn ||= customId.startsWith(`rs-${dataset}-`)
        }
        await api.results(ended.value, () => 'chat', look, signal)
        if (isOwn) return ended.value
      }
      if (left.size > 0) await clock.sleep(wait, signal)
    }
    notCreated(record)
    return undefined
  }

  /** Batches of Rowsmith that no frame knows: of a create that was heard of too late. Never rejects but when the run stops. */
  async findStrays(record: BatchRecord): Promise<void> {
    const api = this.#apiOf(record)
    if (api.findsBy !== 'mark' || record.firstAt === null || record.try === 1) return
    const ended = await api.list(record.firstAt - slackMs, this.#host.signal)
    if (ended.kind === 'failed') return
    for (const other of this.#candidates(record, api, ended.value)) await this.#stray(record, api, other)
  }

  async #stray(record: BatchRecord, api: BatchApi, { id, state }: BatchSeen): Promise<void> {
    await this.step({ step: 'strayed', number: record.number, id })
    if (state === 'working') await api.cancel(id, this.#host.signal)
    const message = `Batch ${record.number} of ${record.model} is there twice: ${id} was called back, and counts as unanswered`
    this.#host.emit({ type: 'warning', code: 'batch', message })
  }

  #markOf({ number }: BatchRecord): string {
    return `${this.#host.dataset}-${number}`
  }

  #apiOf({ alias, model, number }: BatchRecord): BatchApi {
    const api = this.#host.api(alias)
    if (api !== undefined) return api
    const message = `Batch ${number} of ${model} is not handed over, and alias "${alias}" has no batches`
    throw new RowsmithError('batch_rejected', message, { facts: { model, alias } })
  }

  #error(record: BatchRecord, failure: ModelFailure): RowsmithError {
    const facts = { batch: record.number, model: record.model, status: failure.status }
    return new RowsmithError(
      failure.action === 'drop' ? 'batch_rejected' : failure.code,
      `Batch ${record.number} of ${record.model}: ${failure.message}`,
      { facts },
    )
  }
}

/** It is to be created again, of a file of its own: by that it is found where there is no mark. */
function notCreated(record: BatchRecord): void {
  record.creatingAt = null
  record.try++
  record.input = null
}

/** Whether a create was surely not carried out. */
function isRefusal({ status, maybeCharged }: ModelFailure): boolean {
  return (
    (status !== null && status >= 400 && status < 500 && status !== 408) || (status === null && !maybeCharged)
  )
}

/** When the create of this try was about to be sent: looked for only after that. */
function createdFrom({ creatingAt }: BatchRecord): number {
  if (creatingAt === null)
    throw new RowsmithError('internal', 'A batch that was never sent has no time of it.')
  return creatingAt
}
