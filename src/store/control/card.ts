/**
 * README.md of a dataset directory: it shows loaders of the Hugging Face hub which files are the rows. Without it they take the format
 * that has most files, which for small datasets is JSON.
 *
 * Rules:
 *   1. It is written once there are rows, and only where there is no README.md: a user's own is never touched, since it gets its name
 *      by a link, which fails when the name is taken.
 *   2. A disk that refuses it stops the run, as for metadata.json: nothing that fails is passed over.
 *   3. It says nothing of the dataset that may change: it is the same in every directory.
 */

import { join } from 'node:path'
import { errnoOf } from '../../base/errors/errors.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { type FileOwner, NO_LINKS, temporaryName, writeSynced } from '../files/atomic-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'

const passedOver: ReadonlySet<string> = new Set([...NO_LINKS, 'EEXIST'])

const text = `---
configs:
- config_name: default
  data_files: parquet-files/*.parquet
---

# Dataset

The rows are in \`parquet-files/\`, in the order of the names of its files. \`datasets.load_dataset\` reads this folder, and so does
every reader of Parquet.
`

/** @throws RowsmithError of class storage */
export async function writeCard(directory: DatasetDirectory, writer: FileOwner): Promise<void> {
  const { disk } = directory
  const path = join(directory.path, 'README.md')
  if ((await directory.stat(path)) !== undefined) return
  const temporary = temporaryName(path, writer)
  await writeSynced(disk, temporary, text)
  await wrapDiskError('link', path, () => disk.link(temporary, path)).catch((error) => {
    // Taken since, or a file system without links: this file is not needed so much.
    if (!passedOver.has(errnoOf(error instanceof Error ? error.cause : undefined) ?? '')) throw error
  })
  await wrapDiskError('remove', temporary, () => disk.remove(temporary))
  await directory.sync(directory.path)
}
