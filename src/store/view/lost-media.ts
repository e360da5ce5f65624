/**
 * Media of open row groups that are missing, or are not what was received, although a durable answer names them (E11).
 *
 * Rules:
 *   1. A medium is durable before the frame that names it. So one that no frame names was never received, and is no loss.
 *   2. Only the first frame of a key is its answer (J5). What others name may be missing.
 *   3. Answers of a row group that was committed once are in its answers file; its media are its sidecar files.
 *   4. A reused answer is no loss: it is taken from its source again.
 *
 * For example: row group 1 is open, a frame in `1-00000.log` names `rowsmith-media:4be1….png`, and `.rowsmith/media/4be1…` is missing.
 */
import type { SegmentContents } from '../../journal/replay.ts'
import { mediaIn } from '../../models/body/detached-media.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { Commit, CommitLogs } from '../logs/commits.ts'
import { MediaStore } from '../publishing/media.ts'

const answerHead = /^\{"t":"(reply|reused)","g":(\d+),"k":"([^"]+)"/

/** Of a medium, below the dataset directory. */
function mediumPath(hash: string): string {
  return `.rowsmith/media/${hash}`
}

/** Whether an answer in a segment of this epoch is none any more: the loss of its media was accepted later. */
export function isLossAccepted(accepted: CommitLogs['accepted'], body: string, epoch: number): boolean {
  if (accepted.size === 0) return false
  return mediaIn(body).some(({ sha256 }) => (accepted.get(mediumPath(sha256)) ?? 0) > epoch)
}

/**
 * @param isPublished whether the files of a row group are there
 * @returns the row groups that need it, by path of the medium
 * @throws RowsmithError journal_damaged, io_error
 */
export async function lostMedia(
  directory: DatasetDirectory,
  journal: AsyncIterable<Pick<SegmentContents, 'epoch' | 'records'>>,
  { commits, accepted }: Pick<CommitLogs, 'accepted'> & { readonly commits: readonly Commit[] },
  isPublished: (group: number) => boolean,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const committed = new Set(commits.map(({ group }) => group))
  const known = new Set<string>()
  const needed = new Map<string, Set<number>>()
  for await (const { epoch, records } of journal) {
    for (const text of records) {
      const [, kind, place, key] = answerHead.exec(text) ?? []
      const group = Number(place)
      if (kind === undefined || committed.has(group) || isPublished(group)) continue
      if (known.has(`${group}/${key}`) || isLossAccepted(accepted, text, epoch)) continue
      known.add(`${group}/${key}`)
      if (kind === 'reused') continue
      for (const { sha256 } of mediaIn(text)) {
        needed.set(sha256, (needed.get(sha256) ?? new Set()).add(group))
      }
    }
  }
  const media = new MediaStore(directory)
  const lost = new Map<string, readonly number[]>()
  for (const [hash, groups] of needed) {
    if ((await media.read(hash)) === undefined) lost.set(mediumPath(hash), [...groups])
  }
  return lost
}
