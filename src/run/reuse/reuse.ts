/**
 * Answers that other datasets hold: paid for once, good for every dataset that requests the same under the same key.
 *
 * Owns:   reading the directories of others for the rows at hand. Reads only, takes no lock.
 * Never:  decides which datasets are looked into (`reuse-from.ts`), or uses an answer (`effects.ts` makes it this dataset's first).
 * Rules:
 *   U1. The key decides (E1), and the request hash in it: an answer to another request never matches. Nothing else of a
 *       source is taken: no failure, no row failure, no unanswered intent, no sampled value. Of a cell that was retried there the
 *       newest answer counts, and what it superseded is never taken.
 *       Where the retry let it be longer, it counts for the request of before too, which only that distinguishes from its own:
 *       a cell that was answered once each time, the only one of its row that was retried.
 *   U2. Simulated and real answers never mix. The request hash names the provider but not what stands behind the name, so a
 *       source for which one of our providers was the simulator, and is not now, or the other way round, is left alone.
 *   U3. A source that is damaged, missing or unfit is a warning and costs money, never the run.
 *   U4. In memory are the answers to rows of open groups, and what a source's journal holds for groups that it has not
 *       published: both bounded by open rows, of either dataset (P7). A replies file is read through when a group opens.
 *   U5. A living writer of the source is no harm. Its journal is read before its commits, so that a group published in
 *       between is found in one or the other; a torn end of the journal counts as not written.
 */

import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { errnoOf, RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { storageError } from '../../disk/storage-error.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { type ReuseSource, readRunFile } from '../../store/control/run-file.ts'
import { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { type CommittedFile, readCommitLogs } from '../../store/logs/commits.ts'
import { namesAny } from '../../store/logs/retries.ts'
import { MediaStore, type ReadsMedia } from '../../store/publishing/media.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import {
  answerHeadLength,
  cellOfKey,
  type EffectKey,
  parseRecord,
  placeOfAnswer,
  placeOfKey,
  retryOfKey,
  rowOfKey,
} from '../effects/journal-records.ts'
import type { ReusableAnswer } from '../effects/replay-state.ts'
import { RetryNumbers } from '../effects/retry-numbers.ts'
import { answersPath } from '../seal/seal-group.ts'

type Answers = Map<EffectKey, ReusableAnswer>

/** The datasets a run takes answers from, nearest first. */
export class ReuseSources {
  readonly #sources: readonly Source[]

  /**
   * @param directory the dataset that takes them
   * @param document of its rows identity
   * @param warn called at most once per source
   */
  constructor(
    disk: Disk,
    directory: string,
    sources: readonly ReuseSource[],
    document: Value,
    warn: (message: string) => void,
  ) {
    this.#sources = sources.map(
      ({ path, rows }) =>
        new Source(new DatasetDirectory(disk, resolve(directory, path)), rows, document, warn),
    )
  }

  /** Answers for the rows of a group. Of several under one key that of the nearest source counts. */
  async answersFor(group: RowGroup): Promise<Answers> {
    const answers: Answers = new Map()
    for (const source of this.#sources) await source.collect(group, answers)
    return answers
  }
}

/** A published row group of a source, and where its answers are. */
interface CommittedAnswers {
  readonly firstRow: number
  readonly rows: number
  readonly file: CommittedFile
}

/** What is known of a source once it was looked into. */
interface Index {
  /** By number of the row group. */
  readonly published: Map<number, CommittedAnswers>
  /** By row: texts of answers that only the journal holds. */
  readonly open: Map<number, string[]>
}

class Source {
  readonly #directory: DatasetDirectory
  readonly #rows: number
  readonly #document: Value
  readonly #warn: (message: string) => void
  readonly #media: MediaStore
  #index: Promise<Index> | undefined
  #warned = false

  constructor(directory: DatasetDirectory, rows: number, document: Value, warn: (message: string) => void) {
    this.#directory = directory
    this.#media = new MediaStore(directory)
    this.#rows = rows
    this.#document = document
    this.#warn = warn
  }

  /** Adds what this source holds for the rows of a group and `answers` does not. Never rejects for a bad source (U3). */
  async collect({ firstRow, rows }: RowGroup, answers: Answers): Promise<void> {
    if (firstRow >= this.#rows) return
    this.#index ??= this.#open()
    const { published, open } = await this.#index
    const end = firstRow + rows
    for (let row = firstRow; row < end; row++) {
      const texts = open.get(row)
      if (texts !== undefined) addAnswers(answers, texts, this.#media)
      // A row is in one group, and a group opens once: it is not requested again.
      open.delete(row)
    }
    for (const group of published.values()) {
      if (group.firstRow >= end || group.firstRow + group.rows <= firstRow) continue
      await this.#tolerate(() => this.#readAnswers(group.file, firstRow, end, answers))
    }
  }

  async #open(): Promise<Index> {
    const index: Index = { published: new Map(), open: new Map() }
    await this.#tolerate(async () => {
      const run = contentsOf(await readRunFile(this.#directory))
      if (run === undefined) throw new RowsmithError('dataset_not_found', 'it is not there any more')
      const conflict = simulationConflict(this.#document, run.rows_identity.document)
      if (conflict !== undefined) throw new RowsmithError('reuse_unfit', conflict)
      // Once before the journal, so that what is published already is not stored twice; and once after it (U5).
      await this.#readPublished(index)
      await this.#tolerate(() => this.#readOpen(index))
      await this.#readPublished(index)
    })
    return index
  }

  /** Finds the replies files that are there, by commit. */
  async #readPublished({ published, open }: Index): Promise<void> {
    const { commits } = await readCommitLogs(this.#directory)
    for (const commit of commits) {
      const file = commit.files.find(({ path }) => path === answersPath(commit.group))
      if (file === undefined) continue
      const found = await this.#directory.files.stat(file.path)
      if (found?.size !== file.size) continue
      published.set(commit.group, { firstRow: commit.firstRow, rows: commit.plannedRows, file })
      if (open.size === 0) continue
      for (let row = commit.firstRow; row < commit.firstRow + commit.plannedRows; row++) open.delete(row)
    }
  }

  /** Keeps the answers that only the journal holds. */
  async #readOpen({ published, open }: Index): Promise<void> {
    const view = new DatasetView(this.#directory)
    const { retries } = await view.logs()
    const named = (row: number): boolean =>
      retries.all.some((retry) => namesAny(retry, { firstRow: row, rows: 1 }))
    for await (const { records } of view.journal()) {
      for (const text of records) {
        const place = placeOfAnswer(text)
        // Which answer of a row counts that is being retried is not settled before its group is published.
        if (place === undefined || published.has(place.group) || named(place.row)) continue
        const texts = open.get(place.row)
        if (texts === undefined) open.set(place.row, [text])
        else texts.push(text)
      }
    }
  }

  async #readAnswers(file: CommittedFile, firstRow: number, end: number, answers: Answers): Promise<void> {
    const bytes = await this.#directory.files.readFile(file.path)
    if (sha256(bytes) !== file.sha256) {
      throw new RowsmithError('io_error', `${file.path} is not what was written`)
    }
    const texts: string[] = []
    for await (const line of linesOf(bytes)) {
      const head = line.toString('latin1', 0, answerHeadLength)
      const row = placeOfAnswer(head)?.row
      const isOfRetry = /^\{"t":"(?:retry|drop)"/.test(head)
      if (isOfRetry || (row !== undefined && row >= firstRow && row < end)) texts.push(line.toString('utf8'))
    }
    addAnswers(answers, texts, this.#media)
  }

  async #tolerate(read: () => Promise<void>): Promise<void> {
    try {
      await read()
    } catch (error) {
      if (isPassing(error)) throw storageError(error, 'read', this.#directory.path)
      if (this.#warned) return
      this.#warned = true
      const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
      this.#warn(
        `Some answers of ${this.#directory.path} cannot be reused and may be requested again: ${why}.`,
      )
    }
  }
}

/** What a system that is out of something for the moment says. */
const passingErrors: ReadonlySet<string | undefined> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'EAGAIN',
  'EBUSY',
])

/** Whether a read failed for a reason that has nothing to do with what was to be read. */
function isPassing(error: unknown): boolean {
  const cause = RowsmithError.isInstance(error) ? error.cause : error
  return passingErrors.has(errnoOf(error)) || passingErrors.has(errnoOf(cause))
}

/** Adds the answers that count, under the keys of a first round. */
function addAnswers(answers: Answers, texts: readonly string[], media: ReadsMedia): void {
  const records = texts.map(parseRecord)
  const retryNumbers = new RetryNumbers()
  for (const record of records) {
    if (record.kind === 'retry') retryNumbers.add(record)
    else if (record.kind === 'drop') retryNumbers.failed(record.failure.row, record.retry)
  }
  let byRow: ReadonlyMap<number, readonly EffectKey[]> | undefined
  const ofRows = (): ReadonlyMap<number, readonly EffectKey[]> => {
    byRow ??= Map.groupBy(
      records.flatMap((record) => (record.kind === 'reply' || record.kind === 'reused' ? [record.key] : [])),
      rowOfKey,
    )
    return byRow
  }
  for (const record of records) {
    if (record.kind !== 'reply' && record.kind !== 'reused') continue
    const { first, retry } = retryOfKey(record.key)
    const { row, column } = placeOfKey(record.key)
    if (retry !== retryNumbers.of(row, column)) continue
    const answer = { model: record.model, body: record.body, media }
    const before =
      retryNumbers.answerTokens(row, column) === undefined
        ? undefined
        : shorter(ofRows().get(row) ?? [], record.key)
    for (const key of before === undefined ? [first] : [first, before]) {
      if (!answers.has(key)) answers.set(key, answer)
    }
  }
}

/**
 * The key of the one request that this one repeats, with more room for the answer; undefined unless that is certain (U1).
 *
 * @param ofRow keys of all answers to cells of its row
 */
function shorter(ofRow: readonly EffectKey[], key: EffectKey): EffectKey | undefined {
  const { retry } = retryOfKey(key)
  const ofCell = ofRow.filter((each) => cellOfKey(each) === cellOfKey(key))
  const others = ofRow.filter((each) => cellOfKey(each) !== cellOfKey(key) && retryOfKey(each).retry > 0)
  const again = ofCell.filter((each) => retryOfKey(each).retry === retry)
  const first = ofCell.filter((each) => retryOfKey(each).retry === 0)
  return others.length === 0 && again.length === 1 && first.length === 1 ? first[0] : undefined
}

/** The lines of a compressed file, without their ends; only a piece of it is in memory at a time. */
async function* linesOf(compressed: Uint8Array): AsyncGenerator<Buffer, void, undefined> {
  let rest: Buffer[] = []
  const pieces = Readable.from([compressed]).pipe(zlib.createZstdDecompress())
  for await (const piece of pieces as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = piece.indexOf(lineFeed); end !== -1; end = piece.indexOf(lineFeed, start)) {
      rest.push(piece.subarray(start, end))
      yield rest.length === 1 ? present(rest[0], 'rest') : Buffer.concat(rest)
      rest = []
      start = end + 1
    }
    rest.push(piece.subarray(start))
  }
}

const lineFeed = 0x0a

/**
 * Whether the simulator answers for a provider in one dataset and something else does in the other (U2).
 *
 * @param own and `theirs`: documents of two rows identities
 * @returns a sentence without its end; undefined when nothing can mix
 */
export function simulationConflict(own: Value, theirs: Value): string | undefined {
  const [here, there] = [simulatedProviders(own), simulatedProviders(theirs)]
  if (here === undefined || there === undefined) return 'what answers for its models is not known'
  for (const [provider, simulated] of here) {
    const before = there.get(provider)
    if (before === undefined || before === simulated) continue
    const [was, is] = before ? ['the simulator', 'a real one'] : ['a real one', 'the simulator']
    return `its provider "${provider.slice(0, 60)}" was ${was}, and now it is ${is}`
  }
  return undefined
}

/** Per provider in use: whether it is the simulator. */
function simulatedProviders(document: Value): Map<string, boolean> | undefined {
  if (!isValueObject(document) || !isValueObject(document.config)) return undefined
  const { simulated } = document
  const models = document.config.model_configs
  if (!Array.isArray(simulated) || !Array.isArray(models)) return undefined
  const providers = new Map<string, boolean>()
  for (const model of models) {
    if (!isValueObject(model) || typeof model.provider !== 'string') return undefined
    providers.set(model.provider, simulated.includes(model.alias ?? null))
  }
  return providers
}
