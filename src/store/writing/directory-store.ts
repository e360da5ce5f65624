/** Datasets as directories of a disk. */
import type { Clock } from '../../base/work/clock.ts'
import type { Disk } from '../../disk/disk.ts'
import { DatasetDirectory } from '../files/dataset-directory.ts'
import { acquireLock } from '../lock/lock.ts'
import { DatasetView } from '../view/dataset-view.ts'
import { BlockWriter } from './block-writer.ts'
import type { DatasetStore, DatasetWriter, OpenOptions } from './dataset-store.ts'
import { DirectoryWriter, type HeldDirectory } from './directory-writer.ts'

export class DirectoryStore implements DatasetStore {
  readonly #disk: Disk
  readonly #clock: Clock

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk
    this.#clock = clock
  }

  view(dataset: string): DatasetView {
    return DatasetView.at(this.#disk, dataset)
  }

  async open(dataset: string, options: OpenOptions): Promise<DatasetWriter> {
    return new DirectoryWriter(await this.#hold(new DatasetDirectory(this.#disk, dataset), options))
  }

  async openBlock(dataset: string, block: number, options: OpenOptions): Promise<DatasetWriter> {
    const directory = new DatasetDirectory(this.#disk, dataset).ofBlock(block)
    return new BlockWriter(await this.#hold(directory, options))
  }

  async #hold(directory: DatasetDirectory, options: OpenOptions): Promise<HeldDirectory> {
    const nonce = crypto.randomUUID()
    const lost = new AbortController()
    const lock = await acquireLock({
      ...options,
      ...{ clock: this.#clock, directory, nonce },
      onLost: (error) => lost.abort(error),
    })
    return { directory, lock, self: options.self, nonce, lost: lost.signal }
  }
}
