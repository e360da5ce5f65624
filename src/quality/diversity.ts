/**
 * How much the texts of a list differ as a whole: distinct n-grams, openings, lengths.
 *
 * Rules:
 *   1. distinct-n is the share of n-grams that are the first of their kind, over the first 100,000 words, in order. A share over all words
 *      falls with their number, so that two lists could not be compared.
 *   2. An n-gram lies within one text.
 *   3. An opening is the first 4 words. A text with fewer has none.
 *   4. Lengths are counted exactly, by length: memory grows with the number of different lengths, not with that of texts.
 */
import { Frequencies } from '../base/numbers/frequencies.ts'
import { eachWord, normalText, opening, Words } from './words.ts'

interface Lengths {
  readonly min: number
  readonly median: number
  readonly mean: number
  /** 95 % of texts are no longer. */
  readonly p95: number
  readonly max: number
}

interface Opening {
  readonly words: string
  readonly texts: number
}

export interface Diversity {
  readonly texts: number
  /** Words over which distinct-n is taken. */
  readonly words: number
  /** null where there is no such n-gram. */
  readonly distinct_1: number | null
  readonly distinct_2: number | null
  readonly distinct_3: number | null
  /** Share of texts with an opening that another text has, too; null where none has one. */
  readonly same_opening: number | null
  /** The most common openings, those of one text left out. */
  readonly openings: readonly Opening[]
  /** In characters (code points), null without texts. */
  readonly characters: Lengths | null
  readonly word_counts: Lengths | null
}

const wordBudget = 100_000
const openingWords = 4
const openingsShown = 20
/** Different openings that are counted: a list with more has few that are common. */
const openingsMax = 1_000_000

export class DiversityCounter {
  readonly #words = new Words(wordBudget)
  readonly #characters = new Frequencies()
  readonly #wordCounts = new Frequencies()
  readonly #grams = [new Set<number>(), new Set<number>(), new Set<number>()]
  readonly #gramsOf = [0, 0, 0]
  readonly #openings = new Map<string, number>()
  #opened = 0
  #texts = 0
  #wordsTaken = 0

  add(text: string): void {
    this.#texts++
    this.#characters.add(codePoints(text))
    if (this.#wordsTaken < wordBudget) this.#takeGrams(text)
    this.#wordCounts.add(countWords(text))
    const start = opening(text, openingWords)
    if (start === undefined) return
    this.#opened++
    const known = this.#openings.get(start)
    if (known !== undefined || this.#openings.size < openingsMax) this.#openings.set(start, (known ?? 0) + 1)
  }

  #takeGrams(text: string): void {
    const words = this.#words.read(text)
    const count = Math.min(words.count, wordBudget - this.#wordsTaken)
    this.#wordsTaken += count
    for (const [at, grams] of this.#grams.entries()) {
      const size = at + 1
      for (let start = 0; start + size <= count; start++) {
        grams.add(words.gram(start, size))
        this.#gramsOf[at] = (this.#gramsOf[at] ?? 0) + 1
      }
    }
  }

  result(): Diversity {
    const [one = null, two = null, three = null] = this.#grams.map((grams, at) => {
      const of = this.#gramsOf[at] ?? 0
      return of === 0 ? null : grams.size / of
    })
    const common = [...this.#openings].filter(([, texts]) => texts > 1)
    const same = common.reduce((sum, [, texts]) => sum + texts, 0)
    common.sort(([a, more], [b, less]) => less - more || (a < b ? -1 : 1))
    return {
      texts: this.#texts,
      words: this.#wordsTaken,
      distinct_1: one,
      distinct_2: two,
      distinct_3: three,
      same_opening: this.#opened === 0 ? null : same / this.#opened,
      openings: common.slice(0, openingsShown).map(([words, texts]) => ({ words, texts })),
      characters: spreadOf(this.#characters),
      word_counts: spreadOf(this.#wordCounts),
    }
  }
}

function codePoints(text: string): number {
  let count = text.length
  for (let at = 1; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    const before = text.charCodeAt(at - 1)
    if (unit >= 0xdc00 && unit <= 0xdfff && before >= 0xd800 && before <= 0xdbff) count--
  }
  return count
}

function countWords(text: string): number {
  let count = 0
  eachWord(normalText(text), () => {
    count++
    return true
  })
  return count
}

function spreadOf(lengths: Frequencies): Lengths | null {
  const { count, sum, median } = lengths
  if (count === 0) return null
  const [min, p95, max] = [lengths.at(1), lengths.at(Math.ceil(count * 0.95)), lengths.at(count)]
  return { min, median, mean: sum / count, p95, max }
}
