/** `create --view`: the page of a dataset in the process that makes it. */
import { expect, test } from 'vitest'
import { RunPage } from '../../../src/cli/run/run-page.ts'
import { create } from '../../../src/index.ts'
import { artifactFolder, quick, smallConfig as smallColumns, smallOptions } from '../../support/small-runs.ts'
import { begin, folder, smallConfig } from '../support.ts'

const artifacts = artifactFolder()

test('create --view serves the page of its dataset, and stays after the run until a signal', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const command = begin(['create', 'c.yaml', '-n', '3', '--view'], { cwd })
  let said = ''
  command.child.stderr?.on('data', (text) => {
    said += text
  })
  await command.stderrHas('Ctrl-C ends it')
  const [, origin, token] = /(http:\/\/127\.0\.0\.1:\d+)\/#token=([\w-]+)/.exec(said) ?? []
  const rows = await fetch(`${origin}/api/rows`, { headers: { authorization: `Bearer ${token}` } })
  expect(await rows.json()).toMatchObject({ of: 3, rows: [{ state: 'written' }, {}, {}] })
  command.child.kill('SIGINT')
  expect((await command.ended).code).toBe(0)
})

test('a signal that came too late to end the run ends its page', async () => {
  const page = new RunPage()
  const run = create(smallColumns(), smallOptions(artifacts.path, 3), quick().components)
  await page.follow(run, AbortSignal.abort({ kind: 'signal', name: 'SIGINT' }))
  // Resolves: nothing is waited for.
  expect(await page.stay(0)).toBeUndefined()
})
