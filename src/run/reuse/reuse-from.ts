/**
 * What a dataset takes from others at its beginning: the run seed, and where answers are that were paid for already.
 *
 * Owns: which datasets these are. How their answers are read is `reuse.ts`.
 * Rules:
 *   I1. The seed given by the user counts. Else it is that of the dataset named with `reuse`, of the one this dataset is
 *       made next to, or of a preview of the same rows, in this order; with the seed goes what "today" means.
 *   I2. Answers are taken from those of them that have the seed, in the same order: under another seed another dataset is
 *       meant. The one that the user named is looked into whatever its seed. With `none`, from none.
 *   I3. A source brings the sources it had itself: what it did not need may be needed here.
 */

import { join, relative, resolve } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import type { Identity } from '../../plan/facts.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { type ReuseSource, type RunFile, readRunFile } from '../../store/control/run-file.ts'
import { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { findPreview } from '../prepare/preview-place.ts'
import type { Reuse } from '../request/setting-kinds.ts'
import { simulationConflict } from './reuse.ts'

export interface OtherDataset {
  readonly directory: string
  readonly run: RunFile
}

export interface Inheritance {
  /** Whose seed is reused; null when none is. */
  readonly from: OtherDataset | null
  /** The part of run.json that names the sources. */
  readonly sources: Pick<RunFile, 'reuse_sources'>
}

/** Sources beyond these are forgotten, the farthest first: each costs a look into its files for every row group (P7). */
const sourcesMax = 8
/** Previews cost next to nothing, and a user who edits prompts makes many: small ones count apart. */
const smallRows = 100
const smallSourcesMax = 32

/**
 * The dataset that the user named to take answers from; null when none was named.
 *
 * @throws RowsmithError dataset_not_found; run_json_damaged; reuse_unfit when simulated and real answers would mix
 */
export async function reusedDataset(
  disk: Disk,
  reuse: Reuse,
  identity: Identity,
): Promise<OtherDataset | null> {
  if (typeof reuse === 'string') return null
  const { directory } = reuse
  const run = contentsOf(await readRunFile(new DatasetDirectory(disk, directory)))
  if (run === undefined) {
    throw new RowsmithError(
      'dataset_not_found',
      `${directory} is no dataset of Rowsmith to take answers from`,
      {
        facts: { path: directory },
      },
    )
  }
  const conflict = simulationConflict(identity.document, run.rows_identity.document)
  if (conflict !== undefined) {
    throw new RowsmithError('reuse_unfit', `Cannot take answers from ${directory}: ${conflict}`, {
      facts: { path: directory },
    })
  }
  return { directory, run }
}

/** What a new dataset takes over. Reads only; a dataset that cannot be read is none. */
export async function reuseFrom(
  directory: DatasetDirectory,
  requested: {
    readonly reuse: Reuse
    /** Named by the user. */
    readonly reused: OtherDataset | null
    /** The directory of the dataset that this one is made next to. */
    readonly passedOver: string | null
    /** The artifact folder whose previews count; null for none. */
    readonly previewsIn: string | null
    readonly identity: Identity
    readonly seed: bigint | null
  },
): Promise<Inheritance> {
  const { disk } = directory
  const { reuse, reused, passedOver, previewsIn, identity, seed } = requested
  const near = [
    reused,
    passedOver === null ? null : await readOther(disk, passedOver),
    previewsIn === null ? null : await findPreview(disk, previewsIn, identity.hash, seed),
  ].filter((other) => other !== null)
  const runSeed = seed ?? near[0]?.run.run_seed
  const withSeed = near.filter(({ run }) => run.run_seed === runSeed)
  const from = withSeed[0] ?? null
  if (reuse === 'none') return { from, sources: {} }
  const sources = near.filter((other) => other === reused || withSeed.includes(other))
  const fitting = sources.filter(
    ({ run }) => simulationConflict(identity.document, run.rows_identity.document) === undefined,
  )
  return { from, sources: reuseSources(directory.path, fitting, null) }
}

/** The part of run.json that names the sources of a dataset: others with the sources they had themselves, then those there are already. */
export function reuseSources(
  path: string,
  others: readonly OtherDataset[],
  run: RunFile | null,
): Pick<RunFile, 'reuse_sources'> {
  const self = resolve(path)
  const found = new Map<string, ReuseSource>()
  for (const { directory, run: theirs } of others) {
    const own = { path: directory, rows: rowCount(theirs.segments) }
    const further = (theirs.reuse_sources ?? []).map(({ path, rows }) => ({
      path: join(directory, path),
      rows,
    }))
    for (const { path, rows } of [own, ...further]) {
      const absolute = resolve(path)
      if (absolute === self || found.has(absolute)) continue
      found.set(absolute, { path: relative(self, absolute), rows })
    }
  }
  for (const source of run?.reuse_sources ?? []) {
    const absolute = resolve(self, source.path)
    if (!found.has(absolute)) found.set(absolute, source)
  }
  const left = { small: smallSourcesMax, large: sourcesMax }
  const near = [...found.values()].filter(({ rows }) => left[rows <= smallRows ? 'small' : 'large']-- > 0)
  return near.length === 0 ? {} : { reuse_sources: near }
}

async function readOther(disk: Disk, directory: string): Promise<OtherDataset | null> {
  const found = await readRunFile(new DatasetDirectory(disk, directory))
  return found.kind === 'read' ? { directory, run: found.contents } : null
}
