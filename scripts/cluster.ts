/**
 * `npm run cluster`: workers of several shards, killed and stopped while they make one dataset in a shared folder.
 *
 *     npm run cluster -- [--part kills|stops|takeover] [--keep]
 *
 * After each part: the data files equal those of one process, `verify` finds everything whole, requests stay within those in flight at each
 * kill, and the accounting has what the provider counted. Prints a line for each part; exits with 1 when something did not hold.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Cluster, type ClusterOptions, type ClusterReport, canBeApart } from './cluster/cluster.ts'

const { values: options } = parseArgs({
  options: { part: { type: 'string' }, keep: { type: 'boolean', default: false } },
})

const size = { shards: 4, rows: 1600, bufferSize: 20, latencyMs: 100 }

/** Workers on one machine: one is killed every three seconds, and its shard started again, as a batch system would. */
async function kills(folder: string): Promise<ClusterReport> {
  return withCluster({ ...size, folder, isApart: false }, async (cluster) => {
    let killed = 0
    for (let turn = 0; cluster.living.length > 0 && turn < 12; turn++) {
      await wait(3_000)
      const worker = cluster.living[turn % Math.max(1, cluster.living.length)]
      if (worker === undefined) break
      worker.kill()
      await worker.end
      killed++
      cluster.startWorker(worker.index)
    }
    return killed
  })
}

/** One is stopped for 15 seconds and goes on: no process takes its block, since its process lives. */
async function stops(folder: string): Promise<ClusterReport> {
  return withCluster({ ...size, folder, isApart: false }, async (cluster) => {
    await until(async () => (await cluster.published()) > 4)
    const [worker] = cluster.living
    worker?.stop()
    await wait(15_000)
    worker?.goOn()
    return 0
  })
}

/** Workers on machines of their own: one is stopped for so long that another takes its block; then it wakes. Another one is killed. */
async function takeover(folder: string): Promise<ClusterReport> {
  return withCluster({ ...size, folder, isApart: true }, async (cluster) => {
    await until(async () => (await cluster.published()) > 8)
    const [stopped, killed] = cluster.living
    stopped?.stop()
    killed?.kill()
    await wait(75_000)
    stopped?.goOn()
    return 2
  })
}

async function withCluster(
  given: ClusterOptions,
  disturb: (cluster: Cluster) => Promise<number>,
): Promise<ClusterReport> {
  const cluster = await Cluster.start(given)
  try {
    cluster.startAll()
    const kills = await disturb(cluster)
    await cluster.settled()
    return await cluster.judge(kills)
  } finally {
    await cluster.close()
  }
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await wait(50)
}

const parts = { kills, stops, takeover }
const folder = await mkdtemp(join(tmpdir(), 'rowsmith-cluster-'))
for (const [name, part] of Object.entries(parts)) {
  if (options.part !== undefined && options.part !== name) continue
  if (name === 'takeover' && !canBeApart()) {
    console.log('takeover: skipped, since processes cannot have pid names of their own here (unshare)')
    continue
  }
  const { violations, requests, extra, seconds } = await part(join(folder, name))
  console.log(
    `${name}: ${violations.length === 0 ? 'holds' : 'does NOT hold'}; ${requests} requests, ${extra} of them twice; ${seconds} s`,
  )
  for (const violation of violations) console.log(`  ${violation}`)
  if (violations.length > 0) process.exitCode = 1
}
if (options.keep) console.log(folder)
else await rm(folder, { recursive: true, force: true })
