/**
 * Parquet encoding, compression and checksums in a thread of their own, so that a big row group does not hold up
 * the run. How many jobs wait is the caller's affair: values of a job are held until it is done.
 */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { ErrorCode } from '../../base/errors/error-codes.ts'
import { type Facts, RowsmithError } from '../../base/errors/errors.ts'
import { sendable } from '../../base/values/value.ts'
import type { Examined } from './examine.ts'
import type { Encoded, EncodeJob } from './parquet-encode.ts'

/** What the worker is sent, next to a number. */
export type EncoderTask =
  /** `ordered`: its values are as `sendable` makes them. */
  | { readonly kind: 'encode'; readonly job: EncodeJob; readonly ordered?: true }
  | { readonly kind: 'compress'; readonly bytes: Uint8Array }
  | { readonly kind: 'examine'; readonly bytes: Uint8Array }

/** What the worker answers. */
export type EncoderAnswer =
  | ({ readonly id: number; readonly kind: 'done' } & Encoded)
  | ({ readonly id: number; readonly kind: 'examined' } & Examined)
  | {
      readonly id: number
      readonly kind: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly facts: Facts
    }

type Answer = Encoded | Examined

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: RowsmithError) => void
}

/** What turns rows into files; an `Encoder`, or what a test puts in its place. */
export type Encodes = Pick<Encoder, 'encode' | 'compress' | 'examine' | 'close'>

/** Encoding makes little that lives long: a larger young generation only makes the process bigger. */
const youngGenerationMb = 8

/** A worker thread that encodes. It keeps the process alive only while a job is under way. */
export class Encoder {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #ended: RowsmithError | undefined

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (answer: EncoderAnswer) => this.#settle(answer))
    worker.on('error', (error) => this.#end('The encoder thread crashed.', error))
    worker.on('exit', (code) => this.#end(`The encoder thread ended with exit code ${code}.`))
    worker.unref()
  }

  /** Starts the thread. @param script another worker script, for tests */
  static start(script: URL = workerScript()): Encoder {
    return new Encoder(
      new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb } }),
    )
  }

  /**
   * One Parquet file.
   *
   * @throws RowsmithError as `encodeParquet` does; `internal` when the thread crashed or was closed
   */
  encode(job: EncodeJob): Promise<Encoded> {
    return this.#request({ kind: 'encode', job }) as Promise<Encoded>
  }

  /** Zstandard at its default level. @throws RowsmithError `internal` when the thread crashed or was closed */
  compress(bytes: Uint8Array): Promise<Encoded> {
    return this.#request({ kind: 'compress', bytes }) as Promise<Encoded>
  }

  /** Reads a Parquet file that another process made, to its last page. @throws RowsmithError as `compress` */
  examine(bytes: Uint8Array): Promise<Examined> {
    return this.#request({ kind: 'examine', bytes }) as Promise<Examined>
  }

  /** Ends the thread; jobs under way are rejected. */
  async close(): Promise<void> {
    this.#end('The encoder was closed.')
    await this.#worker.terminate()
  }

  #request(task: EncoderTask): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId
      this.#post(id, task)
      if (this.#waiting.size === 0) this.#worker.ref()
      this.#waiting.set(id, { resolve, reject })
    })
  }

  /** Objects that keep an order of their own cannot be sent as they are; they are looked for only when there are any. */
  #post(id: number, task: EncoderTask): void {
    try {
      this.#worker.postMessage({ id, task })
    } catch (error) {
      if (!(error instanceof DOMException) || task.kind !== 'encode') throw error
      const columns = task.job.columns.map((column) => ({ ...column, values: column.values.map(sendable) }))
      this.#worker.postMessage({ id, task: { kind: 'encode', job: { ...task.job, columns }, ordered: true } })
    }
  }

  #settle(answer: EncoderAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (answer.kind === 'done') waiting.resolve({ bytes: answer.bytes, sha256: answer.sha256 })
    else if (answer.kind === 'examined') waiting.resolve({ table: answer.table, sha256: answer.sha256 })
    else waiting.reject(new RowsmithError(answer.code, answer.message, { facts: answer.facts }))
  }

  #end(message: string, cause?: unknown): void {
    this.#ended ??= new RowsmithError('internal', message, { cause })
    for (const waiting of this.#waiting.values()) waiting.reject(this.#ended)
    this.#waiting.clear()
    this.#worker.unref()
  }
}

/** The worker's script lies next to this one, as TypeScript in the sources and as a bundle in the package. */
function workerScript(): URL {
  const extension = extname(fileURLToPath(import.meta.url))
  return new URL(`./encode-worker${extension}`, import.meta.url)
}
