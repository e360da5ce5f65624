/**
 * A disk in memory that crashes on cue.
 *
 * Owns: counting operations, stopping or failing at one of them, and starting again afterwards. What is durable
 * lives in `simulated-tree.ts`. Every operation, reads included, has a number and a site; the same program does the same
 * operations in the same order, so a sweep can visit each.
 * After a stop the process is dead: every later operation throws `DiskStopped`, for every caller.
 */
import { posix } from 'node:path'
import type { Disk, DiskEntry, DiskFile } from '../../disk/disk.ts'
import {
  appendTo,
  copyTree,
  type DirectoryNode,
  emptyDirectory,
  emptyFile,
  type FileNode,
  moveName,
  type Node,
  type Operation,
  type OperationName,
  setName,
  spoilSync,
  syncData,
  syncNames,
  type TornState,
  treeAfterLoss,
  type Unsynced,
  unsyncedIn,
} from './simulated-tree.ts'

/** What happens at an operation: the process dies before or after it, or it fails with a system error. */
export type Interruption = 'stop-before' | 'stop-after' | FaultCode
export type FaultCode = 'ENOSPC' | 'EIO' | 'EMFILE'

export interface ModelDiskOptions {
  /** Folders that are there from the start, durable; parents come along. */
  readonly directories?: readonly string[]
  /** Called once per operation. */
  readonly interrupt?: (operation: Operation) => Interruption | undefined
  /** Awaited before each operation: lets a test decide who goes first. */
  readonly speed?: (operation: Operation) => Promise<void>
}

/** Thrown by every operation once the modelled process is dead. */
export class DiskStopped extends Error {
  readonly operation: Operation

  constructor(operation: Operation) {
    super(`The process was stopped at operation ${operation.number} (${operation.site})`)
    this.name = 'DiskStopped'
    this.operation = operation
  }
}

const touchesWhat: Readonly<Record<FaultCode, ReadonlySet<OperationName>>> = {
  ENOSPC: new Set(['create', 'append', 'sync', 'syncFile', 'makeDirectory', 'rename', 'link']),
  EMFILE: new Set(['create', 'readFile', 'readRange', 'list', 'syncFile', 'syncDirectory']),
  EIO: new Set<OperationName>([
    ...(['create', 'append', 'sync', 'readFile', 'readRange', 'list', 'makeDirectory', 'rename'] as const),
    ...(['link', 'remove', 'removeDirectory', 'syncFile', 'syncDirectory'] as const),
  ]),
}

/** True when a real system call of this kind can fail so. */
export function canFail(operation: OperationName, code: FaultCode): boolean {
  return touchesWhat[code].has(operation)
}

/** True for operations that change what a crash leaves. */
export function changesDisk(operation: OperationName): boolean {
  return !['readFile', 'readRange', 'list', 'stat', 'close'].includes(operation)
}

export class SimulatedDisk implements Disk {
  /** Every operation so far, in order. */
  readonly operations: Operation[] = []
  readonly #options: ModelDiskOptions
  #root: DirectoryNode
  #stopped: DiskStopped | undefined

  constructor(options: ModelDiskOptions = {}) {
    this.#options = options
    this.#root = emptyDirectory()
    for (const directory of options.directories ?? []) {
      let parent = this.#root
      for (const name of parts(directory)) {
        const found = parent.shown.get(name)
        const child = found?.kind === 'directory' ? found : emptyDirectory()
        parent.shown.set(name, child)
        parent.durable.set(name, child)
        parent = child
      }
    }
  }

  /** Where the process died, if it did. */
  get stopped(): DiskStopped | undefined {
    return this.#stopped
  }

  /** Kills the process now: the operation it is at does not happen. */
  stop(): void {
    const last = this.operations.at(-1)
    this.#stopped ??= new DiskStopped(last ?? { number: 0, name: 'stat', path: '/', site: 'nothing' })
  }

  /** What a power loss now may take. */
  unsynced(): readonly Unsynced[] {
    return unsyncedIn(this.#root)
  }

  /** The disk after the process was killed and the machine went on: all is there, unsynced things are still unsynced. */
  afterKill(options: ModelDiskOptions = {}): SimulatedDisk {
    return SimulatedDisk.#of(copyTree(this.#root), options)
  }

  /** The disk after a power loss: `stateOf` decides for each unsynced change. This one stays as it is. */
  afterPowerLoss(stateOf: (unsynced: Unsynced) => TornState, options: ModelDiskOptions = {}): SimulatedDisk {
    return SimulatedDisk.#of(treeAfterLoss(this.#root, stateOf), options)
  }

  /** Every file shown, by path: for comparing, uncounted, and also of a stopped disk. */
  files(under = '/'): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>()
    const walk = (node: Node, path: string): void => {
      if (node.kind === 'file') found.set(path, node.content)
      else for (const [name, child] of [...node.shown].sort()) walk(child, posix.join(path, name))
    }
    const start = this.#find(under)
    if (start !== undefined) walk(start, under)
    return found
  }

  async create(path: string): Promise<DiskFile> {
    return this.#do('create', path, (operation) => {
      const { directory, name } = this.#place(path, 'open')
      if (directory.shown.has(name)) throw systemError('EEXIST', 'open', path)
      const file = emptyFile()
      file.modified = operation.number
      setName(directory, name, file, operation)
      return this.#opened(file, path)
    })
  }

  async readFile(path: string): Promise<Uint8Array> {
    return this.#do('readFile', path, () => this.#file(path, 'open').content.slice())
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
    return this.#do('readRange', path, () => this.#file(path, 'open').content.slice(offset, offset + length))
  }

  async list(directory: string): Promise<string[]> {
    return this.#do('list', directory, () => {
      const node = this.#find(directory)
      if (node === undefined) return []
      if (node.kind === 'file') throw systemError('ENOTDIR', 'scandir', directory)
      return [...node.shown.keys()].sort()
    })
  }

  async stat(path: string): Promise<DiskEntry | undefined> {
    return this.#do('stat', path, () => {
      const node = this.#find(path)
      if (node === undefined) return undefined
      return {
        kind: node.kind,
        size: node.kind === 'file' ? node.content.byteLength : 0,
        modified: node.modified,
      }
    })
  }

  /** No symbolic links here; uncounted. */
  async realPath(path: string): Promise<string> {
    if (this.#find(path) === undefined) throw systemError('ENOENT', 'realpath', path)
    return path
  }

  async makeDirectory(path: string): Promise<void> {
    return this.#do('makeDirectory', path, (operation) => {
      const { directory, name } = this.#place(path, 'mkdir')
      if (directory.shown.has(name)) throw systemError('EEXIST', 'mkdir', path)
      setName(directory, name, emptyDirectory(), operation)
    })
  }

  async rename(from: string, to: string): Promise<void> {
    return this.#do('rename', to, (operation) => {
      const source = this.#place(from, 'rename')
      const target = this.#place(to, 'rename')
      const node = source.directory.shown.get(source.name)
      if (node === undefined) throw systemError('ENOENT', 'rename', from)
      const replaced = target.directory.shown.get(target.name)
      if (replaced === node) return
      if (replaced?.kind === 'directory' && (node.kind === 'file' || replaced.shown.size > 0)) {
        throw systemError(node.kind === 'file' ? 'EISDIR' : 'ENOTEMPTY', 'rename', to)
      }
      moveName(source, target, operation)
    })
  }

  async link(from: string, to: string): Promise<void> {
    return this.#do('link', to, (operation) => {
      const file = this.#file(from, 'link')
      const { directory, name } = this.#place(to, 'link')
      if (directory.shown.has(name)) throw systemError('EEXIST', 'link', to)
      setName(directory, name, file, operation)
    })
  }

  async remove(path: string): Promise<void> {
    return this.#do('remove', path, (operation) => {
      this.#file(path, 'unlink')
      const { directory, name } = this.#place(path, 'unlink')
      setName(directory, name, undefined, operation)
    })
  }

  async removeDirectory(path: string): Promise<void> {
    return this.#do('removeDirectory', path, (operation) => {
      const node = this.#find(path)
      if (node === undefined) throw systemError('ENOENT', 'rmdir', path)
      if (node.kind === 'file') throw systemError('ENOTDIR', 'rmdir', path)
      if (node.shown.size > 0) throw systemError('ENOTEMPTY', 'rmdir', path)
      const { directory, name } = this.#place(path, 'rmdir')
      setName(directory, name, undefined, operation)
    })
  }

  async syncFile(path: string): Promise<void> {
    return this.#do(
      'syncFile',
      path,
      () => syncData(this.#file(path, 'fsync')),
      () => this.#spoil(path),
    )
  }

  async syncDirectory(path: string): Promise<void> {
    return this.#do(
      'syncDirectory',
      path,
      () => {
        const node = this.#find(path)
        if (node === undefined) throw systemError('ENOENT', 'open', path)
        if (node.kind === 'file') throw systemError('ENOTDIR', 'open', path)
        syncNames(node)
      },
      () => this.#spoil(path),
    )
  }

  static #of(root: DirectoryNode, options: ModelDiskOptions): SimulatedDisk {
    const disk = new SimulatedDisk(options)
    disk.#root = root
    return disk
  }

  #opened(file: FileNode, path: string): DiskFile {
    return {
      append: (bytes) => {
        const copy = bytes.slice()
        return this.#do(
          'append',
          path,
          (operation) => appendTo(file, copy, operation),
          // A full disk takes what still fits.
          (operation) => appendTo(file, copy.subarray(0, copy.byteLength >> 1), operation),
        )
      },
      sync: () =>
        this.#do(
          'sync',
          path,
          () => syncData(file),
          () => spoilSync(file),
        ),
      close: () => this.#do('close', path, () => {}),
    }
  }

  async #do<T>(
    name: OperationName,
    path: string,
    act: (operation: Operation) => T,
    fail: (operation: Operation) => void = () => {},
  ): Promise<T> {
    if (this.#stopped !== undefined) throw this.#stopped
    const operation: Operation = {
      ...{ number: this.operations.length + 1, name, path },
      get site() {
        return siteOf(name, path)
      },
    }
    this.operations.push(operation)
    await this.#options.speed?.(operation)
    if (this.#stopped !== undefined) throw this.#stopped
    const interruption = this.#options.interrupt?.(operation)
    switch (interruption) {
      case undefined:
        return act(operation)
      case 'stop-before':
        this.#stopped = new DiskStopped(operation)
        throw this.#stopped
      case 'stop-after':
        this.#stopped = new DiskStopped(operation)
        act(operation)
        throw this.#stopped
      default:
        fail(operation)
        throw systemError(interruption, name, path)
    }
  }

  #spoil(path: string): void {
    const node = this.#find(path)
    if (node !== undefined) spoilSync(node)
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root
    for (const name of parts(path)) node = node?.kind === 'directory' ? node.shown.get(name) : undefined
    return node
  }

  #file(path: string, call: string): FileNode {
    const node = this.#find(path)
    if (node === undefined) throw systemError('ENOENT', call, path)
    if (node.kind === 'directory') throw systemError('EISDIR', call, path)
    return node
  }

  #place(path: string, call: string): { directory: DirectoryNode; name: string } {
    const directory = this.#find(posix.dirname(path))
    if (directory?.kind !== 'directory') {
      throw systemError(directory === undefined ? 'ENOENT' : 'ENOTDIR', call, path)
    }
    return { directory, name: posix.basename(path) }
  }
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.')
}

/** Digits, ids and the folders above the dataset say nothing about which call site it is. */
function siteOf(name: OperationName, path: string): string {
  const inside = path.replace(/^.*?\/(?=\.rowsmith(\/|$)|[^/]*parquet-files(\/|$)|[^/]+\.json[^/]*$)/, '')
  const normal = inside.replace(/[0-9a-f]{8}(-?[0-9a-f]{4,})*/g, '*').replace(/\d+/g, '#')
  return `${name} ${normal}`
}

function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: modelled failure, ${call} '${path}'`), {
    code,
    syscall: call,
    path,
  })
}
