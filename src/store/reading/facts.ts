/**
 * Reads a directory for the resume decision. Changes nothing and takes no lock; whatever is wrong with a file is
 * a fact, so that the decision can list everything that is wrong at once.
 */

import { join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Value } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { currentProcess, type ProcessIdentity } from '../../disk/process-identity.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { checkJournal, isStarted, type SoundSegments } from '../../journal/replay.ts'
import type { DatasetFacts, Defect, Facts, Found, GroupFacts, Loss, MetadataFacts } from '../../plan/facts.ts'
import { groupCount, groupOf } from '../../plan/row-groups.ts'
import { storedPlan } from '../../plan/stored-plan.ts'
import { readMetadata } from '../control/metadata.ts'
import { type RunFile, readRunFile } from '../control/run-file.ts'
import { DatasetDirectory } from '../files/dataset-directory.ts'
import { looksLikeBatch, parseGroupFileName } from '../files/layout.ts'
import { mapWithLimit } from '../files/map-with-limit.ts'
import { readJsonFile } from '../files/read-file.ts'
import { lockFacts } from '../lock/lock.ts'
import { type Commit, type CommitLogs, readCommitLogs } from '../logs/commits.ts'
import { lostSegments, segmentPath } from '../logs/lost-segments.ts'
import { postProcessingState } from '../logs/post-processing-commits.ts'
import { isRetryPending, noRetries } from '../logs/retries.ts'
import { readFooter } from '../publishing/footer.ts'
import { holdsFile } from '../publishing/publish.ts'
import { type ScanOptions, scanRowGroups } from '../publishing/scan-row-groups.ts'

/** Who asks, so that its own lock is not taken for somebody else's. */
export interface FactsOptions {
  /** @default the running process */
  readonly self?: ProcessIdentity
  readonly nonce?: string
  /** Segments of the journal that an earlier look found sound; this one adds to them. @default none */
  readonly soundSegments?: SoundSegments
}

/** Names that make a folder a dataset, by whomever. */
const DATASET_NAMES = ['metadata.json', 'builder_config.json']
const HOLES_SHOWN = 20

/** @throws RowsmithError io_error when the directory itself cannot be read; `dataset_not_found` when a file is in its place */
export async function readFacts(disk: Disk, directory: string, options: FactsOptions = {}): Promise<Facts> {
  const found = await wrapDiskError('read', directory, () => disk.stat(directory))
  if (found === undefined) return { kind: 'nothing' }
  if (found.kind !== 'directory') {
    throw new RowsmithError('dataset_not_found', `${directory} is a file, not a folder.`)
  }
  const dataset = new DatasetDirectory(disk, directory)
  const self = options.self ?? (await currentProcess(disk))
  const lock = await lockFacts(dataset, self, options.nonce)
  const description = await readDescription(dataset)
  if (description === undefined) return { kind: 'empty', lock }
  const { run, metadata } = description
  const progress =
    run.kind === 'read'
      ? await ownProgress(dataset, run.contents, metadata, options.soundSegments)
      : await otherProgress(dataset)
  return { kind: 'dataset', lock, ...description, ...progress }
}

/** What a directory says its dataset is. */
export interface DatasetDescription extends Pick<DatasetFacts, 'metadata' | 'builderConfig'> {
  readonly run: Found<RunFile>
}

/** Undefined when the directory holds no dataset, by whomever. @throws RowsmithError io_error */
export async function readDescription(directory: DatasetDirectory): Promise<DatasetDescription | undefined> {
  const run = await readRunFile(directory)
  if (run.kind === 'absent' && !(await holdsDataset(directory))) return undefined
  const metadata = await readMetadata(directory)
  return { run, metadata, builderConfig: await readBuilderConfig(directory) }
}

async function holdsDataset(directory: DatasetDirectory): Promise<boolean> {
  const { layout } = directory
  const names = await directory.list(directory.path)
  if (names.some((name) => DATASET_NAMES.includes(name))) return true
  const files = await directory.list(layout.parquetFiles)
  return files.some(looksLikeBatch)
}

/** `builder_config.json` holds the config under `data_designer`. */
export function readBuilderConfig(directory: DatasetDirectory): Promise<Found<Value>> {
  const { layout, disk } = directory
  const name = 'builder_config.json'
  return readJsonFile(disk, layout.builderConfig, name, 'no_stored_identity', (fields) => {
    if (Object.hasOwn(fields, 'data_designer')) return fields.data_designer!
    throw new RowsmithError('no_stored_identity', `${name}: the field data_designer is missing.`)
  })
}

type Progress = Pick<
  DatasetFacts,
  'groups' | 'retrying' | 'foreignBatchFiles' | 'journalDamage' | 'lostAnswers' | 'postProcessing'
>

async function ownProgress(
  directory: DatasetDirectory,
  run: RunFile,
  metadata: Found<MetadataFacts>,
  soundSegments: SoundSegments | undefined,
): Promise<Progress> {
  const { layout, disk } = directory
  const journalDamage: Defect[] = []
  const noting = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (!RowsmithError.isInstance(error)) throw error
      journalDamage.push({ code: error.code, message: error.message })
      return undefined
    }
  }
  const logs = await noting(() => readCommitLogs(directory))
  const retries = logs?.retries ?? noRetries
  await noting(() => checkJournal(disk, layout.journal, soundSegments))
  const { groups, foreign } = await scanRowGroups(directory, logs?.commits ?? [], scanOptions(run, metadata))
  const rows = new Map<number, number>()
  const published: Commit[] = []
  for (const [group, state] of groups) {
    if (state.kind === 'open') continue
    rows.set(group, state.commit.rows)
    published.push(state.commit)
  }
  const retrying = retries.all.some(({ number }) => !retries.done.has(number))
  const postProcessing = await postProcessingState(directory, run, published, logs?.postProcessing)
  const lost = logs === undefined ? null : lossOf(await lossesIn(directory, logs, published), run)
  return {
    groups: groupFacts(rows),
    ...(retrying ? { retrying } : {}),
    foreignBatchFiles: foreign,
    journalDamage,
    lostAnswers: lost,
    postProcessing,
  }
}

/**
 * Files of kept answers that row groups need and that are gone, or not what was written, with those groups: journal segments,
 * and the replies of groups that were published once and are to be made again.
 *
 * @param published of the groups whose files are there
 * @returns by path below the dataset directory
 * @throws RowsmithError io_error
 */
export async function lossesIn(
  directory: DatasetDirectory,
  { mentions, commits, retries, accepted }: CommitLogs,
  published: readonly Commit[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const { layout, disk } = directory
  const settled = new Set(
    published.filter((commit) => !isRetryPending(retries, commit)).map(({ group }) => group),
  )
  const names = await directory.list(layout.journal)
  const present = new Set<string>()
  // What is mentioned was durable, at least with its first frame.
  for (const name of names) if (await isStarted(disk, join(layout.journal, name))) present.add(name)
  const isPublished = (group: number): boolean => settled.has(group)
  const segments = lostSegments({ mentions, commits, present, accepted, isPublished, living: undefined })
  const lost = new Map([...segments].map(([name, groups]) => [segmentPath(name), groups]))
  const lasts = new Map([...commits, ...published].map((commit) => [commit.group, commit]))
  const goneGroups = new Set(mentions.flatMap(({ group, segment }) => (present.has(segment) ? [] : [group])))
  const mentioned = new Set(mentions.map(({ group }) => group))
  for (const { group, epoch, files } of lasts.values()) {
    const replies = files.find(({ path }) => path.startsWith('.rowsmith/replies/'))
    if (replies === undefined || isPublished(group)) continue
    // A row group whose publishing was not finished has its answers in the journal still.
    if (mentioned.has(group) && !goneGroups.has(group)) continue
    if ((accepted.get(replies.path) ?? 0) > epoch) continue
    if (!(await holdsFile(disk, directory.file(replies.path), replies))) lost.set(replies.path, [group])
  }
  return lost
}

/** What is lost, and what it costs at most; null for nothing. */
export function lossOf(
  lost: ReadonlyMap<string, readonly number[]>,
  { segments }: Pick<RunFile, 'segments'>,
): Loss | null {
  if (lost.size === 0) return null
  const names = [...lost.keys()]
  const groups = [...new Set([...lost.values()].flat())].sort((a, b) => a - b)
  const planned = groups.filter((group) => group < groupCount(segments))
  const rows = planned.reduce((sum, group) => sum + groupOf(segments, group).rows, 0)
  const which = `row group${groups.length > 1 ? 's' : ''} ${groups.slice(0, 5).join(', ')}${groups.length > 5 ? ' and more' : ''}`
  return {
    message: `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}: gone or damaged, with answers for ${which}; the cells of up to ${rows} rows are asked, and paid for, again.`,
    rows,
    files: names,
  }
}

/**
 * How the files of a run are known. Another tool's row groups count where it began the dataset, and where metadata.json,
 * which it replaces whole, still carries the hash of this run's config.
 */
export function scanOptions(run: RunFile, metadata: Found<MetadataFacts>): ScanOptions {
  const shared = run.file_schema !== null || (metadata.kind === 'read' && isHashOf(run, metadata.contents))
  return {
    rawFolder: run.raw_folder,
    run: { identity: run.rows_identity.hash, groups: groupCount(run.segments) },
    ...(shared ? { importing: storedPlan({ run: { kind: 'read', contents: run }, metadata }) } : {}),
  }
}

/** Whether metadata.json carries the hash of this run's config, or the one of several that a Data Designer would put there. */
function isHashOf(run: RunFile, { config_hash: found }: MetadataFacts): boolean {
  if (run.older_python_hash === undefined) return found === run.config_hash
  return found === null || found === run.config_hash || found === run.older_python_hash
}

/** Progress that somebody else made: whole files, by their footers. */
async function otherProgress(directory: DatasetDirectory): Promise<Progress> {
  const { layout, disk } = directory
  const folder = layout.parquetFiles
  const rows = new Map<number, number>()
  const foreign: string[] = []
  const names = await directory.list(folder)
  await mapWithLimit(names.filter(looksLikeBatch), async (name) => {
    const path = directory.file(`parquet-files/${name}`)
    const entry = await directory.stat(path)
    const footer = entry?.kind === 'file' ? await readFooter(disk, path, entry.size) : undefined
    if (footer === undefined) return
    const group = parseGroupFileName(name)
    if (group === undefined) foreign.push(name)
    else rows.set(group, footer.rows)
  })
  return {
    groups: groupFacts(rows),
    foreignBatchFiles: foreign.sort(),
    journalDamage: [],
    lostAnswers: null,
    postProcessing: 'none',
  }
}

function groupFacts(rowsOf: ReadonlyMap<number, number>): GroupFacts {
  const groups = [...rowsOf.keys()].sort((a, b) => a - b)
  const holes: number[] = []
  let expected = 0
  for (const group of groups) {
    for (; expected < group && holes.length < HOLES_SHOWN; expected++) holes.push(expected)
    expected = group + 1
  }
  const rows = [...rowsOf.values()].reduce((sum, count) => sum + count, 0)
  return { complete: groups.length, rows, highest: groups.at(-1) ?? -1, holes }
}
