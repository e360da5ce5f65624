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
    return items[this.below(items.length)]!
  }
}
