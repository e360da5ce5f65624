/**
 * SHA-256 of many files: read here, through our own disk, in pieces; hashed in threads, a few files at once.
 *
 * Rules:
 *   1. In memory are at most two pieces of each file under way, whatever the files' size.
 *   2. A small file is hashed here: a thread takes longer to start. Threads start with the first large one.
 */

import { availableParallelism } from 'node:os'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { RowsmithError } from '../../base/errors/errors.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'

/** What a thread is sent: the next piece of a file; null ends it. */
export interface HashTask {
  readonly file: number
  readonly piece: Uint8Array | null
}

/** What it answers, once it has the piece: the hash, when that was the end. */
export interface HashAnswer {
  readonly file: number
  readonly sha256: string | null
}

const pieceBytes = 1024 * 1024
const smallBytes = 1024 * 1024
const threadsMax = 4

export class FileHasher {
  readonly #disk: Pick<Disk, 'readFile' | 'readRange'>
  readonly #threads: Thread[] = []
  #files = 0

  constructor(disk: Pick<Disk, 'readFile' | 'readRange'>) {
    this.#disk = disk
  }

  /** How many files are worth hashing at once. */
  get width(): number {
    return 2 * threads()
  }

  /**
   * @param size of the file, as it is known to be
   * @param read called of bytes as they are read
   * @throws RowsmithError io_error
   */
  async hash(path: string, size: number, read: (bytes: number) => void = () => {}): Promise<string> {
    if (size <= smallBytes) {
      const bytes = await wrapDiskError('read', path, () => this.#disk.readFile(path))
      read(bytes.byteLength)
      return sha256(bytes)
    }
    const file = this.#files++
    const thread = this.#thread(file)
    // The next piece is read while this one is hashed.
    let hashed: Promise<string | null> = Promise.resolve(null)
    for (let offset = 0; offset < size; ) {
      const piece = await wrapDiskError('read', path, () => this.#disk.readRange(path, offset, pieceBytes))
      await hashed
      if (piece.byteLength === 0) break
      offset += piece.byteLength
      read(piece.byteLength)
      hashed = thread.send({ file, piece })
      hashed.catch(() => {})
    }
    await hashed
    const hash = await thread.send({ file, piece: null })
    if (hash === null) throw new RowsmithError('internal', 'A file that was read to its end has no hash.')
    return hash
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()))
  }

  #thread(file: number): Thread {
    const index = file % threads()
    this.#threads[index] ??= new Thread()
    return this.#threads[index]
  }
}

function threads(): number {
  return Math.min(threadsMax, availableParallelism())
}

interface Waiting {
  readonly resolve: (hash: string | null) => void
  readonly reject: (error: RowsmithError) => void
}

/** One thread; answers come in the order of questions. */
class Thread {
  readonly #worker = new Worker(workerScript())
  readonly #waiting: Waiting[] = []
  #ended: RowsmithError | undefined

  constructor() {
    this.#worker.on('message', ({ sha256 }: HashAnswer) => this.#waiting.shift()?.resolve(sha256))
    this.#worker.on('error', (cause) => this.#end('The hash thread crashed.', cause))
    this.#worker.on('exit', (code) => this.#end(`The hash thread ended with exit code ${code}.`))
    this.#worker.unref()
  }

  send(task: HashTask): Promise<string | null> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#worker.ref()
      this.#waiting.push({
        resolve: (hash) => {
          if (this.#waiting.length === 0) this.#worker.unref()
          resolve(hash)
        },
        reject,
      })
      this.#worker.postMessage(task, handedOver(task.piece))
    })
  }

  async close(): Promise<void> {
    this.#end('The hash thread was closed.')
    await this.#worker.terminate()
  }

  #end(message: string, cause?: unknown): void {
    this.#ended ??= new RowsmithError('internal', message, { cause })
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended)
  }
}

/** A piece that has its memory to itself is handed over; one that shares it is copied. */
function handedOver(piece: Uint8Array | null): ArrayBuffer[] {
  if (piece === null || !(piece.buffer instanceof ArrayBuffer)) return []
  return piece.byteLength === piece.buffer.byteLength ? [piece.buffer] : []
}

/** As for the encoder: TypeScript in the sources, a bundle in the package. */
function workerScript(): URL {
  const extension = extname(fileURLToPath(import.meta.url))
  return new URL(`./hash-worker${extension}`, import.meta.url)
}
