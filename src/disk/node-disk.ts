import { constants, fdatasync, fsync, readFileSync } from 'node:fs'
import { link, mkdir, open, readdir, readFile, realpath, rename, rmdir, stat, unlink } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { promisify } from 'node:util'
import { errnoOf } from '../base/errors.ts'
import type { Disk, DiskFile } from './disk.ts'

/** The machine's own file system. */
export const nodeDisk: Disk = {
  async create(path) {
    const handle = await open(path, 'ax')
    const file: DiskFile = {
      async append(bytes) {
        let done = 0
        while (done < bytes.byteLength) {
          const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done)
          done += bytesWritten
        }
      },
      sync: () => synced(fdatasync, handle.fd),
      close: () => handle.close(),
    }
    return file
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
      const kind = entry.isDirectory() ? 'directory' : 'file'
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

/** By number: the handles that Yarn's Plug'n'Play gives out cannot sync. */
function synced(sync: typeof fsync, fd: number): Promise<void> {
  return promisify(sync)(fd)
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
 * The files in a folder that is none of ours, and below it when `deep`: paths below it, with slashes, in no order. A symbolic
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

async function leadsToFileIn(root: string, link: string): Promise<boolean> {
  try {
    const target = await realpath(link)
    return target.startsWith(root.endsWith(sep) ? root : `${root}${sep}`) && (await stat(target)).isFile()
  } catch {
    // It leads nowhere.
    return false
  }
}
