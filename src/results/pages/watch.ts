/**
 * What changes in a dataset directory, seen from another process: its status, again and again.
 *
 * Rules:
 *   1. Nothing is read unless a file changed, or a writer was there the last time: one that was killed changes no file.
 *   2. Looking takes at most a fifth of the time: with a large journal one looks less often.
 */
import { type Clock, systemClock } from '../../base/work/clock.ts'
import type { Disk } from '../../disk/disk.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { type DatasetStatus, statusOf } from '../status/status.ts'
import { journalVersion } from '../status/stored-groups.ts'
import { directoryVersion } from './pages.ts'

export interface WatchOptions {
  readonly signal?: AbortSignal
  /** Between two looks, in milliseconds. @default 1000 */
  readonly everyMs?: number
}

export interface DatasetChange {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Changes with the directory. */
  readonly version: string
  readonly status: DatasetStatus
}

/** @throws RowsmithError as `readStatus` */
export async function* watchDataset(
  disk: Disk,
  path: string,
  clock: Clock = systemClock,
  { signal, everyMs = 1000 }: WatchOptions = {},
): AsyncGenerator<DatasetChange, void, undefined> {
  let last: DatasetChange | undefined
  while (signal?.aborted !== true) {
    const began = clock.monotonic()
    const view = DatasetView.at(disk, path)
    const { directory } = view
    const version = `${await directoryVersion(directory)} ${await journalVersion(directory)}`
    if (last === undefined || last.version !== version || last.status.writer !== null) {
      const status = await statusOf(view)
      const isNew = last?.version !== version || last.status.writer !== status.writer
      last = { at: clock.now(), version, status }
      if (isNew) yield last
    }
    const took = clock.monotonic() - began
    await clock.sleep(Math.max(everyMs, 4 * took), signal).catch(() => {})
  }
}
