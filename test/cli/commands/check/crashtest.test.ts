import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, rowsmith, smallConfig } from '../../support.ts'

test('crashtest kills runs of a config, keeps every promise and leaves nothing behind', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const { code, stdout, stderr } = await rowsmith(['crashtest', 'c.yaml', '--kills', '2', '-n', '30'], {
    cwd,
    env: { TMPDIR: cwd },
  })
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(/^2 kills with a request in flight/)
  expect(stdout).toContain('All guarantees held.')
  expect(stderr).toContain('serial: 1 of 1')
  expect(readdirSync(cwd).filter((name) => name !== 'node-compile-cache')).toEqual(['c.yaml'])
})

test('crashtest on a given disk that breaks says what was broken and exits with 9', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const disk = join(import.meta.dirname, 'failing-disk.ts')
  const args = ['crashtest', 'c.yaml', '--kills', '2', '-n', '30', '--wrap-disk', disk]
  const { code, stdout, stderr } = await rowsmith(args, { cwd, env: { TMPDIR: cwd } })
  expect(stdout).toMatch(/^broken: .+/m)
  expect(stderr).toMatch(/\[crashtest_failed\]\n$/)
  expect(code).toBe(9)
})
