import { expect, test } from 'vitest'
import { folder, rowsmith, smallConfig } from '../../support.ts'

test('a budget stops with exit code 7, retry included, and none lifts it', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const first = await rowsmith(['create', 'c.yaml', '-n', '4', '--max-requests', '2'], { cwd })
  expect(first.code).toBe(7)
  const lifted = ['--max-requests', 'none', '--max-cost', 'none', '--max-tokens', 'none']
  const second = await rowsmith(['resume', 'artifacts/dataset', '-q', ...lifted], { cwd })
  expect(second).toMatchObject({ code: 0, stderr: '' })
  const third = await rowsmith(['retry', 'artifacts/dataset', '--rows', '0-3', '--max-requests', '5'], {
    cwd,
  })
  expect(third.stderr).toContain('[budget_reached]')
  expect(third.code).toBe(7)
  const last = await rowsmith(['retry', 'artifacts/dataset', '--rows', '0-3', '--json', ...lifted], { cwd })
  expect(JSON.parse(last.stdout)).toMatchObject({
    decision: 'retry',
    rows_written: 4,
    total: { requests: 8 },
  })
  expect(last.code).toBe(0)
})
