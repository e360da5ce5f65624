/**
 * Recovery of row groups: finishes what is committed, reopens what is lost, and puts what is broken aside.
 * The caller holds the lock, and has refused the directory if foreign files are in it.
 *
 * Rules:
 *   1. Commits are made durable before anything is done in their name (J5).
 *   2. Folders of published files are synced even when nothing is left to do: the process that put the files there may have
 *      died before it could.
 *   3. Nothing is deleted but drafts of groups that are published. An unreadable file goes to the quarantine.
 *   4. Done twice, it does nothing the second time.
 *   5. What was moved to the quarantine because it is broken is looked at there once more. A whole file of Rowsmith came between the
 *      look and the move, from the writer that took this dataset over: it is put back, and this writer has lost. What the other one
 *      had moved to the quarantine under the same name is replaced by that: a broken file, and the one thing that may be lost here.
 */

import { dirname } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import { NO_LINKS } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { type Commit, syncCommits } from '../logs/commits.ts'
import { bodyIsWhole, readFooter } from './footer.ts'
import { putInPlace, removeDraft, taken } from './publish.ts'
import { quarantineFile } from './replace-whole.ts'
import type { DirectoryScan } from './scan-row-groups.ts'

export interface RolledForward {
  /** Groups that are published now, by number: what counts as progress. */
  readonly published: ReadonlyMap<number, Commit>
  /** Those of them that another tool made, and that no commit mentions yet. */
  readonly imported: readonly number[]
  /** Groups that were committed, or had a file, and must be made again; lowest first. */
  readonly reopened: readonly number[]
  /** Sidecar files of published groups that are missing: relative paths. */
  readonly missing: readonly string[]
  /** Where unreadable files went: relative paths. */
  readonly quarantined: readonly string[]
}

/** @param found of a directory in which no other process works @param confirm looks at the lock @throws RowsmithError disk_full, sync_failed, io_error or lock_lost */
export async function rollForward(
  directory: DatasetDirectory,
  { groups, drafts }: DirectoryScan,
  rawFolder: string,
  confirm: () => Promise<void>,
): Promise<RolledForward> {
  await syncCommits(directory)
  const published = new Map<number, Commit>()
  const imported: number[] = []
  const reopened: number[] = []
  const missing: string[] = []
  const quarantined: string[] = []
  const folders = new Set<string>()

  for (const [group, state] of [...groups].sort(([a], [b]) => a - b)) {
    if (state.kind === 'imported') {
      imported.push(group)
      published.set(group, state.commit)
      folders.add(directory.file(rawFolder))
      continue
    }
    if (state.kind !== 'published' && state.damaged !== undefined) {
      const quarantining = state.kind === 'open' ? quarantine : quarantineWhole
      quarantined.push(await quarantining(directory, rawFolder, state.damaged))
    }
    if (state.kind === 'open') {
      reopened.push(group)
      continue
    }
    const lost = new Set(state.missing)
    const present = state.commit.files.filter((file) => !lost.has(file.path))
    for (const folder of new Set(present.map((file) => dirname(directory.file(file.path))))) {
      if (!folders.has(folder)) await directory.ensure(folder)
      folders.add(folder)
    }
    if (state.kind === 'committed') {
      await putInPlace(directory, present, { replaces: state.commit.replaces, confirm })
      for (const { draft } of state.commit.files) {
        if (drafts.includes(draft)) await removeDraft(directory, draft)
      }
    }
    published.set(group, state.commit)
    missing.push(...state.missing)
  }
  for (const folder of folders) await directory.sync(folder)
  return { published, imported, reopened, missing, quarantined }
}

/** Moves a broken file of the raw folder out of the dataset, under a name that is free (rule 5). @returns its path now, relative */
export async function quarantine(
  directory: DatasetDirectory,
  rawFolder: string,
  name: string,
): Promise<string> {
  const { disk } = directory
  const to = await quarantineWhole(directory, rawFolder, name)
  if (await isWholeAndOwn(disk, directory.file(to))) {
    await putBack(directory, to, `${rawFolder}/${name}`)
    throw taken(`${rawFolder}/${name}`)
  }
  return to
}

/** Moves a file that is in the way of a committed one, whole or not. */
async function quarantineWhole(
  directory: DatasetDirectory,
  rawFolder: string,
  name: string,
): Promise<string> {
  const to = await quarantineFile(directory, `${rawFolder}/${name}`)
  return to ?? `.rowsmith/quarantine/${name}`
}

async function isWholeAndOwn(disk: Disk, path: string): Promise<boolean> {
  try {
    const footer = await readFooter(disk, path, (await disk.stat(path))?.size ?? 0)
    return footer?.group !== undefined && (await bodyIsWhole(disk, path, footer))
  } catch {
    // What cannot be read is what was put aside.
    return false
  }
}

/** Under its own name again, unless another one was put there meanwhile. */
async function putBack(directory: DatasetDirectory, from: string, to: string): Promise<void> {
  const { disk } = directory
  try {
    await disk.link(directory.file(from), directory.file(to))
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'EEXIST') return
    if (!NO_LINKS.has(errno)) throw storageError(error, 'link', directory.file(to))
    await wrapDiskError('rename', to, () => disk.rename(directory.file(from), directory.file(to)))
    return
  }
  await wrapDiskError('remove', from, () => disk.remove(directory.file(from)))
}
