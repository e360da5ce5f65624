/**
 * Raw row groups in `parquet-files/` get a second name in `.rowsmith/generated/` before post-processing makes the dataset.
 *
 * Never: changes a byte of a row group, or removes one of its names: the swap of tables does that (`publishing/table-swap.ts`).
 * Rules:
 *   A1. Every file of a row group gets a second name there, sidecar files too: a hard link, or a copy where there are no links.
 *   A2. Once these are durable, the commits say so, and then run.json: from there on the raw folder is the new one. Stopped
 *       before, it is done again. A name that is there from the last time stays only if it holds the same bytes.
 *   A3. A name that is there with other bytes is replaced only by what a commit says the row group is. Otherwise another writer owns
 *       the dataset, and `parquet-files/` holds a table by now: this writer has lost.
 */
import { dirname, join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import type { RunFile } from '../control/run-file.ts'
import { NO_LINKS, writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { parseGroupFileName, rawPath } from '../files/layout.ts'
import type { Commit } from '../logs/commits.ts'
import { taken } from '../publishing/publish.ts'
import type { DatasetWriter } from './dataset-store.ts'

const rawFolder = '.rowsmith/generated'

interface PublishedGroups {
  readonly published: ReadonlyMap<number, Commit>
  /** Those of another tool: they are committed when they have been read through. */
  readonly imported: readonly Commit[]
}

/** @returns run.json as it is now. @throws RowsmithError of class storage */
export async function preserveRawRows(
  writer: DatasetWriter,
  run: RunFile,
  { published, imported }: PublishedGroups,
): Promise<RunFile> {
  const { directory } = writer
  const folders = new Set<string>([directory.layout.generated])
  await directory.ensure(directory.layout.generated)
  for (const folder of await rawFolders(directory)) {
    const names = await directory.list(directory.file(folder))
    const ofGroups = names.filter((name) => published.has(parseGroupFileName(name) ?? -1))
    if (ofGroups.length === 0) continue
    const to = dirname(directory.file(rawPath(rawFolder, `${folder}/${ofGroups[0]}`)))
    await directory.ensure(to)
    folders.add(to)
    for (const name of ofGroups) {
      const path = `${folder}/${name}`
      const { files = [] } = published.get(parseGroupFileName(name) ?? -1) ?? {}
      const checksum = files.find((file) => file.path === path)?.sha256
      await linkOrCopy(directory.disk, directory.file(path), join(to, name), checksum)
    }
  }
  for (const folder of folders) await directory.sync(folder)

  const later = new Set(imported.map(({ group }) => group))
  const own = [...published.values()].filter(({ group }) => !later.has(group))
  await Promise.all(own.map((commit) => writer.record(moved(commit))))
  const changed: RunFile = { ...run, raw_folder: rawFolder }
  await writer.writeRun(changed)
  return changed
}

async function rawFolders(directory: DatasetDirectory): Promise<string[]> {
  const { layout } = directory
  const processors = await directory.list(layout.processors)
  return [
    'parquet-files',
    'dropped-columns-parquet-files',
    ...processors.map((name) => `processors-files/${name}`),
  ]
}

function moved({ epoch: _, ...commit }: Commit): Omit<Commit, 'epoch'> {
  return { ...commit, files: commit.files.map((file) => ({ ...file, path: rawPath(rawFolder, file.path) })) }
}

/**
 * A second, durable name for a file that is whole; its folder is still to be synced.
 *
 * @param checksum the SHA-256 of what is meant; empty or left out where it is unknown
 * @throws RowsmithError lock_lost (rule A3), or of class storage
 */
export async function linkOrCopy(disk: Disk, from: string, to: string, checksum = ''): Promise<void> {
  if ((await wrapDiskError('read', to, () => disk.stat(to))) !== undefined) {
    const hashOf = async (path: string): Promise<string> =>
      sha256(await wrapDiskError('read', path, () => disk.readFile(path)))
    const [hash, earlier] = await Promise.all([hashOf(from), hashOf(to)])
    if (hash === earlier) return
    if (checksum !== '' && hash !== checksum) throw taken(to)
    await wrapDiskError('remove', to, () => disk.remove(to))
  }
  try {
    await disk.link(from, to)
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw storageError(error, 'link', to)
    await writeSynced(disk, to, await wrapDiskError('read', from, () => disk.readFile(from)))
  }
}
