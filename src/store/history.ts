/**
 * What happened to a dataset, over all processes: `.rowsmith/events.jsonl`, one JSON object a line, oldest first.
 *
 * Rules:
 *   1. It is a story for readers, and never needed to go on. Whoever holds the lock replaces it whole, so that it is never torn.
 *   2. A start without an end is a process that died, or lives.
 *   3. The latest lines are kept. A line that cannot be read is passed over by readers, and kept.
 */

import { errnoOf } from '../base/errors.ts'
import { formatJson, parseJson } from '../base/json.ts'
import { isValueObject, toValue, type ValueObject } from '../base/value.ts'
import type { Disk } from '../disk/disk.ts'
import { storageError } from '../disk/storage-error.ts'
import { replaceFile, type Writer } from './atomic-file.ts'
import type { DatasetLayout } from './layout.ts'

/** One thing that happened. What else it has depends on what it is. */
export interface HistoryEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of the process: the number of its lock. */
  readonly epoch: number
  /** `start`, `end`, `retry`, ... */
  readonly event: string
  readonly [detail: string]: unknown
}

const linesMax = 5_000

/** Adds events, durably. @throws RowsmithError of class storage */
export async function recordEvents(
  disk: Disk,
  layout: DatasetLayout,
  events: readonly HistoryEvent[],
  writer: Writer,
): Promise<void> {
  const lines = [...(await linesOf(disk, layout)), ...events.map((event) => formatJson(toValue(event)))]
  await replaceFile(disk, layout.events, `${lines.slice(-linesMax).join('\n')}\n`, writer)
}

/** Everything that can be read, as it stands there. @throws RowsmithError io_error */
export async function readEvents(disk: Disk, layout: DatasetLayout): Promise<readonly ValueObject[]> {
  return (await linesOf(disk, layout)).flatMap((line) => {
    try {
      const event = parseJson(line)
      return isValueObject(event) ? [event] : []
    } catch {
      return []
    }
  })
}

async function linesOf(disk: Disk, layout: DatasetLayout): Promise<string[]> {
  try {
    const text = new TextDecoder().decode(await disk.readFile(layout.events))
    return text.split('\n').filter((line) => line !== '')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw storageError(error, 'read', layout.events)
  }
}
