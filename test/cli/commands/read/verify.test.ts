/** `rowsmith verify`. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, rowsmith, smallConfig } from '../../support.ts'

const dataset = 'artifacts/tea'

async function made(): Promise<string> {
  const cwd = folder({ 'c.yaml': smallConfig })
  await rowsmith(['create', 'c.yaml', '-n', '6', '-d', 'tea', '--seed', '1'], { cwd })
  return cwd
}

test('a whole dataset is exit code 0', async () => {
  const cwd = await made()
  const ended = await rowsmith(['verify', dataset, '--replay'], { cwd })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toMatch(
    /^artifacts\/tea\n {2}2 files checked, [\d.]+ kB, [\d.]+ GB\/s; 1 of 1 row groups published\n {2}replayed {3}1 row groups equal, 0 differ, 0 cannot be replayed\n {2}all is whole\n$/,
  )
})

test('a damaged file is exit code 9 with its name, what a repair does, and mended by it', async () => {
  const cwd = await made()
  const file = join(cwd, dataset, 'parquet-files/batch_00000.parquet')
  const before = readFileSync(file)
  writeFileSync(file, before.subarray(0, 100))
  const found = await rowsmith(['verify', dataset], { cwd })
  expect(found.code).toBe(9)
  expect(found.stdout).toContain(
    `damaged    parquet-files/batch_00000.parquet: 100 bytes, and ${before.byteLength} were written\n` +
      '             repair: rebuild from stored answers, with the same bytes\n' +
      '  not whole: --repair repairs what can be repaired\n',
  )
  const repaired = await rowsmith(['verify', dataset, '--repair'], { cwd })
  expect(repaired.code).toBe(0)
  expect(repaired.stdout).toContain(
    'repaired   parquet-files/batch_00000.parquet: rebuilt from stored answers\n',
  )
  expect(repaired.stdout).toMatch(/ {2}repaired: all is whole\n$/)
  expect(readFileSync(file)).toEqual(before)
})

test('--json tells the same, and what it costs', async () => {
  const cwd = await made()
  rmSync(join(cwd, dataset, 'parquet-files'), { recursive: true })
  rmSync(join(cwd, dataset, '.rowsmith/replies'), { recursive: true })
  const { code, stdout } = await rowsmith(['verify', dataset, '--json'], { cwd })
  expect(code).toBe(9)
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({
    dataset_path: dataset,
    writer: null,
    whole: false,
    row_groups: { total: 1, published: 0 },
    cost: { requests: 6, at_most: 6, columns: [{ column: 'text', requests: 6 }] },
    repaired: null,
    replay: null,
    exit_code: 9,
  })
  expect(report.findings).toContainEqual(
    expect.objectContaining({ severity: 'missing', path: 'parquet-files/batch_00000.parquet' }),
  )
})

test('a folder without a dataset is exit code 2', async () => {
  const cwd = folder()
  const ended = await rowsmith(['verify', 'nowhere'], { cwd })
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('[dataset_not_found]') })
})
