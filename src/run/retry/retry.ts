/**
 * A retry: from the cells that are named to row groups that are replaced.
 *
 * Owns: the beginning and the end of a retry. In between it is a run like any other: the groups it names are made again, of stored
 * answers but for the cells of the retry, and of what reads them where that makes another request (`retry-numbers.ts`).
 * Rules:
 *   T1. What is to be retried is durable before the first request. A retry that was stopped goes on by `resume`, and by the same
 *       command: one that requests the same as an open one begins no other.
 *   T2. A group is replaced by one that has every row of it (P6): rows that a retry would lose keep their former answers.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { groupOf, type PlanRange } from '../../plan/row-groups.ts'
import { namesAny, type Retries, type Retry, runsOf } from '../../store/logs/retries.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import { emptyReplayState, type ReplayState, replayRecords } from '../effects/replay-state.ts'
import type { OpenDataset } from '../open/open-dataset.ts'
import type { Recovered } from '../open/recover.ts'
import type { EventStream, RunEvent } from '../report/events.ts'
import { type ChosenCells, isOpen, type RetryRequest } from '../request/intent.ts'
import type { CellsToRequestAgain } from '../scheduler/group/request-again.ts'
import type { RowGroupState } from '../scheduler/group/row-group-state.ts'
import { addLedger } from '../usage/ledger.ts'

/** What is looked at before a retry is recorded. */
interface RetryLooks {
  readonly choose: () => Promise<ChosenCells>
  /** That what it leaves as it is can be made again without a request. @throws RowsmithError answers_lost */
  readonly requireAnswers: (retry: Retry) => Promise<void>
}

/** Records a retry, durably, unless it is the one that was stopped. @returns what was recorded @throws RowsmithError as its looks; of class storage */
export async function startRetry(
  request: RetryRequest,
  { choose, requireAnswers }: RetryLooks,
  retries: Retries,
  writer: DatasetWriter,
  events: EventStream,
): Promise<Extract<RunEvent, { type: 'retrying' }> | undefined> {
  if (isOpen(request, retries)) return undefined
  const { cells, written } = await choose()
  const number = 1 + Math.max(0, ...retries.all.map((retry) => retry.number))
  const runs = [...cells].map(([column, rows]) => [column, runsOf(rows)] as const)
  const retry = {
    number,
    filter: request.filter,
    cells: new Map(runs),
    written: runsOf(written),
    answerTokens: request.answerTokens,
  }
  await requireAnswers(retry)
  await writer.retry(retry)
  const event = {
    type: 'retrying',
    number,
    rows: rowsOf(cells),
    columns: [...cells].map(([column, rows]) => ({ column, cells: rows.length })),
    ...(request.answerTokens === undefined ? {} : { answerTokens: request.answerTokens }),
  } as const
  events.emit(event)
  return event
}

/**
 * Records what an early shutdown leaves to be requested again, one retry for each list: the next run that goes on does so.
 *
 * @throws RowsmithError of class storage
 */
export async function requestAgain(
  lists: readonly CellsToRequestAgain[],
  { all }: Retries,
  { writer, block = { number: 0, count: 1 } }: Pick<OpenDataset, 'writer' | 'block'>,
): Promise<void> {
  let number = Math.max(0, ...all.map((retry) => retry.number))
  for (const { cells, written, answerTokens } of lists) {
    // Those of two blocks are never equal: they stand in one log later.
    do number++
    while (number % block.count !== block.number)
    await writer.retry({
      number,
      filter: 'early shutdown',
      cells: new Map([...cells].map(([column, rows]) => [column, runsOf(rows)])),
      written: runsOf(written),
      answerTokens,
    })
  }
}

/** How many rows cells are of. */
function rowsOf(cells: ChosenCells['cells']): number {
  return new Set([...cells.values()].flat()).size
}

/** Says of every retry that is open whether it is over now. @param pending groups that are still to be made for retries */
export async function endRetries(
  { retries: { all, done } }: Recovered,
  pending: ReadonlySet<number>,
  ranges: readonly PlanRange[],
  writer: DatasetWriter,
): Promise<void> {
  for (const retry of all) {
    if (done.has(retry.number)) continue
    if ([...pending].some((group) => namesAny(retry, groupOf(ranges, group)))) continue
    await writer.retryDone(retry.number)
  }
}

/**
 * What is stored of a group that came out without rows that it had (rule T2): with it the group is made once more.
 *
 * @throws RowsmithError answers_missing for a row that no retry names
 */
export function withoutLostRows(rows: RowGroupState, stored: ReplayState): ReplayState | undefined {
  const { published } = stored
  if (published === null) return undefined
  const lost = rows.rowFailures().filter(({ row }) => !published.dropped.has(row))
  if (lost.length === 0) return undefined
  const unnamed = lost.find(({ row }) => !stored.retryNumbers.mustStay(row))
  if (unnamed !== undefined) {
    const { row, column, code } = unnamed
    const message = `Row ${row} is in the dataset and cannot be made again (${column}: ${code}): its row group is not replaced`
    throw new RowsmithError('answers_missing', message, { facts: { row, column } })
  }
  const again = emptyReplayState()
  replayRecords(new Map([[rows.group, again]]), stored.records, { wanted: () => true, counted: () => false })
  again.published = published
  addLedger(again.ledger, stored.ledger)
  return again
}
