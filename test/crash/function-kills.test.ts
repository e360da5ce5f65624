/** Real processes, really killed while functions of a module are under way: what they returned is kept, and the bytes are those of a calm run. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { keyedRandom } from '../../src/base/random.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { startSimulator } from '../../src/simulate/server.ts'
import type { CrashJob } from '../../src/testing/crash-job.ts'
import { CrashProcesses } from '../../src/testing/crash-processes.ts'
import { dataFiles, keptAnswers } from '../../src/testing/independent-reader.ts'
import { differentFiles } from '../../src/testing/small-proof.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-function-kills-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const [rows, inFlight, kills] = [12, 4, 1]

/** Every call is a line of a log: of an effect that asks a model, and of one that makes a whole column. */
const module = (log: string) => `
import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { customColumnGenerator, fullColumnGenerator } from 'rowsmith'
const note = (line) => appendFileSync(${JSON.stringify(log)}, line + '\\n')
const asks = customColumnGenerator(
  { name: 'asks', requiredColumns: ['n'], modelAliases: ['m'], type: 'str', timeout: 30 },
  async ({ n }, { models }) => {
    note('cell ' + n)
    const first = await models.m.generate('First of ' + n)
    await wait(10)
    const second = await models.m.generate('Second of ' + n)
    return first.text + ' / ' + second.text
  },
)
const whole = fullColumnGenerator({ name: 'whole', requiredColumns: ['asked'], type: 'str' }, async (given) => {
  note('group ' + given.length + ' ' + given[0].asked.length)
  await wait(20)
  return given.map(({ asked }) => asked.length + ' letters')
})
export default {
  model_configs: [{ alias: 'm', provider: 'simulator', model: 'm' }],
  columns: [
    { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} },
    { name: 'asked', column_type: 'custom', generator_function: asks },
    { name: 'length', column_type: 'custom', generator_function: whole, generation_strategy: 'full_column' },
  ],
}
`

it('a function that asks models is killed again and again: what is durable is not asked for, nor computed, again', async () => {
  const random = keyedRandom(3n, 'function kills', 0)
  const simulator = await startSimulator({ latencyMs: 15, words: 12 })
  const processes = new CrashProcesses(join(folder, 'compiled'))
  const log = join(folder, 'calls.log')
  const config = join(folder, 'c.mjs')
  writeFileSync(config, module(log))
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
  const job = (datasetName: string, staging: string): CrashJob => {
    mkdirSync(staging)
    return {
      ...{ config, artifactPath: folder, datasetName, staging, numRecords: rows, retryRows: null, seed: '7' },
      ...{ bufferSize: 4, maxParallelRequests: inFlight, syncMs: 2, sabotage: null },
      endpoint: `${simulator.url}/v1`,
    }
  }
  try {
    const promised = new Map<string, number>()
    let killed = 0
    for (let over = false; !over; ) {
      const process = await processes.start(job('killed', join(folder, `unsynced-${killed}`)))
      let ended = false
      void process.end.then(() => {
        ended = true
      })
      const enough = lines().length + 2 + random.below(inFlight)
      while (!ended && (killed >= kills || lines().length < enough)) await wait(3)
      await wait(random.below(40))
      if (killed < kills) process.kill()
      const end = await process.end
      if (end.kind === 'failed') throw new Error(`${end.code}: ${end.message}`)
      over = end.kind === 'done'
      if (!over) killed++
      while (simulator.stats().in_flight > 0) await wait(3)
      const { effects } = simulator.stats()
      const kept = await keptAnswers(nodeDisk, join(folder, 'killed'))
      for (const [key, times] of promised) {
        expect(kept.has(key), `${key} is still there`).toBe(true)
        expect(effects[key] ?? 0, `${key} was not asked for again`).toBe(times)
      }
      for (const key of kept.keys()) promised.set(key, effects[key] ?? 0)
    }
    expect(killed).toBeGreaterThanOrEqual(1)
    const { requests } = simulator.stats()
    expect(requests).toBeGreaterThanOrEqual(2 * rows)
    expect(requests).toBeLessThanOrEqual(2 * rows + killed * inFlight)
    // A call that a kill took runs again; what it returned when that was durable does not.
    const called = (kind: string) => lines().filter((line) => line.startsWith(kind)).length
    expect(called('group ')).toBeLessThanOrEqual(Math.ceil(rows / 4) * (1 + killed))

    const calm = await (await processes.start(job('calm', join(folder, 'unsynced-calm')))).end
    expect(calm.kind).toBe('done')
    const [should, is] = await Promise.all(
      ['calm', 'killed'].map((name) => dataFiles(nodeDisk, join(folder, name))),
    )
    expect(differentFiles(should!, is!)).toEqual([])
  } finally {
    processes.close()
    await simulator.close()
  }
})
