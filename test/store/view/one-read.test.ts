import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Disk } from '../../../src/disk/disk.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, create, resume } from '../../../src/index.ts'
import { exportRows } from '../../../src/results/export/export.ts'
import { DatasetPages } from '../../../src/results/pages/pages.ts'
import { rowsSoFar } from '../../../src/results/rows/unfinished.ts'
import { readHistory } from '../../../src/results/status/history.ts'
import { readStatus } from '../../../src/results/status/status.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { verifyDataset } from '../../../src/verify/verify.ts'
import { countingDisk, oftener } from '../../support/counting-disk.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'
import { unsyncedDisk } from '../../support/unsynced-disk.ts'

const folder = artifactFolder()

/** A dataset of three row groups, stopped in the second one. */
async function stopped(): Promise<string> {
  const stop = new AbortController()
  const { components } = quick((asked) => {
    if (rowOf(asked) >= 5) stop.abort()
    return echo(asked)
  })
  await failureOf(
    create(smallConfig(), { ...smallOptions(folder.path, 12), signal: stop.signal }, components),
  )
  return join(folder.path, 'dataset')
}

const sampled: Config = configFromValue(
  { columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }] },
  'test',
)

describe('a run reads each control file once before the lock, and once under it', () => {
  it('when it goes on with a dataset that was stopped', async () => {
    const path = await stopped()
    const counted = countingDisk(unsyncedDisk)
    const { summary } = await resume(path, {}, { ...quick().components, disk: counted.disk })
    expect(summary).toMatchObject({ rows_written: 12, rows_open: 0 })
    expect(oftener(counted.before)).toEqual({})
    expect(oftener(counted.under)).toEqual({})
    expect([...counted.before.control.keys()].sort()).toEqual([
      'builder_config.json',
      'commits-1.log',
      'events.jsonl',
      'launch.json',
      'metadata.json',
      'run.json',
    ])
  })

  it('when everything is there, and then looks at each file of rows twice', async () => {
    const [groups, options] = [200, { artifactPath: folder.path, runConfig: { buffer_size: 1 } }]
    const asked = { ...options, numRecords: groups }
    await create(sampled, asked, quick().components)
    const counted = countingDisk(unsyncedDisk)
    const again = await create(sampled, asked, { ...quick().components, disk: counted.disk })
    expect(again.decision).toBe('already_complete')
    expect(oftener(counted.before)).toEqual({})
    expect(oftener(counted.under)).toEqual({})
    expect([counted.before.stats, counted.under.stats]).toEqual([groups, groups])
  })
})

describe('whoever reads a dataset reads each control file at most once', () => {
  const readers: [string, (disk: Disk, path: string) => Promise<unknown>][] = [
    ['status', (disk, path) => readStatus(disk, path)],
    ['history', (disk, path) => readHistory(disk, path)],
    ['inspect', (disk, path) => new DatasetPages({ disk, encoder: () => inThread }, path).inspect(3, null)],
    ['verify', (disk, path) => verifyDataset(path, {}, { disk, encoder: () => inThread })],
    ['export', (disk, path) => exportRows(disk, path, {}, () => inThread)],
    ['head', (disk, path) => rowsSoFar({ disk, encoder: () => inThread }, path, 5, false)],
  ]
  it.each(readers)('%s', async (_, read) => {
    await create(smallConfig(), smallOptions(folder.path, 12), quick().components)
    const counted = countingDisk(unsyncedDisk)
    await read(counted.disk, join(folder.path, 'dataset'))
    expect(counted.before.control.size).toBeGreaterThan(0)
    expect(oftener(counted.before)).toEqual({})
  })
})
