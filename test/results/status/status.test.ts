import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { noPostProcessing } from '../../../src/config/identity/identity.ts'
import type { DiskEntry } from '../../../src/disk/disk.ts'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { currentProcess } from '../../../src/disk/process-identity.ts'
import { Journal } from '../../../src/journal/journal.ts'
import { Log } from '../../../src/journal/log.ts'
import { readStatus } from '../../../src/results/status/status.ts'
import { effectKey, formatRecord, type JournalRecord } from '../../../src/run/effects/journal-records.ts'
import { type RunFile, writeRunFile } from '../../../src/store/control/run-file.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { datasetLayout } from '../../../src/store/files/layout.ts'
import { acquireLock, type Lock } from '../../../src/store/lock/lock.ts'
import { type Commit, commitBody } from '../../../src/store/logs/commits.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'

const layout = datasetLayout('/set')
const model = 'openai/gpt'

const run: RunFile = {
  format: 1,
  run_seed: 7n,
  today: '2026-08-07',
  dataset_name: 'set',
  config_hash: 'sha256:0',
  config_hash_algo: 'sha256',
  config_hash_version: 2,
  rows_identity: { hash: '1', document: null },
  stage_identity: noPostProcessing,
  raw_folder: 'parquet-files',
  media_mode: 'disk',
  preserve_dropped_columns: true,
  engine: 'concurrent',
  file_schema: null,
  segments: [{ first_group: 0, first_row: 0, rows: 25, buffer_size: 10 }],
}

/** The modelled disk on this machine: who lives is looked up in the real /proc. */
class MachineDisk extends SimulatedDisk {
  override readFile(path: string): Promise<Uint8Array> {
    return path.startsWith('/proc/') ? nodeDisk.readFile(path) : super.readFile(path)
  }

  override stat(path: string): Promise<DiskEntry | undefined> {
    return path.startsWith('/proc/') ? nodeDisk.stat(path) : super.stat(path)
  }
}

async function begun(): Promise<SimulatedDisk> {
  const disk = new MachineDisk({ directories: [layout.own] })
  await writeRunFile(on(disk), run, { pid: 1, nonce: 'a' })
  return disk
}

async function commit(disk: SimulatedDisk, epoch: number, ...commits: Partial<Commit>[]): Promise<void> {
  const log = await Log.create(disk, layout.commits(epoch), `commits-${epoch}`)
  for (const each of commits) {
    const whole = {
      group: 0,
      firstRow: 0,
      plannedRows: 10,
      rows: 10,
      dropped: [],
      ledger: null,
      files: [],
      ...each,
    }
    await log.append(commitBody(whole))
  }
}

/** Appends frames of group `group`, as the run would. */
async function effects(disk: SimulatedDisk, epoch: number, frames: readonly JournalRecord[]): Promise<void> {
  // A process has its commit log before its journal.
  if ((await disk.stat(layout.commits(epoch))) === undefined) await commit(disk, epoch)
  const journal = await Journal.create({ disk, directory: layout.journal, epoch })
  for (const frame of frames) await journal.append(frame.group, formatRecord(frame))
}

const on = (disk: SimulatedDisk): DatasetDirectory => new DatasetDirectory(disk, layout.directory)

function hold(disk: SimulatedDisk): Promise<Lock> {
  return currentProcess(disk).then((self) =>
    acquireLock({ directory: on(disk), clock: systemClock, self, nonce: 'n', waitMs: 0 }),
  )
}

const intent = (group: number, row: number): JournalRecord => ({
  kind: 'intent',
  group,
  key: effectKey(row, 'c', 'h', 0),
  model,
  most: { input: 100, output: 50 },
})
const reply = (group: number, row: number): JournalRecord => ({
  kind: 'reply',
  group,
  key: effectKey(row, 'c', 'h', 0),
  model,
  body: '{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
})
const failed = (group: number, row: number): JournalRecord => ({
  kind: 'failed',
  status: 503,
  group,
  key: effectKey(row, 'c', 'h', 0),
  model,
  code: 'server_error',
  maybeCharged: false,
})
const drop = (group: number, row: number): JournalRecord => ({
  kind: 'drop',
  group,
  failure: { row, column: 'c', code: 'server_error' },
  attempts: 4,
  retry: 0,
  message: '',
})

describe('rows', () => {
  test('a run that has just begun has every row open', async () => {
    expect(await readStatus(await begun(), '/set')).toEqual({
      dataset_path: '/set',
      writer: null,
      rows_planned: 25,
      rows_written: 0,
      rows_dropped: 0,
      rows_open: 25,
      row_groups: { total: 3, published: 0 },
      open_groups: { begun: 0, replies_kept: 0, rows_dropped: 0 },
      total: {
        requests: 0,
        unknown: 0,
        in_flight: 0,
        unrecorded_at_most: 0,
        replies_reused: 0,
        usage: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_tokens: 0 },
        cost: null,
        cost_complete: true,
        unseen_cost: null,
        models: [],
      },
      cells_skipped: [],
      failures: [],
      stage: null,
      missing_files: [],
      not_whole: [],
      bytes_unread: 0,
    })
  })

  test('published groups give written and dropped rows and the failures, most first; the last commit of a group counts', async () => {
    const disk = await begun()
    await commit(disk, 1, {
      rows: 8,
      dropped: [
        [3, 'a', 'truncated'],
        [4, 'b', 'bad_request'],
      ],
    })
    await commit(
      disk,
      2,
      { rows: 9, dropped: [[4, 'b', 'bad_request']] },
      {
        group: 2,
        firstRow: 20,
        plannedRows: 5,
        rows: 3,
        dropped: [
          [20, 'b', 'truncated'],
          [21, 'b', 'truncated'],
        ],
      },
    )
    expect(await readStatus(disk, '/set')).toMatchObject({
      rows_written: 12,
      rows_dropped: 3,
      rows_open: 10,
      row_groups: { total: 3, published: 2 },
      failures: [
        { column: 'b', code: 'truncated', rows: 2 },
        { column: 'b', code: 'bad_request', rows: 1 },
      ],
    })
  })
})

describe('the bill', () => {
  test('commits and the journal of open groups add up; a published group is not counted twice', async () => {
    const disk = await begun()
    const ledger = { [model]: { requests: 5n, unknown: 1n, input_tokens: 50n, output_tokens: 40n } }
    await commit(disk, 1, { ledger })
    await effects(disk, 1, [
      intent(0, 0),
      reply(0, 0),
      intent(1, 10),
      reply(1, 10),
      intent(1, 11),
      failed(1, 11),
      drop(1, 11),
      intent(1, 12),
    ])
    expect(await readStatus(disk, '/set')).toMatchObject({
      rows_dropped: 0,
      open_groups: { begun: 1, replies_kept: 1, rows_dropped: 1 },
      total: { requests: 8, unknown: 2, in_flight: 0, usage: { input_tokens: 53, output_tokens: 42 } },
    })
  })

  test.skipIf(process.platform !== 'linux')(
    'while somebody writes, requests of that process without an outcome are in flight; those of the dead are unknown',
    async () => {
      const disk = await begun()
      await effects(disk, 1, [intent(0, 0), intent(0, 1), reply(0, 1)])
      const lock = await hold(disk)
      await effects(disk, lock.epoch, [intent(0, 0), intent(1, 10), intent(1, 11), reply(1, 11)])
      const live = await readStatus(disk, '/set')
      expect(live.total).toMatchObject({ requests: 5, unknown: 1, in_flight: 2 })
      expect(live.writer).toContain(String(process.pid))
      await lock.release()
      expect(await readStatus(disk, '/set')).toMatchObject({
        writer: null,
        total: { requests: 5, unknown: 3, in_flight: 0 },
      })
    },
  )
})

describe('what is found', () => {
  test('looking changes nothing', async () => {
    const disk = await begun()
    await effects(disk, 1, [intent(0, 0)])
    const before = disk.files()
    await readStatus(disk, '/set')
    expect(disk.files()).toEqual(before)
  })

  test('a folder without a dataset is dataset_not_found', async () => {
    const disk = new SimulatedDisk({ directories: ['/set'] })
    await expect(readStatus(disk, '/set')).rejects.toMatchObject({ code: 'dataset_not_found' })
    await expect(readStatus(disk, '/other')).rejects.toMatchObject({ code: 'dataset_not_found' })
  })

  test('a damaged run.json is named', async () => {
    const disk = new SimulatedDisk({ directories: [layout.own] })
    const file = await disk.create(layout.run)
    await file.append(Buffer.from('{'))
    await expect(readStatus(disk, '/set')).rejects.toMatchObject({ code: 'run_json_damaged' })
  })

  test('a directory begun by another tool shows its target', async () => {
    const disk = new SimulatedDisk({ directories: ['/set'] })
    const file = await disk.create(layout.metadata)
    await file.append(Buffer.from('{"target_num_records": 30, "buffer_size": 20}'))
    expect(await readStatus(disk, '/set')).toMatchObject({
      rows_planned: 30,
      rows_open: 30,
      row_groups: { total: 2, published: 0 },
    })
  })
})
