import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, folder, rowsmith, smallConfig } from './support.ts'

test('a run config that asks for the sequential engine: it makes the rows, and refuses holes with exit code 3', async () => {
  const cwd = folder({
    'c.yaml': smallConfig,
    'r.yaml': 'engine: sequential\nbuffer_size: 2\n',
    'concurrent.yaml': 'buffer_size: 2\n',
  })
  const made = await rowsmith(['create', 'c.yaml', '-n', '5', '-c', 'r.yaml', '--json'], { cwd })
  expect(JSON.parse(made.stdout)).toMatchObject({ exit_code: 0, rows_written: 5 })
  const dataset = join(cwd, 'artifacts', 'dataset')
  rmSync(join(dataset, 'parquet-files', 'batch_00001.parquet'))
  const before = filesBelow(dataset)

  for (const args of [
    ['create', 'c.yaml', '-n', '5', '-c', 'r.yaml'],
    ['resume', dataset],
  ]) {
    const refused = await rowsmith(args, { cwd })
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('row group 1 missing below a complete one')
    expect(refused.stderr).toContain('[holes_in_sequential]')
    expect(filesBelow(dataset)).toEqual(before)
  }

  const filled = await rowsmith(['create', 'c.yaml', '-n', '5', '-c', 'concurrent.yaml', '--json'], { cwd })
  // Its answers were kept with the row group, so that none is bought again.
  expect(JSON.parse(filled.stdout)).toMatchObject({
    exit_code: 0,
    decision: 'resume',
    rows_written: 5,
    this_run: { requests_sent: 0, replies_replayed: 2 },
  })
})
