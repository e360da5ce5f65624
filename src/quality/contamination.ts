/**
 * Which texts contain a prompt of a benchmark: the share of the prompt's n-grams that a text has.
 *
 * Owns: the index over the prompts. Never: reads a file.
 * Rules:
 *   1. A text is hit when it has at least `containment` of the distinct n-grams of a prompt. What counts is the prompt: a long text
 *      that has all of a short prompt is hit.
 *   2. A prompt that is shorter than an n-gram, and has 5 words or more, counts when its words stand in the text in one run.
 *   3. A prompt of any length counts when it has the words of the text, and no other.
 *   4. N-grams that stand in more than `ignoreCommon` prompts are boilerplate, for example "which of the following is true": they do not
 *      count. Prompts with equal words are one prompt.
 *   5. A prompt that only rule 3 can find is "not checkable", and counted. Nothing is passed over in silence.
 *   6. What is said of a text depends on the prompts alone, never on other texts.
 */
import { RowsmithError } from '../base/errors/errors.ts'
import { Words } from './words.ts'

export interface ContaminationOptions {
  /** Words of an n-gram. */
  readonly ngram: number
  /** Share of a prompt's n-grams, above 0 up to 1. */
  readonly containment: number
  /** In how many prompts an n-gram may stand; null for any number. */
  readonly ignoreCommon: number | null
}

export const contaminationDefaults: ContaminationOptions = { ngram: 8, containment: 0.5, ignoreCommon: 10 }

/** The prompt of which a text has most. */
export interface Contained {
  /** Number of the prompt, in the order they were added. */
  readonly prompt: number
  /** 1 where the text has all of it. */
  readonly share: number
}

/** Fewest words that are looked for as one run. */
const runWordsMin = 5

/** @throws RowsmithError usage */
function checkContamination({ ngram, containment, ignoreCommon }: ContaminationOptions): void {
  if (!Number.isInteger(ngram) || ngram < 1 || ngram > 100) {
    throw new RowsmithError('usage', `An n-gram has 1 to 100 words, for example 8; this is ${ngram}.`)
  }
  if (!(containment > 0 && containment <= 1)) {
    throw new RowsmithError(
      'usage',
      `The share of a prompt that a text may not have is a number above 0 and up to 1, for example 0.5; this is ${containment}.`,
    )
  }
  if (ignoreCommon !== null && (!Number.isInteger(ignoreCommon) || ignoreCommon < 1)) {
    throw new RowsmithError(
      'usage',
      `The number of prompts that may share an n-gram is an integer from 1; this is ${ignoreCommon}.`,
    )
  }
}

/** Prompts of benchmarks. All are added before the first text is looked at. */
export class Prompts {
  readonly #options: ContaminationOptions
  readonly #words = new Words()
  /** By the hash of all its words: the prompt. */
  readonly #whole = new Map<number, number>()
  /** Prompts by n-gram; by length, those that are looked for as one run. */
  readonly #byGram = new Map<number, number[]>()
  readonly #runs = new Map<number, Map<number, number>>()
  /** By prompt: n-grams that count. */
  readonly #sizes: number[] = []
  readonly #short = new Set<number>()
  #settled = false
  #uncheckable = 0

  /** @throws RowsmithError usage */
  constructor(options: ContaminationOptions = contaminationDefaults) {
    checkContamination(options)
    this.#options = options
  }

  /** Prompts that differ. */
  get count(): number {
    return this.#sizes.length
  }

  /** Prompts that only an equal text can show. */
  get uncheckable(): number {
    this.#settle()
    return this.#uncheckable
  }

  /** @returns its number; undefined where one with the same words is there, or it has no words */
  add(text: string): number | undefined {
    const words = this.#words.read(text)
    if (words.count === 0) return undefined
    const whole = words.gram(0, words.count)
    if (this.#whole.has(whole)) return undefined
    const prompt = this.#sizes.length
    this.#whole.set(whole, prompt)
    const { ngram } = this.#options
    if (words.count < ngram) {
      this.#sizes.push(0)
      this.#addShort(words, prompt, whole)
      return prompt
    }
    const grams = words.grams(ngram)
    this.#sizes.push(grams.length)
    for (const gram of grams) {
      const prompts = this.#byGram.get(gram)
      if (prompts === undefined) this.#byGram.set(gram, [prompt])
      else prompts.push(prompt)
    }
    return prompt
  }

  #addShort(words: Words, prompt: number, whole: number): void {
    if (words.count < runWordsMin) return
    const runs = this.#runs.get(words.count) ?? new Map<number, number>()
    this.#runs.set(words.count, runs.set(whole, prompt))
    this.#short.add(prompt)
  }

  /** Rule 4, once all prompts are there. */
  #settle(): void {
    if (this.#settled) return
    this.#settled = true
    const most = this.#options.ignoreCommon ?? Number.POSITIVE_INFINITY
    for (const [gram, prompts] of this.#byGram) {
      if (prompts.length <= most) continue
      for (const prompt of prompts) this.#sizes[prompt] = (this.#sizes[prompt] ?? 1) - 1
      this.#byGram.delete(gram)
    }
    this.#uncheckable = this.#sizes.filter((size, prompt) => size === 0 && !this.#short.has(prompt)).length
  }

  /** The prompt that a text has most of, if that is enough; of several the first. */
  find(text: string): Contained | undefined {
    this.#settle()
    const words = this.#words.read(text)
    if (words.count === 0) return undefined
    const whole = this.#whole.get(words.gram(0, words.count))
    if (whole !== undefined) return { prompt: whole, share: 1 }
    const run = this.#findRun(words)
    const most = this.#mostOf(words)
    if (run !== undefined && (most === undefined || most.share < 1 || run < most.prompt)) {
      return { prompt: run, share: 1 }
    }
    return most
  }

  #findRun(words: Words): number | undefined {
    let first: number | undefined
    for (const [length, runs] of this.#runs) {
      for (let at = 0; at + length <= words.count; at++) {
        const prompt = runs.get(words.gram(at, length))
        if (prompt !== undefined && (first === undefined || prompt < first)) first = prompt
      }
    }
    return first
  }

  #mostOf(words: Words): Contained | undefined {
    const { ngram, containment } = this.#options
    if (words.count < ngram) return undefined
    const found = new Map<number, number>()
    for (const gram of words.grams(ngram)) {
      for (const prompt of this.#byGram.get(gram) ?? []) found.set(prompt, (found.get(prompt) ?? 0) + 1)
    }
    let most: Contained | undefined
    for (const [prompt, times] of found) {
      const share = times / (this.#sizes[prompt] ?? 1)
      if (share < containment) continue
      if (most === undefined || share > most.share || (share === most.share && prompt < most.prompt)) {
        most = { prompt, share }
      }
    }
    return most
  }
}
