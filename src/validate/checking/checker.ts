/**
 * Checks code in a thread of its own, so that parsers do not hold up the run.
 *
 * Owns:   the thread, which starts with the first text, and the texts that wait for it.
 * Rules:
 *   C1. What is said of a text does not depend on the texts that are checked with it: batches are for speed alone.
 *   C2. When the thread dies, the texts it had are checked again, each alone. One that kills it alone is not valid, and
 *       costs no other process anything.
 *   C3. A check ends: a batch that takes too long ends with its thread, as in C2. A text that takes too long alone has no result,
 *       since it is unknown.
 *   C4. The thread's memory has a bound; at it the thread ends, as in C2.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { type CheckedLanguage, notChecked, unbearable } from '../common/languages.ts'

/** What the worker is sent. */
export type CheckTask = readonly { readonly language: CheckedLanguage; readonly code: string }[]

/** What the worker answers. */
export type CheckAnswer =
  | { readonly kind: 'checked'; readonly cells: readonly ValueObject[] }
  | { readonly kind: 'failed'; readonly message: string }

/** What checks code; a `Checker`, or what a test puts in its place. */
export type Checks = Pick<Checker, 'check' | 'close'>

interface Waiting {
  readonly language: CheckedLanguage
  readonly code: string
  /** Its batch killed the thread (rule C2). */
  readonly alone: boolean
  readonly resolve: (cell: ValueObject) => void
  readonly reject: (error: RowsmithError) => void
}

/** A batch is some milliseconds of work, and small enough to be copied at once. */
const batchTexts = 32
const batchCharacters = 128 * 1024

/** Rule C3. No text of ordinary size takes a tenth of it, the warming of a grammar included. */
const longestCheckMs = 60_000
/** Rule C4. The largest grammar takes a quarter of it. */
const memoryMb = 2048

export class Checker {
  readonly #script: URL
  #worker: Worker | undefined
  #waiting: Waiting[] = []
  #batch: readonly Waiting[] = []
  #closed: RowsmithError | undefined
  readonly #longestMs: number
  #clock: NodeJS.Timeout | undefined
  #isLate = false

  /** @param script another worker script, and how long a check may take, for tests */
  constructor(script: URL = workerScript(), longestMs = longestCheckMs) {
    this.#script = script
    this.#longestMs = longestMs
  }

  /**
   * Checks one text.
   *
   * @returns the fields of `checkedType(language)`
   * @throws RowsmithError `internal` when the language's parser could not be loaded, or the checker was closed
   */
  check(language: CheckedLanguage, code: string): Promise<ValueObject> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ language, code: code.toWellFormed(), alone: false, resolve, reject })
      // Texts of one turn of the event loop go together.
      if (this.#batch.length === 0 && this.#waiting.length === 1) queueMicrotask(() => this.#next())
    })
  }

  /** Ends the thread; texts that wait are rejected. */
  async close(): Promise<void> {
    this.#closed ??= new RowsmithError('internal', 'The checker was closed.')
    for (const { reject } of [...this.#batch, ...this.#waiting]) reject(this.#closed)
    this.#batch = []
    this.#waiting = []
    clearTimeout(this.#clock)
    await this.#worker?.terminate()
  }

  #next(): void {
    if (this.#batch.length > 0 || this.#waiting.length === 0) return
    const size = batchSize(this.#waiting)
    this.#batch = this.#waiting.slice(0, size)
    this.#waiting = this.#waiting.slice(size)
    this.#worker ??= this.#start()
    const task: CheckTask = this.#batch.map(({ language, code }) => ({ language, code }))
    this.#worker.ref()
    this.#worker.postMessage(task)
    this.#clock = setTimeout(() => this.#late(), this.#longestMs).unref()
  }

  /** Its end shows the rest. */
  #late(): void {
    this.#isLate = true
    void this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } })
    worker.on('message', (answer: CheckAnswer) => this.#answered(answer))
    // An error is followed by the exit.
    worker.on('error', () => {})
    worker.on('exit', () => {
      if (this.#worker === worker) this.#died()
    })
    worker.unref()
    return worker
  }

  #answered(answer: CheckAnswer): void {
    // An answer that comes while its thread is being ended is none: the texts are checked again.
    if (this.#isLate) return
    clearTimeout(this.#clock)
    const batch = this.#batch
    this.#batch = []
    this.#worker?.unref()
    if (answer.kind === 'checked')
      for (const [index, cell] of answer.cells.entries()) batch[index]?.resolve(cell)
    else {
      const error = new RowsmithError('internal', `Code cannot be checked: ${answer.message}`)
      for (const { reject } of batch) reject(error)
    }
    this.#next()
  }

  #died(): void {
    clearTimeout(this.#clock)
    const result = this.#isLate ? notChecked : unbearable
    this.#isLate = false
    this.#worker = undefined
    const batch = this.#batch
    this.#batch = []
    const [only] = batch
    if (batch.length === 1 && only !== undefined) only.resolve(result(only.language))
    else this.#waiting.unshift(...batch.map((waiting) => ({ ...waiting, alone: true })))
    this.#next()
  }
}

function batchSize(waiting: readonly Waiting[]): number {
  let characters = 0
  let size = 0
  for (const { code, alone } of waiting) {
    if (alone) return Math.max(1, size)
    if (size === batchTexts || (size > 0 && characters + code.length > batchCharacters)) break
    characters += code.length
    size++
  }
  return size
}

/** The worker's script lies next to this one, as TypeScript in the sources and as a bundle in the package. */
function workerScript(): URL {
  const extension = extname(fileURLToPath(import.meta.url))
  return new URL(`./check-worker${extension}`, import.meta.url)
}
