/**
 * The saves of a session and what they have cost, from this process and from earlier ones.
 *
 * Owns: the list, in order, and the session's file (rules in `saves.ts`). One save at a time has requests: the last.
 */
import { basename, join, resolve } from 'node:path'
import { open } from '../api/dataset.ts'
import type { Disk } from '../disk/disk.ts'
import { previewsFolder } from '../run/prepare/preview-place.ts'
import type { Components } from '../run/request/options.ts'
import type { DevOptions } from './options.ts'
import { type Save, SessionFile } from './saves.ts'

export class SessionSaves {
  readonly #config: string
  readonly #previews: string
  readonly #components: Components
  readonly #file: SessionFile
  #all: readonly Save[] = []
  /** The first save whose cost counts. */
  #since = 1

  constructor(disk: Disk, { path, place }: Pick<DevOptions, 'path' | 'place'>, components: Components) {
    this.#config = resolve(path)
    this.#previews = previewsFolder(place.artifactPath)
    this.#components = components
    this.#file = new SessionFile(disk, place.artifactPath, place.datasetName)
  }

  get all(): readonly Save[] {
    return this.#all
  }

  get last(): Save | undefined {
    return this.#all.at(-1)
  }

  /** Takes up those of an earlier process; the costs of a session that was killed go on counting. */
  async restore(): Promise<void> {
    const found = await this.#file.read(this.#config)
    this.#all = await Promise.all((found?.saves ?? []).map((save) => this.#asFound(save)))
    this.#since = found === undefined || found.ended ? (this.last?.n ?? 0) + 1 : found.since
  }

  /** Adds a save, or replaces the last one. */
  put(save: Save): void {
    this.#all = [...this.#all.filter(({ n }) => n !== save.n), save]
  }

  /** @param ended whether the session is over, rather than going on */
  write(ended: boolean): Promise<void> {
    const { all: saves } = this
    return this.#file.write({ version: 1, config: this.#config, ended, since: this.#since, saves })
  }

  /** What the session has cost. @param soFar what the dataset of the save that is requested has cost */
  spent(soFar: number): number {
    const own = this.#all.filter(({ n }) => n >= this.#since)
    const done = own.reduce((sum, { cost, state }) => sum + (state === 'requesting' ? 0 : (cost ?? 0)), 0)
    const running = own.find(({ state }) => state === 'requesting')
    return running === undefined ? done : done + Math.max(running.cost ?? 0, soFar - running.costBefore)
  }

  /** What a dataset has cost by now. */
  async costOf(dataset: string): Promise<number> {
    const status = await open(dataset, this.#components)
      .status()
      .catch(() => undefined)
    return status?.total.cost ?? 0
  }

  /** A save of an earlier process: the folder may have moved, and one whose requests were sent was killed (rule 2 of `saves.ts`). */
  async #asFound(stored: Save): Promise<Save> {
    const save = { ...stored, dataset: join(this.#previews, basename(stored.dataset)) }
    if (save.state !== 'requesting') return save
    const cost = Math.max(0, (await this.costOf(save.dataset)) - save.costBefore)
    return { ...save, state: 'stopped', cost: cost === 0 ? null : cost }
  }
}
