/**
 * Notices that a file which decides the rows was saved.
 *
 * Rules:
 *   1. The files are: the config, the files of the command line, the seed files, and for a config that is code every file in its folder
 *      and below, since code may read a prompt from anywhere.
 *   2. Editors replace files, so folders are watched, not files; and since not every file system reports changes, the files are looked at twice a
 *      second as well. What changed shows in size, time and inode.
 *   3. A change is reported when no further one came for 150 ms.
 */
import { basename, dirname, join, resolve } from 'node:path'
import type { Clock } from '../base/work/clock.ts'
import type { Config } from '../config/schema/schema.ts'
import type { Disk, DiskEntry } from '../disk/disk.ts'
import { watchFolder } from '../disk/node-disk.ts'
import { previewsFolder } from '../run/prepare/preview-place.ts'
import type { DevOptions } from './options.ts'

export interface Watched {
  readonly files: readonly string[]
  /** Watched with all that lies below, as far as it may be source. */
  readonly trees: readonly string[]
  /** Not looked into, absolute. */
  readonly without: readonly string[]
}

const quietMs = 150
const lookEveryMs = 500
const filesMax = 2000
const depthMax = 5

export class WatchedFiles {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #onChange: () => void
  readonly #closing = new AbortController()
  readonly #folders = new Map<string, () => void>()
  #watched: Watched = { files: [], trees: [], without: [] }
  /** What each file was when it was last looked at. */
  #seen = new Map<string, string>()
  /** Files that come into view by a change of what is watched are no change. */
  #isNew = true
  #isWoken = false
  #wake = (): void => {}

  constructor(disk: Disk, clock: Clock, onChange: () => void) {
    this.#disk = disk
    this.#clock = clock
    this.#onChange = onChange
  }

  /** From now on these. */
  watch(watched: Watched): void {
    if (JSON.stringify(watched) === JSON.stringify(this.#watched)) return
    this.#watched = watched
    this.#isNew = true
    this.#wakeUp()
  }

  /** Looks until closed. @param watched to begin with, as they are now */
  async start(watched: Watched): Promise<void> {
    this.watch(watched)
    await this.#look()
    void this.#run().catch(() => {})
  }

  close(): void {
    this.#closing.abort()
    for (const close of this.#folders.values()) close()
    this.#folders.clear()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#wait(lookEveryMs)
      if (!(await this.#look())) continue
      do await this.#clock.sleep(quietMs, signal).catch(() => {})
      while (!signal.aborted && (await this.#look()))
      if (!signal.aborted) this.#onChange()
    }
  }

  /** @returns whether anything changed since the last look */
  async #look(): Promise<boolean> {
    const isNew = this.#isNew
    this.#isNew = false
    const before = this.#seen
    this.#seen = await this.#stamps()
    for (const [path, stamp] of this.#seen) {
      const was = before.get(path)
      if (was === undefined ? !isNew : was !== stamp) return true
    }
    return !isNew && before.size !== this.#seen.size
  }

  #wakeUp(): void {
    this.#isWoken = true
    this.#wake()
  }

  async #wait(ms: number): Promise<void> {
    if (!this.#isWoken) {
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      const either = AbortSignal.any([woken.signal, this.#closing.signal])
      await this.#clock.sleep(ms, either).catch(() => {})
    }
    this.#isWoken = false
  }

  async #stamps(): Promise<Map<string, string>> {
    const { files, trees } = this.#watched
    const named = files.map(async (file) => [resolve(file), stampOf(await this.#entry(file))] as const)
    const stamps = new Map(await Promise.all(named))
    for (const tree of trees) await this.#filesIn(resolve(tree), 0, stamps)
    this.#follow(new Set([...stamps.keys()].map((file) => dirname(file))))
    return stamps
  }

  async #filesIn(folder: string, depth: number, stamps: Map<string, string>): Promise<void> {
    if (depth > depthMax || this.#watched.without.includes(folder)) return
    for (const name of await this.#disk.list(folder).catch(() => [])) {
      if (stamps.size >= filesMax) return
      if (name.startsWith('.') || name === 'node_modules') continue
      const path = join(folder, name)
      const entry = await this.#entry(path)
      if (entry?.kind === 'directory') await this.#filesIn(path, depth + 1, stamps)
      else if (entry?.kind === 'file') stamps.set(path, stampOf(entry))
    }
  }

  #entry(path: string): Promise<DiskEntry | undefined> {
    return this.#disk.stat(path).catch(() => undefined)
  }

  #follow(folders: ReadonlySet<string>): void {
    for (const [folder, close] of this.#folders) {
      if (folders.has(folder)) continue
      close()
      this.#folders.delete(folder)
    }
    if (this.#closing.signal.aborted) return
    for (const folder of folders) {
      if (!this.#folders.has(folder))
        this.#folders.set(
          folder,
          watchFolder(folder, () => this.#wakeUp()),
        )
    }
  }
}

/** Rule 2. */
function stampOf({ size, modified, inode }: Partial<DiskEntry> = {}): string {
  return `${size} ${modified} ${inode}`
}

/** What decides the rows of a config (rule 1). @param config undefined while it cannot be read */
export function watchedOf(
  config: Config | undefined,
  { path, files, isCode, place }: Pick<DevOptions, 'path' | 'files' | 'isCode' | 'place'>,
): Watched {
  const source = config?.seed_config?.source
  const seed = source === undefined || !('path' in source) || source.seed_type === 'hf' ? null : source.path
  const places = seed === null ? [] : [...new Set([resolve(seed), resolve(dirname(path), seed)])]
  const isFile = source?.seed_type === 'local' && !basename(seed ?? '').includes('*')
  const folders = source?.seed_type === 'local' ? places.map((place) => dirname(place)) : places
  return {
    files: [path, ...files, ...(isFile ? places : [])],
    trees: [...(isCode ? [dirname(path)] : []), ...(isFile ? [] : folders)],
    without: [resolve(place.artifactPath), resolve(previewsFolder(place.artifactPath))],
  }
}
