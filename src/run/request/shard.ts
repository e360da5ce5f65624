/**
 * Which part of a dataset a process makes first, of how many: `--shard 1/4`.
 *
 * Owns: its forms. `auto` takes both numbers from a Slurm array, `auto/4` the index from a Kubernetes Indexed Job too. Shards count from 0.
 */
import { RowsmithError } from '../../base/errors/errors.ts'

export interface Shard {
  /** 0 to `count` - 1. */
  readonly index: number
  readonly count: number
}

/** A shard as it was given: what is `auto` comes from the environment. */
export interface GivenShard {
  readonly index: number | 'auto'
  readonly count: number | 'auto'
}

/** More parts would need more folders than a file system lists with ease. */
const countMax = 10_000

type Env = Readonly<Record<string, string | undefined>>

/** @throws RowsmithError usage */
export function parseShard(text: string): GivenShard {
  const [, index = '', count = ''] = /^(auto|\d{1,6})(?:\/(\d{1,6}))?$/.exec(text.trim()) ?? []
  if (index === '' || (index !== 'auto' && count === '')) {
    throw usage(`takes INDEX/COUNT, such as 0/4, or auto, not "${text.slice(0, 50)}"`)
  }
  const given: GivenShard = {
    index: index === 'auto' ? 'auto' : Number(index),
    count: count === '' ? 'auto' : Number(count),
  }
  return checkedShard(given)
}

/** @throws RowsmithError usage */
export function checkedShard(given: GivenShard): GivenShard {
  const { index, count } = given
  const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0
  if ((index !== 'auto' && !isNumber(index)) || (count !== 'auto' && !isNumber(count))) {
    throw usage('takes two whole numbers, such as 0/4')
  }
  if (count !== 'auto' && (count < 1 || count > countMax)) {
    throw usage(`takes 1 to ${countMax} shards, not ${count}`)
  }
  if (index !== 'auto' && count !== 'auto' && index >= count) {
    throw usage(`${index}/${count}: the shards of ${count} are 0 to ${count - 1}`)
  }
  return given
}

/** @returns with both numbers @throws RowsmithError usage where the environment does not say one */
export function resolveShard({ index, count }: GivenShard, env: Env): Shard {
  const slurm = slurmArray(env)
  const job = wholeNumber(env, 'JOB_COMPLETION_INDEX')
  const resolved = {
    index: index === 'auto' ? (slurm?.index ?? job) : index,
    count: count === 'auto' ? slurm?.count : count,
  }
  if (resolved.index === undefined) {
    throw usage('auto needs SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX, and the environment has neither')
  }
  if (resolved.count === undefined) {
    throw usage('auto cannot find the number of shards: add it, such as auto/4 for a Job of 4 completions')
  }
  return checkedShard({ index: resolved.index, count: resolved.count }) as Shard
}

/** Arrays may begin at any number and have steps: `--array=10-40:10` has four tasks. */
function slurmArray(env: Env): { readonly index: number; readonly count: number | undefined } | undefined {
  const id = wholeNumber(env, 'SLURM_ARRAY_TASK_ID')
  if (id === undefined) return undefined
  const first = wholeNumber(env, 'SLURM_ARRAY_TASK_MIN') ?? 0
  const step = wholeNumber(env, 'SLURM_ARRAY_TASK_STEP') ?? 1
  if (id < first || step < 1 || (id - first) % step !== 0) {
    throw usage(
      `cannot make a shard of SLURM_ARRAY_TASK_ID ${id}: the array begins at ${first}, with steps of ${step}`,
    )
  }
  return { index: (id - first) / step, count: wholeNumber(env, 'SLURM_ARRAY_TASK_COUNT') }
}

function wholeNumber(env: Env, name: string): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  if (!/^\d{1,9}$/.test(text)) throw usage(`needs a whole number in ${name}, not "${text.slice(0, 50)}"`)
  return Number(text)
}

function usage(what: string): RowsmithError {
  return new RowsmithError('usage', `--shard ${what}`)
}
