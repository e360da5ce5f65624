/**
 * Reads a dataset's rows back from its published files. Needs no lock, also while a run is on: a file under its
 * final name is whole and never changes.
 *
 * Owns: order and values of rows. Rules:
 *   1. Files go by group number, as numbers; other files in the folder, and numbers outside the plan, are none of the dataset.
 *   2. One file in memory at a time.
 *   3. Where a stage makes the dataset, its table is the dataset, from the first time it is in place; until then there are no
 *      rows. The rows as they were generated are had with `raw`.
 *   5. Rows come from bytes that were checked (`checked-files.ts`). What only a footer says, such as how many rows there are, is
 *      not checked against the bytes.
 *   4. Values are as they were before they were written (`parquet-rows.ts`).
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { groupCount } from '../../plan/row-groups.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { parseGroupFileName, type RawFolder } from '../../store/files/layout.ts'
import { mapWithLimit } from '../../store/files/map-with-limit.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { type Row, unreadable } from '../../store/parquet/parquet-rows.ts'
import { type FoundFooter, readFooter } from '../../store/publishing/footer.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'

/** The published rows of one dataset directory. */
export class DatasetResults {
  readonly #disk: Disk
  readonly #directory: string

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /**
   * Every published row, in row order.
   *
   * @param raw as they were generated (rule 3)
   * @throws RowsmithError dataset_not_found, file_damaged for one that is not what was written, or io_error for one that cannot be read
   */
  async *rows(raw = false): AsyncGenerator<Row, void, undefined> {
    const view = this.#look()
    const checked = new CheckedFiles(view)
    for (const path of await publishedFiles(view, raw)) {
      yield* await checked.rows(path)
    }
  }

  /** How many rows are published, by the footers of their files. @throws RowsmithError as `rows` */
  async countRecords(): Promise<number> {
    const files = await publishedFiles(this.#look())
    const counts = await mapWithLimit(files, async (path) => (await publishedFooter(this.#disk, path)).rows)
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** A run may be on: the caller looks again. */
  #look(): DatasetView {
    return DatasetView.at(this.#disk, this.#directory)
  }
}

/** The first `count` rows, fewer when there are not as many. */
export async function firstRows(rows: AsyncIterable<Row>, count: number): Promise<Row[]> {
  const first: Row[] = []
  if (count <= 0) return first
  for await (const row of rows) {
    first.push(row)
    if (first.length >= count) break
  }
  return first
}

/**
 * Main files under their final names that the plan has, by group number.
 *
 * @param raw those of the rows as they were generated, where a stage makes the dataset of them
 * @throws RowsmithError dataset_not_found, metadata_corrupt, metadata_incomplete, io_error
 */
export async function publishedFiles(view: DatasetView, raw = false): Promise<string[]> {
  await requireReadable(view)
  const { directory } = view
  const folder = raw ? await rawFolderOf(view) : 'parquet-files'
  const listed = await directory.files.list(folder)
  const replaced = listed.length > 0 || raw ? undefined : await replacedTable(directory)
  const [holder, names] = replaced ?? [folder, listed]
  const run = await view.run()
  // Without a plan that can be read, as in a directory of another tool, every number counts; so it does in the table of a
  // stage, which has as many files as its rows take.
  const groups =
    run.kind === 'read' && (run.contents.raw_folder === 'parquet-files' || raw)
      ? groupCount(await view.plan())
      : Number.POSITIVE_INFINITY
  return names
    .map((name) => ({ name, group: parseGroupFileName(name) }))
    .filter(
      (file): file is { name: string; group: number } => file.group !== undefined && file.group < groups,
    )
    .sort((a, b) => a.group - b.group)
    .map(({ name }) => directory.files.place(`${holder}/${name}`))
}

async function rawFolderOf(view: DatasetView): Promise<RawFolder> {
  const run = await view.run()
  return run.kind === 'read' ? run.contents.raw_folder : 'parquet-files'
}

/** While the table of a stage takes the place of the old one, the old one lies aside. */
async function replacedTable(directory: DatasetDirectory): Promise<[string, string[]] | undefined> {
  for (const name of await directory.files.list('.rowsmith/stage')) {
    const folder = `.rowsmith/stage/${name}/parquet-files`
    if (!name.startsWith('old-')) continue
    const names = await directory.files.list(folder)
    if (names.length > 0) return [folder, names]
  }
  return undefined
}

/**
 * What every reader does first: a file in place of a directory is no dataset, and what is below it cannot be read.
 *
 * @throws RowsmithError dataset_not_found when the path holds nothing that makes it a dataset
 */
export async function requireDataset({ path, files }: DatasetDirectory): Promise<void> {
  for (const name of ['.rowsmith/run.json', 'metadata.json', 'parquet-files']) {
    if (await files.has(name)) return
  }
  throw new RowsmithError('dataset_not_found', `${path} is no dataset directory.`, { facts: { path } })
}

/**
 * A dataset whose metadata.json means something, or is not there: what cannot be continued is not shown as if nothing were wrong.
 *
 * @throws RowsmithError dataset_not_found, metadata_corrupt, metadata_incomplete
 */
export async function requireReadable(view: DatasetView): Promise<void> {
  await requireDataset(view.directory)
  contentsOf(await view.metadata())
}

/** What a published file says of itself. @throws RowsmithError io_error */
export async function publishedFooter(disk: Disk, path: string): Promise<FoundFooter> {
  const entry = await wrapDiskError('read', path, () => disk.stat(path))
  const footer = entry === undefined ? undefined : await readFooter(disk, path, entry.size)
  if (footer === undefined) throw unreadable(path)
  return footer
}
