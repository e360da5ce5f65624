/**
 * The stage of one run: from whole raw row groups to the table that readers see.
 *
 * Owns: when a stage is due, and the order in which its work becomes the dataset.
 * Rules:
 *   S1. Its input are the raw row groups, all of them: a dataset that is short of its plan has no stage yet. They stay.
 *   S2. The table is written aside and synced, folders included; one commit frame is durable; then the table takes the place of
 *       the old one; then metadata.json says "complete"; then the old one goes. Stopped before the frame, all of it is forgotten
 *       and done again; after it, recovery finishes.
 *   S3. A processor that fails leaves everything as it was. Nothing is ever requested for a stage.
 *   S4. The same raw row groups and processors give the same bytes: files are cut by the plan's buffer size.
 *   S5. Without a processor left in the config the table is the raw row groups, byte for byte.
 *   S6. Raw row groups are read through and held against their commits first: what a commit of the table vouches for was what it
 *       was made from.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { settledType } from '../../base/values/common-type.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { type PostProcessing, runPostProcessing } from '../../post/post-processing.ts'
import { recut, type SchemaField, type Table, type TablePart } from '../../post/table.ts'
import { writeSynced } from '../../store/files/atomic-file.ts'
import { syncDirectory } from '../../store/files/directories.ts'
import { groupFileName, processorFolder } from '../../store/files/layout.ts'
import { type Commit, mainFileOf } from '../../store/logs/commits.ts'
import {
  type PostProcessingCommit,
  type PostProcessingFile,
  type PostProcessingOutput,
  postProcessingInput,
} from '../../store/logs/post-processing-commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { postProcessingFooterKeys } from '../../store/publishing/footer.ts'
import { swapTable } from '../../store/publishing/table-swap.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { TableDraft } from '../../store/writing/table-draft.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { ResolvedComponents } from '../request/options.ts'
import { folderSchema } from '../seal/import-row-groups.ts'

export interface PostProcessingWork {
  readonly dataset: OpenDataset
  readonly components: Pick<ResolvedComponents, 'disk'>
  /** Undefined: none is left in the config (S5). */
  readonly postProcessing: PostProcessing | undefined
  /** Of every row group of the plan, in plan order, with the checksums of their files. */
  readonly commits: readonly Commit[]
  readonly encoder: Encodes
  /** Throws what the run is to be stopped by. */
  readonly checkStopped: () => void
  /** Fires when a function is not waited for any more. */
  readonly abortInFlight: AbortSignal
  /** Rows so far. */
  readonly onProgress: (rows: number) => void
}

/** Rows of a file that lasts as long as the stage. */
const scratchRows = 20_000

/** Makes the table and puts it in place (S2, up to metadata.json). @throws RowsmithError post_processing_failed, or of class storage */
export async function writeTable(work: PostProcessingWork): Promise<PostProcessingCommit> {
  const { directory, run, writer } = work.dataset
  const input = postProcessingInput(run.stage_identity, work.commits)
  if (input === undefined)
    throw new RowsmithError('internal', 'The checksum of a raw row group is not known.')
  const draft = `${writer.epoch}-1`
  const table = new TableWriter(work, await TableDraft.create(directory, draft))
  if (work.postProcessing === undefined) await table.copyRaw()
  else await fromProcessors(work, work.postProcessing, table)
  const result = await table.finish()
  work.checkStopped()
  const commit = await writer.commitPostProcessing({ input, draft, ...result })
  await swapTable(directory, commit)
  return commit
}

async function fromProcessors(
  work: PostProcessingWork,
  postProcessing: PostProcessing,
  table: TableWriter,
): Promise<void> {
  const { directory, run } = work.dataset
  const files = work.commits.map((commit) => directory.files.place(mainFileOf(commit).path))
  const scratch = new Scratch(work)
  const checked = new CheckedFiles(new DatasetView(directory))
  try {
    await checked.require(files)
    const input = {
      fields: await rawFields(work),
      files,
      rows: async function* () {
        for (const path of files) yield* await checked.rows(path)
      },
      keepTable: (stored: Table) => scratch.keep(stored),
      abortInFlight: work.abortInFlight,
    }
    await runPostProcessing(postProcessing, input, async (name, result) => {
      const folder = name === null ? 'parquet-files' : processorFolder(name)
      const rows = await table.write(folder, result, present(run.segments[0], 'segments').buffer_size)
      table.note(name, rows)
    })
  } finally {
    await scratch.close()
  }
}

/** The columns of the raw row groups: the same in all of them. */
async function rawFields({ dataset }: PostProcessingWork): Promise<SchemaField[]> {
  const { directory, run } = dataset
  const found = (await folderSchema(directory, run.raw_folder)) ?? []
  return found.map(({ name, type }) => ({ name, type: settledType(type) }))
}

/** A table on its way: its files, each synced. */
class TableWriter {
  readonly #work: PostProcessingWork
  readonly #draft: TableDraft
  readonly #files: PostProcessingFile[] = []
  readonly #outputs: PostProcessingOutput[] = []
  #rows = 0

  constructor(work: PostProcessingWork, draft: TableDraft) {
    this.#work = work
    this.#draft = draft
  }

  note(name: string | null, rows: number): void {
    if (name === null) this.#rows = rows
    else this.#outputs.push({ name, rows })
  }

  /** @param folder of the dataset, relative. @returns rows */
  async write(folder: string, table: Table, size: number): Promise<number> {
    const { dataset, onProgress, checkStopped } = this.#work
    const { config_hash, rows_identity, stage_identity, run_seed } = dataset.run
    const footer = postProcessingFooterKeys({
      configHash: config_hash,
      identity: rows_identity.hash,
      stage: stage_identity,
      runSeed: run_seed,
    })
    await this.#draft.ensure(folder)
    let [rows, number] = [0, 0]
    // While one file is encoded and synced, the rows of the next are read.
    let before: Promise<void> = Promise.resolve()
    const put = async (path: string, part: TablePart): Promise<void> => {
      const { bytes, sha256: hash } = await this.#work.encoder.encode({
        columns: columnsOf(table, part),
        rowCount: part.rowCount,
        footer,
      })
      await this.#draft.write(path, bytes)
      this.#files.push({ path, size: bytes.byteLength, sha256: hash })
    }
    try {
      for await (const part of recut(table, size)) {
        await before
        checkStopped()
        before = put(`${folder}/${groupFileName(number++)}`, part)
        before.catch(() => {})
        rows += part.rowCount
        onProgress(rows)
      }
    } finally {
      await before
    }
    return rows
  }

  /** S5: the raw row groups under the names they have without a stage. */
  async copyRaw(): Promise<void> {
    const { dataset, commits } = this.#work
    const { directory, run } = dataset
    const raw = commits.flatMap(({ files }) =>
      files
        .filter(({ path }) => path.startsWith(`${run.raw_folder}/`))
        .map(({ path }) => directory.files.place(path)),
    )
    await new CheckedFiles(new DatasetView(directory)).require(raw)
    for (const { rows, files } of commits) {
      for (const { path, size, sha256: hash } of files) {
        if (!path.startsWith(`${run.raw_folder}/`)) continue
        const inside = path.slice(run.raw_folder.length + 1)
        const plain = inside.includes('/') ? inside : `parquet-files/${inside}`
        await this.#draft.take(path, plain)
        this.#files.push({ path: plain, size, sha256: hash })
      }
      this.#rows += rows
    }
  }

  /** Makes every name durable. */
  async finish(): Promise<Pick<PostProcessingCommit, 'rows' | 'outputs' | 'files'>> {
    await this.#draft.finish()
    return { rows: this.#rows, outputs: this.#outputs, files: this.#files }
  }
}

/** Tables between a function and a query, in a folder that goes with the stage. */
class Scratch {
  readonly #work: PostProcessingWork
  readonly #folder = join(tmpdir(), `rowsmith-stage-${crypto.randomUUID()}`)
  readonly #files: string[] = []

  constructor(work: PostProcessingWork) {
    this.#work = work
  }

  async keep(table: Table): Promise<readonly string[]> {
    const { disk } = this.#work.components
    if (this.#files.length === 0)
      await wrapDiskError('create the folder', this.#folder, () => disk.makeDirectory(this.#folder))
    const files: string[] = []
    for await (const part of recut(table, scratchRows)) {
      this.#work.checkStopped()
      const path = join(this.#folder, `${this.#files.length}.parquet`)
      const job = { columns: columnsOf(table, part), rowCount: part.rowCount, footer: {} }
      await writeSynced(disk, path, (await this.#work.encoder.encode(job)).bytes)
      this.#files.push(path)
      files.push(path)
    }
    await syncDirectory(disk, this.#folder)
    return files
  }

  async close(): Promise<void> {
    const { disk } = this.#work.components
    if (this.#files.length === 0) return
    // Only tidiness: the system clears its temporary folder too.
    for (const path of this.#files) await disk.remove(path).catch(() => {})
    await disk.removeDirectory(this.#folder).catch(() => {})
  }
}

function columnsOf({ fields }: Table, { columns }: TablePart) {
  return fields.map((field, index) => ({ ...field, values: present(columns[index], 'columns') }))
}

/**
 * Commits with the checksum of each main file: one that is known only by its file, because its commit was lost, is committed
 * again as it is.
 *
 * @throws RowsmithError io_error
 */
export async function withChecksums(
  { directory, writer }: OpenDataset,
  commits: readonly Commit[],
): Promise<Commit[]> {
  const whole: Commit[] = []
  for (const commit of [...commits].sort((a, b) => a.group - b.group)) {
    if (commit.files.every((file) => file.sha256 !== '')) {
      whole.push(commit)
      continue
    }
    const files = []
    for (const file of commit.files) {
      const bytes = await directory.files.readFile(file.path)
      files.push({ ...file, size: bytes.byteLength, sha256: sha256(bytes) })
    }
    const known = { ...commit, files }
    const { epoch: _, ...about } = known
    await writer.record({ ...about, rebuilt: true })
    whole.push(known)
  }
  return whole
}
