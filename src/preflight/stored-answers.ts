/**
 * The answers that a dataset holds, by cell, and what they took. Reads only, takes no lock; a dataset that is being written is
 * read as far as it is.
 */

import { formatJson } from '../base/values/json.ts'
import { isValueObject, type Value } from '../base/values/value.ts'
import { isEffectName } from '../models/contract/effect.ts'
import { usageIn } from '../models/wire/reply.ts'
import { type JournalRecord, parseRecord, placeOfKey, retryOfKey } from '../run/effects/journal-records.ts'
import { answersFileOf } from '../run/seal/answers-file.ts'
import type { Commit } from '../store/logs/commits.ts'
import { readAnswers } from '../store/publishing/answers-file.ts'
import type { DatasetView } from '../store/view/dataset-view.ts'
import { type AnswerUsage, noAnswerUsage, type SeenCell, sumOf } from './forecast.ts'

/** So many cells of a column are enough for the mean: what follows is not looked at so closely. */
const cellsSeenMax = 20_000

/** Rows of a plan, each marked or not. */
class Marks {
  readonly #bits: Uint8Array

  constructor(rows: number) {
    this.#bits = new Uint8Array(rows)
  }

  add(row: number): void {
    this.#bits[row] = 1
  }

  has(row: number): boolean {
    return this.#bits[row] === 1
  }
}

export class StoredAnswers {
  readonly #columns: ReadonlySet<string>
  readonly #rows: number
  readonly #answered = new Map<string, Marks>()
  readonly #published: Marks
  readonly #dropped = new Set<number>()
  /** By column and row: the last retry whose answer the journal holds. */
  readonly #retried = new Map<string, Map<number, number>>()
  readonly #seen = new Map<string, SeenCell[]>()
  readonly #unpublished = new Map<string, SeenCell[]>()

  private constructor(columns: readonly string[], rows: number) {
    this.#columns = new Set(columns)
    this.#rows = rows
    this.#published = new Marks(rows)
  }

  /**
   * @param columns that call a model
   * @param rows of the plan it is read for: later ones are passed over
   * @throws RowsmithError journal_damaged, or of class storage
   */
  static async read(view: DatasetView, columns: readonly string[], rows: number): Promise<StoredAnswers> {
    const { directory } = view
    const stored = new StoredAnswers(columns, rows)
    const { commits } = await view.logs()
    const last = new Map(commits.map((commit) => [commit.group, commit]))
    for (const commit of last.values()) {
      const file = answersFileOf(commit)
      const texts = file === undefined ? undefined : await readAnswers(directory, file)
      if (texts !== undefined) stored.#addPublished(commit, texts.map(parseRecord))
    }
    for await (const { records } of view.journal()) {
      stored.#addOpen(Array.from(records, parseRecord), last)
    }
    return stored
  }

  /** Whether an answer to the cell is stored. */
  has(column: string, row: number): boolean {
    return this.#answered.get(column)?.has(row) === true
  }

  /** Whether the row is in the dataset: a cell of it without an answer needed none. */
  holdsRow(row: number): boolean {
    return this.#published.has(row)
  }

  /** Whether a row that is not published yet will never be. */
  hasDropped(row: number): boolean {
    return this.#dropped.has(row)
  }

  /** Whether the answer that a retry requested is stored, in a group that is not published since. */
  hasRetried(column: string, row: number, retry: number): boolean {
    return (this.#retried.get(column)?.get(row) ?? 0) >= retry
  }

  /** Cells that are done; where none is, those that have an answer. */
  seen(column: string): readonly SeenCell[] {
    return this.#seen.get(column) ?? this.#unpublished.get(column) ?? []
  }

  #addPublished(commit: Commit, records: readonly JournalRecord[]): void {
    const dropped = new Set(commit.dropped.map(([row]) => row))
    // Its row failures hold also where its files are lost, and made again of its answers.
    for (const row of dropped) this.#dropped.add(row)
    const end = Math.min(commit.firstRow + commit.plannedRows, this.#rows)
    for (let row = commit.firstRow; row < end; row++) if (!dropped.has(row)) this.#published.add(row)
    const cells = this.#usageOf(records)
    const drawn = drawnIn(records)
    for (const column of this.#columns) {
      const seen = listIn(this.#seen, column)
      const of = cells.get(column)
      for (let row = 0; row < commit.plannedRows && seen.length < cellsSeenMax; row++) {
        const usage = of?.get(commit.firstRow + row) ?? noAnswerUsage
        seen.push({ drawn: drawn(row), usage })
      }
    }
  }

  #addOpen(records: readonly JournalRecord[], published: ReadonlyMap<number, Commit>): void {
    for (const record of records) {
      if (record.kind === 'drop' && !published.has(record.group)) this.#dropped.add(record.failure.row)
      if (record.kind !== 'reply') continue
      const { retry } = retryOfKey(record.key)
      const { row, column } = placeOfKey(record.key)
      if (retry === 0) continue
      const ofColumn = this.#retried.get(column) ?? new Map<number, number>()
      this.#retried.set(column, ofColumn.set(row, Math.max(retry, ofColumn.get(row) ?? 0)))
    }
    const open = records.filter(({ group }) => !published.has(group))
    for (const [column, rows] of this.#usageOf(open)) {
      const seen = listIn(this.#unpublished, column)
      for (const usage of rows.values()) {
        if (seen.length < cellsSeenMax) seen.push({ drawn: new Map(), usage })
      }
    }
  }

  /** What each cell took when it was requested the first time; notes which have answers. */
  #usageOf(records: readonly JournalRecord[]): Map<string, Map<number, AnswerUsage>> {
    const cells = new Map<string, Map<number, AnswerUsage>>()
    for (const record of records) {
      if (record.kind !== 'reply' && record.kind !== 'reused' && record.kind !== 'failed') continue
      const { row, column } = placeOfKey(record.key)
      if (isEffectName(record.model) || !this.#columns.has(column)) continue
      if (record.kind !== 'failed') this.#markAnswered(column, row)
      if (retryOfKey(record.key).retry > 0) continue
      const ofColumn = cells.get(column) ?? new Map<number, AnswerUsage>()
      cells.set(column, ofColumn.set(row, sumOf(ofColumn.get(row) ?? noAnswerUsage, usageOf(record))))
    }
    return cells
  }

  #markAnswered(column: string, row: number): void {
    let marks = this.#answered.get(column)
    if (marks === undefined) {
      marks = new Marks(this.#rows)
      this.#answered.set(column, marks)
    }
    marks.add(row)
  }
}

function usageOf(record: Extract<JournalRecord, { kind: 'reply' | 'reused' | 'failed' }>): AnswerUsage {
  if (record.kind === 'failed') return { ...noAnswerUsage, requests: 1 }
  const { inputTokens, cachedInputTokens, outputTokens } = usageIn(record.body)
  return { requests: 1, input: inputTokens, cached: cachedInputTokens, output: outputTokens }
}

/** What a row of a group drew, by its index in the group. */
function drawnIn(records: readonly JournalRecord[]): (index: number) => ReadonlyMap<string, string> {
  const columns = records.find((record) => record.kind === 'group')?.columns ?? {}
  const lists = Object.entries(columns).flatMap(([name, values]): [string, readonly Value[]][] =>
    Array.isArray(values) ? [[name, values]] : [],
  )
  return (index) => new Map(lists.map(([name, values]) => [name, drawnText(values[index])]))
}

/** A drawn value as text: the same for equal values. Objects are drawn too seldom twice to be distinguished by. */
export function drawnText(value: Value | undefined): string {
  return value === undefined || isValueObject(value) ? '' : formatJson(value)
}

function listIn<T>(lists: Map<string, T[]>, name: string): T[] {
  const list = lists.get(name) ?? []
  lists.set(name, list)
  return list
}
