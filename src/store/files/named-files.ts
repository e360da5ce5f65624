/**
 * The files of a dataset, by the names that its commits have for them: `parquet-files/batch_00000.parquet`, `.rowsmith/journal`.
 *
 * Owns: what a name means on this machine. Code outside of the store names files and nothing else, so that a dataset may lie elsewhere.
 * Rule: every operation ends well or with a RowsmithError that has the whole path: `io_error`, `folder_unwritable`.
 *
 * For example: `await directory.files.list('parquet-files')`.
 */
import type { Disk, DiskEntry } from '../../disk/disk.ts'
import { readIfThere, wrapDiskError } from '../../disk/storage-error.ts'

export class NamedFiles implements Pick<Disk, 'readFile' | 'readRange'> {
  readonly #disk: Disk
  readonly #place: (name: string) => string

  constructor(disk: Disk, place: (name: string) => string) {
    this.#disk = disk
    this.#place = place
  }

  /** Where a file lies on this machine: for programs that open it themselves, and for messages. */
  place(name: string): string {
    return this.#place(name)
  }

  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<string[]> {
    const path = this.#place(folder)
    return wrapDiskError('list', path, () => this.#disk.list(path))
  }

  /** What is at a name; undefined for nothing. */
  stat(name: string): Promise<DiskEntry | undefined> {
    const path = this.#place(name)
    return wrapDiskError('read', path, () => this.#disk.stat(path))
  }

  async has(name: string): Promise<boolean> {
    return (await this.stat(name)) !== undefined
  }

  /** A whole file that has to be there. */
  readFile(name: string): Promise<Uint8Array> {
    const path = this.#place(name)
    return wrapDiskError('read', path, () => this.#disk.readFile(path))
  }

  readRange(name: string, offset: number, length: number): Promise<Uint8Array> {
    const path = this.#place(name)
    return wrapDiskError('read', path, () => this.#disk.readRange(path, offset, length))
  }

  /** A whole file; undefined when there is none. */
  readIfThere(name: string): Promise<Uint8Array | undefined> {
    return readIfThere(this.#disk, this.#place(name))
  }
}
