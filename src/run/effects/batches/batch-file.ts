/**
 * The file of a batch that is being filled: requests, one a line, and next to it whose they are.
 *
 * 1. Memory holds about a megabyte of it, and the last few requests, which may be held back (rule B7 of `batches.ts`).
 * 2. It is durable, name and all, before any code knows of it.
 */

import { createHash } from 'node:crypto'
import { present } from '../../../base/errors/present.ts'
import { formatJson, parseJson } from '../../../base/values/json.ts'
import type { Value } from '../../../base/values/value.ts'
import type { DiskFile } from '../../../disk/disk.ts'
import { wrapDiskError } from '../../../disk/storage-error.ts'
import type { BatchKind } from '../../../models/contract/batch.ts'
import type { TokenReservation } from '../../../models/contract/request-size.ts'
import {
  createBatchFiles,
  readBatchItems,
  removeBatchFiles,
  syncBatchFiles,
} from '../../../store/control/batch-files.ts'
import type { DatasetDirectory } from '../../../store/files/dataset-directory.ts'
import type { EffectKey } from '../journal-records.ts'

/** Whose a request of a batch is. */
export interface BatchItem {
  readonly customId: string
  readonly group: number
  readonly key: EffectKey
  readonly kind: BatchKind
  readonly most: TokenReservation
}

interface Entry {
  readonly line: string
  readonly item: BatchItem
}

/** So many requests stay in memory until the file is closed. */
const held = 16
const flushBytes = 1024 * 1024

export class BatchFile {
  readonly name: string
  /** When its first request came, by the clock that never jumps. */
  readonly since: number
  count = 0
  bytes = 0
  readonly #directory: DatasetDirectory
  readonly #tail: Entry[] = []
  #lines: string[] = []
  #items: string[] = []
  #waiting = 0
  #files: Promise<readonly DiskFile[]> | undefined
  #written: Promise<void> = Promise.resolve()
  readonly #hash = createHash('sha256')
  #most: TokenReservation = { input: 0, output: 0 }

  constructor(directory: DatasetDirectory, name: string, since: number) {
    this.#directory = directory
    this.name = name
    this.since = since
  }

  add(line: string, item: BatchItem): void {
    this.count++
    this.bytes += Buffer.byteLength(line) + 1
    this.#tail.push({ line, item })
    for (const entry of this.#tail.splice(0, this.#tail.length - held)) this.#write(entry)
  }

  /**
   * Ends the file. @param hold how many of the last requests are left out, at most those in memory
   *
   * @returns what it holds, and whose requests were left out
   * @throws RowsmithError of class storage
   */
  async close(hold = 0) {
    const out = hold === 0 ? [] : this.#tail.splice(-hold)
    for (const entry of this.#tail.splice(0)) this.#write(entry)
    this.#flush()
    await this.#written
    await syncBatchFiles(this.#directory, (await this.#files) ?? [])
    return {
      left: out.map(({ item }) => item),
      count: this.count - out.length,
      sha256: this.#hash.digest('hex'),
      bytes: this.bytes - out.reduce((sum, { line }) => sum + Buffer.byteLength(line) + 1, 0),
      most: this.#most,
    }
  }

  /** It is not wanted: its files go. Never rejects. */
  async discard(): Promise<void> {
    try {
      await this.#written
      for (const file of (await this.#files) ?? []) await file.close()
      await removeBatchFiles(this.#directory, this.name)
    } catch {
      // Only tidiness.
    }
  }

  #write({ line, item }: Entry): void {
    this.#lines.push(line)
    this.#items.push(itemLine(item))
    this.#hash.update(`${line}\n`)
    const { input, output } = item.most
    this.#most = { input: this.#most.input + input, output: this.#most.output + output }
    this.#waiting += line.length
    if (this.#waiting >= flushBytes) this.#flush()
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    const texts = [this.#lines, this.#items].map((list) => Buffer.from(`${list.join('\n')}\n`))
    this.#lines = []
    this.#items = []
    this.#waiting = 0
    const created = this.#files ?? createBatchFiles(this.#directory, this.name)
    this.#files = created
    this.#written = this.#written.then(async () => {
      const files = await created
      for (const [at, file] of files.entries()) {
        await wrapDiskError('write', this.name, () => file.append(present(texts[at], 'texts of a batch')))
      }
    })
    // Called when it is closed.
    this.#written.catch(() => {})
  }
}

/** @throws RowsmithError io_error */
export async function batchItems(directory: DatasetDirectory, name: string): Promise<BatchItem[]> {
  const bytes = await readBatchItems(directory, name)
  const lines = Buffer.from(bytes).toString('utf8').split('\n')
  return lines.flatMap((line) => (line === '' ? [] : [itemIn(line)]))
}

function itemLine({ customId, group, key, kind, most }: BatchItem): string {
  return formatJson([customId, BigInt(group), key, kind, BigInt(most.input), BigInt(most.output)])
}

function itemIn(line: string): BatchItem {
  const [customId, group, key, kind, input, output] = parseJson(line) as Value[]
  return {
    customId: String(customId),
    group: Number(group),
    key: String(key),
    kind: String(kind) as BatchKind,
    most: { input: Number(input), output: Number(output) },
  }
}
