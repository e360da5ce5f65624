import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { begin, filesBelow, folder, rowsmith, smallConfig } from '../../support.ts'

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

const resizing = `${smallConfig}    allow_resize: true\n`

test('allow_resize warns once, in a sentence on stderr', async () => {
  const cwd = folder({ 'c.yaml': resizing })
  const made = await begin(['create', 'c.yaml', '-n', '4', '--json'], { cwd }).ended
  expect(JSON.parse(made.stdout)).toMatchObject({ exit_code: 0, rows_written: 4 })
  const lines = made.stderr.split('\n').filter((line) => /deprecat|allow_resize/i.test(line))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(/^warning: allow_resize \(column "text"\) is deprecated: .*4 or more for 4 rows/)
  expect(made.stderr).not.toMatch(/^ {4}at /m)

  const silent = await begin(['create', 'c.yaml', '-n', '4'], {
    cwd,
    env: { NODE_OPTIONS: '--no-deprecation' },
  }).ended
  expect(silent).toMatchObject({ code: 0, stderr: expect.not.stringContaining('deprecated') })
})

test('under --throw-deprecation allow_resize ends the command with the warning itself, and nothing is written', async () => {
  const cwd = folder({ 'c.yaml': resizing })
  const env = { NODE_OPTIONS: '--throw-deprecation' }
  const thrown = await begin(['create', 'c.yaml', '-n', '4', '--json'], { cwd, env }).ended
  expect(thrown.code).toBe(1)
  expect(thrown.stderr).toMatch(/^DeprecationWarning: allow_resize \(column "text"\) is deprecated/)
  expect(thrown.stderr.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(thrown.stdout)).toMatchObject({
    exit_code: 1,
    error: { code: 'DeprecationWarning', message: expect.stringContaining('allow_resize') },
  })
  expect(existsSync(join(cwd, 'artifacts'))).toBe(false)
})

test('a program that does not catch it dies of the DeprecationWarning', async () => {
  const cwd = folder({ 'c.yaml': resizing })
  const front = new URL('../../../../src/index.ts', import.meta.url).href
  const program = `import { create } from '${front}'\nawait create('c.yaml', { numRecords: 4 })\n`
  const args = ['--throw-deprecation', '--input-type=module', '-e', program]
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr).toContain('DeprecationWarning: allow_resize (column "text")')
  expect(stderr).not.toContain('RowsmithError')
  expect(existsSync(join(cwd, 'artifacts'))).toBe(false)
})
