/**
 * What former processes left in the journal, by row group: the effects an open group need not request again.
 *
 * Rules: the first valid frame of a key wins (J5); row failures are honoured (E4), those of the present round of their row (Q2);
 * requests without an outcome in their own process are unknown (P8).
 */

import type { ValueObject } from '../../base/values/value.ts'
import { noUsage } from '../../models/body/body.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import { type Account, accountOf } from '../../models/wire/reply.ts'
import type { ReadsMedia } from '../../store/publishing/media.ts'
import { countAnswered, countFailure, countRequest, countReused, type Ledger } from '../usage/ledger.ts'
import { CellTokens } from './cell-tokens.ts'
import {
  type CellName,
  cellOfKey,
  type EffectKey,
  type JournalRecord,
  parseRecord,
  type RowFailure,
  rowOfKey,
} from './journal-records.ts'
import { RetryNumbers } from './retry-numbers.ts'

/** An answer in another dataset, with the model that gave it: `provider/model`. */
export interface ReusableAnswer {
  readonly model: string
  readonly body: string
  /** Where the files are that stand for its images. */
  readonly media?: ReadsMedia
}

/** A row failure, and the round of its row in which it was reached. */
interface RecordedFailure extends RowFailure {
  readonly retry: number
}

/** What a group's files were when a retry opened it. */
interface PublishedBefore {
  readonly dropped: ReadonlySet<number>
  readonly retried: number
  readonly sha256: string
}

/** Requests of a row group, and what became of them. */
export interface Usage {
  readonly ledger: Ledger
  /** Intents without an outcome, of those that were counted, and what they took at most. */
  readonly unanswered: Map<EffectKey, TokenReservation>
}

export interface ReplayState extends Usage {
  /**
   * Set for a group whose files are there, and which is made again because of a retry: its dropped rows, the highest
   * retry that is in its files, and the checksum of its main file.
   */
  published: PublishedBefore | null
  /** Sampled and seed columns, when the group had been opened. */
  sampled: ValueObject | undefined
  readonly answers: Map<EffectKey, string>
  /** What other datasets paid for under keys of this group. Not this dataset's until it is in the journal. */
  reused: ReadonlyMap<EffectKey, ReusableAnswer>
  /** By row, of each the one of its latest round. */
  readonly rowFailures: Map<number, RecordedFailure>
  readonly retryNumbers: RetryNumbers
  /** Frame texts that go into the replies file: group, replies, failed attempts, row failures, retries. */
  readonly records: string[]
  /** What its cells took; undefined where answers are among the records that were not counted. */
  tokens: CellTokens | undefined
  /** Requests that ended in HTTP 500, and how often. */
  readonly serverErrors: Map<EffectKey, number>
  /** Cells of whose function the result is stored: the answers it once requested are not requested again. */
  readonly settled: Set<CellName>
  /** Effects other than requests to models that may have run, and whose result is not stored. */
  readonly maybeExecuted: Set<EffectKey>
  /** Texts of failed attempts: one may be found in the journal and in the replies file. */
  readonly failures: Set<string>
}

export function emptyReplayState(): ReplayState {
  return {
    published: null,
    sampled: undefined,
    answers: new Map(),
    reused: new Map(),
    rowFailures: new Map(),
    retryNumbers: new RetryNumbers(),
    ledger: new Map(),
    records: [],
    tokens: new CellTokens(),
    unanswered: new Map(),
    serverErrors: new Map(),
    settled: new Set(),
    maybeExecuted: new Set(),
    failures: new Set(),
  }
}

export interface ReplayRules {
  /** Groups whose effects may still be requested. */
  readonly wanted: (group: number) => boolean
  /** Groups whose requests and usage no commit has counted yet. */
  readonly counted: (group: number) => boolean
  /** Whether an answer is none any more, since its media are lost; absent for never. */
  readonly withdrawn?: ((body: string) => boolean) | undefined
}

/**
 * Sorts the frame texts of one file into their groups.
 *
 * @returns the wanted groups that the file mentions
 */
export function replayRecords(
  stored: Map<number, ReplayState>,
  texts: Iterable<string>,
  rules: ReplayRules,
): Set<number> {
  return eachRecord(stored, texts, rules, (group, record, text) => {
    if (record.kind === 'reply' && rules.withdrawn?.(record.body) === true) return
    if (!replay(group, record, text)) return
    group.records.push(text)
    group.tokens = undefined
  })
}

/**
 * Counts frames of a writer that had been taken over from: its requests are in the accounting, its answers are none (E12).
 *
 * @returns the wanted groups that they mention
 */
export function countFencedRecords(
  stored: Map<number, ReplayState>,
  texts: Iterable<string>,
  rules: ReplayRules,
): Set<number> {
  return eachRecord(stored, texts, rules, () => {})
}

function eachRecord(
  stored: Map<number, ReplayState>,
  texts: Iterable<string>,
  rules: ReplayRules,
  take: (group: ReplayState, record: JournalRecord, text: string) => void,
): Set<number> {
  const mentioned = new Set<number>()
  for (const text of texts) {
    const record = parseRecord(text)
    if (!rules.wanted(record.group)) continue
    mentioned.add(record.group)
    let group = stored.get(record.group)
    if (group === undefined) {
      group = emptyReplayState()
      stored.set(record.group, group)
    }
    if (rules.counted(record.group)) countRecord(group, record)
    take(group, record, text)
  }
  return mentioned
}

/** The row failures that hold now: those of the present round of their row. */
export function currentFailures({ rowFailures, retryNumbers }: ReplayState): RowFailure[] {
  return [...rowFailures.values()].filter(({ row, retry }) => retry === retryNumbers.ofRow(row))
}

function replay(group: ReplayState, record: JournalRecord, text: string): boolean {
  switch (record.kind) {
    case 'group':
      if (group.sampled !== undefined) return false
      group.sampled = record.columns
      return true
    case 'reply':
    case 'reused':
      if (group.answers.has(record.key)) return false
      group.answers.set(record.key, record.body)
      group.maybeExecuted.delete(record.key)
      return true
    case 'drop': {
      const { row } = record.failure
      const known = group.rowFailures.get(row)
      group.retryNumbers.failed(row, record.retry)
      if (known !== undefined && known.retry >= record.retry) return false
      group.rowFailures.set(row, { ...record.failure, retry: record.retry })
      return true
    }
    case 'retry':
      return group.retryNumbers.add(record)
    case 'failed':
      // Without its time, one cannot be distinguished from another.
      if (record.time !== undefined && group.failures.has(text)) return false
      group.failures.add(text)
      if (record.status === 500) {
        group.serverErrors.set(record.key, (group.serverErrors.get(record.key) ?? 0) + 1)
      }
      if (!record.maybeCharged) group.maybeExecuted.delete(record.key)
      return record.time !== undefined
    case 'intent':
      if (isEffectName(record.model)) group.maybeExecuted.add(record.key)
      return false
  }
}

const notKnown: TokenReservation = { input: 0, output: 0 }

/** An outcome whose intent was torn away by a power loss stands for the request too. */
export function countRecord({ ledger, unanswered }: Usage, record: JournalRecord): void {
  if (record.kind === 'intent') {
    countRequest(ledger, record.model, record.most)
    unanswered.set(record.key, record.most)
  } else if (record.kind === 'reused') {
    countReused(ledger, record.model)
  } else if (record.kind === 'reply' || record.kind === 'failed') {
    const most = unanswered.get(record.key) ?? notKnown
    if (!unanswered.delete(record.key)) countRequest(ledger, record.model, most)
    if (record.kind === 'reply') countAnswered(ledger, record.model, most, accountIn(record))
    if (record.kind === 'failed') countFailure(ledger, record.model, most, record.maybeCharged)
  }
}

function accountIn({ model, body }: { readonly model: string; readonly body: string }): Account {
  return isEffectName(model) ? { usage: noUsage } : accountOf(body)
}

/**
 * Stored replies that were not requested (E6); those of dropped rows and of settled cells had no cell left, and in retried rows some
 * are superseded.
 */
export function unusedAnswers(group: ReplayState, isDropped: (row: number) => boolean): number {
  let unused = 0
  for (const key of group.answers.keys()) {
    const row = rowOfKey(key)
    if (!isDropped(row) && !group.retryNumbers.names(row) && !group.settled.has(cellOfKey(key))) unused++
  }
  return unused
}
