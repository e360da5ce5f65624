import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, scenarioFromValue, startSimulator } from '../../../../src/entries/simulator.ts'
import { folder, rowsmith } from '../../support.ts'

let simulator: Simulator
beforeAll(async () => {
  const scenario = scenarioFromValue({ batches: { takes: '1h' } }, 'the test')
  simulator = await startSimulator({ scenario })
})
afterAll(() => simulator.close())

test('a run that hands over batches and leaves ends well, and says that rows wait for them', async () => {
  const cwd = folder({
    'c.yaml': `
model_configs: [{alias: writer, model: small, provider: far}]
columns: [{name: text, column_type: llm-text, model_alias: writer, prompt: Say something.}]
`,
    'p.yaml': `providers: [{name: far, endpoint: '${simulator.url}/v1', provider_type: openai}]\n`,
    'r.yaml': 'inference: {writer: {mode: batch, remainder: batch}}\n',
  })
  const args = ['create', 'c.yaml', '-n', '3', '-c', 'r.yaml', '--providers', 'p.yaml', '--detach']
  const left = await rowsmith([...args, '--json'], { cwd })
  expect(left.code, left.stderr).toBe(0)
  expect(JSON.parse(left.stdout)).toMatchObject({ exit_code: 0, left_open: 'detach', rows_open: 3 })
  const again = await rowsmith(['resume', 'artifacts/dataset', '--detach'], { cwd })
  expect(again.stdout).toContain('Batches are with the provider')
  expect(again.code).toBe(0)
  const called = await rowsmith(['batches', 'artifacts/dataset', '--cancel', '--json'], { cwd })
  expect(called.code, called.stderr).toBe(0)
  expect(JSON.parse(called.stdout)).toMatchObject({ left_open: 'cancel' })
  const { code } = await rowsmith(['resume', 'artifacts/dataset', '--no-batch', '-q'], { cwd })
  expect(code).toBe(0)
})
