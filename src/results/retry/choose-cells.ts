/**
 * Which cells a retry requests again: those that failed, or those that are named.
 *
 * Owns: the meaning of the filters. Reads only; takes no lock.
 * Rules:
 *   1. Every filter narrows. Without any, the failing cell of every dropped row is meant.
 *   2. Of a dropped row the cell that failed is requested again; if it is computed, the nearest model cells
 *      and that it is made from. Of a written row every model cell, or those of the columns named.
 *   3. `codes` are of dropped rows; `where` is about written ones, since a row that was dropped has no values.
 *   4. `finishReason` is about the last answer to a cell, whatever became of its row. It is a reason, or what reasons mean:
 *      `unknown`, `truncated`, `filtered`.
 *   5. A row of a group that is not published counts as far as it came: its row failure, and its stored answers.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { Column } from '../../columns/column/column.ts'
import { endOf } from '../../models/body/finish-reasons.ts'
import { readReply } from '../../models/wire/reply.ts'
import { rowCount } from '../../plan/row-groups.ts'
import { placeOfKey, retryOfKey } from '../../run/effects/journal-records.ts'
import {
  currentFailures,
  emptyReplayState,
  type ReplayState,
  replayRecords,
} from '../../run/effects/replay-state.ts'
import type { ChosenCells } from '../../run/request/intent.ts'
import { answersFileOf } from '../../run/seal/answers-file.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { type Commit, mainFileOf } from '../../store/logs/commits.ts'
import { reopenedRows } from '../../store/logs/retries.ts'
import { readAnswers } from '../../store/publishing/answers-file.ts'
import type { DirectoryScan } from '../../store/publishing/scan-row-groups.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { scanColumns, unknownColumn } from '../rows/columns.ts'
import { matchingRows } from '../rows/where.ts'

/** What a retry names; everything that is given must hold. */
export interface RetryFilter {
  /** An SQL condition on the columns of a written row, as for an export. */
  readonly where?: string
  /** Rows over the dataset, from 0: the first and the last of each range. */
  readonly rows?: readonly (readonly [first: number, last: number])[]
  /** Columns whose cells are meant. */
  readonly columns?: readonly string[]
  /** Codes of failures, such as `truncated`. */
  readonly codes?: readonly string[]
  /** How the last answer to the cell ended, such as `length`. */
  readonly finishReason?: string
}

/** What is requested as text: equal filters, with answers as long, give equal texts. */
export function filterText(filter: RetryFilter, answerTokens?: number): string {
  const { where, rows, columns, codes, finishReason } = filter
  return JSON.stringify({ where, rows, columns, codes, finishReason, answerTokens })
}

/**
 * @param columns of the config, compiled
 * @throws RowsmithError nothing_to_retry, unknown_column, where_invalid, usage, answers_missing, file_damaged
 */
export async function chooseCells(
  view: DatasetView,
  run: RunFile,
  columns: readonly Column[],
  filter: RetryFilter,
): Promise<ChosenCells> {
  const { directory } = view
  const modelColumns = columnsMeant(columns, filter)
  checkRows(run, filter)
  const { retries } = await view.logs()
  contentsOf(await view.metadata())
  const { groups } = await view.progress()
  const published = [...(await view.published())].sort((a, b) => a.group - b.group)
  const matching = await rowsWhere(view, published, filter)
  const chosen = new Chosen(filter, modelColumns, columns)
  const checked = new CheckedFiles(view)
  for (const commit of published) {
    const wantsAnswers =
      filter.finishReason !== undefined && touches(filter, commit.firstRow, commit.plannedRows)
    const stored = wantsAnswers ? await answersOf(directory, commit) : null
    const before = chosen.size
    const dropped = new Map(commit.dropped.map(([row, column, code]) => [row, { row, column, code }]))
    for (let row = commit.firstRow; row < commit.firstRow + commit.plannedRows; row++) {
      const failure = dropped.get(row)
      if (failure !== undefined) chosen.failed(failure, stored)
      else if (matching === null || matching.has(row)) chosen.written(row, stored)
    }
    // Rows that are open already for a retry belong to the group too.
    if (chosen.size === before) continue
    await requireAnswers(directory, commit, reopenedRows(retries, commit).size)
    // It takes the place of that file, and of no other.
    await checked.require([directory.files.place(mainFileOf(commit).path)])
  }
  for (const stored of (await openGroups(view, groups)).values()) {
    for (const failure of currentFailures(stored)) chosen.failed(failure, stored)
    chosen.unpublished(stored)
  }
  return chosen.cells()
}

/** Columns that ask and are meant. @throws RowsmithError unknown_column, usage */
function columnsMeant(columns: readonly Column[], filter: RetryFilter): ReadonlySet<string> {
  const modelColumns = columns.filter(({ kind }) => kind === 'model').map(({ name }) => name)
  for (const name of filter.columns ?? []) {
    if (modelColumns.includes(name)) continue
    const is = columns.some((column) => column.name === name)
    if (!is) throw unknownColumn(name, modelColumns)
    throw new RowsmithError('usage', `The column "${name}" sends no request: it cannot be regenerated.`, {
      facts: { column: name, columns: modelColumns },
      nextStep: `Name one that does: ${modelColumns.join(', ')}.`,
    })
  }
  return new Set(filter.columns ?? modelColumns)
}

function checkRows(run: RunFile, { rows = [] }: RetryFilter): void {
  const planned = rowCount(run.segments)
  const beyond = rows.find(([, last]) => last >= planned)
  if (beyond === undefined) return
  throw new RowsmithError(
    'usage',
    `There is no row ${beyond[1]}: the dataset has rows 0 to ${planned - 1}.`,
    {
      facts: { row: beyond[1], rows_planned: planned },
      nextStep: 'Name rows by their number in the dataset, from 0.',
    },
  )
}

function touches({ rows }: RetryFilter, firstRow: number, count: number): boolean {
  return rows === undefined || rows.some(([first, last]) => first < firstRow + count && last >= firstRow)
}

/** Written rows that the condition holds for; null when there is none. */
async function rowsWhere(
  view: DatasetView,
  published: readonly Commit[],
  { where }: RetryFilter,
): Promise<ReadonlySet<number> | null> {
  if (where === undefined) return null
  const { directory } = view
  const files = published.map((commit) => directory.files.place(mainFileOf(commit).path))
  if (files.length === 0) return new Set()
  const found = await scanColumns(view, files)
  const names = found.columns.map(({ name }) => name)
  await new CheckedFiles(view).require(files)
  const matching = await matchingRows(files, names, found.rows, where)
  const rows = new Set<number>()
  let index = 0
  for (const { firstRow, plannedRows, dropped } of published) {
    const missing = new Set(dropped.map(([row]) => row))
    for (let row = firstRow; row < firstRow + plannedRows; row++) {
      if (missing.has(row)) continue
      if (matching[index++] === 1) rows.add(row)
    }
  }
  return rows
}

/** What the replies file of a group keeps. @throws RowsmithError answers_missing */
async function answersOf(directory: DatasetDirectory, commit: Commit): Promise<ReplayState> {
  const file = answersFileOf(commit)
  const lines = file === undefined ? undefined : await readAnswers(directory, file)
  if (lines === undefined) throw answersMissing(commit)
  const stored = emptyReplayState()
  const rules = { wanted: () => true, counted: () => false }
  replayRecords(new Map([[commit.group, stored]]), lines, rules)
  return stored
}

/** A group is replaced by one made of its stored answers: without them nothing of it can be retried. */
async function requireAnswers(
  directory: DatasetDirectory,
  commit: Commit,
  alreadyOpen: number,
): Promise<void> {
  if (alreadyOpen > 0) return
  const file = answersFileOf(commit)
  const found = file === undefined ? undefined : await directory.files.stat(file.path)
  if (file === undefined || found?.size !== file.size) throw answersMissing(commit)
}

function answersMissing({ group, firstRow, plannedRows }: Commit): RowsmithError {
  const message = `The answers of row group ${group} (rows ${firstRow} to ${firstRow + plannedRows - 1}) are not there, so nothing of it can be retried.`
  return new RowsmithError('answers_missing', message, { facts: { group, first_row: firstRow } })
}

/** What the journal keeps for groups without files. */
async function openGroups(
  view: DatasetView,
  groups: DirectoryScan['groups'],
): Promise<ReadonlyMap<number, ReplayState>> {
  const stored = new Map<number, ReplayState>()
  const wanted = (group: number): boolean => (groups.get(group)?.kind ?? 'open') === 'open'
  for await (const { records } of view.journal()) {
    replayRecords(stored, records, { wanted, counted: () => false })
  }
  return stored
}

/** Undefined for what no chat model answered. */
function finishReasonIn(body: string): string | null | undefined {
  try {
    return readReply(body).finishReason
  } catch {
    return undefined
  }
}

class Chosen {
  readonly #filter: RetryFilter
  readonly #modelColumns: ReadonlySet<string>
  readonly #columns: ReadonlyMap<string, Column>
  readonly #cells = new Map<string, Set<number>>()
  readonly #written = new Set<number>()
  readonly #answers = new WeakMap<ReplayState, Map<string, string>>()
  #unaskable = 0
  size = 0

  constructor(filter: RetryFilter, modelColumns: ReadonlySet<string>, columns: readonly Column[]) {
    this.#filter = filter
    this.#modelColumns = modelColumns
    this.#columns = new Map(columns.map((column) => [column.name, column]))
  }

  failed(
    { row, column, code }: { row: number; column: string; code: string },
    stored: ReplayState | null,
  ): void {
    const { codes, where } = this.#filter
    if (where !== undefined || (codes !== undefined && !codes.includes(code)) || !this.#means(row)) return
    const cells = this.#isSelected(column)
    if (cells.size === 0 && this.#filter.columns === undefined) this.#unaskable++
    for (const name of cells) if (this.#ended(row, name, stored)) this.#add(row, name)
  }

  written(row: number, stored: ReplayState | null): void {
    const { codes, where, rows, finishReason } = this.#filter
    const named = where !== undefined || rows !== undefined || finishReason !== undefined
    if (!named || codes !== undefined || !this.#means(row)) return
    for (const name of this.#modelColumns) {
      if (!this.#ended(row, name, stored)) continue
      this.#add(row, name)
      this.#written.add(row)
    }
  }

  /** Rows that is open: their answers so far. */
  unpublished(stored: ReplayState): void {
    const { codes, where, rows, finishReason } = this.#filter
    if (where !== undefined || codes !== undefined) return
    if (rows === undefined && finishReason === undefined) return
    for (const key of stored.answers.keys()) {
      const { row, column } = placeOfKey(key)
      if (stored.rowFailures.has(row) || !this.#modelColumns.has(column) || !this.#means(row)) continue
      if (this.#ended(row, column, stored)) this.#add(row, column)
    }
  }

  /** @throws RowsmithError nothing_to_retry */
  cells(): ChosenCells {
    if (this.size === 0) {
      const why =
        this.#unaskable > 0
          ? `${this.#unaskable} rows failed at cells that depend on no model's answer: a retry would not help them`
          : 'no cell fits the selection'
      throw new RowsmithError('nothing_to_retry', `There is nothing to retry: ${why}.`)
    }
    const inOrder = (rows: ReadonlySet<number>): number[] => [...rows].sort((a, b) => a - b)
    return {
      cells: new Map([...this.#cells].map(([column, rows]) => [column, inOrder(rows)])),
      written: inOrder(this.#written),
    }
  }

  #means(row: number): boolean {
    const { rows } = this.#filter
    return rows === undefined || rows.some(([first, last]) => row >= first && row <= last)
  }

  /** Rule 2. */
  #isSelected(column: string, seen: Set<string> = new Set()): ReadonlySet<string> {
    const found = this.#columns.get(column)
    if (found === undefined || seen.has(column)) return new Set()
    seen.add(column)
    if (found.kind === 'model') return new Set(this.#modelColumns.has(column) ? [column] : [])
    return new Set(found.reads.flatMap((read) => [...this.#isSelected(read, seen)]))
  }

  /** Rule 4. */
  #ended(row: number, column: string, stored: ReplayState | null): boolean {
    const { finishReason } = this.#filter
    if (finishReason === undefined) return true
    const last = stored === null ? undefined : this.#lastAnswers(stored).get(`${row}/${column}`)
    const ended = last === undefined ? undefined : finishReasonIn(last)
    return ended !== undefined && (ended === finishReason || endOf(ended) === finishReason)
  }

  #lastAnswers(stored: ReplayState): ReadonlyMap<string, string> {
    let answers = this.#answers.get(stored)
    if (answers === undefined) {
      answers = new Map()
      for (const [key, body] of stored.answers) {
        const { row, column } = placeOfKey(key)
        if (retryOfKey(key).retry === stored.retryNumbers.of(row, column))
          answers.set(`${row}/${column}`, body)
      }
      this.#answers.set(stored, answers)
    }
    return answers
  }

  #add(row: number, column: string): void {
    const rows = this.#cells.get(column)
    if (rows === undefined) this.#cells.set(column, new Set([row]))
    else if (rows.has(row)) return
    else rows.add(row)
    this.size++
  }
}
