/**
 * Which directory a prepared run means, and what is to be done with it: the decision before the lock.
 *
 * Never: takes a lock, writes a byte. A forecast ends here; a run goes on in `open-dataset.ts`, which decides again under the lock.
 * Rule O3: what is read without the lock may change while it is read. So a refusal, or a file that is missing, counts when a second look
 * says so too.
 */
import { join } from 'node:path'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { currentProcess, type ProcessIdentity } from '../../disk/process-identity.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { type Choice, candidateNames, chooseCandidate } from '../../plan/candidates.ts'
import type { Decision } from '../../plan/decide.ts'
import type { Facts, Request } from '../../plan/facts.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { SoundFiles } from '../../store/reading/checked-files.ts'
import { lackingIn } from '../../store/reading/lacking.ts'
import { type FactsOptions, factsOf } from '../../store/view/facts.ts'
import { requestOf } from '../prepare/compiled-config.ts'
import { mayBeSibling } from '../request/intent.ts'
import type { Shard } from '../request/shard.ts'
import { shardOf } from '../request/shards.ts'
import { type Inheritance, type OtherDataset, reusedDataset, reuseFrom } from '../reuse/reuse-from.ts'
import type { PreparedRun } from './prepare-run.ts'

/** What is decided with. */
export interface Outlook {
  readonly run: PreparedRun
  readonly request: Request
  readonly self: ProcessIdentity
  /** The facts of a directory, as this command has seen it. */
  readonly look: (path: string) => Promise<Facts>
  /** What a directory lacks; files that were found whole once are not read again. */
  readonly lacking: NonNullable<FactsOptions['lacking']>
  /** Which part of the dataset this process makes first; null for a process that was not given one. */
  readonly shard: Shard | null
  /** The dataset that the user named to take answers from. */
  readonly reused: OtherDataset | null
}

/** @throws RowsmithError for a dataset to take answers from that is none, or does not fit */
export async function lookAround(run: PreparedRun): Promise<Outlook> {
  const { compiled, options, components } = run
  const { disk, views } = components
  const { resume: mode, numRecords, seed, acceptLoss, runConfig } = options
  const shard = shardOf(run)
  const bufferSize = runConfig.buffer_size ?? null
  const request = requestOf(compiled, { mode, numRecords, bufferSize, seed, acceptLoss })
  const self = await currentProcess(disk)
  const reused = await reusedDataset(disk, options.reuse, compiled.rowsIdentity)
  const sound: SoundFiles = new Map()
  const lacking: Outlook['lacking'] = (view, stored) => lackingIn(view, stored, sound)
  const look: Outlook['look'] = (path) =>
    factsOf(views.at(path), { self, lacking }).catch((error) => {
      if (!isRemoved(error)) throw error
      return factsOf(views.again(path), { self, lacking })
    })
  return { run, request, self, look, lacking, shard, reused }
}

/** Chooses again where the first choice refuses for anything but a living writer (rule O3). */
export async function choose(outlook: Outlook): Promise<Choice> {
  const first = await chooseOnce(outlook)
  if (first.decision.kind !== 'refuse' || onlyInUse(first.decision)) return first
  outlook.run.components.views.forget()
  return chooseOnce(outlook)
}

export async function chooseOnce({ run, request, look }: Outlook): Promise<Choice> {
  const { artifactPath, datasetName } = run.options
  const { disk } = run.components
  const found = mayBeSibling(run.intent)
    ? await wrapDiskError('list', artifactPath, () => disk.list(artifactPath))
    : []
  const names = candidateNames(datasetName, found)
  return chooseCandidate(names, (name) => look(join(artifactPath, name)), request)
}

/** What a new dataset takes over. @param passedOver the directory of the dataset that it is made next to */
export function inheritance(
  { run, request, reused }: Outlook,
  directory: DatasetDirectory,
  passedOver: string | null,
): Promise<Inheritance> {
  const { intent, options, compiled } = run
  return reuseFrom(directory, {
    reuse: options.reuse,
    reused,
    passedOver: passedOver ?? (intent.kind === 'preview' ? intent.origin : null),
    previewsIn: request.mode === 'never' ? null : options.artifactPath,
    identity: compiled.rowsIdentity,
    seed: options.seed,
  })
}

/** Whether nothing but a living writer stands in the way. */
export function onlyInUse(decision: Extract<Decision, { kind: 'refuse' }>): boolean {
  return decision.refusals.every(({ code }) => code === 'dataset_in_use')
}

/** Whether a file was listed, or named by another, and is not there: the writer has taken it away meanwhile (rule O3). */
export function isRemoved(error: unknown): boolean {
  return RowsmithError.isInstance(error) && errnoOf(error.cause) === 'ENOENT'
}
