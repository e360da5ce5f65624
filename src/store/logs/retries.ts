/**
 * The record of what is requested again: one frame per retry in the commit log, durable before the first request.
 *
 * Rules:
 *   1. A retry is open from its frame on until the frame that says that it is done. While it is open the same command goes on
 *      with it, and so does `resume`.
 *   2. A row group is due while a retry names cells of it that its last commit does not have (`retried`).
 */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { Fields } from '../files/read-file.ts'

/** What matters here of a commit. */
interface CommittedRows {
  readonly firstRow: number
  readonly plannedRows: number
  readonly dropped: readonly (readonly [row: number, column: string, code: string])[]
  /** The highest retry that its rows have. */
  readonly retried?: number
}

/** Rows next to each other: the first one, and how many. */
export type RowRun = readonly [first: number, count: number]

export interface Retry {
  /** From 1, over the dataset. */
  readonly number: number
  /** What was requested, as text: the same command requests the same. */
  readonly filter: string
  /** Rows over the dataset, by column; rows in order. */
  readonly cells: ReadonlyMap<string, readonly RowRun[]>
  /** Those of the rows that were in the dataset then: they stay in it (P6). */
  readonly written: readonly RowRun[]
  /** How long answers to these cells may be, in tokens; left out: as the config says. */
  readonly answerTokens?: number | undefined
}

/** What the commit logs say of retries. */
export interface Retries {
  /** By number. */
  readonly all: readonly Retry[]
  /** Numbers of those that are over. */
  readonly done: ReadonlySet<number>
}

export const noRetries: Retries = { all: [], done: new Set() }

/** What several logs say of retries, each of its own. */
export function joinedRetries(logs: readonly Retries[]): Retries {
  return {
    all: logs.flatMap(({ all }) => all).sort((a, b) => a.number - b.number),
    done: new Set(logs.flatMap(({ done }) => [...done])),
  }
}

export function retryBody({ number, filter, cells, written, answerTokens }: Retry): string {
  const tokens = answerTokens === undefined ? {} : { answer_tokens: answerTokens }
  const about = toValue({ number, written, cells: [...cells], ...tokens }) as ValueObject
  return formatJson({ kind: 'retry', asked: filter, ...about })
}

export function retryDoneBody(number: number): string {
  return formatJson({ kind: 'retry_done', number: BigInt(number) })
}

/** The retries in the bodies of commit logs. @throws RowsmithError journal_damaged */
export function retriesIn(bodies: Iterable<readonly [body: string, path: string]>): Retries {
  const all = new Map<number, Retry>()
  const done = new Set<number>()
  for (const [body, path] of bodies) {
    if (!body.startsWith('{"kind":"retry')) continue
    const parsed = parseJson(body) as ValueObject
    const record = new Fields(parsed, path, 'journal_damaged')
    const number = record.count('number', 1)
    if (record.string('kind') === 'retry_done') done.add(number)
    else {
      const cells = (record.any('cells') as Value[][]).map(
        ([column, runs]) => [String(column), runsIn(runs)] as const,
      )
      const written = runsIn(record.any('written'))
      const { answer_tokens: tokens } = parsed
      const answerTokens = typeof tokens === 'bigint' ? Number(tokens) : undefined
      all.set(number, {
        number,
        filter: record.string('asked'),
        cells: new Map(cells),
        written,
        answerTokens,
      })
    }
  }
  return { all: [...all.values()].sort((a, b) => a.number - b.number), done }
}

function runsIn(value: Value | undefined): RowRun[] {
  return ((value ?? []) as Value[][]).map(([first, count]) => [Number(first), Number(count)])
}

/** Rows as runs. @param rows in order, each once */
export function runsOf(rows: Iterable<number>): RowRun[] {
  const runs: [first: number, count: number][] = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last !== undefined && last[0] + last[1] === row) last[1]++
    else runs.push([row, 1])
  }
  return runs
}

/** The rows of runs that lie within a range. */
export function rowsWithin(runs: readonly RowRun[], from: number, end: number): number[] {
  const rows: number[] = []
  for (const [first, count] of runs) {
    for (let row = Math.max(first, from); row < Math.min(first + count, end); row++) rows.push(row)
  }
  return rows
}

/** Whether a retry names a cell of these rows. */
export function namesAny({ cells }: Retry, { firstRow, rows }: { firstRow: number; rows: number }): boolean {
  const end = firstRow + rows
  return [...cells.values()].some((runs) =>
    runs.some(([first, count]) => first < end && first + count > firstRow),
  )
}

/** Whether a group is due again (rule 2). @param commit the one that its files are of */
export function isRetryPending({ all }: Retries, commit: CommittedRows): boolean {
  const { firstRow, plannedRows: rows, retried = 0 } = commit
  return all.some((retry) => retry.number > retried && namesAny(retry, { firstRow, rows }))
}

/** The dropped rows of a group that open retries name: they are open now. */
export function reopenedRows({ all }: Retries, { dropped, retried = 0 }: CommittedRows): ReadonlySet<number> {
  const later = all.filter(({ number }) => number > retried)
  const named = (row: number): boolean => later.some((retry) => namesAny(retry, { firstRow: row, rows: 1 }))
  return new Set(later.length === 0 ? [] : dropped.flatMap(([row]) => (named(row) ? [row] : [])))
}
