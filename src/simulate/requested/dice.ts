import { present } from '../../base/errors/present.ts'

/** A small fast stream of numbers (sfc32, by Chris Doty-Humphrey), seeded by a hash: what an answer is made of. */
export class Dice {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param seed 12 bytes or more */
  constructor(seed: Buffer) {
    this.#a = seed.readInt32LE(0)
    this.#b = seed.readInt32LE(4)
    this.#c = seed.readInt32LE(8)
    for (let round = 0; round < 12; round++) this.uint32()
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A whole number from 0 to n - 1; n at most 2^32. */
  below(n: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * n)
  }

  pick<T>(items: readonly T[]): T {
    return present(items[this.below(items.length)], 'items to draw from')
  }
}

/** A number in [0, 1) that depends on the digest, and on each of the numbers, and on nothing else. */
export function unitOf(digest: Buffer, ...numbers: readonly number[]): number {
  let mixed = digest.readInt32LE(20) ^ digest.readInt32LE(24)
  for (const number of numbers) mixed = mix(mixed ^ Math.imul(number + 1, 0x9e3779b1))
  return (mix(mixed) >>> 0) / 2 ** 32
}

/** A draw from a lognormal distribution: half of all draws lie below the median. */
export function lognormal(median: number, sigma: number, digest: Buffer, stream: number): number {
  // Box and Muller (1958); 1 - u keeps the logarithm finite.
  const radius = Math.sqrt(-2 * Math.log(1 - unitOf(digest, stream, 0)))
  const normal = radius * Math.cos(2 * Math.PI * unitOf(digest, stream, 1))
  return median * Math.exp(sigma * normal)
}

/** The finalizer of MurmurHash3 (Austin Appleby): every bit of the input moves half of the output's. */
function mix(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
