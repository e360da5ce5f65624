/**
 * Files that rows name: an image that goes along with a prompt.
 *
 * Owns: which files those may be. A path is taken below the dataset directory, then below the folders of the config: where seed
 * datasets are looked for too. One that leads out of them is refused, by its looks or by a symbolic link, and so is one that is no
 * image, sound or video: whatever a path gets at, nothing else is ever sent to a provider.
 */

import { isAbsolute, join, normalize, resolve } from 'node:path'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { mediaTypeOf } from '../../base/text/media-type.ts'
import { isBelow } from '../../disk/below.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'

/** Providers take no larger ones. */
const MOST_BYTES = 32 * 1024 * 1024

export class ReferencedFiles {
  readonly #disk: Disk
  readonly #folders: readonly string[]

  /** @param folders where paths may lead, absolute */
  constructor(disk: Disk, folders: readonly string[]) {
    this.#disk = disk
    this.#folders = folders
  }

  /** @throws RowsmithError media_unusable; of class storage when the disk fails */
  async read(path: string): Promise<Uint8Array> {
    const found = await this.find(path)
    if (found === undefined) {
      throw new RowsmithError('media_unusable', 'is not below the dataset or the folder of its config')
    }
    if (found.size > MOST_BYTES) {
      throw new RowsmithError('media_unusable', `is larger than ${MOST_BYTES / 1024 / 1024} MiB`)
    }
    const bytes = await wrapDiskError('read', found.place, () => this.#disk.readFile(found.place))
    if (mediaTypeOf(bytes) !== undefined) return bytes
    throw new RowsmithError('media_unusable', 'is no image, sound or video')
  }

  /** The file that a path names; undefined when there is none, or it is none of Rowsmith. @throws RowsmithError of class storage */
  async find(path: string): Promise<{ readonly place: string; readonly size: number } | undefined> {
    if (path.includes('\0')) return undefined
    for (const folder of this.#folders) {
      for (const spelled of spellings(path)) {
        const place = isAbsolute(spelled) ? normalize(spelled) : join(folder, spelled)
        if (!isBelow(folder, place)) continue
        const found = await this.#look(place)
        if (found !== undefined) return found
      }
    }
    return undefined
  }

  async #look(place: string): Promise<{ place: string; size: number } | undefined> {
    try {
      const found = await this.#disk.stat(place)
      if (found?.kind !== 'file') return undefined
      // Where it really is, so that a link that is bent meanwhile leads nowhere else.
      const real = await this.#disk.realPath(place)
      const folders = await Promise.all(this.#folders.map((folder) => this.#realFolder(folder)))
      return folders.some((folder) => isBelow(folder, real)) ? { place: real, size: found.size } : undefined
    } catch (error) {
      const errno = errnoOf(error)
      if (errno === 'ENOENT' || errno === 'ENAMETOOLONG' || errno === 'ENOTDIR' || errno === 'ELOOP')
        return undefined
      throw storageError(error, 'read', place)
    }
  }

  #realFolder(folder: string): Promise<string> {
    return this.#disk.realPath(folder).catch(() => folder)
  }
}

/** A name as it is given, else without blanks around it, else with its accents composed or decomposed, as file systems differ in it. */
function spellings(path: string): string[] {
  const trimmed = path.trim()
  return [...new Set([path, trimmed, trimmed.normalize('NFC'), trimmed.normalize('NFD')])]
}

/** Those of a dataset. @param configFolder where the config was when the dataset was created */
export function referencedFiles(
  directory: DatasetDirectory,
  configFolder: string | null | undefined,
): ReferencedFiles {
  const { disk } = directory
  const folders = [directory.path, ...(configFolder ? [configFolder] : [])]
  return new ReferencedFiles(
    disk,
    folders.map((folder) => resolve(folder)),
  )
}
