/**
 * Which texts of a list resemble an earlier one: exact Jaccard similarity of their 3-grams of words, the first of each kind stays.
 *
 * Owns: the index over the texts that stay. Never: reads a file, or decides by chance.
 * Rules:
 *   1. Texts are added in order. What is said of one depends on earlier ones alone, so a longer list says the same of its start.
 *   2. A text is compared with those that stay, and with no duplicate: no chain of small steps joins texts that differ.
 *   3. A text of fewer than 5 words resembles one with the same words in the same order, and no other. One without words equals, or not.
 *   4. Every pair at the threshold or above is found. The index is a prefix filter (Bayardo, Ma, Srikant, WWW 2007): of two sets with
 *      that much in common, the rarest members of one are among the rarest of the other. It holds for any order of members, so the
 *      order may be learnt from the texts, and only speed depends on it.
 *   5. Two limits keep time and memory in bounds, and what they touch is counted: words of one text, texts that one is compared with.
 */
import { RowsmithError } from '../base/errors/errors.ts'
import { textHash, Words } from './words.ts'

/** What is said of one text. */
export interface Resemblance {
  /** `equal`: the same characters. `near`: at least as similar as the threshold. */
  readonly kind: 'equal' | 'near'
  /** Number of the earlier text. Of several the most similar one, then the first. */
  readonly like: number
  /** 1 also for texts whose order of words differs in no 3-gram. */
  readonly similarity: number
}

export interface NearDuplicateCounts {
  /** Texts that were compared. */
  readonly texts: number
  readonly equal: number
  readonly near: number
  /** Texts of which only the start was compared: they have more words than the limit. */
  readonly cut: number
  /** Texts that were compared with the first candidates only. */
  readonly limited: number
}

const shingleWords = 3
const wordsToCompare = 5
/** Words of one text that are compared. */
const wordsMax = 20_000
/** Texts that one text is compared with. */
const candidatesMax = 2_000
/** The order of members is learnt when there are so many texts, and again at each tenfold. */
const learnFirst = 1_000

/** @throws RowsmithError usage */
function checkThreshold(threshold: number): void {
  if (threshold > 0 && threshold <= 1) return
  throw new RowsmithError(
    'usage',
    `A similarity threshold is a number above 0 and up to 1, for example 0.8; this is ${threshold}.`,
  )
}

export class NearDuplicates {
  readonly #threshold: number
  readonly #words = new Words(wordsMax)
  /** Number of the first text by the hash of its characters, and of its words where they are few. */
  readonly #equal = new Map<number, number>()
  readonly #short = new Map<number, number>()
  readonly #index: SetIndex
  /** Numbers of the texts in the index. */
  readonly #numbers: number[] = []
  #texts = 0
  #equals = 0
  #near = 0
  #cut = 0

  /** @param threshold above 0, up to 1. @throws RowsmithError usage */
  constructor(threshold: number) {
    checkThreshold(threshold)
    this.#threshold = threshold
    this.#index = new SetIndex(threshold)
  }

  get counts(): NearDuplicateCounts {
    const [equal, near, cut] = [this.#equals, this.#near, this.#cut]
    return { texts: this.#texts, equal, near, cut, limited: this.#index.limited }
  }

  /** How many members of sets are held: eight bytes each, and half as much again for the index. */
  get held(): number {
    return this.#index.held
  }

  /** @param number that of the text, higher than all before. @returns undefined when it stays */
  add(text: string, number: number): Resemblance | undefined {
    this.#texts++
    const hash = textHash(text)
    const equal = this.#equal.get(hash)
    if (equal !== undefined) {
      this.#equals++
      return { kind: 'equal', like: equal, similarity: 1 }
    }
    this.#equal.set(hash, number)
    const words = this.#words.read(text)
    if (words.cut) this.#cut++
    if (words.count === 0) return undefined
    const found = words.count < wordsToCompare ? this.#addShort(words, number) : this.#addLong(words, number)
    if (found !== undefined) this.#near++
    return found
  }

  #addShort(words: Words, number: number): Resemblance | undefined {
    const hash = words.gram(0, words.count)
    const like = this.#short.get(hash)
    if (like !== undefined) return { kind: 'near', like, similarity: 1 }
    this.#short.set(hash, number)
    return undefined
  }

  #addLong(words: Words, number: number): Resemblance | undefined {
    const set = words.grams(shingleWords)
    const found = this.#index.mostLike(set)
    if (found === undefined || found.similarity < this.#threshold) {
      this.#index.add(set)
      this.#numbers.push(number)
      return undefined
    }
    return { kind: 'near', like: this.#numbers[found.at] ?? 0, similarity: found.similarity }
  }
}

const chunkLength = 1 << 20
/** Counts of members, by 22 bits of them. */
const countsLength = 1 << 22

/** Sets of numbers, and which of them is the most similar to another one. */
class SetIndex {
  limited = 0
  held = 0
  readonly #threshold: number
  /** Of the members of two sets, how many are common at the threshold. */
  readonly #share: number
  /** Members of all sets, one set never over two chunks. */
  readonly #chunks: Float64Array[] = []
  #room = 0
  readonly #chunkOf = new Numbers()
  readonly #startOf = new Numbers()
  readonly #sizeOf = new Numbers()
  /** By set: the number of the last search that met it. */
  readonly #met = new Numbers()
  #search = 0
  /** Chains of entries by slot: each entry is a set, the place of the member in its order, and the entry before; 0 is none. */
  #heads = new Int32Array(1 << 14)
  #entrySet = Numbers.of(0)
  #entryPlace = Numbers.of(0)
  #entryNext = Numbers.of(0)
  /** How common members are. */
  #counts: Uint16Array | undefined
  #learnAt = learnFirst

  constructor(threshold: number) {
    this.#threshold = threshold
    this.#share = threshold / (1 + threshold)
  }

  add(set: Float64Array): void {
    if (set.length > this.#room) {
      this.#chunks.push(new Float64Array(chunkLength))
      this.#room = chunkLength
    }
    const start = chunkLength - this.#room
    this.#chunks.at(-1)?.set(set, start)
    this.#room -= set.length
    this.held += set.length
    this.#chunkOf.push(this.#chunks.length - 1)
    this.#startOf.push(start)
    this.#sizeOf.push(set.length)
    this.#met.push(0)
    const at = this.#sizeOf.length - 1
    this.#enter(at, this.#rarest(set))
    if (this.#sizeOf.length === this.#learnAt) this.#learn()
  }

  /** The set with the highest similarity of all that reach the threshold; of equals the first. */
  mostLike(set: Float64Array): { readonly at: number; readonly similarity: number } | undefined {
    this.#search++
    let [best, at, compared] = [0, -1, 0]
    const keys = this.#rarest(set)
    for (let place = 0; place < keys.length; place++) {
      let entry = this.#heads[this.#slot(keys[place] ?? 0)] ?? 0
      for (; entry !== 0; entry = this.#entryNext.at(entry)) {
        const other = this.#entrySet.at(entry)
        if (this.#met.at(other) === this.#search) continue
        if (!this.#canReach(set.length - place, this.#entryPlace.at(entry), set.length, other)) continue
        this.#met.put(other, this.#search)
        if (++compared > candidatesMax) {
          this.limited++
          return at === -1 ? undefined : { at, similarity: best }
        }
        const similarity = this.#similarity(set, other, Math.max(best, this.#threshold))
        if (similarity > best || (similarity === best && similarity > 0 && other < at)) {
          best = similarity
          at = other
        }
      }
    }
    return at === -1 ? undefined : { at, similarity: best }
  }

  /**
   * Whether two sets can reach the threshold that have nothing in common before a place in the order of each.
   *
   * @param left members of one set from its place on
   * @param place that of the other
   */
  #canReach(left: number, place: number, size: number, other: number): boolean {
    const theirs = this.#sizeOf.at(other)
    const common = Math.min(left, theirs - place)
    return common >= this.#share * (size + theirs) - 1e-9
  }

  /** Jaccard similarity; 0 as soon as it is surely below `least`. */
  #similarity(set: Float64Array, other: number, least: number): number {
    const chunk = this.#chunks[this.#chunkOf.at(other)] ?? set
    const start = this.#startOf.at(other)
    const size = this.#sizeOf.at(other)
    const end = start + size
    const both = set.length + size
    // Members that may be missing in the other, over both sets.
    let spare = both - 2 * Math.ceil((least / (1 + least)) * both - 1e-9)
    let [a, b, common] = [0, start, 0]
    while (a < set.length && b < end) {
      const [one, two] = [set[a] ?? 0, chunk[b] ?? 0]
      if (one === two) {
        common++
        a++
        b++
        continue
      }
      if (one < two) a++
      else b++
      if (--spare < 0) return 0
    }
    return common / (both - common)
  }

  /** The members by which a set is found (rule 4): the rarest, as many as a similar set cannot miss all of. */
  #rarest(set: Float64Array): Float64Array {
    const keys = new Float64Array(set.length)
    const counts = this.#counts
    for (let at = 0; at < set.length; at++) {
      const member = set[at] ?? 0
      const common = counts === undefined ? 0 : (counts[(member >>> 0) & (countsLength - 1)] ?? 0)
      keys[at] = common * 2 ** 37 + (member % 2 ** 37)
    }
    keys.sort()
    return keys.subarray(0, set.length - Math.ceil(this.#threshold * set.length - 1e-9) + 1)
  }

  #enter(set: number, keys: Float64Array): void {
    for (let place = 0; place < keys.length; place++) {
      const slot = this.#slot(keys[place] ?? 0)
      this.#entrySet.push(set)
      this.#entryPlace.push(place)
      this.#entryNext.push(this.#heads[slot] ?? 0)
      this.#heads[slot] = this.#entrySet.length - 1
    }
  }

  #slot(key: number): number {
    const mixed = Math.imul((key >>> 0) ^ Math.imul((key / 4_294_967_296) >>> 0, 0x9e3779b9), 0x85ebca6b)
    return (mixed ^ (mixed >>> 15)) & (this.#heads.length - 1)
  }

  /** Counts members over all sets, and enters all sets again by their rarest. */
  #learn(): void {
    const counts = this.#counts ?? new Uint16Array(countsLength)
    counts.fill(0)
    for (let at = 0; at < this.#sizeOf.length; at++) {
      for (const member of this.#members(at)) {
        const slot = (member >>> 0) & (countsLength - 1)
        const times = counts[slot] ?? 0
        if (times < 0xffff) counts[slot] = times + 1
      }
    }
    this.#counts = counts
    const entries = Math.max(1, this.#entrySet.length)
    this.#heads = new Int32Array(2 ** Math.min(24, Math.ceil(Math.log2(entries * 10))))
    this.#entrySet = Numbers.of(0)
    this.#entryPlace = Numbers.of(0)
    this.#entryNext = Numbers.of(0)
    for (let at = 0; at < this.#sizeOf.length; at++) this.#enter(at, this.#rarest(this.#members(at)))
    this.#learnAt *= 10
  }

  #members(set: number): Float64Array {
    const start = this.#startOf.at(set)
    return (this.#chunks[this.#chunkOf.at(set)] ?? new Float64Array(0)).subarray(
      start,
      start + this.#sizeOf.at(set),
    )
  }
}

/** Integers of 32 bits, as many as come. */
class Numbers {
  length = 0
  #values = new Int32Array(1024)

  static of(first: number): Numbers {
    const numbers = new Numbers()
    numbers.push(first)
    return numbers
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const values = this.#values
      this.#values = new Int32Array(values.length * 2)
      this.#values.set(values)
    }
    this.#values[this.length++] = value
  }

  at(index: number): number {
    return this.#values[index] ?? 0
  }

  put(index: number, value: number): void {
    this.#values[index] = value
  }
}
