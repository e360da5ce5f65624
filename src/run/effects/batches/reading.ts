/**
 * The results of a batch that has ended, read into the journal (rule B8 of `batches.ts`).
 *
 * Never: decides what becomes of the batch, or of requests without an answer.
 * Rules:
 *   1. While there are fewer results than the provider says, they are looked for again: files come late, and downloads end early.
 *   2. What it says is done and never gives is a failure that may have been paid for.
 *   3. What stops the run, such as an empty account, stops it when all results are read: others among them were paid for.
 */
import type { RowsmithError } from '../../../base/errors/errors.ts'
import type { BatchApi, BatchResult, BatchSeen } from '../../../models/contract/batch.ts'
import type { Attempt, ModelFailure } from '../../../models/contract/contract.ts'
import { accountOf } from '../../../models/wire/reply.ts'
import type { BatchRecord } from '../../../store/logs/batches.ts'
import type { RowGroupWriter } from '../../../store/writing/dataset-store.ts'
import { batchModel } from '../../usage/batch-usage.ts'
import { countRequested } from '../../usage/column-answers.ts'
import { countAnswered, countFailure, countRequest } from '../../usage/ledger.ts'
import { formatRecord, placeOfKey } from '../journal-records.ts'
import type { BatchItem } from './batch-file.ts'
import { type BatchesHost, firstPollMs } from './batches-host.ts'

/** Looks for something that is said to be there. */
export const batchLooks = 3
/** So many answers may be on their way to the disk: results come faster than it takes them. */
const storingMax = 256

export interface ReadingParts {
  readonly host: BatchesHost
  readonly record: BatchRecord
  readonly api: BatchApi
  readonly items: readonly BatchItem[]
  /** Whether its answer is in the journal already. */
  readonly isRead: (customId: string) => boolean
  /** Due again. */
  readonly notAnswered: (item: BatchItem) => void
  /** Refused: requested alone, it is refused like any other, or put in other words (rule F4 of `request-attempts.ts`). */
  readonly refused: (item: BatchItem) => void
  readonly error: (failure: ModelFailure) => RowsmithError
}

/** How reading ended. `missing`: the provider has no results any more, in its words. */
export interface ReadResults {
  readonly answers: number
  readonly missing: string | null
  /** Rule 3. */
  readonly stop: RowsmithError | null
}

export class Reading {
  readonly #parts: ReadingParts
  readonly #left: Map<string, BatchItem>
  readonly #storing = new Storing()
  #answers = 0
  #stop: RowsmithError | null = null

  constructor(parts: ReadingParts) {
    this.#parts = parts
    this.#left = new Map(parts.items.map((item) => [item.customId, item]))
  }

  /** @throws RowsmithError what stops the run before results were read, of class storage */
  async all(seen: BatchSeen): Promise<ReadResults> {
    const journal = await this.#parts.host.writer.rowGroups()
    let missing: string | null = null
    try {
      missing = await this.#look(seen, journal)
      await this.#storing.all()
    } finally {
      await journal.close()
    }
    return { answers: this.#answers, missing, stop: this.#stop }
  }

  /** @returns why there are no results any more; null when they were read */
  async #look(first: BatchSeen, journal: RowGroupWriter): Promise<string | null> {
    const { api, host, items, error } = this.#parts
    const kindOf = (id: string) => this.#left.get(id)?.kind ?? 'chat'
    let seen = first
    for (let look = 1; ; look++) {
      const ended = await api.results(seen, kindOf, (result) => this.#take(result, journal), host.signal)
      const promised = seen.isWhole ? items.length : (seen.answered ?? 0)
      const isShort = items.length - this.#left.size < promised
      if (ended.kind === 'done' && (!isShort || look >= batchLooks)) {
        await this.#rest(isShort, journal)
        return null
      }
      if (ended.kind === 'failed') {
        const { failure } = ended
        if (failure.action === 'stop' && failure.status !== 404) throw error(failure)
        if (look >= batchLooks && failure.status === 404) return failure.message
      }
      await host.clock.sleep(firstPollMs(host), host.signal)
      if (ended.kind === 'failed') continue
      // Its files may be named late.
      const again = await api.get(seen.id, host.signal)
      if (again.kind === 'done' && again.value.state === 'ended') seen = again.value
    }
  }

  #take({ customId, attempt }: BatchResult, journal: RowGroupWriter): Promise<void> | undefined {
    const item = this.#left.get(customId)
    // Of no request, or the second one of its id.
    if (item === undefined) return undefined
    this.#left.delete(customId)
    if (this.#parts.isRead(customId)) return undefined
    if (attempt.kind === 'unpaid') {
      this.#parts.notAnswered(item)
      return undefined
    }
    if (attempt.kind === 'reply') this.#answers++
    return this.#storing.add(this.#store(item, attempt, journal))
  }

  /** Of what no result came. @param isPromised rule 2 */
  async #rest(isPromised: boolean, journal: RowGroupWriter): Promise<void> {
    for (const item of this.#left.values()) {
      if (this.#parts.isRead(item.customId)) continue
      const failure = { ...notGiven, message: 'No result came.' }
      if (isPromised) this.#storing.add(this.#store(item, { kind: 'failed', failure }, journal))
      else this.#parts.notAnswered(item)
    }
  }

  /** One result becomes a frame, and is in the accounting. */
  async #store(item: BatchItem, attempt: Attempt, journal: RowGroupWriter): Promise<void> {
    const { host, record, notAnswered, refused, error } = this.#parts
    const { counted, clock, isOpen } = host
    const { group, key, most } = item
    if (!isOpen(group)) return
    const model = batchModel(record.model)
    const time = { at: clock.now(), ms: 0 }
    countRequest(counted.ledger, model, most)
    counted.counts.requestsSent++
    if (attempt.kind === 'reply') {
      const account = accountOf(attempt.body)
      countAnswered(counted.ledger, model, most, account)
      const { usage } = account
      counted.counts.inputTokens += usage.inputTokens
      counted.counts.outputTokens += usage.outputTokens
      countRequested(counted.answersOf(placeOfKey(key).column), model, usage)
      await journal.append(
        group,
        formatRecord({ kind: 'reply', group, key, model, time, body: attempt.body }),
      )
      return
    }
    const { failure } = attempt
    const { code, status, maybeCharged } = failure
    countFailure(counted.ledger, model, most, maybeCharged)
    await journal.append(
      group,
      formatRecord({ kind: 'failed', group, key, model, code, status, maybeCharged, time }),
    )
    if (failure.action === 'drop') refused(item)
    else if (failure.action === 'stop') this.#stop ??= error(failure)
    else notAnswered(item)
  }
}

const notGiven = {
  code: 'server_error',
  action: 'retry',
  status: null,
  retryAfterMs: null,
  maybeCharged: true,
} as const

/** Answers on their way to the disk. */
class Storing {
  #started: Promise<void>[] = []
  #before: Promise<unknown> = Promise.resolve()
  #failed: { readonly reason: unknown } | undefined

  /** @returns what the next one waits for; undefined while there are few. Never rejects */
  add(stored: Promise<void>): Promise<void> | undefined {
    const noted = stored.catch((reason: unknown) => {
      this.#failed ??= { reason }
    })
    this.#started.push(noted)
    if (this.#started.length < storingMax) return undefined
    const before = Promise.all([this.#before, ...this.#started]).then(() => {})
    this.#started = []
    this.#before = before
    return before
  }

  /** @throws the first failure */
  async all(): Promise<void> {
    await Promise.all([this.#before, ...this.#started])
    if (this.#failed !== undefined) throw this.#failed.reason
  }
}
