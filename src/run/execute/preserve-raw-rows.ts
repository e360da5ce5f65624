/**
 * Raw row groups that lie in `parquet-files/` are preserved in `.rowsmith/generated/` before a stage makes the dataset.
 *
 * Never: changes a byte of a row group, or takes away a name of one: that is the swap's affair (`store/publishing/stage-swap.ts`).
 * Rules:
 *   A1. Every file of a row group gets a second name there, sidecar files too: a hard link, or a copy where there are none.
 *   A2. When these are durable, the commits say so, and then run.json: from there on the raw folder is the new one. Stopped
 *       before, it is done again; a name that is there from the last time stays only if it holds the same bytes.
 *   A3. A name that is there with other bytes is replaced only by what a commit says the row group is. Where it is not, another writer took
 *       the dataset over, and what lies in `parquet-files/` is a table by now: this writer has lost.
 */

import { dirname, join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import type { LazyResource } from '../../base/work/lazy-resource.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError, wrapDiskError } from '../../disk/storage-error.ts'
import { type RunFile, writeRunFile } from '../../store/control/run-file.ts'
import { NO_LINKS, writeSynced } from '../../store/files/atomic-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { parseGroupFileName, rawPath } from '../../store/files/layout.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { type Publisher, taken } from '../../store/publishing/publish.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { Recovered } from '../open/recover.ts'

const rawFolder = '.rowsmith/generated'

/** @returns run.json as it is now. @throws RowsmithError of class storage */
export async function preserveRawRows(
  { directory, run, writer }: Pick<OpenDataset, 'directory' | 'run' | 'writer'>,
  { published, imported }: Recovered,
  publisher: LazyResource<Publisher>,
): Promise<RunFile> {
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
  const log = await publisher.open()
  // Those of another tool are committed when they have been read through.
  const own = [...published.values()].filter(({ group }) => !later.has(group))
  await Promise.all(own.map((commit) => log.record(moved(commit))))
  const changed: RunFile = { ...run, raw_folder: rawFolder }
  await writeRunFile(directory, changed, writer)
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
    const [bytes, earlier] = await Promise.all(
      [from, to].map((path) => wrapDiskError('read', path, () => disk.readFile(path))),
    )
    const hash = sha256(bytes!)
    if (hash === sha256(earlier!)) return
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
