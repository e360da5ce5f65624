/**
 * Random numbers that depend on what they are for, never on the order in which they are drawn.
 *
 * Owns: Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
 * 1, 2, 3" (SC 2011), and the one way Rowsmith keys it.
 * Rules, which golden vectors hold still for ever (a change would change datasets):
 *   1. The key is the run seed, 64 bits, low word first.
 *   2. The counter is (row low, row high, column, block): `column` is the first 32 bits of the SHA-256 of the name.
 *   3. Words of a block are handed out in order; then comes the next block.
 */
import { present } from '../errors/present.ts'
import { sha256 } from './hash.ts'

/** One stream of random numbers. */
export interface Random {
  /** 32 random bits: an integer from 0 to 4294967295. */
  uint32(): number
  /** A float in [0, 1) with 53 random bits. Takes two words. */
  float(): number
  /**
   * An integer from 0 to n - 1, each equally likely.
   *
   * @param n an integer from 1 to 2^32
   * @throws RangeError for any other n
   */
  below(n: number): number
}

/**
 * The stream of one cell: the same for the same seed, column and row, whatever else is drawn.
 *
 * @param runSeed its low 64 bits count
 * @param row planned index over the dataset, a safe integer from 0
 */
export function keyedRandom(runSeed: bigint, column: string, row: number): Random {
  return columnRandom(runSeed, column)(row)
}

/** The streams of one column: `columnRandom(seed, column)(row)` is `keyedRandom(seed, column, row)`, cheaper for many rows. */
export function columnRandom(runSeed: bigint, column: string): (row: number) => Random {
  const key0 = Number(BigInt.asUintN(32, runSeed))
  const key1 = Number(BigInt.asUintN(32, runSeed >> 32n))
  const columnWord = Number.parseInt(sha256(column).slice(0, 8), 16)
  return (row) => new PhiloxStream(key0, key1, row % 2 ** 32, Math.floor(row / 2 ** 32), columnWord)
}

/** Always within bounds; in a function of its own, V8 inlines it without a check. */
const known = (words: Uint32Array, index: number): number => words[index]!

class PhiloxStream implements Random {
  readonly #key0: number
  readonly #key1: number
  /** The counter, then the words it gives. */
  readonly #counter: Uint32Array
  readonly #words = new Uint32Array(4)
  #used = 4

  constructor(key0: number, key1: number, rowLow: number, rowHigh: number, column: number) {
    this.#key0 = key0
    this.#key1 = key1
    this.#counter = Uint32Array.of(rowLow, rowHigh, column, 0)
  }

  uint32(): number {
    if (this.#used === 4) {
      philox4x32(this.#counter, this.#key0, this.#key1, this.#words)
      this.#counter[3] = known(this.#counter, 3) + 1
      this.#used = 0
    }
    return known(this.#words, this.#used++)
  }

  float(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }

  below(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new RangeError(`below() takes an integer from 1 to 2^32, got ${n}`)
    }
    // Words past the last whole multiple of n would make small results likelier: they are drawn again.
    const limit = 2 ** 32 - (2 ** 32 % n)
    let word = this.uint32()
    while (word >= limit) word = this.uint32()
    return word % n
  }
}

/** One of the items, each equally likely. There must be one. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return present(items[random.below(items.length)], 'items to draw from')
}

/**
 * One block of Philox4x32 with 10 rounds, checked against the known answers that Random123 publishes.
 *
 * @param counter four words; @param out receives four words
 */
export function philox4x32(counter: Uint32Array, key0: number, key1: number, out: Uint32Array): void {
  let a = known(counter, 0)
  let b = known(counter, 1)
  let c = known(counter, 2)
  let d = known(counter, 3)
  let left = key0
  let right = key1
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, a)
    const low0 = Math.imul(0xd2511f53, a) >>> 0
    const high1 = multiplyHigh(0xcd9e8d57, c)
    const low1 = Math.imul(0xcd9e8d57, c) >>> 0
    a = (high1 ^ b ^ left) >>> 0
    b = low1
    c = (high0 ^ d ^ right) >>> 0
    d = low0
    left = (left + 0x9e3779b9) >>> 0
    right = (right + 0xbb67ae85) >>> 0
  }
  out[0] = a
  out[1] = b
  out[2] = c
  out[3] = d
}

/** The high 32 bits of the product of two 32-bit numbers, in halves so that every step stays exact. */
function multiplyHigh(x: number, y: number): number {
  const xHigh = x >>> 16
  const xLow = x & 0xffff
  const yHigh = y >>> 16
  const yLow = y & 0xffff
  const carry = xHigh * yLow + ((xLow * yLow) >>> 16)
  const middle = xLow * yHigh + (carry & 0xffff)
  return xHigh * yHigh + (carry >>> 16) + (middle >>> 16)
}
