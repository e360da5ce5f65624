/**
 * Files that rows name: an image that goes along with a prompt.
 *
 * Owns: which files those may be. A path is taken below the dataset directory, then below the folders of the config: where seed
 * datasets are looked for too. One that leads out of them is refused, and so is one that is no image, sound or video:
 * whatever a path gets at, nothing else is ever sent to a provider.
 */
import { isAbsolute, join, normalize, relative, resolve, sep } from 'node:path'
import { errnoOf, RowsmithError } from '../base/errors.ts'
import { mediaTypeOf } from '../base/media-type.ts'
import type { Disk } from '../disk/disk.ts'
import { storageError } from '../disk/storage-error.ts'
import type { DatasetLayout } from '../store/layout.ts'

/** Providers take no larger ones. */
const MOST_BYTES = 32 * 1024 * 1024

export class NamedFiles {
  readonly #disk: Disk
  readonly #folders: readonly string[]

  /** @param folders where paths may lead, absolute */
  constructor(disk: Disk, folders: readonly string[]) {
    this.#disk = disk
    this.#folders = folders
  }

  /** @throws RowsmithError media_unusable; of class storage when the disk fails */
  async read(path: string): Promise<Uint8Array> {
    for (const folder of this.#folders) {
      const place = below(folder, path)
      const bytes = place === undefined ? undefined : await this.#readFile(place)
      if (bytes === undefined) continue
      if (mediaTypeOf(bytes) !== undefined) return bytes
      throw new RowsmithError('media_unusable', 'is no image, sound or video')
    }
    throw new RowsmithError('media_unusable', 'is not below the dataset or the folder of its config')
  }

  async #readFile(path: string): Promise<Uint8Array | undefined> {
    try {
      const found = await this.#disk.stat(path)
      if (found?.kind !== 'file') return undefined
      if (found.size <= MOST_BYTES) return await this.#disk.readFile(path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENAMETOOLONG') return undefined
      throw storageError(error, 'read', path)
    }
    throw new RowsmithError('media_unusable', `is larger than ${MOST_BYTES / 1024 / 1024} MiB`)
  }
}

/** Those of a dataset. @param configFolder where the config was when the dataset was begun */
export function namedFiles(
  disk: Disk,
  layout: DatasetLayout,
  configFolder: string | null | undefined,
): NamedFiles {
  const folders = [layout.directory, ...(configFolder ? [configFolder] : [])]
  return new NamedFiles(
    disk,
    folders.map((folder) => resolve(folder)),
  )
}

/** Undefined for a path that leads elsewhere. */
function below(folder: string, path: string): string | undefined {
  if (path.includes('\0')) return undefined
  const place = isAbsolute(path) ? normalize(path) : join(folder, path)
  const steps = relative(folder, place)
  return steps === '' || steps === '..' || steps.startsWith(`..${sep}`) || isAbsolute(steps)
    ? undefined
    : place
}
