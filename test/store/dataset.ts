/** A dataset directory on a modelled disk, and row groups to publish in it. */

import { zstdCompressSync } from 'node:zlib'
import { sha256 } from '../../src/base/numbers/hash.ts'
import type { Disk } from '../../src/disk/disk.ts'
import { DatasetDirectory } from '../../src/store/files/dataset-directory.ts'
import { datasetLayout, groupFileName } from '../../src/store/files/layout.ts'
import { readCommits } from '../../src/store/logs/commits.ts'
import { encodeParquet } from '../../src/store/parquet/parquet-encode.ts'
import { groupFooterKeys } from '../../src/store/publishing/footer.ts'
import { type Publication, Publisher } from '../../src/store/publishing/publish.ts'
import { rollForward } from '../../src/store/publishing/roll-forward.ts'
import { scanRowGroups } from '../../src/store/publishing/scan-row-groups.ts'
import { type ModelDiskOptions, SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'

export const layout = datasetLayout('/artifacts/dataset')
export const IDENTITY = 'identity-of-this-run'

export function emptyDataset(options: ModelDiskOptions = {}): SimulatedDisk {
  return new SimulatedDisk({ directories: [layout.own], ...options })
}

/** Two rows of a group, with one row dropped, a companion table and a companion of replies. */
export function publication(group: number, options: { identity?: string; word?: string } = {}): Publication {
  const { identity = IDENTITY, word = 'row' } = options
  const about = {
    group,
    firstRow: group * 3,
    plannedRows: 3,
    dropped: [[group * 3 + 2, 'c', 'parse_failed']] as const,
  }
  const footer = groupFooterKeys({ configHash: 'sha256:1', identity, runSeed: 7n, ...about })
  const encode = (name: string) =>
    encodeParquet({
      columns: [{ name, type: { kind: 'string' }, values: [`${word} ${group} 0`, `${word} ${group} 1`] }],
      rowCount: 2,
      footer,
    })
  const replies = zstdCompressSync(`${word}: replies of group ${group}`)
  return {
    ...about,
    rows: 2,
    ledger: { cost: 1.0, requests: 2n },
    files: [
      { path: `parquet-files/${groupFileName(group)}`, role: 'main', ...encode('c') },
      { path: `dropped-columns-parquet-files/${groupFileName(group)}`, role: 'companion', ...encode('d') },
      {
        path: `.rowsmith/replies/batch_${group}.zst`,
        role: 'companion',
        bytes: replies,
        sha256: sha256(replies),
      },
    ],
  }
}

/** The dataset directory of these tests, on a disk. */
export const on = (disk: Disk): DatasetDirectory => new DatasetDirectory(disk, layout.directory)

/** For a writer that never loses its lock. */
export async function held(): Promise<void> {}

/** Publishes groups as the run of that epoch. */
export async function publish(
  disk: Disk,
  epoch: number,
  publications: readonly Publication[],
): Promise<void> {
  const publisher = await Publisher.open({ directory: on(disk), epoch, check: held })
  for (const one of publications) await publisher.publish(one)
  await publisher.close()
}

/** What the next run does first. */
export async function recover(disk: Disk, groups = 10) {
  const run = { identity: IDENTITY, groups }
  return rollForward(
    on(disk),
    await scanRowGroups(on(disk), await readCommits(on(disk)), { run }),
    'parquet-files',
    held,
  )
}

/** The final files of the groups, relative to the dataset, with their bytes as text. */
export function finalFiles(disk: SimulatedDisk): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [path, bytes] of disk.files(layout.directory)) {
    const relative = path.slice(layout.directory.length + 1)
    if (/batch_/.test(relative) && !relative.includes('quarantine'))
      found[relative] = Buffer.from(bytes).toString('latin1')
  }
  return found
}

/** What `finalFiles` gives when exactly these are published. */
export function filesOf(publications: readonly Publication[]): Record<string, string> {
  const files = publications.flatMap((one) => one.files)
  return Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.bytes).toString('latin1')]))
}

/** Puts a file there, durable. */
export async function putFile(disk: Disk, path: string, contents: string | Uint8Array): Promise<void> {
  const file = await disk.create(path)
  await file.append(Buffer.from(contents))
  await file.sync()
  await file.close()
}
