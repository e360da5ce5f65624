/** `--dry-run`: a small table, or one object, and nothing on the disk. */
import { expect, test } from 'vitest'
import { filesBelow, folder, rowsmith, smallConfig } from '../../support.ts'

test('create --dry-run tells what it would ask for, from a preview where there is one', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const blind = await rowsmith(['create', 'c.yaml', '-n', '20', '--dry-run'], { cwd })
  expect(blind.code, blind.stderr).toBe(0)
  expect(blind.stdout).toMatch(/20 of 20 rows to generate\. Nothing was sent or written\./)
  expect(blind.stdout).toMatch(/^text +20 /m)
  expect(blind.stdout).toContain('rowsmith preview CONFIG -n 50')
  expect(filesBelow(cwd).map(({ name }) => name)).toHaveLength(1)

  await rowsmith(['preview', 'c.yaml', '-n', '5'], { cwd })
  const told = await rowsmith(['create', 'c.yaml', '-n', '20', '--dry-run'], { cwd })
  expect(told.stdout).toMatch(/^text +15 +5 +\d+ +\d+( \(\d+ to \d+\))? +\?$/m)
  expect(told.stdout).toMatch(/Based on stored answers: text 5 cells/)
})

test('resume and retry --dry-run end as the commands would', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  await rowsmith(['create', 'c.yaml', '-n', '4'], { cwd })
  const more = await rowsmith(['resume', 'artifacts/dataset', '-n', '9', '--dry-run', '--json'], { cwd })
  expect(JSON.parse(more.stdout)).toMatchObject({
    decision: 'resume',
    rows_to_make: 5,
    total: { requests: 5 },
    exit_code: 0,
  })
  const none = await rowsmith(['retry', 'artifacts/dataset', '--dry-run'], { cwd })
  expect(none.code).toBe(2)
  expect(none.stderr).toContain('nothing_to_retry')
})
