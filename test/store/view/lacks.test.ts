import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { open } from '../../../src/index.ts'
import { components, grave, makeFinished, scratchFolder } from '../../verify/datasets.ts'

const scratch = scratchFolder()
const path = 'parquet-files/batch_00001.parquet'

test.each<readonly [string, (file: string) => void]>([
  ['a folder', (file) => mkdirSync(file)],
  ['a file of 0 bytes', (file) => writeFileSync(file, '')],
  ['nothing', () => {}],
])('where %s lies in place of a data file, status and verify name it', async (_, put) => {
  const folder = scratch.copyOf(await makeFinished(scratch.path))
  rmSync(join(folder, path))
  put(join(folder, path))
  const { rows_open, not_whole } = await open(folder, components).status()
  expect(rows_open).toBeGreaterThan(0)
  expect(not_whole.map((each) => each.path)).toContain(path)
  expect(grave((await open(folder, components).verify()).findings).map((each) => each.path)).toContain(path)
})
