import { constants, fdatasync, fsync, readFileSync, watch } from 'node:fs'
import {
  type FileHandle,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { errnoOf } from '../base/errors/errors.ts'
import type { Disk, DiskFile } from './disk.ts'

/** The machine's own file system. */
export const nodeDisk: Disk = {
  async create(path) {
    const handle = await open(path, 'ax')
    return { ...appending(handle), sync: () => synced(fdatasync, handle.fd) }
  },
  readFile: (path) => readFile(path),
  async readRange(path, offset, length) {
    const handle = await open(path, 'r')
    try {
      const buffer = Buffer.alloc(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await handle.read(buffer, done, length - done, offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return buffer.subarray(0, done)
    } finally {
      await handle.close()
    }
  },
  async list(directory) {
    try {
      return (await readdir(directory)).sort()
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return []
      throw error
    }
  },
  async stat(path) {
    try {
      const entry = await stat(path)
      const kind = entry.isDirectory() ? 'directory' : entry.isFile() ? 'file' : 'other'
      return { kind, size: entry.size, modified: entry.mtimeMs, inode: entry.ino }
    } catch (error) {
      const code = errnoOf(error)
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
      throw error
    }
  },
  realPath: (path) => realpath(path),
  makeDirectory: (path) => mkdir(path),
  rename,
  link,
  remove: unlink,
  removeDirectory: rmdir,
  syncFile: (path) => syncPath(path, constants.O_RDONLY),
  syncDirectory: (path) => syncPath(path, constants.O_RDONLY | constants.O_DIRECTORY),
}

function appending(handle: FileHandle): Pick<DiskFile, 'append' | 'close'> {
  return {
    async append(bytes) {
      let done = 0
      while (done < bytes.byteLength) {
        const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done)
        done += bytesWritten
      }
    },
    close: () => handle.close(),
  }
}

/** By number: the handles that Yarn's Plug'n'Play gives out cannot sync. */
function synced(sync: typeof fsync, fd: number): Promise<void> {
  return promisify(sync)(fd)
}

/** Where a name leads, whether or not there is anything. @throws an error with the code ELOOP */
export async function targetOfLinks(path: string): Promise<string> {
  let at = path
  for (let links = 0; links < 40; links++) {
    const target = await readlink(at).catch(() => undefined)
    if (target === undefined) return at
    at = resolve(dirname(at), target)
  }
  throw Object.assign(new Error(`${path}: too many links`), { code: 'ELOOP' })
}

/** A device or a pipe that is there, for writing; a pipe waits for its reader. */
export async function openStream(path: string): Promise<Pick<DiskFile, 'append' | 'close'>> {
  return appending(await open(path, constants.O_WRONLY))
}

/** A new folder that no other process may read. The caller removes it. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'rowsmith-'))
}

/** A file of the user's that is about to be run, for who cannot wait. */
export function textAt(path: string): string {
  return readFileSync(path, 'utf8')
}

async function syncPath(path: string, flags: number): Promise<void> {
  const handle = await open(path, flags)
  try {
    await synced(fsync, handle.fd)
  } finally {
    await handle.close()
  }
}

/**
 * The files in a folder that is none of Rowsmith, and below it when `deep`: paths below it, with slashes, in no order. A symbolic
 * link counts when it leads to a file inside the folder; links to folders are not followed.
 */
export async function filesBelow(folder: string, deep: boolean): Promise<string[]> {
  const root = await realpath(folder)
  const found: string[] = []
  const due = ['']
  for (let at = due.pop(); at !== undefined; at = due.pop()) {
    for (const entry of await readdir(join(root, at), { withFileTypes: true })) {
      const path = `${at}${entry.name}`
      if (entry.isFile()) found.push(path)
      else if (entry.isDirectory() && deep) due.push(`${path}/`)
      else if (entry.isSymbolicLink() && (await leadsToFileIn(root, join(root, path)))) found.push(path)
    }
  }
  return found
}

/** The bytes of a file, in parts of a size. The memory of a part is that of the one before. */
export async function* readInParts(path: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.allocUnsafeSlow(size)
    for (let ended = false; !ended; ) {
      let filled = 0
      while (filled < size && !ended) {
        const { bytesRead } = await handle.read(buffer, filled, size - filled)
        filled += bytesRead
        ended = bytesRead === 0
      }
      yield buffer.subarray(0, filled)
    }
  } finally {
    await handle.close()
  }
}

async function leadsToFileIn(root: string, link: string): Promise<boolean> {
  try {
    const target = await realpath(link)
    return target.startsWith(root.endsWith(sep) ? root : `${root}${sep}`) && (await stat(target)).isFile()
  } catch {
    // It leads nowhere.
    return false
  }
}

/**
 * Hears that something in a folder changed, soon and not surely: some file systems report nothing, so a caller that must know looks as well.
 *
 * @returns what ends it
 */
export function watchFolder(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, onChange)
    // The folder went away, or the system has no more watchers to give.
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => {}
  }
}
