/**
 * Rows of row groups that are started and not published, made again of the answers that are stored.
 *
 * Owns: which row groups those are, and their rows. Never: takes a lock, changes a byte of the dataset, or sends a request.
 * Rules:
 *   1. A row counts when all its cells are there. What another process that was taken over from wrote late is none (E12).
 *   2. The journal is read before the files are listed: a group that is published in between is read from its file.
 *   3. One row group is in memory at a time, with frames of others up to a limit.
 *   4. Functions of a config are run only where the caller gives that config: looking at a dataset runs no code.
 *   5. Where a stage makes the dataset, they are raw rows: the stage has not seen them. Until it has run once, raw rows are all
 *      there is: they are shown, and the result says that they are raw.
 */

import { basename, join } from 'node:path'
import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { shellWord } from '../../base/text/shell-word.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { temporaryFolder } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { groupCount, groupOf } from '../../plan/row-groups.ts'
import { parseRecord } from '../../run/effects/journal-records.ts'
import { hasCode } from '../../run/open/stored-code.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { groupFileName, parseGroupFileName } from '../../store/files/layout.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { type Row, rowsOfParquet } from '../../store/parquet/parquet-rows.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import type { Lacking } from '../../store/view/lacks.ts'
import { Replayer } from '../replay/replayer.ts'
import { publishedFiles, requireDataset } from './dataset-results.ts'

/** What files and rows are made from, in addition to the directory. */
export interface Reading {
  readonly disk: Disk
  readonly encoder: () => Encodes
  /** The config that the dataset was made from, if that is code. */
  readonly config?: Config | undefined
}

/** Frames of several groups that are held at once, in characters. */
const STORED_MAX = 32_000_000

/** The rows of one group whose cells are all there. */
interface UnfinishedGroup {
  readonly group: number
  /** Their numbers over the dataset. */
  readonly rows: readonly number[]
  /** A file like the one that the group will have, with these rows alone. */
  file(): Promise<Uint8Array>
}

/** How much of what was read is of unfinished row groups. */
export interface UnfinishedCount {
  readonly rows: number
  readonly groups: number
  /** Why such rows cannot be made again; null when they were, or there are none. */
  readonly why: string | null
  /** Raw rows were not requested, and post-processing has made no others yet. */
  readonly raw?: true
  /** Where the files of another tool are not what its metadata.json says; left out where they are. */
  readonly not_whole?: readonly Lacking[]
}

/** The unfinished row groups of one dataset. */
class Unfinished {
  /** Main files that are published, in row order. */
  readonly files: readonly string[]
  /** Whether they are raw rows though others were requested (rule 5). */
  readonly onlyRaw: boolean
  readonly notWhole: readonly Lacking[]
  /** Groups that are started and have no file, by number, with the size of what is stored of each. */
  readonly #started: ReadonlyMap<number, number>
  readonly #reading: Reading
  readonly #view: DatasetView
  readonly #run: RunFile | undefined
  readonly #stored = new Map<number, string[]>()
  #encodes: Encodes | undefined
  #replayer: Replayer | undefined

  private constructor(
    reading: Reading,
    view: DatasetView,
    run: RunFile | undefined,
    found: Pick<Unfinished, 'files' | 'onlyRaw' | 'notWhole'> & { started: ReadonlyMap<number, number> },
  ) {
    this.#reading = reading
    this.#view = view
    this.#run = run
    this.files = found.files
    this.onlyRaw = found.onlyRaw
    this.notWhole = found.notWhole
    this.#started = found.started
  }

  /** @param requested raw rows. @throws RowsmithError dataset_not_found, journal_damaged, io_error */
  static async open(reading: Reading, view: DatasetView, wantsRaw: boolean): Promise<Unfinished> {
    await requireDataset(view.directory)
    const run = await view.plannedRun()
    const started = new Map<number, number>()
    // Rule 5.
    const staged = run !== undefined && run.raw_folder !== 'parquet-files'
    const onlyRaw = staged && !wantsRaw && (await publishedFiles(view)).length === 0
    const raw = wantsRaw || onlyRaw
    if (run !== undefined && (raw || !staged)) {
      for await (const { records } of view.journal()) {
        for (const text of records) {
          const { group } = parseRecord(text)
          if (group < groupCount(run.segments)) started.set(group, (started.get(group) ?? 0) + text.length)
        }
      }
    }
    const files = await publishedFiles(view, raw)
    for (const path of files) started.delete(groupOfFile(path))
    const notWhole = await view.unlikeMetadata()
    return new Unfinished(reading, view, run, { files, started, onlyRaw, notWhole })
  }

  /** Groups that are started, in row order. */
  get started(): readonly number[] {
    return [...this.#started.keys()].sort((a, b) => a - b)
  }

  /** The rows of one of them that are there. @throws RowsmithError why none can be made */
  async rebuild(group: number): Promise<UnfinishedGroup> {
    const run = present(this.#run, 'run.json')
    if (!this.#stored.has(group)) await this.#hold(group)
    const records = this.#stored.get(group) ?? []
    this.#stored.delete(group)
    this.#encodes ??= this.#reading.encoder()
    this.#replayer ??= await this.#open(run, this.#encodes)
    return { group, ...(await this.#replayer.whole(groupOf(run.segments, group), records)) }
  }

  async #open(run: RunFile, encodes: Encodes): Promise<Replayer> {
    const { config } = this.#reading
    if (config === undefined && hasCode(run)) {
      const launch = contentsOf(await this.#view.launch())
      const file = launch?.config_file ?? 'FILE'
      throw new RowsmithError(
        'function_missing',
        `its config is code, which is run when it is given: --config ${shellWord(file)}`,
      )
    }
    return Replayer.open(this.#view, run, encodes, config === undefined ? {} : { config, runCode: true })
  }

  async close(): Promise<void> {
    await this.#replayer?.close()
    await this.#encodes?.close()
  }

  /** Frames of a group, and of as many after it as may be held, in one reading of the journal. */
  async #hold(first: number): Promise<void> {
    this.#stored.clear()
    let size = 0
    for (const group of this.started) {
      if (group < first) continue
      size += this.#started.get(group) ?? 0
      if (group !== first && size > STORED_MAX) break
      this.#stored.set(group, [])
    }
    for await (const { records } of this.#view.journal()) {
      for (const text of records) this.#stored.get(parseRecord(text).group)?.push(text)
    }
  }
}

/** How many rows are there in groups that are started. Never rejects for what cannot be made again. */
export async function countUnfinished(reading: Reading, directory: string): Promise<UnfinishedCount> {
  const unfinished = await Unfinished.open(reading, DatasetView.at(reading.disk, directory), true)
  try {
    return await eachUnfinished(unfinished, async () => {})
  } finally {
    await unfinished.close()
  }
}

/** Of a file that was found by its name. */
function groupOfFile(path: string): number {
  return present(parseGroupFileName(basename(path)), 'names of row groups')
}

/** What must be known of rows, whichever they are. */
function remarks({ files, started, onlyRaw, notWhole }: Unfinished): Pick<RowsSoFar, 'raw' | 'not_whole'> {
  return {
    ...(onlyRaw && files.length + started.length > 0 ? { raw: true } : {}),
    ...(notWhole.length > 0 ? { not_whole: notWhole } : {}),
  }
}

async function eachUnfinished(
  unfinished: Unfinished,
  take: (rebuilt: UnfinishedGroup) => Promise<void>,
): Promise<UnfinishedCount> {
  const more = remarks(unfinished)
  let [rows, groups] = [0, 0]
  for (const group of unfinished.started) {
    let rebuilt: UnfinishedGroup
    try {
      rebuilt = await unfinished.rebuild(group)
    } catch (error) {
      return { rows, groups, why: asRowsmithError(error).message.replace(/\.$/, ''), ...more }
    }
    if (rebuilt.rows.length === 0) continue
    await take(rebuilt)
    rows += rebuilt.rows.length
    groups++
  }
  return { rows, groups, why: null, ...more }
}

/**
 * Has files of all rows that are there read: published ones where they lie, others from a folder that is removed again.
 *
 * @param use gets them in row order, and which of them are of unfinished row groups
 */
export async function withUnfinishedFiles<T>(
  reading: Reading,
  view: DatasetView,
  raw: boolean,
  use: (files: readonly string[], count: UnfinishedCount, aside: readonly string[]) => Promise<T>,
): Promise<T> {
  const { disk } = reading
  const unfinished = await Unfinished.open(reading, view, raw)
  const aside: string[] = []
  let folder: string | undefined
  try {
    const count = await eachUnfinished(unfinished, async (rebuilt) => {
      folder ??= await wrapDiskError('create', 'a temporary folder', temporaryFolder)
      const path = join(folder, groupFileName(rebuilt.group))
      aside.push(path)
      const file = await wrapDiskError('create', path, () => disk.create(path))
      try {
        await file.append(await rebuilt.file())
      } finally {
        await file.close()
      }
    })
    return await use(
      [...unfinished.files, ...aside].sort((a, b) => groupOfFile(a) - groupOfFile(b)),
      count,
      aside,
    )
  } finally {
    await unfinished.close()
    for (const path of aside) await disk.remove(path).catch(() => {})
    if (folder !== undefined) await disk.removeDirectory(folder).catch(() => {})
  }
}

/** The first rows that there are, and which of them are of unfinished row groups. */
export interface RowsSoFar {
  readonly rows: readonly Row[]
  /** Of each unfinished row group that rows are shown of: their numbers over the dataset. */
  readonly unfinished: readonly { readonly group: number; readonly rows: readonly number[] }[]
  readonly why: string | null
  /** Raw rows were not requested, and post-processing has made no others yet. */
  readonly raw?: true
  /** Where the files of another tool are not what its metadata.json says; left out where they are. */
  readonly not_whole?: readonly Lacking[]
}

/** In row order. @throws RowsmithError as `Unfinished.open` */
export async function rowsSoFar(
  reading: Reading,
  directory: string,
  count: number,
  raw: boolean,
): Promise<RowsSoFar> {
  const unfinished = await Unfinished.open(reading, DatasetView.at(reading.disk, directory), raw)
  const found: Row[] = []
  const shown: { group: number; rows: readonly number[] }[] = []
  let why: string | null = null
  const byGroup = new Map(unfinished.files.map((path) => [groupOfFile(path), path]))
  try {
    const groups = [...byGroup.keys(), ...unfinished.started].sort((a, b) => a - b)
    for (const group of groups) {
      if (found.length >= count) break
      const path = byGroup.get(group)
      if (path === undefined && why !== null) continue
      try {
        const rebuilt = path === undefined ? await unfinished.rebuild(group) : undefined
        if (rebuilt?.rows.length === 0) continue
        const bytes =
          path === undefined
            ? await present(rebuilt, 'rebuilt row groups').file()
            : await wrapDiskError('read', path, () => reading.disk.readFile(path))
        const rows = (await rowsOfParquet(bytes, path ?? groupFileName(group))).slice(0, count - found.length)
        found.push(...rows)
        if (rebuilt !== undefined) shown.push({ group, rows: rebuilt.rows.slice(0, rows.length) })
      } catch (error) {
        if (path !== undefined) throw error
        why = asRowsmithError(error).message.replace(/\.$/, '')
      }
    }
  } finally {
    await unfinished.close()
  }
  return { rows: found, unfinished: shown, why, ...remarks(unfinished) }
}
