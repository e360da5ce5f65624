/**
 * A real folder whose unsynced changes live in this process alone: killing the process is then a power loss.
 *
 * Owns: what was written and not synced, and names that were changed and whose folder was not synced, as an overlay
 * over the real disk. Never calls a real sync: what counts is what a killed process leaves behind.
 * Rules:
 *   V1. A new file's synced bytes lie in a backing file outside the dataset; its unsynced bytes in memory.
 *   V2. Syncing a folder gives the backing files their names there, each name in one step, in the order they were changed.
 *   V3. Folders are made and renamed at once, and so is everything about locks: other processes race for those names (D5).
 *   V4. Of the real disk nothing is remembered: what this process did not change is read afresh.
 */
import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { systemClock } from '../../base/work/clock.ts'
import type { Disk, DiskFile } from '../../disk/disk.ts'
import { nodeDisk } from '../../disk/node-disk.ts'

export interface VolatileDiskOptions {
  /** An empty folder of its own on the same file system as the data, outside of it. */
  readonly staging: string
  /** Paths that are real at once (V3). */
  readonly passes: (path: string) => boolean
  /** How long a sync takes, milliseconds: a kill finds something to interrupt. @default 0 */
  readonly syncMs?: number
}

interface FileNode {
  readonly backing: string
  /** Present while bytes may still come to be synced. */
  handle?: DiskFile
  closed?: boolean
  /** Durable bytes: what the backing file holds of it. */
  synced: number
  tail: Uint8Array[]
  modified: number
}

interface NameChange {
  path: string
  /** What the name stands for from now on; undefined when it goes. */
  readonly node: FileNode | undefined
  /** For the going half of a rename: the coming half, which must not be later. */
  readonly needs?: NameChange
}

export class VolatileDisk implements Disk {
  readonly #options: VolatileDiskOptions
  /** What this process changed and is not wholly on the real disk; undefined stands for a removed name. */
  readonly #shown = new Map<string, FileNode | undefined>()
  #changes: NameChange[] = []
  #made = 0
  #turn: Promise<void> = Promise.resolve()

  constructor(options: VolatileDiskOptions) {
    this.#options = options
  }

  async create(path: string): Promise<DiskFile> {
    if (this.#options.passes(path)) return nodeDisk.create(path)
    if ((await this.stat(dirname(path))) === undefined) throw systemError('ENOENT', path)
    if ((await this.stat(path)) !== undefined || this.#shown.get(path) !== undefined) {
      throw systemError('EEXIST', path)
    }
    const backing = this.#stage()
    const node: FileNode = { backing, synced: 0, tail: [], modified: systemClock.now() }
    this.#show({ path, node })
    node.handle = await nodeDisk.create(backing)
    return {
      append: async (bytes) => {
        node.tail.push(bytes.slice())
        node.modified = systemClock.now()
      },
      sync: () => this.#inTurn(() => this.#flush(node)),
      close: () =>
        this.#inTurn(async () => {
          node.closed = true
          await letGo(node)
        }),
    }
  }

  async readFile(path: string): Promise<Uint8Array> {
    const node = this.#own(path)
    return node === undefined ? nodeDisk.readFile(path) : content(node)
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    const node = this.#own(path)
    if (node === undefined) return nodeDisk.readRange(path, offset, length)
    return (await content(node)).subarray(offset, offset + length)
  }

  async list(directory: string): Promise<string[]> {
    const names = new Set(await nodeDisk.list(directory))
    for (const [path, node] of this.#shown) {
      if (dirname(path) !== directory) continue
      const name = path.slice(dirname(path).length).replace(/^\//, '')
      if (node === undefined) names.delete(name)
      else names.add(name)
    }
    return [...names].sort()
  }

  async stat(path: string) {
    if (!this.#shown.has(path)) return nodeDisk.stat(path)
    const node = this.#shown.get(path)
    if (node === undefined) return undefined
    return { kind: 'file' as const, size: node.synced + sizeOf(node.tail), modified: node.modified }
  }

  async realPath(path: string): Promise<string> {
    if (this.#shown.get(path) === undefined) return nodeDisk.realPath(path)
    return join(await nodeDisk.realPath(dirname(path)), basename(path))
  }

  makeDirectory(path: string): Promise<void> {
    return nodeDisk.makeDirectory(path)
  }

  async rename(from: string, to: string): Promise<void> {
    if (this.#options.passes(to)) return nodeDisk.rename(from, to)
    if (!this.#shown.has(from) && (await nodeDisk.stat(from))?.kind === 'directory') {
      return this.#inTurn(() => this.#moveFolder(from, to))
    }
    const node = await this.#take(from)
    const coming = { path: to, node }
    this.#show(coming)
    this.#show({ path: from, node: undefined, needs: coming })
  }

  async link(from: string, to: string): Promise<void> {
    if (this.#options.passes(to)) return nodeDisk.link(from, to)
    const node = await this.#take(from)
    if ((await this.stat(to)) !== undefined) throw systemError('EEXIST', to)
    this.#show({ path: to, node })
  }

  async remove(path: string): Promise<void> {
    if (this.#options.passes(path)) return nodeDisk.remove(path)
    if ((await this.stat(path)) === undefined) throw systemError('ENOENT', path)
    this.#show({ path, node: undefined })
  }

  async removeDirectory(path: string): Promise<void> {
    if ((await this.list(path)).length > 0) throw systemError('ENOTEMPTY', path)
    await this.#inTurn(() => this.#applyNames(path))
    await nodeDisk.removeDirectory(path)
  }

  async syncFile(path: string): Promise<void> {
    const node = this.#own(path)
    if (node !== undefined) await this.#inTurn(() => this.#flush(node))
    else if ((await nodeDisk.stat(path)) === undefined) throw systemError('ENOENT', path)
  }

  async syncDirectory(path: string): Promise<void> {
    if ((await nodeDisk.stat(path))?.kind !== 'directory') throw systemError('ENOENT', path)
    await this.#inTurn(() => this.#applyNames(path))
  }

  /** The node of a name this process changed; undefined when the real disk knows best. */
  #own(path: string): FileNode | undefined {
    if (!this.#shown.has(path)) return undefined
    const node = this.#shown.get(path)
    if (node === undefined) throw systemError('ENOENT', path)
    return node
  }

  /** The node behind a name, made from the real file if need be. */
  async #take(path: string): Promise<FileNode> {
    const own = this.#own(path)
    if (own !== undefined) return own
    const entry = await nodeDisk.stat(path)
    if (entry === undefined) throw systemError('ENOENT', path)
    const backing = this.#stage()
    await nodeDisk.link(path, backing)
    return { backing, synced: entry.size, tail: [], modified: entry.modified }
  }

  /** What is in a folder goes with it, changes that are not synced too. */
  async #moveFolder(from: string, to: string): Promise<void> {
    await nodeDisk.rename(from, to)
    const moved = (path: string): string =>
      path.startsWith(`${from}/`) ? to + path.slice(from.length) : path
    for (const [path, node] of [...this.#shown]) {
      if (moved(path) === path) continue
      this.#shown.delete(path)
      this.#shown.set(moved(path), node)
    }
    for (const change of this.#changes) change.path = moved(change.path)
  }

  #show(change: NameChange): void {
    this.#shown.set(change.path, change.node)
    this.#changes.push(change)
  }

  #stage(): string {
    return join(this.#options.staging, String(this.#made++))
  }

  /** One sync at a time, so that none returns while what it covers is still being done by another. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #flush(node: FileNode): Promise<void> {
    await this.#wait()
    const now = node.tail.length
    for (let index = 0; index < now; index++) {
      const [chunk] = node.tail
      if (chunk === undefined || node.handle === undefined) break
      await node.handle.append(chunk)
      node.tail.shift()
      node.synced += chunk.byteLength
    }
    await letGo(node)
  }

  async #applyNames(directory: string): Promise<void> {
    await this.#wait()
    const due = this.#changes.filter((change) => dirname(change.path) === directory)
    for (const change of due) if (change.needs !== undefined) await this.#apply(change.needs)
    for (const change of due) await this.#apply(change)
  }

  /** Rule V2. Applying a change twice, or one that a later change of the same name has overtaken, does no harm. */
  async #apply(change: NameChange): Promise<void> {
    if (!this.#changes.includes(change)) return
    const { path, node } = change
    if (node === undefined) {
      await nodeDisk.remove(path).catch((error: unknown) => ignore('ENOENT', error))
    } else {
      const temporary = this.#stage()
      await nodeDisk.link(node.backing, temporary)
      await nodeDisk.rename(temporary, path)
      // Renaming one name of a file over another of the same file leaves both.
      await nodeDisk.remove(temporary).catch((error: unknown) => ignore('ENOENT', error))
    }
    this.#changes = this.#changes.filter((other) => other !== change)
    const settled = node === undefined || (node.tail.length === 0 && node.handle === undefined)
    if (settled && !this.#changes.some((other) => other.path === path) && this.#shown.get(path) === node) {
      this.#shown.delete(path)
    }
  }

  async #wait(): Promise<void> {
    const { syncMs = 0 } = this.#options
    if (syncMs > 0) await systemClock.sleep(syncMs)
  }
}

/** A closed file keeps its handle for a later `syncFile` of bytes that were not synced. */
async function letGo(node: FileNode): Promise<void> {
  if (node.closed !== true || node.tail.length > 0) return
  await node.handle?.close()
  delete node.handle
}

async function content(node: FileNode): Promise<Uint8Array> {
  const tail = [...node.tail]
  const synced = await nodeDisk.readRange(node.backing, 0, node.synced)
  return Buffer.concat([synced, ...tail])
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
}

function ignore(code: string, error: unknown): void {
  if (errnoOf(error) !== code) throw error
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: volatile disk, '${path}'`), { code, path })
}
