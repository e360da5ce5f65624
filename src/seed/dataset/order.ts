/**
 * Which row of a seed dataset a row of the dataset starts from. Pure: a row's place in the plan and the run seed
 * decide, so that holes, resumes and the order of row groups change nothing.
 *
 * Rules:
 *   1. A selection is cut as Data Designer cuts it, and before anything is shuffled.
 *   2. Row by row the selection is read from its start, and again from its start when it is used up.
 *   3. Shuffled, every pass over the selection is a permutation of its own: each row once, none left out.
 */
import { present } from '../../base/errors/present.ts'
import { columnRandom, philox4x32 } from '../../base/numbers/random.ts'
import type { Config } from '../../config/schema/schema.ts'

export type SeedConfig = NonNullable<Config['seed_config']>

/** Consecutive rows of a seed dataset. */
export interface Selection {
  /** Index of the first one, from 0. */
  readonly start: number
  /** How many; at least 1. */
  readonly size: number
}

/**
 * The part of a seed dataset that is used.
 *
 * @param rowCount rows of the whole; at least 1
 * @returns or what is wrong with the strategy: where in it, and why
 */
export function selectRows(
  strategy: SeedConfig['selection_strategy'],
  rowCount: number,
): Selection | { readonly key: string; readonly what: string } {
  if (strategy === null) return { start: 0, size: rowCount }
  if ('start' in strategy) {
    const { start, end } = strategy
    if (end < rowCount) return { start, size: end - start + 1 }
    return {
      key: 'end',
      what: `must be below the number of rows of the seed dataset, ${rowCount} (seen ${end})`,
    }
  }
  const { index, num_partitions: parts } = strategy
  if (parts > rowCount) {
    const what = `must not be above the number of rows of the seed dataset, ${rowCount} (seen ${parts})`
    return { key: 'num_partitions', what }
  }
  const size = Math.floor(rowCount / parts)
  const start = index * size
  return { start, size: index === parts - 1 ? rowCount - start : size }
}

/**
 * Index of the seed row of every row.
 *
 * @param runSeed its low 64 bits count
 * @returns takes a planned index over the dataset
 */
export function seedOrder(
  strategy: SeedConfig['sampling_strategy'],
  { start, size }: Selection,
  runSeed: bigint,
): (row: number) => number {
  if (strategy === 'ordered') return (row) => start + (row % size)
  const passes = columnRandom(runSeed, PASSES)
  let pass = -1
  let permute: (index: number) => number = identity
  return (row) => {
    const due = Math.floor(row / size)
    if (due !== pass) {
      permute = permutation(size, passes(due))
      pass = due
    }
    return start + permute(row % size)
  }
}

/** No column has this name. */
const PASSES = '\0 seed order'

/** Enough that every element has met many others; two elements need one round. */
const ROUNDS = 64

/**
 * A permutation of 0 to size - 1 that is worked out an element at a time, in no memory to speak of: the swap-or-not
 * shuffle of Hoang, Morris and Rogaway, "An Enciphering Scheme Based on a Card Shuffle" (CRYPTO 2012). In each round
 * an element and its partner change places, or do not, as one random bit of theirs says.
 */
function permutation(size: number, random: { uint32(): number; float(): number }): (index: number) => number {
  const key0 = random.uint32()
  const key1 = random.uint32()
  const pairings = Array.from({ length: ROUNDS }, () => Math.floor(random.float() * size))
  const counter = new Uint32Array(4)
  const words = new Uint32Array(4)
  return (index) => {
    let place = index
    for (const [round, pairing] of pairings.entries()) {
      const partner = (pairing - place + size) % size
      const pair = Math.max(place, partner)
      counter[0] = pair % 2 ** 32
      counter[1] = Math.floor(pair / 2 ** 32)
      counter[2] = round
      philox4x32(counter, key0, key1, words)
      if ((present(words[0], 'words') & 1) === 1) place = partner
    }
    return place
  }
}

function identity(index: number): number {
  return index
}
