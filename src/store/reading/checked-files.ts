/**
 * Files of a dataset's rows, read as they were written, or not at all.
 *
 * Owns: what a file must be, and what is said of one that is not. Never: repairs a file.
 * Rules:
 *   V1. A file is what its last commit says: its size, and the SHA-256 of all its bytes. The bytes that are hashed are the bytes
 *       that are used; a file that another process reads, as DuckDB does, is hashed right before.
 *   V2. While the file of the last commit is on its way to its name, the one that it replaces is whole too.
 *   V3. A file that no commit names is what its own footer says: the SHA-256 of its body, and the number of its row group. One of
 *       another tool says nothing of itself: it is read unchecked.
 *   V5. In a directory that another tool goes on with, a whole file of its own stands for the one of a commit: it made a row group again
 *       that was missing. It names another writer and has no key of Rowsmith, so a damaged file of Rowsmith never passes for it.
 *   V4. No reader locks: what seems wrong is looked at once more, with the commits of that moment.
 */

import { basename } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import type { Disk } from '../../disk/disk.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { parseGroupFileName } from '../files/layout.ts'
import type { CommittedFile } from '../logs/commits.ts'
import type { PostProcessingFile } from '../logs/post-processing-commits.ts'
import { type Row, rowsOfParquet } from '../parquet/parquet-rows.ts'
import { bodyIsWhole, readFooter } from '../publishing/footer.ts'
import { newTable } from '../publishing/table-swap.ts'
import type { DatasetView } from '../view/dataset-view.ts'
import { repairStep } from '../view/lacks.ts'
import { scanOptions } from '../view/scan-options.ts'
import { FileHasher } from './file-hasher.ts'

/** What a commit says of a file. */
interface ExpectedFile {
  readonly size: number
  readonly sha256: string
  /** Where it lies until it has its name. */
  readonly comesFrom: string
}

/** A file as it was read. */
interface FoundFile extends Pick<ExpectedFile, 'size' | 'sha256'> {
  /** Where its bytes can be read again. */
  readonly from: Pick<Disk, 'readFile' | 'readRange'>
}

/** Checksums of files that were found whole, by path. */
export type SoundFiles = Map<string, string>

const readAtOnce = 1024 * 1024

/** The files of one dataset directory. */
export class CheckedFiles {
  #view: DatasetView
  #expected: Promise<ReadonlyMap<string, readonly ExpectedFile[]>> | undefined

  /** @param view what seems wrong is looked at once more with a new one (V4) */
  constructor(view: DatasetView) {
    this.#view = view
  }

  get #directory(): DatasetDirectory {
    return this.#view.directory
  }

  /** All rows of one file. @param only these columns. @throws RowsmithError file_damaged, journal_damaged, io_error */
  async rows(path: string, only?: ReadonlySet<string>): Promise<Row[]> {
    let bytes = new Uint8Array()
    await this.#require(path, async () => {
      bytes = Uint8Array.from(await this.#directory.read(path))
      return { size: bytes.byteLength, sha256: sha256(bytes), from: inMemory(bytes) }
    })
    return rowsOfParquet(bytes, path, only)
  }

  /** Reads files through, for another process to read them next. @throws RowsmithError as `rows` */
  async require(paths: readonly string[]): Promise<void> {
    const hasher = new FileHasher(this.#directory.disk)
    try {
      for (const path of paths) {
        await this.#require(path, async () => {
          const size = (await this.#directory.stat(path))?.size ?? 0
          return { size, sha256: await hasher.hash(path, size), from: this.#directory.disk }
        })
      }
    } finally {
      await hasher.close()
    }
  }

  /**
   * Reads files through, and says of each that is not what was written what it is instead. One that is missing is left out.
   *
   * @param files as commits have them
   * @param sound what was found whole before is not read again
   * @throws RowsmithError journal_damaged, io_error
   */
  async damages(
    files: readonly Pick<CommittedFile, 'path' | 'size' | 'sha256'>[],
    sound: SoundFiles,
  ): Promise<{ readonly path: string; readonly what: string }[]> {
    const damages: { path: string; what: string }[] = []
    const hasher = new FileHasher(this.#directory.disk)
    try {
      for (const { path: name, size, sha256: hash } of files) {
        const path = this.#directory.file(name)
        if (sound.get(path) === hash) continue
        const found = await this.#found(path, size, hasher)
        if (found === undefined) continue
        const again = async () => (await this.#found(path, size, hasher)) ?? found
        const what = found.sha256 === hash ? undefined : await this.#damageFor(path, again)
        if (what === undefined) sound.set(path, hash)
        else damages.push({ path: name, what })
      }
    } finally {
      await hasher.close()
    }
    return damages
  }

  /** Undefined for one that is missing. @param size that it should have: a small one is read at once */
  async #found(path: string, size: number, hasher: FileHasher): Promise<FoundFile | undefined> {
    const from = this.#directory.disk
    if (size <= readAtOnce) {
      const bytes = await this.#directory.readIfThere(path)
      return bytes === undefined ? undefined : { size: bytes.byteLength, sha256: sha256(bytes), from }
    }
    const there = (await this.#directory.stat(path))?.size
    return there === undefined ? undefined : { size: there, sha256: await hasher.hash(path, there), from }
  }

  async #require(path: string, read: () => Promise<FoundFile>): Promise<void> {
    const damage = await this.#damageFor(path, read)
    if (damage !== undefined) throw fileDamaged(this.#directory.path, path, damage)
  }

  /** Rule V4. */
  async #damageFor(path: string, read: () => Promise<FoundFile>): Promise<string | undefined> {
    if ((await this.#damageOf(path, await read())) === undefined) return undefined
    this.#view = this.#view.refresh()
    this.#expected = undefined
    return this.#damageOf(path, await read())
  }

  /** What is wrong with a file, in words; undefined when nothing is. */
  async #damageOf(path: string, found: FoundFile): Promise<string | undefined> {
    this.#expected ??= expectedFiles(this.#view)
    const expected = (await this.#expected).get(path)
    const last = expected?.at(-1)
    if (expected === undefined || last === undefined) return damageByFooter(path, found)
    const holds = (each: ExpectedFile): boolean => each.size === found.size && each.sha256 === found.sha256
    if (holds(last) || (expected.some(holds) && (await this.#isThere(last.comesFrom)))) return undefined
    if (await this.#isOthers(path, found)) return undefined
    return found.size === last.size
      ? `its SHA-256 is ${found.sha256.slice(0, 12)}…, and ${last.sha256.slice(0, 12)}… was written`
      : `it has ${found.size} bytes, and ${last.size} were written`
  }

  /** Rule V5. */
  async #isOthers(path: string, { size, from }: FoundFile): Promise<boolean> {
    const footer = await readFooter(from, path, size)
    if (footer?.isOthers !== true) return false
    const run = await this.#view.run()
    if (run.kind !== 'read') return false
    return scanOptions(run.contents, await this.#view.metadata()).importing !== undefined
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.#directory.stat(path)) !== undefined
  }
}

/** Rule V3. */
async function damageByFooter(path: string, { size, from }: FoundFile): Promise<string | undefined> {
  const footer = await readFooter(from, path, size)
  // One that cannot be read is reported by the reader of its rows.
  if (footer === undefined) return undefined
  if (!Object.keys(footer.keys).some((key) => key.startsWith('rowsmith.'))) return undefined
  if (!(await bodyIsWhole(from, path, footer))) return 'its body is not what its own footer says'
  const [named, says] = [parseGroupFileName(basename(path)), footer.group?.group]
  if (named === undefined || says === undefined || Number.isNaN(says) || named === says) return undefined
  return `it holds row group ${says}`
}

function inMemory(bytes: Uint8Array): FoundFile['from'] {
  return {
    readFile: async () => bytes,
    readRange: async (_path, offset, length) => bytes.subarray(offset, offset + length),
  }
}

/** By path, what commits said of it, the last one last. */
async function expectedFiles(view: DatasetView): Promise<ReadonlyMap<string, readonly ExpectedFile[]>> {
  const { directory } = view
  const { layout } = directory
  const expected = new Map<string, ExpectedFile[]>()
  const add = (file: PostProcessingFile, comesFrom: string): void => {
    // A commit that was made again of a file whose own was lost may not know its checksum.
    if (file.sha256 === '') return
    const path = directory.file(file.path)
    const all = expected.get(path) ?? []
    expected.set(path, all)
    all.push({ size: file.size, sha256: file.sha256, comesFrom })
  }
  const { commits, stages } = await view.logs()
  for (const { files } of commits) {
    for (const file of files) add(file, `${layout.drafts}/${file.draft}`)
  }
  for (const { files, draft } of stages) {
    for (const file of files) add(file, newTable(layout, draft))
  }
  return expected
}

/** @param what is wrong with the file */
function fileDamaged(directory: string, path: string, what: string): RowsmithError {
  return new RowsmithError('file_damaged', `${path} is not what was written: ${what}.`, {
    facts: { path },
    nextStep: repairStep(directory),
  })
}
