/** Stored answers that row groups need and that are missing: paid for, and not to be requested again in silence. */
import { join } from 'node:path'
import { isStarted, type SegmentContents } from '../../journal/replay.ts'
import type { Loss } from '../../plan/facts.ts'
import { groupCount, groupOf } from '../../plan/row-groups.ts'
import type { RunFile } from '../control/run-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { Commit, CommitLogs } from '../logs/commits.ts'
import { lostSegments, segmentPath } from '../logs/lost-segments.ts'
import { isRetryPending } from '../logs/retries.ts'
import { holdsFile } from '../publishing/publish.ts'
import { lostMedia } from './lost-media.ts'

/** By path below the dataset directory: the row groups that need it. */
export type Losses = ReadonlyMap<string, readonly number[]>

/**
 * Files of stored answers that row groups need and that are missing, or not what was written, with those groups: journal segments,
 * the replies of groups that were published once and are to be made again, and the media of their answers.
 *
 * @param published of the groups whose files are there
 * @param pictured what counts of the journal, where answers may name media; null where none can
 * @returns by path below the dataset directory
 * @throws RowsmithError io_error
 */
export async function lossesIn(
  directory: DatasetDirectory,
  { mentions, commits, writers, cuts, retries, accepted }: CommitLogs,
  published: readonly Commit[],
  pictured: AsyncIterable<SegmentContents> | null,
): Promise<Losses> {
  const { layout, disk } = directory
  const settled = new Set(
    published.filter((commit) => !isRetryPending(retries, commit)).map(({ group }) => group),
  )
  const names = await directory.list(layout.journal)
  const present = new Set<string>()
  // What is mentioned was durable, at least with its first frame.
  for (const name of names) if (await isStarted(disk, join(layout.journal, name))) present.add(name)
  const isPublished = (group: number): boolean => settled.has(group)
  const said = { mentions, commits, writers, cuts, accepted }
  const segments = lostSegments({ ...said, present, isPublished, living: undefined })
  const lost = new Map([...segments].map(([name, groups]) => [segmentPath(name), groups]))
  const lasts = new Map([...commits, ...published].map((commit) => [commit.group, commit]))
  const incomplete = new Set(mentions.flatMap(({ group, segment }) => (present.has(segment) ? [] : [group])))
  const mentioned = new Set(mentions.map(({ group }) => group))
  for (const { group, epoch, files } of lasts.values()) {
    const replies = files.find(({ path }) => path.startsWith('.rowsmith/replies/'))
    if (replies === undefined || isPublished(group)) continue
    // A row group whose publishing was not finished has its answers in the journal still.
    if (mentioned.has(group) && !incomplete.has(group)) continue
    if ((accepted.get(replies.path) ?? 0) > epoch) continue
    if (!(await holdsFile(disk, directory.file(replies.path), replies))) lost.set(replies.path, [group])
  }
  if (pictured === null) return lost
  const media = await lostMedia(directory, pictured, { commits, accepted, retries }, isPublished)
  for (const [path, groups] of media) lost.set(path, groups)
  return lost
}

/** What is lost, and what it costs at most; null for nothing. */
export function lossOf(lost: Losses, { segments }: Pick<RunFile, 'segments'>): Loss | null {
  if (lost.size === 0) return null
  const names = [...lost.keys()]
  const groups = [...new Set([...lost.values()].flat())].sort((a, b) => a - b)
  const planned = groups.filter((group) => group < groupCount(segments))
  const rows = planned.reduce((sum, group) => sum + groupOf(segments, group).rows, 0)
  const which = `row group${groups.length > 1 ? 's' : ''} ${groups.slice(0, 5).join(', ')}${groups.length > 5 ? ' and more' : ''}`
  return {
    message: `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}: missing or damaged, with answers for ${which}; the cells of up to ${rows} rows are requested, and paid for, again.`,
    rows,
    files: names,
  }
}
