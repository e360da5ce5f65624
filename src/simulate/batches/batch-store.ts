/**
 * Files and batches of a simulated provider, whatever vendor's words they are requested in.
 *
 * 1. Nothing runs by itself: what is due by the clock happens when it is looked at. So a test that moves the clock decides.
 * 2. Two creates make two batches, as with every vendor.
 * 3. A request of a batch is answered as if it had been sent alone: the same text for the same body.
 * 4. What a batch was answered before it expired or was cancelled is given, and charged.
 */
import type { Clock } from '../../base/work/clock.ts'
import type { ScenarioBatches } from '../../config/files/scenario.ts'
import { type Tokens, tokensOf } from '../requested/requested.ts'
import type { Meter } from '../traffic/meter.ts'
import { BatchFaults } from './batch-faults.ts'

/** Answers one request at once, whatever limits there are. */
export type Executes = (
  path: string,
  body: string,
) => {
  readonly status: number
  readonly text: string
  readonly usage: (Tokens & { readonly model: string }) | undefined
}

export interface BatchLine {
  readonly customId: string
  readonly path: string
  readonly body: string
}

/** What became of one request. */
export interface LineEnd {
  readonly customId: string
  readonly outcome: 'answered' | 'refused' | 'expired' | 'cancelled'
  readonly status: number
  readonly text: string
}

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly purpose: string
  readonly createdAt: number
  readonly bytes: Buffer
}

type BatchPhase = 'validating' | 'working' | 'cancelling' | 'failed' | 'expired' | 'cancelled' | 'completed'

export interface StoredBatch {
  readonly id: string
  readonly number: number
  readonly createdAt: number
  readonly expiresAt: number
  /** What the client said of it: route, metadata, display name, the input's file. */
  readonly about: Readonly<Record<string, unknown>>
  readonly lines: readonly BatchLine[]
  phase: BatchPhase
  endedAt: number | null
  cancelledAt: number | null
  /** Why it failed. */
  error: { readonly code: string; readonly message: string } | null
  ends: LineEnd[]
  /** Files of its results, by what they hold. */
  readonly files: { results?: string; errors?: string }
  /** Looks at lists in which it is not yet. */
  hidden: number
  /** It expires with half of its requests answered. */
  readonly neverDone: boolean
}

const minute = 60_000

export class BatchStore {
  readonly files = new Map<string, StoredFile>()
  readonly batches = new Map<string, StoredBatch>()
  readonly faults: BatchFaults
  readonly scenario: ScenarioBatches
  readonly #clock: Clock
  readonly #execute: Executes
  readonly #meter: Meter
  #ahead = 0
  #numbers = 0

  constructor(scenario: ScenarioBatches, clock: Clock, execute: Executes, meter: Meter) {
    this.scenario = scenario
    this.#clock = clock
    this.#execute = execute
    this.#meter = meter
    this.faults = new BatchFaults(scenario, (name) => meter.struck(`batch_${name}`))
  }

  /** Wall clock, with what a test moved it by. */
  now(): number {
    return this.#clock.now() + this.#ahead
  }

  /** Lets so much time pass for batches alone. */
  forward(ms: number): void {
    this.#ahead += ms
  }

  addFile(name: string, purpose: string, bytes: Buffer): StoredFile {
    const file = { id: `file-${this.#next()}`, name, purpose, createdAt: this.now(), bytes }
    this.files.set(file.id, file)
    return file
  }

  create(about: StoredBatch['about'], lines: readonly BatchLine[], windowMs: number): StoredBatch {
    const number = this.#numbers + 1
    const createdAt = this.now()
    const batch: StoredBatch = {
      id: `batch_${this.#next()}`,
      number,
      createdAt,
      expiresAt: createdAt + Math.min(windowMs, this.scenario.window ?? windowMs),
      about,
      lines,
      phase: 'validating',
      endedAt: null,
      cancelledAt: null,
      error: null,
      ends: [],
      files: {},
      hidden: this.scenario.list_lags,
      neverDone: this.faults.strikes('expires') !== undefined,
    }
    this.batches.set(batch.id, batch)
    this.#meter.batchCreated()
    const failing = this.faults.strikes('fails')
    if (failing !== undefined)
      this.#fail(
        batch,
        failing.code ?? 'invalid_json_line',
        failing.message ?? 'This line is not parseable as valid JSON.',
      )
    else if (this.#enqueued(batch) > (this.scenario.enqueued_tokens ?? Number.POSITIVE_INFINITY)) {
      this.#fail(
        batch,
        'token_limit_exceeded',
        'Enqueued token limit reached. Please try again once some in_progress batches have been completed.',
      )
    }
    return batch
  }

  /** A batch as it is by now. */
  get(id: string): StoredBatch | undefined {
    const batch = this.batches.get(id)
    if (batch !== undefined) this.#advance(batch)
    return batch
  }

  /** Everything that is due by now has happened, though no request looked: for counting. */
  settle(): void {
    for (const batch of this.batches.values()) this.#advance(batch)
  }

  /** Newest first, without those that lists do not show yet. */
  list(): StoredBatch[] {
    return [...this.batches.values()].reverse().filter((batch) => {
      this.#advance(batch)
      return batch.hidden-- <= 0
    })
  }

  cancel(batch: StoredBatch): void {
    if (batch.endedAt !== null || batch.cancelledAt !== null) return
    batch.cancelledAt = this.now()
    batch.phase = 'cancelling'
    this.#advance(batch)
  }

  /** Its results as they are handed out: perhaps in another order, one twice, one missing, one unknown. */
  results(batch: StoredBatch): LineEnd[] {
    const ends = [...batch.ends]
    if (this.faults.strikes('shuffled') !== undefined) ends.reverse()
    if (this.faults.strikes('twice') !== undefined && ends[0] !== undefined) ends.push(ends[0])
    if (this.faults.strikes('missing') !== undefined) ends.shift()
    if (this.faults.strikes('unknown_id') !== undefined && ends[0] !== undefined) {
      ends.push({ ...ends[0], customId: 'unknown-id' })
    }
    return ends
  }

  #fail(batch: StoredBatch, code: string, message: string): void {
    batch.phase = 'failed'
    batch.error = { code, message }
    batch.endedAt = batch.createdAt
  }

  /** Tokens of all requests that wait, with those of this batch. */
  #enqueued(batch: StoredBatch): number {
    const open = [...this.batches.values()].filter(({ endedAt }) => endedAt === null)
    return [...new Set([...open, batch])].reduce(
      (sum, { lines }) => sum + lines.reduce((of, { body }) => of + tokensOf(body.length), 0),
      0,
    )
  }

  /** What is due by now has happened (rule 1). */
  #advance(batch: StoredBatch): void {
    if (batch.endedAt !== null) return
    const now = this.now()
    const { takes, cancel_takes } = this.scenario
    const { lines, createdAt, expiresAt, cancelledAt, neverDone } = batch
    const doneAt = neverDone ? Number.POSITIVE_INFINITY : createdAt + takes
    const endsAt = Math.min(
      doneAt,
      expiresAt,
      cancelledAt === null ? Number.POSITIVE_INFINITY : cancelledAt + cancel_takes,
    )
    if (now < endsAt) {
      if (batch.phase === 'validating' && now > createdAt) batch.phase = 'working'
      return
    }
    batch.endedAt = endsAt
    if (endsAt === doneAt) batch.phase = 'completed'
    else batch.phase = endsAt === expiresAt ? 'expired' : 'cancelled'
    const answered = batch.phase === 'completed' ? lines.length : lines.length >> 1
    batch.ends = lines.map((line, at) =>
      at < answered ? this.#run(line) : unpaid(line, batch.phase === 'expired'),
    )
  }

  #run({ customId, path, body }: BatchLine): LineEnd {
    const struck = this.faults.strikes('line_error')
    if (struck !== undefined) {
      const status = struck.status ?? 500
      const text = JSON.stringify({
        error: { message: struck.message ?? 'The server had an error.', type: 'server_error', code: null },
      })
      this.#meter.executed(customId, undefined)
      return { customId, outcome: 'refused', status, text }
    }
    const { status, text, usage } = this.#execute(path, body)
    this.#meter.executed(customId, usage)
    return { customId, outcome: status === 200 ? 'answered' : 'refused', status, text }
  }

  #next(): string {
    return String(++this.#numbers).padStart(8, '0')
  }
}

function unpaid({ customId }: BatchLine, isExpired: boolean): LineEnd {
  return { customId, outcome: isExpired ? 'expired' : 'cancelled', status: 0, text: '' }
}

/** The longest window of any vendor. */
export const dayMs = 24 * 60 * minute
