/**
 * Journal segments that are missing although they are needed.
 *
 * A segment goes only when all row groups it mentions are published (J7), and the commits say what it mentions. So one that is missing
 * while a group needs it was lost, with answers that were paid for. For example: `{"kind":"mention","group":3,"segment":"1-00000.log"}`
 * stands in `commits-1.log`, row group 3 is open, and there is no `1-00000.log`.
 *
 * A later writer that sent requests has read what there was, and cut it. A segment that it did not cut held nothing then, and went: what its
 * writer mentioned afterwards came from one that had been taken over from.
 */
import type { Cuts } from '../../journal/replay.ts'
import type { Commit, Mention } from './commits.ts'
import type { RecordedWriter } from './writers.ts'

export interface SegmentsInUse {
  readonly mentions: readonly Mention[]
  readonly commits: readonly Commit[]
  /** Who sent requests. */
  readonly writers: readonly Pick<RecordedWriter, 'epoch'>[]
  readonly cuts: Cuts
  /** Names of the segments that are there. */
  readonly present: ReadonlySet<string>
  /** Paths of files whose loss was accepted. */
  readonly accepted: ReadonlyMap<string, number>
  /** Groups whose files are there, and of which nothing is requested again: the journal is not needed for them. */
  readonly isPublished: (group: number) => boolean
  /** The epoch of the writer now: its segments are left alone. */
  readonly living: number | undefined
}

/** Of a segment, below the dataset directory. */
export function segmentPath(name: string): string {
  return `.rowsmith/journal/${name}`
}

/** @returns the groups that need it, by name of the segment */
export function lostSegments(use: SegmentsInUse): ReadonlyMap<string, readonly number[]> {
  const lost = new Map<string, number[]>()
  const lastEpochs = new Map<number, number>()
  for (const { group, epoch } of use.commits) {
    lastEpochs.set(group, Math.max(epoch, lastEpochs.get(group) ?? epoch))
  }
  const lastWriter = Math.max(0, ...use.writers.map(({ epoch }) => epoch))
  for (const { group, segment } of use.mentions) {
    const epoch = Number(segment.split('-')[0])
    const isLate = epoch < lastWriter && !use.cuts.has(segment)
    const settled = (lastEpochs.get(group) ?? Number.NEGATIVE_INFINITY) >= epoch
    if (
      use.accepted.has(segmentPath(segment)) ||
      use.present.has(segment) ||
      settled ||
      isLate ||
      use.isPublished(group) ||
      epoch === use.living
    )
      continue
    const groups = lost.get(segment) ?? []
    lost.set(segment, groups)
    if (!groups.includes(group)) groups.push(group)
  }
  return lost
}
