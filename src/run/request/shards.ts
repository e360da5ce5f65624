/**
 * A dataset that several processes make, each a block of it.
 *
 * Owns: who may join, and how a dataset comes to have blocks. Rules:
 *   1. The first process divides the dataset: run.json says into how many blocks. It is shard 0, so that processes which see different folders
 *      do not make a dataset each: the others wait for it.
 *   2. Every process has the same number of shards, the same version of Rowsmith and of Node: equal versions write equal bytes.
 *   3. A dataset that one process made is divided when all of its row groups are there, and more are requested.
 *   4. A process without `--shard` joins too: it makes every block that no other process makes.
 */
import { join } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { type Blocks, rowsmithVersion } from '../../plan/blocks.ts'
import type { Choice } from '../../plan/candidates.ts'
import { groupCount, rowCount } from '../../plan/row-groups.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { RunIntent } from './intent.ts'
import { hasBudget, type ResolvedComponents, type ResolvedOptions } from './options.ts'
import { resolveShard, type Shard } from './shard.ts'

/** What is reported while shard 0 is waited for. */
interface Waiting {
  readonly type: 'waiting-for-lock'
  readonly holder: string
  readonly remainingMs: number
}

/** A run that may be given a shard: a prepared one (`open/prepare-run.ts`). */
interface ShardedRun {
  readonly intent: RunIntent
  readonly compiled: {
    readonly resizing: readonly unknown[]
    readonly inference: ReadonlyMap<string, { readonly mode: string }>
  }
  readonly options: ResolvedOptions
  readonly components: ResolvedComponents
}

/** How long others wait for shard 0, where the user did not say. */
const waitForFirstMs = 300_000
const lookAgainMs = 500

const nodeMajor = Number(process.versions.node.split('.')[0])

/** @returns null for a process that makes the whole dataset @throws RowsmithError usage */
export function shardOf({ options, intent, compiled }: ShardedRun): Shard | null {
  if (options.shard === null) return null
  const shard = resolveShard(options.shard, options.env)
  const what = `--shard ${shard.index}/${shard.count}`
  if (intent.kind !== 'create' && intent.kind !== 'resume') {
    throw new RowsmithError('usage', `${what} goes with create and resume, not with ${intent.kind}`)
  }
  if (options.resume === 'never') {
    throw new RowsmithError(
      'usage',
      `${what} goes on with the dataset of the other shards, so --resume never cannot be given`,
    )
  }
  if (compiled.resizing.length > 0) {
    throw new RowsmithError(
      'usage',
      `${what}: a column has allow_resize, so it is not known which rows a shard has`,
    )
  }
  requireNoBatches(compiled, what)
  return shard
}

function requireNoBatches({ inference }: ShardedRun['compiled'], what: string): void {
  const batched = [...inference].find(([, { mode }]) => mode === 'batch')
  if (batched === undefined) return
  const message = `${what}: the model "${batched[0]}" is requested in batches, which one process makes for the whole dataset`
  throw new RowsmithError('usage', message)
}

/**
 * Waits for the dataset that shard 0 begins (rule 1).
 *
 * @param choose looks again
 * @throws RowsmithError first_shard_missing; the signal's reason when it fires
 */
export async function awaitFirstShard(
  run: ShardedRun,
  shard: Shard | null,
  first: Choice,
  choose: () => Promise<Choice>,
  emit: (event: Waiting) => void,
): Promise<Choice> {
  if (shard === null || shard.index === 0) return first
  const { options, components } = run
  const { clock } = components
  const waitMs = options.waitForLockMs ?? waitForFirstMs
  const began = clock.monotonic()
  let choice = first
  for (let isSaid = false; !isStarted(choice); isSaid = true) {
    const remainingMs = began + waitMs - clock.monotonic()
    if (remainingMs <= 0) {
      const path = join(options.artifactPath, options.datasetName)
      const message = `There is no dataset in ${path}: shard 0 has not started it, or this machine sees another folder.`
      throw new RowsmithError('first_shard_missing', message, { facts: { path } })
    }
    if (!isSaid) emit({ type: 'waiting-for-lock', holder: 'shard 0, which begins the dataset', remainingMs })
    await clock.sleep(Math.min(lookAgainMs, remainingMs), options.signal)
    components.views.forget()
    choice = await choose()
  }
  return choice
}

/** Whether run.json is there: before it, shard 0 is still writing what a dataset starts with. */
function isStarted({ facts }: Choice): boolean {
  return facts.kind === 'dataset' && facts.run.kind !== 'absent'
}

/** The blocks of a new dataset, or of rows that are added to one. */
export function blocksFor(shard: Shard | null, firstGroup: number): { readonly blocks?: Blocks } {
  if (shard === null || shard.count === 1) return {}
  return {
    blocks: { count: shard.count, first_group: firstGroup, node: nodeMajor, rowsmith: rowsmithVersion },
  }
}

/**
 * How a dataset that is there goes on (rules 2 and 3).
 *
 * @param stored run.json as it is
 * @param run as it is to be
 * @param isWhole whether all row groups of the stored plan are there
 * @throws RowsmithError shards_differ, worker_differs, usage
 */
export function withBlocks(
  options: ResolvedOptions,
  shard: Shard | null,
  stored: RunFile,
  run: RunFile,
  isWhole: boolean,
): RunFile {
  const { blocks } = stored
  if (shard === null) return run
  if (blocks !== undefined) {
    requireSame(blocks, shard)
    return run
  }
  if (shard.count === 1 || (rowCount(run.segments) === rowCount(stored.segments) && isWhole)) return run
  if (!isWhole) {
    const message = `The dataset was started without --shard, and is not complete: one process finishes it.`
    throw new RowsmithError('shards_differ', message, {
      nextStep: 'Continue it without --shard: `rowsmith resume DATASET_DIR`.',
    })
  }
  if (hasBudget(options)) {
    const message =
      '--shard divides a budget by the number of shards, which it cannot do where a part of it is spent already'
    throw new RowsmithError('usage', message)
  }
  return { ...run, ...blocksFor(shard, groupCount(stored.segments)) }
}

function requireSame({ count, node, rowsmith }: Blocks, shard: Shard): void {
  if (count !== shard.count) {
    const message = `This process was given ${shard.count} shards, but the dataset is divided into ${count}.`
    throw new RowsmithError('shards_differ', message, {
      facts: { requested_shards: shard.count, stored_shards: count },
    })
  }
  if (node === nodeMajor && rowsmith === rowsmithVersion) return
  const message = `The dataset is made with Rowsmith ${rowsmith} on Node ${node}, and this is Rowsmith ${rowsmithVersion} on Node ${nodeMajor}: its bytes could differ.`
  throw new RowsmithError('worker_differs', message, { facts: { rowsmith, node } })
}
