/** What `npm run interchange` does, as tests: only where ROWSMITH_TEST_PYTHON names a Python that has Data Designer. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { plain, products, rich, seeded } from '../../scripts/interchange/configs.ts'
import { limits } from '../../scripts/interchange/limits.ts'
import { Python } from '../../scripts/interchange/python.ts'
import { directions, play, scenes } from '../../scripts/interchange/scenes.ts'
import { Tools } from '../../scripts/interchange/tools.ts'
import { type Simulator, startSimulator } from '../../src/index.ts'

const interpreter = process.env.ROWSMITH_TEST_PYTHON

if (interpreter === undefined) console.log('skipped: ROWSMITH_TEST_PYTHON names no Python with Data Designer')

describe.skipIf(interpreter === undefined)('with the real Data Designer', { timeout: 120_000 }, () => {
  const folder = join(tmpdir(), `rowsmith-interchange-test-${process.pid}`)
  const seedFile = join(folder, 'products.csv')
  let simulator: Simulator
  let tools: Tools

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(seedFile, products)
    simulator = await startSimulator({ latencyMs: 100, words: 12 })
    tools = new Tools(new Python(interpreter!, folder), simulator)
  })
  afterAll(async () => {
    await simulator.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const scene of scenes(plain, rich, seeded(seedFile))) {
    it.for(directions)(`${scene.name}: %s begins, %s goes on`, async ([first, second]) => {
      const artifacts = join(folder, `${scene.name} ${first}`.replaceAll(/\W+/g, '-'))
      const { checks } = await play(tools, scene, first, second, artifacts)
      expect(checks.failures).toEqual([])
      expect(checks.subjects.size).toBeGreaterThan(8)
    })
  }

  it.for(limits)('limit: $name', async ({ name, show }) => {
    const { checks } = await show(tools, join(folder, `limit ${name}`.replaceAll(/\W+/g, '-')))
    expect(checks.failures).toEqual([])
  })
})
