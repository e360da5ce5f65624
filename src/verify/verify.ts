/**
 * `verify`: looks a dataset through, repairs it or replays it on request.
 */

import { type Clock, systemClock } from '../base/work/clock.ts'
import type { ProviderConfig } from '../config/files/providers.ts'
import type { Config } from '../config/schema/schema.ts'
import type { Disk } from '../disk/disk.ts'
import { currentProcess } from '../disk/process-identity.ts'
import { groupCount } from '../plan/row-groups.ts'
import { requireDataset } from '../results/rows/dataset-results.ts'
import { abortedError } from '../run/request/aborted.ts'
import { requireOneBlock } from '../run/request/one-block.ts'
import { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { lockWaits } from '../store/lock/lock.ts'
import type { Encodes } from '../store/parquet/encoder.ts'
import { DatasetView } from '../store/view/dataset-view.ts'
import { DirectoryStore } from '../store/writing/directory-store.ts'
import { type Checked, type Checking, check } from './checking/check.ts'
import type { Finding, Verification, VerifyProgress } from './found/findings.ts'
import { type Problem, totalCost } from './found/problem.ts'
import { type Action, repair, repairMetadata } from './repair.ts'
import { replay } from './replay.ts'

export interface VerifyOptions {
  /** Repair what can be repaired; takes the lock. @default false */
  readonly repair?: boolean
  /** Derive every published row group again from its stored answers, and compare bytes. @default false */
  readonly replay?: boolean
  /** Providers in addition to those that the dataset was last started with; nothing is sent to them. */
  readonly providers?: readonly ProviderConfig[]
  /**
   * The config the dataset was made from, where that is code: its functions are called again. @default the module it was last
   * made from, run if it is still what it was and lies outside of the dataset directory
   */
  readonly config?: Config
  /** How long a repair waits for another writer. @default not at all for one that surely lives, 60000 for one that may be dead */
  readonly waitForLockMs?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: VerifyProgress) => void
}

export interface VerifyComponents {
  readonly disk: Disk
  readonly clock?: Clock
  /** Starts what makes files again. */
  readonly encoder: () => Encodes
}

/**
 * @throws RowsmithError dataset_not_found; dataset_in_use for a repair; function_missing and config_differs for a replay; aborted; of
 *   class storage
 */
export async function verifyDataset(
  directory: string,
  options: VerifyOptions,
  components: VerifyComponents,
): Promise<Verification> {
  const { disk, clock = systemClock } = components
  await requireDataset(DatasetView.at(disk, directory).directory)
  const encoder = components.encoder()
  const startedAt = clock.monotonic()
  const checking: Checking = {
    directory: new DatasetDirectory(disk, directory),
    encoder,
    sources: { providers: options.providers ?? [], config: options.config },
    signal: options.signal,
    onProgress: (done, of, bytes) => options.onProgress?.({ phase: 'files', done, of, bytes }),
  }
  try {
    const report = options.repair
      ? await repaired(checking, options, clock)
      : await checkDataset(checking, options)
    const { checked } = report
    return { ...report, checked: { ...checked, seconds: (clock.monotonic() - startedAt) / 1000 } }
  } catch (error) {
    const { signal } = options
    throw signal?.aborted && error === signal.reason ? abortedError(signal) : error
  } finally {
    await encoder.close()
  }
}

function checkDataset(checking: Checking, options: VerifyOptions): Promise<Verification> {
  return check(checking, async (checked) =>
    reportOf(checking, checked, null, await replayed(checked, options)),
  )
}

async function repaired(checking: Checking, options: VerifyOptions, clock: Clock): Promise<Verification> {
  const { directory } = checking
  const found = await new DatasetView(directory).run()
  if (found.kind === 'read') requireOneBlock(found.contents, 'it can be repaired')
  const self = await currentProcess(directory.disk)
  const writer = await new DirectoryStore(directory.disk, clock).open(directory.path, {
    self,
    ...lockWaits(options.waitForLockMs),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const signal = options.signal === undefined ? writer.lost : AbortSignal.any([options.signal, writer.lost])
  const own = { ...checking, signal, nonce: writer.nonce }
  const repairing = { writer, clock }
  try {
    const actions: Action[] = []
    let again = true
    const action = async (checked: Checked): Promise<Checked> => {
      await writer.check()
      const done = await repair(repairing, checked)
      actions.push(...done.actions)
      again = done.again
      return checked
    }
    const first = await check(own, action)
    if (again) await check(own, action)
    return await check(own, async (checked) => {
      await writer.check()
      actions.push(...(await repairMetadata(repairing, checked, actions.length > 0)))
      const problems = checked.problems.filter(({ action }) => action.kind !== 'write metadata')
      const remaining = problems.map(asFinding)
      const found = { ...checked, problems: first.problems }
      return reportOf(checking, found, { actions, remaining }, await replayed(checked, options))
    })
  } finally {
    await writer.release()
  }
}

async function replayed(checked: Checked, options: VerifyOptions): Promise<Verification['replay']> {
  if (!options.replay) return null
  const onGroup = (done: number, of: number, bytes: number): void =>
    options.onProgress?.({ phase: 'replay', done, of, bytes })
  return replay(checked, onGroup, options.signal)
}

function reportOf(
  { directory }: Checking,
  { writer, run, problems, progress, files, bytes }: Checked,
  repaired: Verification['repaired'],
  replay: Verification['replay'],
): Verification {
  const findings = problems.map(asFinding)
  const now = repaired?.remaining ?? findings
  return {
    dataset_path: directory.path,
    writer,
    whole: now.every(({ severity }) => severity === 'leftover') && (replay?.differing ?? 0) === 0,
    row_groups: run === null ? null : { total: groupCount(run.segments), published: progress.groups.length },
    checked: { files, bytes, seconds: 0 },
    findings,
    cost: totalCost(now),
    repaired,
    replay,
  }
}

function asFinding({ action: _, ...finding }: Problem): Finding {
  return finding
}
