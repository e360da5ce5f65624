/**
 * The files of a local seed: where they lie, and what they hold.
 *
 * Rules:
 *   1. A relative path is looked for in each folder in turn; the first folder that has it counts.
 *   2. `folder/*.csv` is every file of that one extension in the folder, by name. A symbolic link that leads out of it is refused:
 *      what lies there was not named.
 *   3. What a seed holds is the bytes of its files, in their order: neither names nor times count.
 */

import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { sha256, sha256OfParts } from '../../base/numbers/hash.ts'
import { filesBelow, nodeDisk, readInParts } from '../../disk/node-disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'

const FORMATS = { parquet: 'parquet', csv: 'csv', json: 'json', jsonl: 'json' } as const
const PART_BYTES = 1024 * 1024

export interface SeedFiles {
  /** Absolute paths, at least one. */
  readonly paths: readonly string[]
  readonly format: 'parquet' | 'csv' | 'json'
  /** The folder a relative path was found in, absolute; null for an absolute path. */
  readonly folder: string | null
  /** What messages call them. @default their paths */
  readonly labels?: readonly string[]
}

/** Endings of files that can be read as tables. */
export const seedExtensions = Object.keys(FORMATS)

/** What a seed's path can be, in words; undefined when it is that. */
export function pathIssue(path: string): string | undefined {
  const name = basename(path)
  const packed = /\.(?:csv|parquet|json|jsonl)\.(gz|zst|bz2|xz|zip)$/.exec(name)?.[1]
  if (packed !== undefined) return `ends in .${packed}: unpack the file, and name the unpacked one`
  const known = formatOf(name) !== undefined && !dirname(path).includes('*')
  if (known && (!name.includes('*') || /^\*\.[a-z]+$/.test(name))) return undefined
  return `must be a file, or every file of a folder as in "folder/*.csv", that ends in .${seedExtensions.join(', .')}`
}

/**
 * Finds the files.
 *
 * @param path one without a `pathIssue`
 * @param folders where to look for a relative path
 * @throws RowsmithError seed_not_found, io_error
 */
export async function findSeedFiles(path: string, folders: readonly string[]): Promise<SeedFiles> {
  const format = present(formatOf(path), 'formats of seed files')
  const places = isAbsolute(path) ? [null] : [...new Set(folders.map((folder) => resolve(folder)))]
  for (const folder of places) {
    const paths = await filesAt(folder === null ? path : join(folder, path))
    if (paths.length > 0) return { paths, format, folder }
  }
  const searched = places.map((folder) => folder ?? dirname(path)).join(' and in ')
  throw new RowsmithError('seed_not_found', `There is no seed dataset ${path}: looked in ${searched}`, {
    facts: { path, folders: places.map((folder) => folder ?? dirname(path)) },
  })
}

async function filesAt(path: string): Promise<string[]> {
  const name = basename(path)
  if (!name.startsWith('*.')) {
    const entry = await wrapDiskError('read', path, () => nodeDisk.stat(path))
    return entry?.kind === 'file' ? [path] : []
  }
  const folder = dirname(path)
  const all = await wrapDiskError('list', folder, () => nodeDisk.list(folder))
  const names = all.filter((each) => each.endsWith(name.slice(1)))
  if (names.length === 0) return []
  const inside = new Set(await wrapDiskError('list', folder, () => filesBelow(folder, false)))
  const out = names.find((each) => !inside.has(each))
  if (out === undefined) return names.map((each) => join(folder, each))
  throw new RowsmithError(
    'seed_unreadable',
    `The seed dataset ${path} cannot be used: ${out} leads out of its folder, or nowhere`,
    {
      facts: { path: join(folder, out) },
      nextStep: 'Copy the file into the folder, or name the folder in which it lies.',
    },
  )
}

/** How DuckDB reads files that end so; undefined when it does not. */
export function formatOf(path: string): SeedFiles['format'] | undefined {
  const extension = path.slice(path.lastIndexOf('.') + 1)
  return Object.hasOwn(FORMATS, extension) ? FORMATS[extension as keyof typeof FORMATS] : undefined
}

/** Sizes and times of the files: another text when one was written to meanwhile. @throws RowsmithError io_error */
export async function stampOf({ paths }: SeedFiles): Promise<string> {
  const stamps: string[] = []
  for (const path of paths) {
    const entry = await wrapDiskError('read', path, () => nodeDisk.stat(path))
    stamps.push(`${entry?.inode} ${entry?.size} ${entry?.modified}`)
  }
  return stamps.join('\n')
}

/** 64 hex digits that change when the contents do. @throws RowsmithError io_error */
export async function contentsOf({ paths }: Pick<SeedFiles, 'paths'>): Promise<string> {
  const each: string[] = []
  for (const path of paths) each.push(await sha256OfParts(partsOf(path)))
  return contentsOfAll(each)
}

/** The same of the SHA-256 of each. */
export function contentsOfAll(each: readonly string[]): string {
  return each.length === 1 ? present(each[0], 'each') : sha256(each.join('\n'))
}

/** The bytes of a file, part by part, each in the memory of the one before. @throws RowsmithError io_error */
export async function* partsOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* readInParts(path, PART_BYTES)
  } catch (error) {
    throw storageError(error, 'read', path)
  }
}
