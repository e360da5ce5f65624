/**
 * The folders and files below them that a seed reads.
 *
 * Rules:
 *   1. A relative path is looked for in each folder in turn; the first that has it counts. `~/` is the home folder.
 *   2. Files are those whose own name matches a pattern, as a shell has it, upper and lower case apart; in the order of
 *      their paths below the folder.
 *   3. Nothing outside the folder is read: a symbolic link that leads out is passed over, one to a folder is not followed.
 */
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { compareCodePoints } from '../../base/values/json.ts'
import { filesBelow, nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { nameMatcher } from './pattern.ts'

export interface FoundFolder {
  /** Absolute. */
  readonly path: string
  /** The folder a relative path was found in, absolute; null for an absolute path. */
  readonly folder: string | null
}

/** @throws RowsmithError seed_not_found, io_error */
export async function findFolder(path: string, folders: readonly string[]): Promise<FoundFolder> {
  const given = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
  const places = isAbsolute(given) ? [null] : [...new Set(folders.map((folder) => resolve(folder)))]
  for (const folder of places) {
    const place = folder === null ? given : join(folder, given)
    const entry = await wrapDiskError('read', place, () => nodeDisk.stat(place))
    if (entry?.kind === 'directory') return { path: place, folder }
  }
  const searched = places.map((folder) => folder ?? given)
  throw new RowsmithError(
    'seed_not_found',
    `There is no folder ${path} for the seed dataset: looked in ${searched.join(' and in ')}`,
    { facts: { path, folders: searched } },
  )
}

/** Which files of a folder are meant. */
export interface FilePattern {
  /** Of the name alone: it has no slashes. */
  readonly file_pattern: string
  readonly recursive: boolean
}

export interface FoundFile {
  readonly path: string
  /** Below the folder, with slashes. */
  readonly relative: string
  readonly name: string
}

/**
 * The files of a folder, at least one.
 *
 * @throws RowsmithError seed_not_found, io_error
 */
export async function findFiles(folder: string, pattern: FilePattern): Promise<FoundFile[]> {
  const matches = nameMatcher(pattern.file_pattern)
  const all = await wrapDiskError('list', folder, () => filesBelow(folder, pattern.recursive))
  const found = all
    .map((relative) => ({ relative, name: relative.slice(relative.lastIndexOf('/') + 1) }))
    .filter(({ name }) => matches(name))
    .sort((a, b) => compareCodePoints(a.relative, b.relative))
  if (found.length > 0) return found.map((file) => ({ ...file, path: join(folder, file.relative) }))
  const where = pattern.recursive ? 'in it and the folders below it' : 'in it, folders below it not counted'
  throw new RowsmithError(
    'seed_not_found',
    `The folder ${folder} has no file like ${JSON.stringify(pattern.file_pattern)}: looked ${where}`,
    { facts: { path: folder, file_pattern: pattern.file_pattern, recursive: pattern.recursive } },
  )
}
