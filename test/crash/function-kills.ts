/** Real processes, really killed while functions of a module are under way; every call of a function is a line of a log. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyedRandom } from '../../src/base/numbers/random.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { startSimulator } from '../../src/simulate/server/server.ts'
import { differentFiles } from '../../src/testing/crash/compare.ts'
import type { CrashJob } from '../../src/testing/crash/crash-job.ts'
import { CrashProcesses } from '../../src/testing/crash/crash-processes.ts'
import { dataFiles, storedAnswers } from '../../src/testing/crash/independent-reader.ts'
import { killedCourse, Promised } from './killed-process.ts'

export interface FunctionKills {
  readonly rows: number
  readonly kills: number
  readonly seed: number
  /** An empty folder. */
  readonly folder: string
}

const inFlight = 4
const bufferSize = 4

/** Of an effect that asks a model twice, and of one that makes a whole column. */
const moduleOf = (log: string) => `
import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { customColumn, fullColumn } from 'rowsmith'
const note = (line) => appendFileSync(${JSON.stringify(log)}, line + '\\n')
const asks = customColumn(
  { name: 'asks', requiredColumns: ['n'], modelAliases: ['m'], type: 'str', timeout: 30 },
  async ({ n }, { models }) => {
    note('cell ' + n)
    const first = await models.m.generate('First of ' + n)
    await wait(10)
    const second = await models.m.generate('Second of ' + first.content)
    return first.content + ' / ' + second.content
  },
)
const whole = fullColumn({ name: 'whole', requiredColumns: ['asked'], type: 'str' }, async (given) => {
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

/** @returns what was broken, as sentences */
export async function functionKills({
  rows,
  kills,
  seed,
  folder,
}: FunctionKills): Promise<readonly string[]> {
  const simulator = await startSimulator({ latencyMs: 15, words: 12 })
  const processes = new CrashProcesses(folder)
  const log = join(folder, 'calls.log')
  const config = join(folder, 'c.mjs')
  writeFileSync(config, moduleOf(log))
  const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
  let stagings = 0
  const start = (datasetName: string) => {
    const staging = join(folder, `unsynced-${++stagings}`)
    mkdirSync(staging)
    const job: CrashJob = {
      ...{ config, artifactPath: folder, datasetName, staging, numRecords: rows, retryRows: null, seed: '7' },
      ...{ bufferSize, maxParallelRequests: inFlight, syncMs: 2, wrapDisk: null },
      endpoint: `${simulator.url}/v1`,
    }
    return processes.start(job)
  }
  const promised = new Promised()
  try {
    const { killed } = await killedCourse({
      ...{ simulator, kills, random: keyedRandom(BigInt(seed), 'function kills', 0) },
      events: () => lines().length,
      eventsMax: inFlight + 1,
      start: () => start('killed'),
      look: async () =>
        promised.look(await storedAnswers(nodeDisk, join(folder, 'killed')), simulator.stats().effects),
    })
    const { requests } = simulator.stats()
    const most = 2 * rows + killed * inFlight
    const groups = lines().filter((line) => line.startsWith('group ')).length
    const counted = [
      ...(killed === 0 && kills > 0 ? ['no process was killed'] : []),
      ...(requests < 2 * rows || requests > most ? [`${requests} requests, not ${2 * rows} to ${most}`] : []),
      // A call that a kill took runs again; what it returned when that was durable does not.
      ...(groups > Math.ceil(rows / bufferSize) + killed * Math.ceil(rows / bufferSize)
        ? [`${groups} calls for whole columns after ${killed} kills`]
        : []),
    ]
    const calm = await (await start('calm')).end
    if (calm.kind !== 'done') return ['the run without a kill did not finish']
    const should = await dataFiles(nodeDisk, join(folder, 'calm'))
    const differences = differentFiles(should, await dataFiles(nodeDisk, join(folder, 'killed')))
    return [...promised.violations, ...counted, ...differences]
  } finally {
    processes.close()
    await simulator.close()
  }
}
