/**
 * Media of open row groups that are missing, or are not what was received, although a durable answer names them (E11).
 *
 * Rules:
 *   1. A medium is durable before the frame that names it. So one that no frame names was never received, and is no loss.
 *   2. Only the first frame of a key is its answer (J5), its answers file read before the journal. What others name may be missing.
 *   3. An answer that a retry superseded, or that is of a dropped row, is not needed, and neither are its media.
 *   4. A reused answer is no loss: it is taken from its source again.
 *   5. What was published lies under the name in its commit, and that name is reported; anything else is `.rowsmith/media/<sha256>`.
 *
 * For example: row group 1 is open, a frame in `1-00000.log` names `rowsmith-media:4be1….png`, and `.rowsmith/media/4be1…` is missing.
 */
import type { SegmentContents } from '../../journal/replay.ts'
import { mediaIn } from '../../models/body/detached-media.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import type { Commit, CommitLogs } from '../logs/commits.ts'
import { namesAny, type Retries, rowsWithin } from '../logs/retries.ts'
import { readAnswers } from '../publishing/answers-file.ts'
import { MediaStore } from '../publishing/media.ts'

const answerHead = /^\{"t":"(reply|reused)","g":(\d+),"k":"((\d+)\/([^/"]+)\/[^/"]+\/\d+(?:\/(\d+))?)"/
const failureHead = /^\{"t":"drop","g":(\d+),"r":(\d+),/

type Logs = Pick<CommitLogs, 'accepted' | 'retries'> & { readonly commits: readonly Commit[] }

/** Of a medium that is not published, below the dataset directory. */
function mediumPath(hash: string): string {
  return `.rowsmith/media/${hash}`
}

/** Checksums of media whose loss was accepted, with the epoch that did. */
export type AcceptedMedia = ReadonlyMap<string, number>

export function acceptedMedia({ commits, accepted }: Pick<Logs, 'commits' | 'accepted'>): AcceptedMedia {
  const media = new Map<string, number>()
  for (const [path, epoch] of accepted) {
    if (path.startsWith(mediumPath(''))) media.set(path.slice(mediumPath('').length), epoch)
    for (const commit of commits) {
      if (commit.epoch >= epoch) continue
      for (const file of commit.files) if (file.path === path) media.set(file.sha256, epoch)
    }
  }
  return media
}

/** Whether an answer of this epoch is none any more: the loss of its media was accepted later. */
export function isLossAccepted(accepted: AcceptedMedia, body: string, epoch: number): boolean {
  return accepted.size > 0 && mediaIn(body).some(({ sha256 }) => (accepted.get(sha256) ?? 0) > epoch)
}

/**
 * @param isPublished whether the files of a row group are there, and no retry is to replace them
 * @returns the row groups that need it, by path of the medium
 * @throws RowsmithError journal_damaged, io_error
 */
export async function lostMedia(
  directory: DatasetDirectory,
  journal: AsyncIterable<Pick<SegmentContents, 'epoch'> & { readonly records: Iterable<string> }>,
  logs: Logs,
  isPublished: (group: number) => boolean,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const accepted = acceptedMedia(logs)
  const open = new Map<number, OpenAnswers>()
  const take = (epoch: number, texts: Iterable<string>): void => {
    for (const text of texts) {
      const group = Number((answerHead.exec(text)?.[2] ?? failureHead.exec(text)?.[1]) || Number.NaN)
      if (Number.isNaN(group) || isPublished(group) || isLossAccepted(accepted, text, epoch)) continue
      const answers = open.get(group) ?? new OpenAnswers()
      open.set(group, answers)
      answers.add(text)
    }
  }
  const lasts = new Map(logs.commits.map((commit) => [commit.group, commit]))
  for (const { group, epoch, files } of lasts.values()) {
    const file = files.find(({ path }) => path.startsWith('.rowsmith/replies/'))
    if (file !== undefined && !isPublished(group)) take(epoch, (await readAnswers(directory, file)) ?? [])
  }
  for await (const { epoch, records } of journal) take(epoch, records)
  const media = new MediaStore(directory)
  const lost = new Map<string, readonly number[]>()
  for (const [group, answers] of open) {
    for (const hash of answers.media(logs.retries)) {
      if ((await media.read(hash)) !== undefined) continue
      const published = lasts
        .get(group)
        ?.files.find(({ path, sha256 }) => sha256 === hash && path.startsWith('images/'))
      const path = published?.path ?? mediumPath(hash)
      lost.set(path, [...(lost.get(path) ?? []), group])
    }
  }
  return lost
}

/** The answers of an open row group that name media, and what says whether they count. */
class OpenAnswers {
  readonly #known = new Set<string>()
  readonly #answers: { row: number; column: string; retry: number; media: readonly string[] }[] = []
  /** By row, the rounds in which it failed. */
  readonly #failures = new Map<number, Set<number>>()

  add(text: string): void {
    const [, kind, , key = '', row, column = '', retry = '0'] = answerHead.exec(text) ?? []
    if (kind === undefined) this.#fail(text)
    if (kind === undefined || this.#known.has(key)) return
    this.#known.add(key)
    const media = kind === 'reused' ? [] : mediaIn(text).map(({ sha256 }) => sha256)
    if (media.length === 0) return
    this.#answers.push({
      row: Number(row),
      column: decodeURIComponent(column),
      retry: Number(retry),
      media,
    })
  }

  #fail(text: string): void {
    const { r: row, n: retry = 0 } = JSON.parse(text) as { r: number; n?: number }
    this.#failures.set(row, (this.#failures.get(row) ?? new Set()).add(retry))
  }

  /** Checksums of the media that are needed (rule 3). */
  media(retries: Retries): ReadonlySet<string> {
    const needed = new Set<string>()
    for (const { row, column, retry, media } of this.#answers) {
      const ofRow = this.#retriesOf(row, retries)
      const ofCell = ofRow.filter(({ cells }) => rowsWithin(cells.get(column) ?? [], row, row + 1).length > 0)
      const isDropped = this.#failures.get(row)?.has(ofRow.at(-1)?.number ?? 0) === true
      if (retry === (ofCell.at(-1)?.number ?? 0) && !isDropped) for (const hash of media) needed.add(hash)
    }
    return needed
  }

  /** Those that name the row and hold: one that ended in a failure of a row that was there is taken back (P6). */
  #retriesOf(row: number, { all }: Retries): Retries['all'] {
    return all.filter((retry) => {
      const isReverted =
        this.#failures.get(row)?.has(retry.number) === true &&
        rowsWithin(retry.written, row, row + 1).length > 0
      return !isReverted && namesAny(retry, { firstRow: row, rows: 1 })
    })
  }
}
