/**
 * What former processes left in the journal, by row group: the effects an open group need not buy again.
 *
 * Rules: the first valid frame of a key wins (J5); verdicts are honoured (E4), those of the present round of their row (Q2);
 * requests without an outcome in their own process are unknown (P8).
 */

import type { ValueObject } from '../../base/values/value.ts'
import { noUsage } from '../../models/body/body.ts'
import { mediaIn } from '../../models/body/detached-media.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import type { MostTokens } from '../../models/contract/request-size.ts'
import { type Account, accountOf } from '../../models/wire/reply.ts'
import type { ReadsMedia } from '../../store/publishing/media.ts'
import { countFailure, countReply, countRequest, countReused, type Ledger } from '../bill/ledger.ts'
import {
  type CellName,
  cellOfKey,
  type EffectKey,
  type Frame,
  parseFrame,
  rowOfKey,
  type Verdict,
} from './frames.ts'
import { Rounds } from './rounds.ts'

/** An answer in another dataset, with the model that gave it: `provider/model`. */
export interface InheritedAnswer {
  readonly model: string
  readonly body: string
  /** Where the files are that stand for its images. */
  readonly media?: ReadsMedia
}

/** A verdict, and the round of its row in which it was reached. */
interface KeptVerdict extends Verdict {
  readonly round: number
}

/** What a group's files were when a retry opened it. */
interface PublishedBefore {
  readonly dropped: ReadonlySet<number>
  readonly retried: number
  readonly sha256: string
}

export interface KeptGroup {
  /**
   * Set for a group whose files are there, and which is made again because of a retry: its dropped rows, the highest
   * retry that is in its files, and the checksum of its main file.
   */
  published: PublishedBefore | null
  /** Sampled and seed columns, when the group had been opened. */
  sampled: ValueObject | undefined
  readonly replies: Map<EffectKey, string>
  /** What other datasets paid for under keys of this group. Not ours until it is in the journal. */
  inherited: ReadonlyMap<EffectKey, InheritedAnswer>
  /** By row, of each the one of its latest round. */
  readonly verdicts: Map<number, KeptVerdict>
  readonly rounds: Rounds
  readonly ledger: Ledger
  /** Frame texts that go into the replies file: group, replies, failed attempts, verdicts, retries. */
  readonly frames: string[]
  /** Intents without an outcome, of those that were counted, and what they took at most. */
  readonly unanswered: Map<EffectKey, MostTokens>
  /** Requests that ended in HTTP 500, and how often. */
  readonly serverErrors: Map<EffectKey, number>
  /** Cells of whose function the result is kept: the answers it once asked for are not asked for again. */
  readonly settled: Set<CellName>
  /** Effects other than requests to models that may have run, and whose result is not kept. */
  readonly perhapsRun: Set<EffectKey>
  /** Texts of failed attempts: one may be found in the journal and in the replies file. */
  readonly failures: Set<string>
}

export function emptyKeptGroup(): KeptGroup {
  return {
    published: null,
    sampled: undefined,
    replies: new Map(),
    inherited: new Map(),
    verdicts: new Map(),
    rounds: new Rounds(),
    ledger: new Map(),
    frames: [],
    unanswered: new Map(),
    serverErrors: new Map(),
    settled: new Set(),
    perhapsRun: new Set(),
    failures: new Set(),
  }
}

export interface KeepingRules {
  /** Groups whose effects may still be asked for. */
  readonly wanted: (group: number) => boolean
  /** Groups whose requests and usage no commit has counted yet. */
  readonly counted: (group: number) => boolean
}

/**
 * Sorts the frame texts of one file into their groups.
 *
 * @returns the wanted groups that the file mentions
 */
export function keepFrames(
  kept: Map<number, KeptGroup>,
  texts: readonly string[],
  rules: KeepingRules,
): Set<number> {
  return eachFrame(kept, texts, rules, (group, frame, text) => {
    if (keep(group, frame, text)) group.frames.push(text)
  })
}

/**
 * Counts frames of a writer that had been taken over from: its requests are on the bill, its answers are none (E12).
 *
 * @returns the wanted groups that they mention
 */
export function countLateFrames(
  kept: Map<number, KeptGroup>,
  texts: readonly string[],
  rules: KeepingRules,
): Set<number> {
  return eachFrame(kept, texts, rules, () => {})
}

function eachFrame(
  kept: Map<number, KeptGroup>,
  texts: readonly string[],
  rules: KeepingRules,
  take: (group: KeptGroup, frame: Frame, text: string) => void,
): Set<number> {
  const mentioned = new Set<number>()
  for (const text of texts) {
    const frame = parseFrame(text)
    if (!rules.wanted(frame.group)) continue
    mentioned.add(frame.group)
    let group = kept.get(frame.group)
    if (group === undefined) {
      group = emptyKeptGroup()
      kept.set(frame.group, group)
    }
    if (rules.counted(frame.group)) count(group, frame)
    take(group, frame, text)
  }
  return mentioned
}

/** The verdicts that hold now: those of the present round of their row. */
export function verdictsOf({ verdicts, rounds }: KeptGroup): Verdict[] {
  return [...verdicts.values()].filter(({ row, round }) => round === rounds.ofRow(row))
}

function keep(group: KeptGroup, frame: Frame, text: string): boolean {
  switch (frame.kind) {
    case 'group':
      if (group.sampled !== undefined) return false
      group.sampled = frame.columns
      return true
    case 'reply':
    case 'reused':
      if (group.replies.has(frame.key)) return false
      group.replies.set(frame.key, frame.body)
      group.perhapsRun.delete(frame.key)
      return true
    case 'drop': {
      const { row } = frame.verdict
      const known = group.verdicts.get(row)
      group.rounds.verdict(row, frame.round)
      if (known !== undefined && known.round >= frame.round) return false
      group.verdicts.set(row, { ...frame.verdict, round: frame.round })
      return true
    }
    case 'retry':
      return group.rounds.add(frame)
    case 'failed':
      // Without its time, one cannot be told from another.
      if (frame.time !== undefined && group.failures.has(text)) return false
      group.failures.add(text)
      if (frame.status === 500) {
        group.serverErrors.set(frame.key, (group.serverErrors.get(frame.key) ?? 0) + 1)
      }
      if (!frame.perhapsPaid) group.perhapsRun.delete(frame.key)
      return frame.time !== undefined
    case 'intent':
      if (isEffectName(frame.model)) group.perhapsRun.add(frame.key)
      return false
  }
}

const notKnown: MostTokens = { input: 0, output: 0 }

/** An outcome whose intent was torn away by a power loss stands for the request too. */
function count({ ledger, unanswered }: KeptGroup, frame: Frame): void {
  if (frame.kind === 'intent') {
    countRequest(ledger, frame.model, frame.most)
    unanswered.set(frame.key, frame.most)
  } else if (frame.kind === 'reused') {
    countReused(ledger, frame.model)
  } else if (frame.kind === 'reply' || frame.kind === 'failed') {
    const most = unanswered.get(frame.key) ?? notKnown
    if (!unanswered.delete(frame.key)) countRequest(ledger, frame.model, most)
    if (frame.kind === 'reply') countReply(ledger, frame.model, most, accountIn(frame))
    if (frame.kind === 'failed') countFailure(ledger, frame.model, most, frame.perhapsPaid)
  }
}

function accountIn({ model, body }: { readonly model: string; readonly body: string }): Account {
  return isEffectName(model) ? { usage: noUsage } : accountOf(body)
}

/** Checksums of the files that stand for images of kept answers. */
export function mediaNeeded(kept: ReadonlyMap<number, KeptGroup>): Set<string> {
  const needed = new Set<string>()
  for (const { replies } of kept.values()) {
    for (const body of replies.values()) for (const { sha256 } of mediaIn(body)) needed.add(sha256)
  }
  return needed
}

/**
 * Kept replies nobody asked for (E6); those of dropped rows and of settled cells had nobody left to ask, and in retried rows some
 * are superseded.
 */
export function unusedReplies(group: KeptGroup, isDropped: (row: number) => boolean): number {
  let unused = 0
  for (const key of group.replies.keys()) {
    const row = rowOfKey(key)
    if (!isDropped(row) && !group.rounds.names(row) && !group.settled.has(cellOfKey(key))) unused++
  }
  return unused
}
