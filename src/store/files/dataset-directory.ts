/**
 * A dataset directory on a disk.
 *
 * Owns: where its files lie (`layout.ts`), and what a failed operation on one of them means. Never: what a file says.
 * Rules:
 *   1. A process that works on a dataset gets this object, and never a disk and paths apart: what belongs together cannot be mixed up.
 *   2. Every operation ends well or with a RowsmithError that names the path: `io_error`, `disk_full`, `folder_unwritable` or
 *      `sync_failed`.
 *
 * For example: `new DatasetDirectory(nodeDisk, 'artifacts/dataset').list('.rowsmith/journal')`.
 */
import { errnoOf } from '../../base/errors/errors.ts'
import type { Disk, DiskEntry } from '../../disk/disk.ts'
import { readIfThere, storageError, wrapDiskError } from '../../disk/storage-error.ts'
import { type FileOwner, replaceFile } from './atomic-file.ts'
import { createDatasetDirectory, ensureFolder } from './directories.ts'
import { blockLayout, type DatasetLayout, datasetLayout } from './layout.ts'
import { NamedFiles } from './named-files.ts'

export class DatasetDirectory {
  readonly disk: Disk
  readonly layout: DatasetLayout
  /** Its files by name: all that code outside of the store needs. */
  readonly files: NamedFiles

  constructor(disk: Disk, path: string, layout = datasetLayout(path)) {
    this.disk = disk
    this.layout = layout
    this.files = new NamedFiles(disk, this.layout.file)
  }

  get path(): string {
    return this.layout.directory
  }

  /** The block whose directory this is; undefined for the dataset itself. */
  get block(): number | undefined {
    return this.layout.block
  }

  /** What a name of this directory is below the dataset directory: of a block, `.rowsmith/journal` is `.rowsmith/blocks/3/journal`. */
  named(relative: string): string {
    return this.layout.named(relative)
  }

  /** The same directory, as the writer of one of its blocks sees it. */
  ofBlock(number: number): DatasetDirectory {
    return new DatasetDirectory(this.disk, this.path, blockLayout(this.layout, number))
  }

  /** A path of a commit, `parquet-files/batch_00000.parquet`, as a path of this machine. */
  file(relative: string): string {
    return this.layout.file(relative)
  }

  /** Makes the directory itself, with the folders above it. @returns false when it is there */
  create(): Promise<boolean> {
    return createDatasetDirectory(this.disk, this.path)
  }

  /** Names in a folder, sorted; none when there is no such folder. */
  list(path: string): Promise<string[]> {
    return wrapDiskError('list', path, () => this.disk.list(path))
  }

  /** What is at a path; undefined for nothing. */
  stat(path: string): Promise<DiskEntry | undefined> {
    return wrapDiskError('read', path, () => this.disk.stat(path))
  }

  async has(path: string): Promise<boolean> {
    return (await this.stat(path)) !== undefined
  }

  /** A whole file that has to be there. */
  read(path: string): Promise<Uint8Array> {
    return wrapDiskError('read', path, () => this.disk.readFile(path))
  }

  /** A whole file; undefined when there is none. */
  readIfThere(path: string): Promise<Uint8Array | undefined> {
    return readIfThere(this.disk, path)
  }

  /** Replaces a file whole, durably. @throws RowsmithError lock_lost in addition (see `atomic-file.ts`) */
  replace(path: string, contents: string | Uint8Array, writer: FileOwner): Promise<void> {
    return replaceFile(this.disk, path, contents, writer)
  }

  /** Removes a file, if it is there. */
  async remove(path: string): Promise<void> {
    await this.disk.remove(path).catch((error) => {
      if (errnoOf(error) !== 'ENOENT') throw storageError(error, 'remove', path)
    })
  }

  /** Makes sure that a folder is there, durable with every folder between it and the directory. */
  ensure(path: string): Promise<void> {
    return ensureFolder(this.disk, this.path, path)
  }

  /** Makes the names in a folder durable. */
  sync(path: string): Promise<void> {
    return wrapDiskError('sync', path, () => this.disk.syncDirectory(path))
  }
}
