/** `rowsmith report`, and the reports of `rowsmith preview`: where they go. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, rowsmith, smallConfig } from '../../support.ts'

test('a report goes to files and to standard output at once, and replaces no file unless it may', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  await rowsmith(['create', 'c.yaml', '-n', '3'], { cwd })
  const report = (...options: string[]) => rowsmith(['report', 'artifacts/dataset', ...options], { cwd })

  const { code, stdout, stderr } = await report('--html', 'r.html', '--md', 'r.md', '--json')
  expect([code, stderr]).toEqual([0, 'report written to r.html\nreport written to r.md\n'])
  expect(JSON.parse(stdout)).toMatchObject({ dataset_path: 'artifacts/dataset', rows_written: 3 })
  expect(await report('--html', '-')).toMatchObject({ stdout: readFileSync(join(cwd, 'r.html'), 'utf8') })
  expect(await report('--md', '-')).toMatchObject({ stdout: readFileSync(join(cwd, 'r.md'), 'utf8') })

  expect((await report('--html', 'r.html')).stderr).toContain('[output_exists]')
  expect((await report('--html', 'r.html', '--overwrite')).code).toBe(0)
  for (const options of [[], ['--html', '-', '--md', '-'], ['--md', '-', '--json']]) {
    expect(await report(...options)).toMatchObject({ code: 2, stderr: expect.stringContaining('[usage]') })
  }
})

test('preview writes its report to the file that is named, and with its rows to a folder of results', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const { code } = await rowsmith(['preview', 'c.yaml', '-n', '2', '--html', 'r.html', '--save-results'], {
    cwd,
  })
  expect(code).toBe(0)
  const artifacts = join(cwd, 'artifacts')
  const [results = ''] = readdirSync(artifacts).filter((name) => name.startsWith('preview_results_'))
  const saved = readFileSync(join(artifacts, results, 'report.html'), 'utf8')
  expect(saved).toBe(readFileSync(join(cwd, 'r.html'), 'utf8'))
  expect(existsSync(join(artifacts, results, 'dataset.parquet'))).toBe(true)
})
