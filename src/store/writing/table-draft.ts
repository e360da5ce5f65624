/** A table of post-processing on its way: its files, each synced, in a folder of their own until it is committed (`publishing/table-swap.ts`). */
import { dirname, join } from 'node:path'
import { writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { newTable } from '../publishing/table-swap.ts'
import { linkOrCopy } from './preserve-raw-rows.ts'

export class TableDraft {
  readonly #directory: DatasetDirectory
  readonly #folder: string
  readonly #folders = new Set<string>()

  private constructor(directory: DatasetDirectory, draft: string) {
    this.#directory = directory
    this.#folder = newTable(directory.layout, draft)
  }

  /** @param draft as in its commit @throws RowsmithError of class storage */
  static async create(directory: DatasetDirectory, draft: string): Promise<TableDraft> {
    const table = new TableDraft(directory, draft)
    await directory.ensure(table.#folder)
    return table
  }

  /** @param folder of the table, `parquet-files` */
  async ensure(folder: string): Promise<void> {
    const path = join(this.#folder, folder)
    if (this.#folders.has(path)) return
    await this.#directory.ensure(path)
    this.#folders.add(path)
  }

  /** @param path below the table, in a folder that is there */
  write(path: string, bytes: Uint8Array): Promise<void> {
    return writeSynced(this.#directory.disk, join(this.#folder, path), bytes)
  }

  /** Gives a file of the dataset a second name in the table. @param from its name in the dataset */
  async take(from: string, path: string): Promise<void> {
    await this.ensure(dirname(path))
    await linkOrCopy(this.#directory.disk, this.#directory.file(from), join(this.#folder, path))
  }

  /** Makes every name durable. */
  async finish(): Promise<void> {
    for (const folder of this.#folders) await this.#directory.sync(folder)
  }
}
