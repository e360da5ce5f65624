/** Promise P4 with two real processes that start at the same moment in the same directory. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { type Simulator, startSimulator } from '../../src/simulate/server/server.ts'
import { publishedGroups } from '../../src/testing/crash/independent-reader.ts'
import type { RaceEnd, RaceJob } from './racer.ts'

const rows = 10
const requestsOfARun = 2 * rows

let directory: string
let racers: ChildProcess[]
let simulator: Simulator

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowsmith-race-'))
  simulator = await startSimulator({ latencyMs: 5, words: 5 })
  racers = await Promise.all([racer(), racer()])
})
afterAll(async () => {
  for (const child of racers) child.kill()
  await simulator.close()
  await rm(directory, { recursive: true, force: true })
})

test('two processes on one directory: one writes, the other is told or finds it complete, 50 times', async () => {
  const seen = new Set<string>()
  for (let round = 0; round < 50; round++) {
    // In every fifth round the loser waits for the winner.
    const waits = round % 5 === 4
    const before = simulator.stats().requests
    const job: RaceJob = {
      artifactPath: directory,
      datasetName: `set-${round}`,
      numRecords: rows,
      waitForLockMs: waits ? 30_000 : 0,
      endpoint: `${simulator.url}/v1`,
    }
    const ends = await Promise.all(racers.map((child) => run(child, job)))
    const words = ends.map((end) => ('decision' in end ? end.decision : end.code)).sort()
    expect(words, JSON.stringify(ends)).toContain('fresh')
    const other = words.find((word) => word !== 'fresh') ?? 'fresh twice'
    expect(waits ? ['already_complete'] : ['already_complete', 'dataset_in_use']).toContain(other)
    seen.add(other)
    expect(simulator.stats().requests - before).toBe(requestsOfARun)
    const groups = await publishedGroups(nodeDisk, join(directory, job.datasetName))
    expect(groups.flatMap((group) => group.rows)).toHaveLength(rows)
  }
  // Whether the other one comes too early, and is told, or late enough, is a matter of time.
  expect([...seen]).toContain('already_complete')
})

async function racer(): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'racer.ts'), { execArgv: [] })
  await once(child, 'message')
  return child
}

async function run(child: ChildProcess, job: RaceJob): Promise<RaceEnd> {
  child.send(job)
  const [end] = (await once(child, 'message')) as [RaceEnd]
  return end
}
