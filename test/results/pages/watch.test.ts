import { join } from 'node:path'
import { expect, test } from 'vitest'
import { create, type DatasetChange, open } from '../../../src/index.ts'
import { artifactFolder, quick, smallConfig, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

test('a watcher sees the status at once, and again whenever something changed, until it stops', async () => {
  await create(smallConfig(), smallOptions(folder.path, 4), quick().components)
  const stop = new AbortController()
  const watcher = open(join(folder.path, 'dataset')).watch({ everyMs: 1, signal: stop.signal })
  const seen: DatasetChange[] = []
  for await (const change of watcher) {
    seen.push(change)
    if (change.status.rows_written === 4 && seen.length === 1) {
      await create(smallConfig(), { ...smallOptions(folder.path, 8), resume: 'always' }, quick().components)
    }
    if (change.status.rows_written === 8) stop.abort()
  }
  expect(seen[0]!.status).toMatchObject({ rows_written: 4, rows_open: 0, writer: null })
  expect(seen.at(-1)!.status).toMatchObject({ rows_written: 8, rows_open: 0 })
  expect(new Set(seen.map(({ version }) => version)).size).toBeGreaterThan(1)
})
