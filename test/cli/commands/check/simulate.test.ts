import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { begin, folder, rowsmith, smallConfig } from '../../support.ts'

describe('rowsmith simulate --scenario', () => {
  test('serves what the file says; options win over it', async () => {
    const cwd = folder({ 's.yaml': 'words: 5\nfaults:\n  - {fault: status, status: 503, nth: 1}\n' })
    const simulator = begin(['simulate', '--scenario', 's.yaml', '--latency', '0', '--words', '7'], { cwd })
    try {
      const url: string = await new Promise((resolve) => {
        simulator.child.stdout?.on('data', (text) => resolve(String(text).trim()))
      })
      const ask = () =>
        fetch(`${url}/v1/messages`, {
          method: 'POST',
          body: JSON.stringify({ model: 'm', max_tokens: 99, messages: [{ role: 'user', content: 'x' }] }),
        })
      expect((await ask()).status).toBe(503)
      const { content } = (await (await ask()).json()) as { content: { text: string }[] }
      expect(content[0]?.text.split(' ')).toHaveLength(7)
      const stats = await (await fetch(`${url}/stats`)).json()
      expect(stats).toMatchObject({ requests: 2, answered: 1, faults: { status: 1 } })
    } finally {
      simulator.child.kill('SIGTERM')
      await simulator.ended
    }
  })

  test('refuses a file that is wrong, or not there, with exit code 2', async () => {
    const cwd = folder({ 's.yaml': 'words: 5\nfault: []\n' })
    const wrong = await rowsmith(['simulate', '--scenario', 's.yaml'], { cwd })
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toMatch(/s\.yaml:2: fault: unknown key; .*did you mean "faults"\?/)
    const missing = await rowsmith(['simulate', '--scenario', 'no.yaml'], { cwd })
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringMatching(/no\.yaml does not exist/) })
  })
})

test('a provider of type simulator acts out the scenario file beside its own, when the run is resumed too', async () => {
  const cwd = folder({
    'c.yaml': smallConfig,
    'p.yaml':
      'providers: [{name: calm, provider_type: simulator, endpoint: "simulator:", scenario: day.yaml}]',
    'day.yaml': 'words: 3\nlatency: 0\nfaults: [{fault: status, status: 400, nth: 2}]',
  })
  const made = [
    'create',
    'c.yaml',
    '-n',
    '4',
    '--providers',
    'p.yaml',
    '--model',
    'writer=calm/any',
    '--json',
  ]
  const first = await rowsmith(made, { cwd })
  expect(JSON.parse(first.stdout)).toMatchObject({ rows_written: 3, rows_dropped: 1 })
  const again = await rowsmith(['resume', 'artifacts/dataset', '-n', '6', '--json'], { cwd })
  expect(JSON.parse(again.stdout)).toMatchObject({ rows_written: 4, rows_dropped: 2 })
  expect(readFileSync(join(cwd, 'artifacts/dataset/.rowsmith/launch.json'), 'utf8')).not.toContain('fault')
})
