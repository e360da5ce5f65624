/** What `npm run interchange` does, as tests: only where ROWSMITH_TEST_PYTHON names a Python that has Data Designer. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../scripts/interchange/limits.ts'
import { Python } from '../../scripts/interchange/python.ts'
import { directions, play, scenesIn } from '../../scripts/interchange/scenes.ts'
import { Tools } from '../../scripts/interchange/tools.ts'
import { type Simulator, startSimulator } from '../../src/entries/simulator.ts'

const interpreter = process.env.ROWSMITH_TEST_PYTHON

if (interpreter === undefined) {
  // It takes minutes and a package of another language; `npm run interchange` brings both. What the real one left is in test/fixtures.
  it.skip('with the real Data Designer: ROWSMITH_TEST_PYTHON names no Python that has it', () => {})
} else {
  bothDirections(interpreter)
}

function bothDirections(python: string): void {
  describe('with the real Data Designer', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'rowsmith-interchange-'))
    let simulator: Simulator
    let tools: Tools

    beforeAll(async () => {
      simulator = await startSimulator({ latencyMs: 100, words: 12 })
      tools = new Tools(new Python(python, folder), simulator)
    })
    afterAll(async () => {
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    })

    for (const scene of scenesIn(folder)) {
      for (const [first, second] of directions) {
        it(`${scene.name}: ${first} begins, ${second} goes on`, async () => {
          const artifacts = join(folder, `${scene.name} ${first}`.replaceAll(/\W+/g, '-'))
          const { checks } = await play(tools, scene, first, second, artifacts)
          expect(checks.failures).toEqual([])
          expect(checks.subjects.size).toBeGreaterThan(8)
        })
      }
    }

    it.for(limits)('limit: $name', async ({ name, show }) => {
      const { checks } = await show(tools, join(folder, `limit ${name}`.replaceAll(/\W+/g, '-')))
      expect(checks.failures).toEqual([])
    })
  })
}
