/**
 * The record of what was published: one frame per row group, in `commits-<epoch>.log`.
 *
 * From the moment its frame is durable a group is published, and recovery finishes what is left to do.
 * The frame is the group's manifest (files with final path, size, SHA-256 and draft) and its line of the ledger.
 *
 * Next to these there are frames of retries (`retries.ts`), of processes that send requests (`writers.ts`), of how far a journal was read (`cuts.ts`), and frames that nothing waits for: in which journal segment a group has its effects. A segment goes
 * only when its groups are published, so one that is missing before was lost (`verify` reports it).
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { storageError } from '../../disk/storage-error.ts'
import { type Cuts, type LogContents, readLog } from '../../journal/replay.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { parseCommitsName } from '../files/layout.ts'
import { Fields } from '../files/read-file.ts'
import { type BatchRecord, batchesIn } from './batches.ts'
import { cutIn, lossesInCut, shortest } from './cuts.ts'
import { type PostProcessingCommit, postProcessingIn } from './post-processing-commits.ts'
import { type Retries, retriesIn } from './retries.ts'
import { blocksIn, type RecordedWriter, writerIn } from './writers.ts'

/** A row that was given up: its index over the dataset as planned (within a resized group: from its first row on), the column that failed, the code of the error. */
export type DroppedRow = readonly [row: number, column: string, code: string]

/** How many cells of a column were skipped. */
export type SkippedCells = readonly [column: string, cells: number]

/** A published row group. */
export interface Commit {
  readonly epoch: number
  readonly group: number
  readonly firstRow: number
  readonly plannedRows: number
  /** Rows in the main file: planned less dropped. */
  readonly rows: number
  readonly dropped: readonly DroppedRow[]
  /** Skipped cells of the rows in the main file, by column; columns without any are left out. */
  readonly skipped?: readonly SkippedCells[]
  /** What the group cost; not looked into here. Null for a group known only by its file. */
  readonly ledger: Value
  readonly files: readonly CommittedFile[]
  /** Its commit was lost and made again from its files: the ledger has only what ended. */
  readonly rebuilt?: boolean
  /** The highest retry that its rows have; left out for none. */
  readonly retried?: number
  /** The SHA-256 of the main file whose place its own takes; left out for the first of its group. */
  readonly replaces?: string
}

export interface CommittedFile {
  /** Final path, relative to the dataset directory, with `/`. */
  readonly path: string
  /** The main file makes the group exist; sidecar files go with it. */
  readonly role: 'main' | 'companion'
  readonly size: number
  readonly sha256: string
  /** Its name in the drafts folder until it has its final one. */
  readonly draft: string
}

/** The frame of a commit; its epoch is the file's. */
export function commitBody(commit: Omit<Commit, 'epoch'>): string {
  const { group, firstRow, plannedRows, rows, dropped, skipped, ledger, files } = commit
  const { rebuilt, retried, replaces } = commit
  const numbers = toValue({
    group,
    first_row: firstRow,
    planned_rows: plannedRows,
    rows,
    dropped,
    skipped,
    files,
    rebuilt,
    retried,
    replaces,
  })
  return formatJson({ kind: 'group', ...(numbers as ValueObject), ledger })
}

/** The data file of a committed row group: it has one always. */
export function mainFileOf({ group, files }: Pick<Commit, 'group' | 'files'>): CommittedFile {
  const file = files.find(({ role }) => role === 'main')
  if (file === undefined)
    throw new RowsmithError('internal', `The commit of row group ${group} names no data file.`)
  return file
}

/** A row group that has effects in a journal segment. */
export interface Mention {
  readonly group: number
  /** The segment's file name. */
  readonly segment: string
}

/** The frame of a mention. */
export function mentionBody({ group, segment }: Mention): string {
  return formatJson({ kind: 'mention', group: BigInt(group), segment })
}

/** Reads what `mentionBody` wrote; undefined for a frame of another kind. */
export function mentionIn(body: string, path: string): Mention | undefined {
  const record = new Fields(parseJson(body) as ValueObject, path, 'journal_damaged')
  if (record.string('kind') !== 'mention') return undefined
  return { group: record.count('group'), segment: record.string('segment') }
}

/** All commits of row groups; see `readCommitLogs`. @throws RowsmithError journal_damaged or io_error */
export async function readCommits(directory: DatasetDirectory): Promise<Commit[]> {
  return (await readCommitLogs(directory)).commits
}

/** What the commit logs say: commits as `readCommits` gives them, retries, the last table of a stage, and processes that sent requests. */
export interface CommitLogs {
  readonly commits: Commit[]
  readonly retries: Retries
  readonly batches: readonly BatchRecord[]
  readonly postProcessing: PostProcessingCommit | undefined
  /** Every table that a stage made, the last one last. */
  readonly stages: readonly PostProcessingCommit[]
  /** Which row groups have effects in which segment. */
  readonly mentions: readonly Mention[]
  /** In the order of their first requests. */
  readonly writers: readonly RecordedWriter[]
  /** Segments whose end was not whole when they were read. */
  readonly torn: ReadonlySet<string>
  /** Lost files of stored answers whose loss was accepted, with the epoch that did. */
  readonly accepted: ReadonlyMap<string, number>
  /** How much of the journals of former writers counts. */
  readonly cuts: Cuts
  /** Requests that may be missing in the accounting of blocks whose logs were removed. */
  readonly unrecordedOfBlocks: number
  /** Of all logs together, as read. */
  readonly bytes: number
  /** Epochs whose log ends in bytes that are damage, or what its process was writing when it died. */
  readonly unclear: readonly number[]
}

/** @throws RowsmithError as `readCommits` */
export async function readCommitLogs(directory: DatasetDirectory): Promise<CommitLogs> {
  const { layout, disk } = directory
  const found = new FoundFrames()
  for (const epoch of await commitEpochs(directory)) {
    const path = layout.commits(epoch)
    const log = await readLog(disk, path).catch((error) => {
      throw storageError(error, 'read', path)
    })
    found.add(log, epoch, path)
  }
  return found.logs()
}

/** The frames of commit logs, sorted by what they say. Each is parsed once: there is one for every row group, and more. */
class FoundFrames {
  readonly #commits: Commit[] = []
  readonly #others: [body: string, path: string][] = []
  readonly #writers: RecordedWriter[] = []
  readonly #cuts: Cuts[] = []
  readonly #torn = new Set<string>()
  readonly #accepted = new Map<string, number>()
  readonly #stages: PostProcessingCommit[] = []
  readonly #mentions: Mention[] = []
  /** By the first row group of those blocks: their loss is carried over once. */
  readonly #ofBlocks = new Map<number, number>()
  #bytes = 0
  readonly #unclear: number[] = []

  /** @throws RowsmithError journal_damaged */
  add({ records, ended, size, unclear }: LogContents, epoch: number, path: string): void {
    this.#bytes += size
    if (unclear) this.#unclear.push(epoch)
    for (const body of records) this.#addFrame(body, { epoch, path, ended })
  }

  #addFrame(body: string, { epoch, path, ended }: { epoch: number; path: string; ended: boolean }): void {
    switch (kindOf(body, path)) {
      case 'group':
        this.#commits.push(present(commitIn(body, epoch, path), path))
        return
      case 'mention':
        this.#mentions.push(present(mentionIn(body, path), path))
        return
      case 'writer':
        this.#writers.push({ ...present(writerIn(body, path), path), ended, epoch })
        return
      case 'blocks':
        this.#ofBlocks.set(...blocksIn(body, path))
        return
      case 'stage':
        this.#stages.push(present(postProcessingIn(body, epoch, path), path))
        return
      case 'cut': {
        const { torn, lost } = lossesInCut(body)
        this.#cuts.push(present(cutIn(body), path))
        for (const name of torn) this.#torn.add(name)
        for (const file of lost) this.#accepted.set(file, epoch)
        return
      }
      default:
        this.#others.push([body, path])
    }
  }

  logs(): CommitLogs {
    return {
      commits: this.#commits,
      retries: retriesIn(this.#others),
      batches: batchesIn(this.#others),
      postProcessing: this.#stages.at(-1),
      stages: this.#stages,
      mentions: this.#mentions,
      writers: this.#writers,
      torn: this.#torn,
      accepted: this.#accepted,
      cuts: shortest(this.#cuts),
      unrecordedOfBlocks: [...this.#ofBlocks.values()].reduce((sum, count) => sum + count, 0),
      bytes: this.#bytes,
      unclear: this.#unclear,
    }
  }
}

/** What a frame says it is: every frame begins with it. @throws RowsmithError journal_damaged */
function kindOf(body: string, path: string): string {
  const [, kind] = /^\{"kind":"(\w+)"/.exec(body) ?? []
  return kind ?? new Fields(parseJson(body) as ValueObject, path, 'journal_damaged').string('kind')
}

/** How many bytes the commit logs have now. @throws RowsmithError io_error */
export async function commitBytes(directory: DatasetDirectory): Promise<number> {
  const { layout } = directory
  let bytes = 0
  for (const epoch of await commitEpochs(directory)) {
    const path = layout.commits(epoch)
    bytes += (await directory.stat(path))?.size ?? 0
  }
  return bytes
}

/** Makes every commit that can be read durable (J5): it is acted upon next. @throws RowsmithError sync_failed */
export async function syncCommits(directory: DatasetDirectory): Promise<void> {
  const { layout, disk } = directory
  let path = layout.own
  try {
    for (const epoch of await commitEpochs(directory)) {
      path = layout.commits(epoch)
      await disk.syncFile(path)
    }
    path = layout.own
    if ((await disk.stat(path)) !== undefined) await disk.syncDirectory(path)
  } catch (error) {
    throw storageError(error, 'sync', path)
  }
}

/** The epochs that left commits, lowest first. */
export async function commitEpochs(directory: DatasetDirectory): Promise<number[]> {
  const { layout, disk } = directory
  const names = await disk.list(layout.own).catch((error) => {
    throw storageError(error, 'list', layout.own)
  })
  return names
    .map(parseCommitsName)
    .filter((epoch) => epoch !== undefined)
    .sort((a, b) => a - b)
}

/** The commit in a frame; undefined for a frame of another kind. @throws RowsmithError journal_damaged */
export function commitIn(body: string, epoch: number, path: string): Commit | undefined {
  const value = parseJson(body) as ValueObject
  const record = new Fields(value, path, 'journal_damaged')
  if (record.string('kind') !== 'group') return undefined
  const dropped = record.any('dropped')
  return {
    epoch,
    ...(record.has('rebuilt') ? { rebuilt: record.boolean('rebuilt') } : {}),
    ...(record.has('retried') ? { retried: record.count('retried') } : {}),
    ...(record.has('replaces') ? { replaces: record.string('replaces') } : {}),
    group: record.count('group'),
    firstRow: record.count('first_row'),
    plannedRows: record.count('planned_rows'),
    rows: record.count('rows'),
    dropped: (dropped as Value[][]).map(([row, column, code]) => [Number(row), String(column), String(code)]),
    ...(record.has('skipped') ? { skipped: parseSkipped(record.any('skipped')) } : {}),
    ledger: record.any('ledger'),
    files: record.objects('files').map((file) => ({
      path: file.string('path'),
      role: file.oneOf('role', ['main', 'companion']),
      size: file.count('size'),
      sha256: file.string('sha256'),
      draft: file.string('draft'),
    })),
  }
}

function parseSkipped(value: Value): SkippedCells[] {
  return (value as Value[][]).map(([column, cells]) => [String(column), Number(cells)])
}
