/**
 * What a stage gives to the next one: its files as they are, or a file made of them.
 *
 * Rules:
 *   1. A file that is made is named after all it is made of (the contents of the stage's files, the condition, the source of the
 *      function) and the number of its rows. It gets its name whole, so one that is there is never made again.
 *   2. Nothing is removed: what an earlier condition chose stays.
 */

import { dirname, join, relative, sep } from 'node:path'
import { sha256 } from '../base/numbers/hash.ts'
import { canonicalJson } from '../base/values/json.ts'
import type { StepOutput } from '../config/files/workflow.ts'
import type { Disk } from '../disk/disk.ts'
import { wrapDiskError } from '../disk/storage-error.ts'
import { exportRows } from '../results/export/export.ts'
import { scanColumns } from '../results/rows/columns.ts'
import { DatasetResults, publishedFiles } from '../results/rows/dataset-results.ts'
import { processorFiles } from '../results/rows/processor-rows.ts'
import { matchingRows } from '../results/rows/where.ts'
import { given } from '../run/request/options.ts'
import { contentsOf } from '../seed/files/files.ts'
import { type FileOwner, temporaryName } from '../store/files/atomic-file.ts'
import { createDatasetDirectory, syncDirectory } from '../store/files/directories.ts'
import { processorFolder } from '../store/files/layout.ts'
import type { Row } from '../store/parquet/parquet-rows.ts'
import { CheckedFiles } from '../store/reading/checked-files.ts'
import { DatasetView } from '../store/view/dataset-view.ts'
import { outputsFolder } from './places.ts'
import { writeTransformed } from './transformed.ts'

/**
 * Makes other rows of a stage's rows, which come one after the other. Equal rows have to give equal rows.
 *
 * @param rows integers are bigints, floats numbers
 * @returns plain objects: values as they were given, or data of its own, in which whole numbers are integers
 */
export type RowsTransform = (rows: AsyncIterable<Row>) => AsyncIterable<object> | Iterable<object>

/** What the next stage starts from. */
export interface StepRows {
  /** A seed's path, relative to the dataset directory of the next stage. */
  readonly path: string
  readonly rows: number
}

export interface FinishedStep {
  /** The workflow's folder. */
  readonly folder: string
  /** The stage's dataset, a name below it. */
  readonly directory: string
  /** Rows of the dataset. */
  readonly rows: number
  readonly output: StepOutput
  readonly transform: RowsTransform | undefined
}

/** @throws RowsmithError where_invalid, aborted, file_damaged or another storage error; whatever the function throws */
export async function outputOf(
  disk: Disk,
  step: FinishedStep,
  writer: FileOwner,
  signal: AbortSignal | undefined,
): Promise<StepRows> {
  const { directory, rows, output, transform } = step
  const { processor, where } = output
  const source = join(step.folder, directory)
  const view = DatasetView.at(disk, source)
  const files = await publishedFiles(view)
  if (processor === null) await new CheckedFiles(view).require(files)
  if (where === null && transform === undefined) {
    if (processor === null) return { path: `../${directory}/parquet-files/*.parquet`, rows }
    return processorOutput(disk, step, processor)
  }
  const contents = await contentsOf({ paths: files })
  const function_ = transform === undefined ? null : String(transform)
  const key = sha256(canonicalJson([contents, where, function_])).slice(0, 16)
  const filtered = {
    folder: join(step.folder, outputsFolder),
    name: `${directory}-${key}`,
  }
  const before = await writtenBefore(disk, filtered)
  if (before !== undefined) return before
  await createDatasetDirectory(disk, filtered.folder)
  const temporary = temporaryName(join(filtered.folder, filtered.name), writer)
  const count =
    transform === undefined
      ? await choose(disk, source, where, temporary, signal)
      : await transformed(disk, temporary, { ...step, transform }, source)
  const name = `${filtered.name}-${count}.parquet`
  await wrapDiskError('rename', name, () => disk.rename(temporary, join(filtered.folder, name)))
  await syncDirectory(disk, filtered.folder)
  return { path: `../${outputsFolder}/${name}`, rows: count }
}

/** What a schema_transform made, which lies next to the raw rows where others of them are left: it has as many rows as those. */
async function processorOutput(
  disk: Disk,
  { folder, directory }: FinishedStep,
  processor: string,
): Promise<StepRows> {
  const source = join(folder, directory)
  const view = DatasetView.at(disk, source)
  const files = await processorFiles(view, processor)
  await new CheckedFiles(view).require(files)
  const { rows } = await scanColumns(view, files)
  const [first = join(source, processorFolder(processor), 'x')] = files
  return { path: `../${relative(folder, dirname(first)).split(sep).join('/')}/*.parquet`, rows }
}

async function writtenBefore(
  disk: Disk,
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<StepRows | undefined> {
  const names = await wrapDiskError('list', folder, () => disk.list(folder))
  for (const found of names) {
    const rows = found.startsWith(`${name}-`) ? /^(\d+)\.parquet$/.exec(found.slice(name.length + 1)) : null
    if (rows) return { path: `../${outputsFolder}/${found}`, rows: Number(rows[1]) }
  }
  return undefined
}

async function choose(
  disk: Disk,
  source: string,
  where: string | null,
  output: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const options = { format: 'parquet', output, ...given('where', where), ...given('signal', signal) } as const
  return (await exportRows(disk, source, options)).rows
}

async function transformed(
  disk: Disk,
  path: string,
  { directory, output, transform }: FinishedStep & { readonly transform: RowsTransform },
  source: string,
): Promise<number> {
  const view = DatasetView.at(disk, source)
  const found = await scanColumns(view, await publishedFiles(view))
  const rows = rowsWhere(view, output.where, found)
  return writeTransformed(disk, path, { directory, fields: found.columns, rows, transform })
}

async function* rowsWhere(
  view: DatasetView,
  where: string | null,
  found: Awaited<ReturnType<typeof scanColumns>>,
): AsyncGenerator<Row> {
  const names = found.columns.map(({ name }) => name)
  const matching =
    where === null ? undefined : await matchingRows(await publishedFiles(view), names, found.rows, where)
  let at = 0
  for await (const row of new DatasetResults(view.directory.disk, view.directory.path).rows()) {
    if (matching === undefined || matching[at] === 1) yield row
    at++
  }
}
