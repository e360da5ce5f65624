/**
 * The journal and the commit logs as they lie there: nothing is refused, whatever happened to them.
 *
 * Owns: which frames are whole, in which log they belong. What is wrong with a log is `check-logs.ts`.
 */

import type { Cuts } from '../../journal/replay.ts'
import { segmentNames } from '../../journal/replay.ts'
import { type ScannedLog, scanLog } from '../../journal/scan.ts'
import { parseRecord } from '../../run/effects/journal-records.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { type Commit, commitEpochs, commitIn, type Mention, mentionIn } from '../../store/logs/commits.ts'
import { cutIn, lossesInCut, shortest } from '../../store/logs/cuts.ts'
import { type PostProcessingCommit, postProcessingIn } from '../../store/logs/post-processing-commits.ts'
import { type Retries, retriesIn } from '../../store/logs/retries.ts'
import { type RecordedWriter, writerIn } from '../../store/logs/writers.ts'

/** A log file. */
export interface LogFile extends ScannedLog {
  readonly kind: 'commits' | 'journal'
  /** Below the dataset directory. */
  readonly path: string
  readonly name: string
  readonly epoch: number
  readonly size: number
  /** The bytes that belong to no whole frame, range by range, a character a byte. */
  readonly badText: readonly string[]
}

export interface Logs {
  readonly files: readonly LogFile[]
  /** In the order in which they were made; of a group the last one counts. */
  readonly commits: readonly Commit[]
  readonly mentions: readonly Mention[]
  readonly writers: readonly Pick<RecordedWriter, 'epoch'>[]
  readonly retries: Retries
  /** Lost files of stored answers whose loss was accepted. */
  readonly accepted: ReadonlyMap<string, number>
  /** The last table that a stage made. */
  readonly postProcessing: PostProcessingCommit | undefined
  /** Frames of the journal that count, by row group, in order: those beyond a cut do not (E12). */
  readonly effects: ReadonlyMap<number, readonly string[]>
  /** How much of the journals of former writers counts, by what the commit logs say. */
  readonly cuts: Cuts
  /** Logs with whole frames that this version cannot read. */
  readonly unreadable: ReadonlySet<string>
}

/** @throws RowsmithError io_error, format_unsupported */
export async function readLogs(directory: DatasetDirectory): Promise<Logs> {
  const journal = segmentNames(await directory.files.list('.rowsmith/journal'))
  const files: LogFile[] = []
  for (const epoch of await commitEpochs(directory)) {
    const name = `commits-${epoch}.log`
    const file = await readLogFile(directory, { kind: 'commits', path: `.rowsmith/${name}`, name, epoch })
    if (file !== undefined) files.push(file)
  }
  for (const { name, epoch } of journal) {
    const path = `.rowsmith/journal/${name}`
    const file = await readLogFile(directory, { kind: 'journal', path, name, epoch })
    if (file !== undefined) files.push(file)
  }
  return { files, ...contentsOf(files) }
}

type Named = Pick<LogFile, 'kind' | 'path' | 'name' | 'epoch'>

/** Undefined for one that vanished meanwhile: a living writer removes segments. */
export async function readLogFile(directory: DatasetDirectory, named: Named): Promise<LogFile | undefined> {
  const { files } = directory
  if ((await files.stat(named.path))?.kind !== 'file') return undefined
  const bytes = await files.readFile(named.path)
  const scanned = scanLog(bytes, files.place(named.path))
  const text = (start: number, end: number): string =>
    Buffer.from(bytes.subarray(start, end)).toString('latin1')
  const badText = scanned.bad.map(({ start, end }) => text(start, end))
  return { ...named, ...scanned, size: bytes.byteLength, badText }
}

function contentsOf(files: readonly LogFile[]): Omit<Logs, 'files'> {
  const commits: Commit[] = []
  const mentions: Mention[] = []
  const writers: { epoch: number }[] = []
  const ofRetries: [body: string, path: string][] = []
  const effects = new Map<number, string[]>()
  const unreadable = new Set<string>()
  const accepted = new Map<string, number>()
  let postProcessing: PostProcessingCommit | undefined
  const cuts = cutsIn(files)
  for (const { kind, path, name, epoch, records } of files) {
    const cut = kind === 'journal' ? (cuts.get(name) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY
    for (const { body, end } of records) {
      try {
        if (kind === 'journal') {
          if (end > cut) continue
          const { group } = parseRecord(body)
          const texts = effects.get(group)
          if (texts === undefined) effects.set(group, [body])
          else texts.push(body)
          continue
        }
        const commit = commitIn(body, epoch, path)
        if (commit !== undefined) commits.push(commit)
        if (writerIn(body, path) !== undefined) {
          writers.push({ epoch })
          continue
        }
        if (cutIn(body) !== undefined) {
          for (const lost of lossesInCut(body).lost) accepted.set(lost, epoch)
          continue
        }
        const mention = commit === undefined ? mentionIn(body, path) : undefined
        if (commit === undefined && mention === undefined) {
          // Read at once, so that one that cannot be read is reported with its log.
          retriesIn([[body, path]])
          ofRetries.push([body, path])
        }
        if (mention !== undefined) mentions.push(mention)
        else if (commit === undefined) postProcessing = postProcessingIn(body, epoch, path) ?? postProcessing
      } catch {
        unreadable.add(path)
      }
    }
  }
  return {
    commits,
    mentions,
    writers,
    retries: retriesIn(ofRetries),
    accepted,
    postProcessing,
    effects,
    cuts,
    unreadable,
  }
}

function cutsIn(files: readonly LogFile[]): Cuts {
  const cuts: Cuts[] = []
  for (const { kind, records } of files) {
    if (kind !== 'commits') continue
    for (const { body } of records) {
      try {
        cuts.push(cutIn(body) ?? new Map())
      } catch {
        // Reported when its log is read for everything else.
      }
    }
  }
  return shortest(cuts)
}
