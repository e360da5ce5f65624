/**
 * The story of a dataset: its runs, what was requested of them, how they ended; extensions, retries, kills.
 *
 * What is known of one run by what the next one found: a start without an end was killed, a larger plan was an extension.
 */

import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { currentProcess } from '../../disk/process-identity.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { requireReadable } from '../rows/dataset-results.ts'

/** One line of the story. */
export interface HistoryEntry {
  /** When, as `2026-11-26T12:00:00.000Z`; null when that is not known: a process that was killed did not say. */
  readonly at: string | null
  /** The number of the process among those that wrote the dataset. */
  readonly epoch: number
  readonly event: string
  /** One sentence. */
  readonly text: string
  /** What was recorded. */
  readonly details: ValueObject
}

/** @throws RowsmithError dataset_not_found, io_error */
export async function readHistory(disk: Disk, directory: string): Promise<readonly HistoryEntry[]> {
  const view = DatasetView.at(disk, directory)
  await requireReadable(view)
  const found = await view.history()
  const events = found?.events ?? []
  const isDamaged = found !== undefined && (found.lines > events.length || found.gaps > 0 || found.isCut)
  /** Whether an end that is missing may be one of the lines that were lost. */
  const isPartial = isDamaged || events.some(({ event }) => event === 'mended')
  const lock = await view.lock(await currentProcess(disk))
  const entries: HistoryEntry[] = []
  let running: ValueObject | undefined
  let planned: number | undefined
  for (const event of events) {
    const epoch = count(event.epoch)
    // Those that make one shard each are at work at the same time.
    if (typeof event.shard === 'string') {
      entries.push(entry(event, String(event.event), `Shard ${event.shard}: ${sentence(event)}`))
      continue
    }
    // A run or a repair has the lock: no other process is at work.
    if ((event.event === 'start' || event.event === 'mended') && running !== undefined) {
      entries.push(withoutEnd(running, isPartial))
      running = undefined
    }
    if (event.event === 'start') {
      const rows = count(event.rows_planned)
      if (planned !== undefined && rows > planned) {
        entries.push(entry(event, 'extended', `Extended from ${planned} to ${rows} rows`))
      }
      planned = rows
      running = event
    } else if (event.event === 'end' && running !== undefined && count(running.epoch) === epoch) {
      running = undefined
    }
    entries.push(entry(event, String(event.event ?? 'unknown'), sentence(event)))
  }
  if (running !== undefined && lock.kind === 'free') entries.push(withoutEnd(running, isPartial))
  return entries
}

function entry(event: ValueObject, name: string, text: string): HistoryEntry {
  const at = typeof event.at === 'bigint' ? new Date(Number(event.at)).toISOString() : null
  return { at, epoch: count(event.epoch), event: name, text, details: event }
}

function withoutEnd(start: ValueObject, isPartial: boolean): HistoryEntry {
  if (isPartial) {
    const text = `How process ${count(start.pid)} ended is not known: part of the story is lost`
    return { at: null, epoch: count(start.epoch), event: 'end_unknown', text, details: {} }
  }
  const text = `Process ${count(start.pid)} ended without a word: it was killed, or the machine went down`
  return { at: null, epoch: count(start.epoch), event: 'killed', text, details: {} }
}

function sentence(event: ValueObject): string {
  switch (event.event) {
    case 'start':
      return `${started(String(event.decision))} by process ${count(event.pid)}: ${count(event.rows_written)} of ${count(event.rows_planned)} rows were there`
    case 'retry': {
      const columns = Array.isArray(event.columns) ? event.columns.map(cellsOf).join(', ') : ''
      const tokens = event.answerTokens === undefined ? '' : `, with max_tokens ${count(event.answerTokens)}`
      return `Retry ${count(event.number)}: ${count(event.rows)} rows to regenerate (${columns})${tokens}`
    }
    case 'stage':
      return `Processed after generation: ${count(event.rows)} rows, and ${count(event.tables)} further tables`
    case 'end':
      return `${ended(String(event.outcome))}: ${count(event.rows_written)} rows written, ${count(event.rows_dropped)} dropped, ${count(event.rows_open)} open; ${count(event.requests)} requests, ${count(event.input_tokens)} input and ${count(event.output_tokens)} output tokens`
    default:
      return typeof event.text === 'string' ? event.text : String(event.event ?? 'unknown')
  }
}

function started(decision: string): string {
  switch (decision) {
    case 'fresh':
      return 'Started'
    case 'fresh_beside':
      return 'Created next to another dataset'
    case 'retry':
      return 'Retried'
    case 'reprocess':
      return 'Processed again'
    default:
      return 'Resumed'
  }
}

function ended(outcome: string): string {
  return outcome === 'done' ? 'Done' : `Stopped [${outcome}]`
}

function cellsOf(column: Value): string {
  return isValueObject(column) ? `${count(column.cells)} of ${String(column.column)}` : ''
}

function count(value: Value | undefined): number {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0
}
