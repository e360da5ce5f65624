/**
 * Events of a run as lines of JSON: for logs, and for `scheduler_events.jsonl`, which a run writes with `write_scheduler_events`.
 *
 * Rules:
 *   1. A line has `time`, `level` and `event`; what else it has is that of the event, its names in snake_case.
 *   2. The file begins again with every process that makes rows. It is for readers, and never needed to go on: what cannot be written
 *      is reported once, and stops no run.
 */

import { asRowsmithError } from '../../base/errors/errors.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { Disk, DiskFile } from '../../disk/disk.ts'
import type { EventStream, RunEvent } from './events.ts'

/** The name of the file in the dataset directory. */
export const eventsFile = 'scheduler_events.jsonl'

/** @param at milliseconds since 1970 */
export function eventLine({ type, ...rest }: RunEvent, at: number): string {
  const level = type === 'warning' || type === 'row-dropped' || type === 'endpoint-down' ? 'warning' : 'info'
  const time = new Date(at).toISOString()
  return JSON.stringify({ time, level, event: type, ...(inSnakeCase(rest) as object) }, spelled)
}

/** Members of our own objects; those of others, as counts by name, keep their names. */
function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSnakeCase)
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      name === 'others' ? member : inSnakeCase(member),
    ]),
  )
}

function spelled(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return value instanceof Map ? Object.fromEntries(value) : value
}

/** Writes what happens from now on to the file. @returns what ends it, once the last line is written */
export async function recordEventLines(
  { disk, clock }: { readonly disk: Disk; readonly clock: Clock },
  path: string,
  events: EventStream,
): Promise<() => Promise<void>> {
  let file: DiskFile
  try {
    if ((await disk.stat(path)) !== undefined) await disk.remove(path)
    file = await disk.create(path)
  } catch (cause) {
    warn(events, cause)
    return async () => {}
  }
  let last: Promise<void> = Promise.resolve()
  const stop = events.tap((event) => {
    const bytes = new TextEncoder().encode(`${eventLine(event, clock.now())}\n`)
    last = last.then(() => file.append(bytes))
    last.catch(() => stop())
  })
  return async () => {
    stop()
    await last.catch((cause) => warn(events, cause))
    await file.close().catch(() => {})
  }
}

function warn(events: EventStream, cause: unknown): void {
  const message = `${eventsFile} cannot be written: ${asRowsmithError(cause).message}`
  events.emit({ type: 'warning', code: 'events_not_written', message })
}
