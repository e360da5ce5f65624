/**
 * What former processes left for row groups that are still open.
 *
 * Owns: where it lies. Never: decides which row groups are open, or what their records mean (`replay-state.ts`).
 * Rules:
 *   1. Usage is counted when a segment is noted. Of everything else only its place in the file is known, a few bytes an answer.
 *   2. A row group is read when it is made, and then it is in memory alone. So memory is bounded by the row groups that are made (P7).
 *   3. What was found once and cannot be read again stops the run: an answer is not requested again for that.
 *
 * For example: `stored.note(segment, rules)` for every segment, then `await stored.read(3)` and `stored.drop(3)`.
 */
import type { Disk } from '../../disk/disk.ts'
import { type KnownSegment, readFrames } from '../../journal/frame-texts.ts'
import type { SegmentContents } from '../../journal/replay.ts'
import { mediaIn } from '../../models/body/detached-media.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import type { Ledger } from '../usage/ledger.ts'
import { formatRecord, type JournalRecord, parseRecord } from './journal-records.ts'
import {
  countRecord,
  emptyReplayState,
  type ReplayRules,
  type ReplayState,
  replayRecords,
  type Usage,
} from './replay-state.ts'
import type { RetriedCells } from './retry-numbers.ts'

/** A segment that was noted. */
interface NotedSegment extends KnownSegment {
  readonly withdrawn: ReplayRules['withdrawn']
}

/** What is known of a row group before its journal records. */
export interface StoredBefore {
  readonly ledger: Ledger
  readonly published: ReplayState['published']
  /** Of its answers file. */
  readonly withdrawn?: ReplayRules['withdrawn']
  /** Records of its answers file; undefined where there is none any more. */
  readonly answers: () => Promise<readonly string[] | undefined>
}

interface Stored extends Usage {
  readonly before?: StoredBefore
  /** By segment, in order: the bytes that its records take. */
  readonly places: Map<NotedSegment, number[]>
}

export class StoredEffects {
  readonly #disk: Disk
  readonly #retriesOf: (group: number) => readonly RetriedCells[]
  readonly #groups = new Map<number, Stored>()
  /** Those that were given back. */
  readonly #held = new Map<number, ReplayState>()

  /** @param retriesOf cells of a row group that retries name: its own records say so too, so that they are enough to make it again */
  constructor(disk: Disk, retriesOf: (group: number) => readonly RetriedCells[]) {
    this.#disk = disk
    this.#retriesOf = retriesOf
  }

  /** What is stored of a row group apart from the journal. */
  begin(group: number, before: StoredBefore): void {
    this.#groups.set(group, { before, ledger: before.ledger, unanswered: new Map(), places: new Map() })
  }

  /** @returns the wanted groups that the segment mentions */
  note({ path, seed, records, fenced }: SegmentContents, rules: ReplayRules): Set<number> {
    const mentioned = new Set<number>()
    const segment = { path, seed, withdrawn: rules.withdrawn }
    for (const { text, start, end } of records.placed()) {
      const record = parseRecord(text)
      const stored = this.#count(record, rules, mentioned)
      if (stored !== undefined && isReplayed(record)) place(stored, segment, start, end)
    }
    // A writer that had been taken over from: its requests are in the accounting, its answers are none (E12).
    for (const text of fenced) this.#count(parseRecord(text), rules, mentioned)
    return mentioned
  }

  #count(record: JournalRecord, rules: ReplayRules, mentioned: Set<number>): Stored | undefined {
    const { group } = record
    if (!rules.wanted(group)) return undefined
    mentioned.add(group)
    const stored = this.#groups.get(group) ?? { ledger: new Map(), unanswered: new Map(), places: new Map() }
    this.#groups.set(group, stored)
    if (rules.counted(group)) countRecord(stored, record)
    return stored
  }

  /** The usage of each, as far as no commit counts it. */
  *ledgers(): Generator<readonly [group: number, Ledger], void, undefined> {
    for (const [group, { ledger }] of this.#groups) yield [group, ledger]
    for (const [group, { ledger }] of this.#held) yield [group, ledger]
  }

  ledgerOf(group: number): Ledger {
    return this.#groups.get(group)?.ledger ?? new Map()
  }

  /** @throws RowsmithError journal_damaged, answers_lost, io_error (rule 3) */
  async read(group: number): Promise<ReplayState> {
    const held = this.#held.get(group)
    if (held !== undefined) return held
    const stored = this.#groups.get(group)
    const { before, ledger = new Map(), places = new Map<NotedSegment, number[]>() } = stored ?? {}
    const state = { ...emptyReplayState(), ledger, published: before?.published ?? null }
    const states = new Map([[group, state]])
    const rulesWith = (withdrawn: ReplayRules['withdrawn']): ReplayRules => ({
      wanted: () => true,
      counted: () => false,
      withdrawn,
    })
    replayRecords(states, (await before?.answers()) ?? [], rulesWith(before?.withdrawn))
    for (const [{ withdrawn, ...segment }, ranges] of places) {
      const texts: string[] = []
      for await (const text of readFrames(this.#disk, segment, ranges)) texts.push(text)
      replayRecords(states, texts, rulesWith(withdrawn))
    }
    for (const cells of this.#retriesOf(group)) {
      if (state.retryNumbers.add(cells)) state.records.push(formatRecord({ kind: 'retry', group, ...cells }))
    }
    return state
  }

  /** Its claimant has it from now on, or it is not needed. */
  drop(group: number): void {
    this.#groups.delete(group)
    this.#held.delete(group)
  }

  /** A row group that is made once more, of this. */
  giveBack(group: number, state: ReplayState): void {
    this.#held.set(group, state)
  }

  /** Checksums of the files that stand for images of stored answers. */
  async mediaNeeded(): Promise<Set<string>> {
    const needed = new Set<string>()
    for (const group of this.#groups.keys()) {
      const { answers } = await this.read(group)
      for (const body of answers.values()) for (const { sha256 } of mediaIn(body)) needed.add(sha256)
    }
    return needed
  }
}

/** An intent to call a model says nothing but what it may cost. */
function isReplayed(record: JournalRecord): boolean {
  return record.kind !== 'intent' || isEffectName(record.model)
}

function place({ places }: Stored, segment: NotedSegment, start: number, end: number): void {
  const ranges = places.get(segment)
  if (ranges === undefined) places.set(segment, [start, end])
  else if (ranges.at(-1) === start) ranges[ranges.length - 1] = end
  else ranges.push(start, end)
}
