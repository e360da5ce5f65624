/**
 * One append-only file with one writer: many small appends become few writes, and few syncs.
 *
 * Owns: the file, what of it is durable, and who waits for that. Never: what a body means, several files
 * (journal.ts), reading (replay.ts).
 *
 *   L1. A file is usable once its first frame and its name are durable; `create` resolves then, not before.
 *   L2. At most one write and sync are under way (J3). What is appended meanwhile shares the next one; what is
 *       appended in one turn of the event loop shares one, because a write starts when the turn ends.
 *   L3. Every write begins with a mark that carries the offset synced so far (J4).
 *   L4. `append` resolves once the frame is durable, `note` once it is written. A write of notes alone is not synced, unless more
 *       than `MAX_UNSYNCED_NOTES` were unsynced then: these resolve once they are durable. So a power loss takes no more of those that have.
 *   L5. The first failure is the last word (J6): the file is never written or synced again, and everybody who
 *       waits, and each later caller, gets the same error.
 *   L6. A closed file ends in a durable end mark: whatever is missing from it later was lost to damage.
 */

import { dirname } from 'node:path'
import { setImmediate } from 'node:timers'
import { RowsmithError } from '../base/errors/errors.ts'
import type { Disk, DiskFile } from '../disk/disk.ts'
import { type DiskAction, storageError, wrapDiskError } from '../disk/storage-error.ts'
import {
  type FileSeed,
  fileSeed,
  HEADER_BYTES,
  headerBody,
  markBody,
  recordBytes,
  writeRecord,
} from './log-record.ts'

/** Notes that may have resolved and not be durable, at most. Each may stand for a request that was sent (rule L4). */
export const MAX_UNSYNCED_NOTES = 64

/** Appends that share one write. One promise serves all who wait for the same thing. */
interface Batch {
  readonly bodies: string[]
  readonly lengths: number[]
  bytes: number
  notes: number
  written: PromiseWithResolvers<void> | undefined
  durable: PromiseWithResolvers<void> | undefined
}

/** An append-only log file, open for writing. */
export class Log {
  readonly path: string
  readonly #file: DiskFile
  readonly #seed: FileSeed
  /** Bytes in the file, the write under way included. */
  #end: number
  #synced: number
  /** Notes that were written since the last sync began. */
  #unsyncedNotes = 0
  #waiting: Batch | undefined
  #busy = false
  #failure: RowsmithError | undefined
  #closing: PromiseWithResolvers<void> | undefined

  private constructor(path: string, file: DiskFile, seed: FileSeed) {
    this.path = path
    this.#file = file
    this.#seed = seed
    this.#end = HEADER_BYTES
    this.#synced = HEADER_BYTES
  }

  /**
   * Creates the file, which must not exist; file and name are durable when this resolves.
   *
   * @param fileId 1 to 100 printable ASCII characters that no other file of the dataset has
   * @throws RowsmithError disk_full, sync_failed or io_error; the system's own EEXIST when the file exists
   */
  static async create(disk: Disk, path: string, fileId: string): Promise<Log> {
    const seed = fileSeed(fileId)
    const file = await disk.create(path)
    const header = Buffer.allocUnsafe(HEADER_BYTES)
    const body = headerBody(fileId)
    writeRecord(header, 0, body, body.length, seed, 0)
    let action: DiskAction = 'write'
    try {
      await file.append(header)
      action = 'sync'
      await file.sync()
      await disk.syncDirectory(dirname(path))
    } catch (error) {
      await file.close().catch(ignore)
      throw storageError(error, action, path)
    }
    return new Log(path, file, seed)
  }

  /** Bytes in the file once everything appended so far is written, give or take a mark. */
  get size(): number {
    return this.#end + (this.#waiting?.bytes ?? 0)
  }

  /**
   * Appends a frame and resolves when it is durable.
   *
   * @param body text that is not empty and does not begin with `@`
   * @throws RowsmithError disk_full, sync_failed or io_error: nothing that waits is durable for certain
   */
  append(body: string): Promise<void> {
    const batch = this.#add(body)
    if (batch === undefined) return this.#refuse()
    batch.durable ??= quietly()
    return batch.durable.promise
  }

  /** Appends a frame and resolves when it is written; the next `append` makes it durable. No caller needs to wait for it. */
  note(body: string): Promise<void> {
    const batch = this.#add(body)
    if (batch === undefined) return this.#refuse()
    batch.notes++
    batch.written ??= quietly()
    return batch.written.promise
  }

  /**
   * Writes and syncs whatever waits, ends the file (L6) and closes it. Later appends are refused.
   *
   * @throws RowsmithError the failure of the log, when it has one
   */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = quietly()
      this.#wake()
    }
    return this.#closing.promise
  }

  #add(body: string): Batch | undefined {
    if (this.#failure !== undefined || this.#closing !== undefined) return undefined
    if (body.length === 0 || body.startsWith('@')) {
      throw new RowsmithError('internal', 'The body of a frame is not empty and does not begin with @.')
    }
    this.#waiting ??= { bodies: [], lengths: [], bytes: 0, notes: 0, written: undefined, durable: undefined }
    const length = Buffer.byteLength(body)
    this.#waiting.bodies.push(body)
    this.#waiting.lengths.push(length)
    this.#waiting.bytes += recordBytes(length)
    this.#wake()
    return this.#waiting
  }

  #refuse(): Promise<never> {
    const refusal = Promise.reject(
      this.#failure ?? new RowsmithError('internal', `${this.path} is closed: nothing can be appended.`),
    )
    refusal.catch(ignore)
    return refusal
  }

  #wake(): void {
    if (this.#busy) return
    this.#busy = true
    setImmediate(this.#turn)
  }

  /** One write, with whatever waits for it. Never runs twice at once: `#busy` stays set until nothing is due. */
  readonly #turn = async (): Promise<void> => {
    const batch = this.#waiting
    this.#waiting = undefined
    if (batch !== undefined) await this.#commit(batch)
    else if (this.#closing !== undefined) return this.#finish(this.#closing)
    if (this.#waiting === undefined && this.#closing === undefined) this.#busy = false
    else setImmediate(this.#turn)
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      await this.#write(markBody(this.#synced), batch)
      this.#unsyncedNotes += batch.notes
      const tooMany = this.#unsyncedNotes > MAX_UNSYNCED_NOTES
      if (!tooMany) batch.written?.resolve()
      if (!tooMany && batch.durable === undefined) return
      await this.#sync()
      this.#unsyncedNotes = 0
      batch.written?.resolve()
      batch.durable?.resolve()
    } catch (error) {
      this.#failure = storageError(error, 'write', this.path)
      for (const lost of [batch, this.#waiting]) {
        lost?.written?.reject(this.#failure)
        lost?.durable?.reject(this.#failure)
      }
      this.#waiting = undefined
    }
  }

  async #finish(closing: PromiseWithResolvers<void>): Promise<void> {
    try {
      if (this.#failure === undefined) {
        if (this.#synced < this.#end) await this.#sync()
        await this.#write(markBody(this.#end, true))
        await this.#sync()
      }
    } catch (error) {
      this.#failure = storageError(error, 'write', this.path)
    }
    // Everything is durable, or the log has failed already: closing changes neither.
    await this.#file.close().catch(ignore)
    if (this.#failure === undefined) closing.resolve()
    else closing.reject(this.#failure)
  }

  async #write(mark: string, batch?: Batch): Promise<void> {
    const bytes = Buffer.allocUnsafe(recordBytes(mark.length) + (batch?.bytes ?? 0))
    const start = this.#end
    let at = writeRecord(bytes, 0, mark, mark.length, this.#seed, start)
    if (batch !== undefined) {
      for (const [index, body] of batch.bodies.entries()) {
        at = writeRecord(bytes, at, body, batch.lengths[index] ?? 0, this.#seed, start + at)
      }
    }
    this.#end = start + bytes.length
    await wrapDiskError('write', this.path, () => this.#file.append(bytes))
  }

  /** Makes everything written so far durable. */
  async #sync(): Promise<void> {
    await wrapDiskError('sync', this.path, () => this.#file.sync())
    this.#synced = this.#end
  }
}

function ignore(): void {}

/** A promise that may be ignored: its rejection alone never ends the process. */
function quietly(): PromiseWithResolvers<void> {
  const deferred = Promise.withResolvers<void>()
  deferred.promise.catch(ignore)
  return deferred
}
