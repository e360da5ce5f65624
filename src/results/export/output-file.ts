/**
 * Where an export goes: a file, a device or pipe, or a caller that takes its bytes.
 *
 * Rules:
 *   1. Links are followed: what a name leads to is written, the link stays.
 *   2. A regular file appears whole and durable, or not at all: it is written next to it, synced, and renamed. One that is there is
 *      replaced only when that was requested.
 *   3. A device or a pipe is written to, as it is.
 */
import { dirname } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { shellWord } from '../../base/text/shell-word.ts'
import type { Disk } from '../../disk/disk.ts'
import { openStream, targetOfLinks } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { temporaryName } from '../../store/files/atomic-file.ts'

/** Takes bytes one piece after the other. */
export type TakesBytes = (bytes: Uint8Array) => Promise<void>

/** A place that can be written. */
export interface OutputFile {
  /** As it was named; where that is a link, what it leads to. */
  readonly path: string
  readonly kind: 'file' | 'stream'
}

/**
 * Looks where a name leads, before anything is read.
 *
 * @param check refuses places that are not to be written
 * @throws RowsmithError output_exists, folder_unwritable, usage for a folder
 */
export async function outputAt(
  disk: Disk,
  name: string,
  { overwrite, check }: { readonly overwrite: boolean; readonly check: (path: string) => void },
): Promise<OutputFile> {
  const path = await targetOfLinks(name)
  check(path)
  const entry = await wrapDiskError('read', path, () => disk.stat(path))
  if (entry?.kind === 'other') return { path, kind: 'stream' }
  if (entry?.kind === 'directory') {
    throw new RowsmithError('usage', `${name} is a folder.`, {
      facts: { path: name },
      nextStep: 'Name a file in it.',
    })
  }
  const folder = dirname(path)
  if ((await wrapDiskError('read', folder, () => disk.stat(folder)))?.kind !== 'directory') {
    throw new RowsmithError('folder_unwritable', `There is no folder ${folder} to write to.`, {
      facts: { path: folder },
      nextStep: `Create it with \`mkdir -p ${shellWord(folder)}\`, or name another file.`,
    })
  }
  if (entry !== undefined && !overwrite) {
    throw new RowsmithError('output_exists', `${name} is there already.`, { facts: { path: name } })
  }
  return { path, kind: 'file' }
}

/** @param write gives the bytes; what it returns is returned. @throws RowsmithError a storage error; whatever `write` throws */
export function writeOutput<T>(
  disk: Disk,
  output: OutputFile,
  write: (take: TakesBytes) => Promise<T>,
): Promise<T> {
  return output.kind === 'stream' ? writeStream(output.path, write) : writeWhole(disk, output.path, write)
}

async function writeStream<T>(path: string, write: (take: TakesBytes) => Promise<T>): Promise<T> {
  const stream = await wrapDiskError('write', path, () => openStream(path))
  try {
    return await write((bytes) => wrapDiskError('write', path, () => stream.append(bytes)))
  } finally {
    await stream.close()
  }
}

async function writeWhole<T>(disk: Disk, path: string, write: (take: TakesBytes) => Promise<T>): Promise<T> {
  const temporary = temporaryName(path, { pid: process.pid, nonce: crypto.randomUUID() })
  const file = await wrapDiskError('create', temporary, () => disk.create(temporary))
  try {
    let written: T
    try {
      written = await write((bytes) => wrapDiskError('write', temporary, () => file.append(bytes)))
      await wrapDiskError('sync', temporary, () => file.sync())
    } finally {
      await file.close()
    }
    await wrapDiskError('rename', path, () => disk.rename(temporary, path))
    await wrapDiskError('sync', dirname(path), () => disk.syncDirectory(dirname(path)))
    return written
  } catch (error) {
    // Only tidiness: whatever failed is what matters.
    await disk.remove(temporary).catch(() => {})
    throw error
  }
}
