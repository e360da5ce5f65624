/**
 * The words of a text, as the reports on quality compare them. Word and n-gram are always numbers here: hashes of 53 bits.
 *
 * Rules, on which every figure of a report rests (docs/quality.md states them):
 *   1. A text is taken in NFKC and lower case. `’` is `'`.
 *   2. A word is a run of letters, marks, digits and `'`: `don't`, `हिन्दी`, `3rd`. A run of `'` alone is none.
 *   3. Scripts that are written without spaces have no such runs: each character of Han, Kana, Thai, Lao, Khmer and Myanmar is a
 *      word of its own, with its marks. `東京タワー` has five.
 *   4. Hashes are integer arithmetic alone: the same on every machine.
 */

const outside = 1
const inWord = 2
const alone = 3
const mark = 4
const apostrophe = 5

/** Kinds of characters by code point, found when first met. */
const kinds = new Uint8Array(0x11_00_00)

function kindOf(code: number): number {
  const known = kinds[code] ?? outside
  if (known !== 0) return known
  const found = findKind(String.fromCodePoint(code))
  kinds[code] = found
  return found
}

const withoutSpaces =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u

function findKind(character: string): number {
  if (character === "'" || character === '’') return apostrophe
  if (/\p{M}/u.test(character)) return mark
  if (withoutSpaces.test(character) && /[\p{L}\p{N}]/u.test(character)) return alone
  // The lengthening mark of Kana (ー) is of the script Common.
  if (character === 'ー') return alone
  return /[\p{L}\p{N}]/u.test(character) ? inWord : outside
}

/** As words are taken from it (rule 1). */
export function normalText(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** Calls with the place of each word of a normal text, until there are no more or it answers false. */
export function eachWord(text: string, take: (start: number, end: number) => boolean): void {
  let at = 0
  while (at < text.length) {
    const code = text.codePointAt(at) ?? 0
    const kind = kindOf(code)
    const next = at + (code > 0xffff ? 2 : 1)
    if (kind === outside || kind === mark) {
      at = next
      continue
    }
    const [end, letters] = kind === alone ? [endOfMarks(text, next), true] : endOfRun(text, at)
    if (letters && !take(at, end)) return
    at = end
  }
}

function endOfMarks(text: string, start: number): number {
  let at = start
  while (at < text.length) {
    const code = text.codePointAt(at) ?? 0
    if (kindOf(code) !== mark) break
    at += code > 0xffff ? 2 : 1
  }
  return at
}

/** Where a run ends, and whether it has a letter or digit. */
function endOfRun(text: string, start: number): readonly [end: number, letters: boolean] {
  let [at, letters] = [start, false]
  while (at < text.length) {
    const code = text.codePointAt(at) ?? 0
    const kind = kindOf(code)
    if (kind === inWord) letters = true
    else if (kind !== mark && kind !== apostrophe) break
    at += code > 0xffff ? 2 : 1
  }
  return [at, letters]
}

/** The words of one text after the other, in memory that is used again: `read`, then `grams`. */
export class Words {
  /** How many words the text has, at most `max`. */
  count = 0
  /** The text has more words than `max`. */
  cut = false
  readonly #max: number
  #low = new Uint32Array(256)
  #high = new Uint32Array(256)

  /** @param max words that are looked at, from the start of a text */
  constructor(max = Number.POSITIVE_INFINITY) {
    this.#max = max
  }

  read(text: string): this {
    const normal = normalText(text)
    this.count = 0
    this.cut = false
    eachWord(normal, (start, end) => {
      if (this.count >= this.#max) {
        this.cut = true
        return false
      }
      this.#add(normal, start, end)
      return true
    })
    return this
  }

  #add(text: string, start: number, end: number): void {
    let [low, high] = [0x811c9dc5, 0x1b873593]
    for (let at = start; at < end; at++) {
      const unit = text.charCodeAt(at)
      // Both apostrophes are one (rule 1).
      const code = unit === 0x2019 ? 0x27 : unit
      low = Math.imul(low ^ code, 0x01000193)
      high = Math.imul(high ^ code, 0x5bd1e995)
      high ^= high >>> 15
    }
    if (this.count === this.#low.length) this.#grow()
    this.#low[this.count] = low
    this.#high[this.count] = high
    this.count++
  }

  #grow(): void {
    const [low, high] = [this.#low, this.#high]
    this.#low = new Uint32Array(low.length * 2)
    this.#high = new Uint32Array(low.length * 2)
    this.#low.set(low)
    this.#high.set(high)
  }

  /** The hash of the `size` words from one on. */
  gram(start: number, size: number): number {
    let [low, high] = [size, 0x9e3779b9]
    for (let at = start; at < start + size; at++) {
      low = mixed(low ^ (this.#low[at] ?? 0), 0x85ebca6b, 0xc2b2ae35)
      high = mixed(high ^ (this.#high[at] ?? 0) ^ low, 0xcc9e2d51, 0x27d4eb2f)
    }
    return (high >>> 11) * 4_294_967_296 + (low >>> 0)
  }

  /** Its n-grams, each once, in ascending order; a text with fewer words is one n-gram. Without words there are none. */
  grams(size: number): Float64Array {
    if (this.count === 0) return new Float64Array(0)
    const length = Math.min(size, this.count)
    const all = new Float64Array(this.count - length + 1)
    for (let at = 0; at < all.length; at++) all[at] = this.gram(at, length)
    all.sort()
    let distinct = 0
    for (let at = 0; at < all.length; at++) {
      const gram = all[at] ?? 0
      if (at === 0 || gram !== all[distinct - 1]) all[distinct++] = gram
    }
    return all.subarray(0, distinct)
  }
}

function mixed(value: number, by: number, then: number): number {
  let hash = Math.imul(value ^ (value >>> 16), by)
  hash = Math.imul(hash ^ (hash >>> 13), then)
  return hash ^ (hash >>> 16)
}

/** The first words of a text as they are compared, with one space between; undefined for a text with fewer. */
export function opening(text: string, size: number): string | undefined {
  // A long text is normalised no further than its first words can reach, in all but absurd cases.
  const normal = normalText(text.length > 4_000 ? text.slice(0, 4_000) : text)
  const found: string[] = []
  eachWord(normal, (start, end) => {
    found.push(normal.slice(start, end).replaceAll('’', "'"))
    return found.length < size
  })
  return found.length < size ? undefined : found.join(' ')
}

/** The hash of a text as it stands. */
export function textHash(text: string): number {
  let [low, high] = [0x811c9dc5 ^ text.length, 0x1b873593]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    low = Math.imul(low ^ code, 0x01000193)
    high = Math.imul(high ^ code, 0x5bd1e995)
    high ^= high >>> 15
  }
  low = mixed(low ^ high, 0x85ebca6b, 0xc2b2ae35)
  return (high >>> 11) * 4_294_967_296 + (low >>> 0)
}
