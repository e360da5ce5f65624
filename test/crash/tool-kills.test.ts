/** Real processes, really killed in the middle of conversations with tools, whose server counts the calls it takes. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { keyedRandom } from '../../src/base/random.ts'
import { calmScenario } from '../../src/config/scenario.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import type { McpProviderConfig, Summary } from '../../src/index.ts'
import { type Simulator, startSimulator } from '../../src/simulate/server.ts'
import type { CrashJob } from '../../src/testing/crash-job.ts'
import { type ChildEnd, CrashProcesses } from '../../src/testing/crash-processes.ts'
import {
  dataFiles,
  keptAnswers,
  openCalls,
  publishedGroups,
  rowsThere,
} from '../../src/testing/independent-reader.ts'
import { differentFiles } from '../../src/testing/small-proof.ts'
import { type HttpServerType, serverKey, serveTools } from '../tools/http-server.ts'
import { serverFolder } from '../tools/support.ts'

const servers = serverFolder()
const rows = 12
const turns = 2
const inFlight = 4
const kills = { stdio: 2, streamable_http: 1, sse: 1 }

const config = JSON.stringify({
  data_designer: {
    model_configs: [{ alias: 'm', provider: 'simulator', model: 'm' }],
    tool_configs: [{ tool_alias: 't', providers: ['shop'], allow_tools: ['echo', 'slow_reserve'] }],
    columns: [
      { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      {
        name: 'text',
        column_type: 'llm-text',
        model_alias: 'm',
        tool_alias: 't',
        prompt: 'Row {{ n }}: first echo, and slow_reserve.',
      },
    ],
  },
})

/** A dataset by processes that may be killed, one after the other. */
class KilledRun {
  /** How often a key had been asked when its answer was found on the disk. */
  readonly promised = new Map<string, number>()
  /** Rows for which the tool may have run when a process was killed, and left nothing. */
  readonly uncertain = new Set<number>()
  readonly directory: string
  readonly #job: Omit<CrashJob, 'staging'>
  #stagings = 0

  constructor(name: string, simulator: Simulator, provider: McpProviderConfig) {
    this.directory = join(servers.path, name)
    this.#job = {
      config,
      artifactPath: servers.path,
      datasetName: name,
      numRecords: rows,
      retryRows: null,
      bufferSize: 4,
      maxParallelRequests: inFlight,
      seed: '7',
      endpoint: `${simulator.url}/v1`,
      mcpProviders: [provider],
      syncMs: 2,
      sabotage: null,
    }
  }

  start(processes: CrashProcesses) {
    const staging = join(servers.path, `unsynced-${this.#job.datasetName}-${++this.#stagings}`)
    mkdirSync(staging)
    return processes.start({ ...this.#job, staging })
  }

  /** What is on the disk was not asked for again, and is still there. */
  async look(effects: Readonly<Record<string, number>>): Promise<void> {
    const kept = await keptAnswers(nodeDisk, this.directory)
    for (const [key, times] of this.promised) {
      expect(kept.has(key), `${key} is still there`).toBe(true)
      expect(effects[key] ?? 0, `${key} was not asked for again`).toBe(times)
    }
    for (const key of kept.keys()) this.promised.set(key, effects[key] ?? 0)
    for (const row of await openCalls(nodeDisk, this.directory, 'tool:slow_reserve')) this.uncertain.add(row)
  }
}

const summaryOf = (end: ChildEnd): Summary => {
  if (end.kind !== 'done') throw new Error(`A run that nobody killed ended otherwise: ${JSON.stringify(end)}`)
  return end.summary
}

/** A server that outlives the processes which ask it, or begins with each, and the calls that it took. */
interface Shop {
  readonly provider: McpProviderConfig
  calls(): readonly string[]
  stop(): Promise<void>
}

async function openShop(transport: 'stdio' | HttpServerType, once: boolean): Promise<Shop> {
  const common = { ...(once ? { once: ['slow_reserve'] } : {}), max_parallel_calls: 2 }
  if (transport === 'stdio') {
    const provider = servers.stdio('shop', ['Knows.', 'slow_reserve'], common)
    return { provider, calls: () => servers.calls('shop'), stop: async () => {} }
  }
  const calls: string[] = []
  const { port, stop } = await serveTools(transport, calls, 0, ['slow_reserve'])
  const endpoint = `http://127.0.0.1:${port}/mcp`
  const provider = { name: 'shop', provider_type: transport, endpoint, api_key: serverKey, ...common }
  return { provider, calls: () => calls, stop }
}

/** How often the server ran each call of a tool. */
function runsOf(calls: readonly string[], tool: string): Map<string, number> {
  const runs = new Map<string, number>()
  for (const call of calls.filter((line) => line.startsWith(`${tool} `)))
    runs.set(call, (runs.get(call) ?? 0) + 1)
  return runs
}

it.each([
  ['tools marked once run once for each call, or their row says that nobody knows', 'stdio', true],
  ['with other tools the bytes are those of a run that nobody killed', 'stdio', false],
  ['as over stdio, whatever became of the sessions', 'streamable_http', true],
  ['as over stdio, whatever became of the streams', 'sse', false],
] as const)('killed again and again in conversations, %s (%s, once: %s)', async (_, transport, once) => {
  const random = keyedRandom(once ? 1n : 2n, 'tool kills', 0)
  const shop = await openShop(transport, once)
  const scenario = { ...calmScenario, tools: { turns, calls: 1 } }
  const simulator = await startSimulator({ latencyMs: 15, words: 12, scenario })
  const processes = new CrashProcesses(join(servers.path, 'compiled'))
  try {
    const run = new KilledRun('killed', simulator, shop.provider)
    let killed = 0
    let end: ChildEnd | undefined
    while (end?.kind !== 'done') {
      const process = await run.start(processes)
      let ended: ChildEnd | undefined
      void process.end.then((how) => {
        ended = how
      })
      const calls = () => shop.calls().length
      const enough = calls() + 1 + random.below(4 * inFlight)
      while (ended === undefined && (killed >= kills[transport] || calls() < enough)) await wait(3)
      await wait(random.below(30))
      if (killed < kills[transport]) process.kill()
      end = await process.end
      if (end.kind === 'killed') killed++
      // What the dead one had sent is still being read by the simulator.
      while (simulator.stats().in_flight > 0) await wait(3)
      if (end.kind === 'killed') await run.look(simulator.stats().effects)
    }
    expect(killed).toBeGreaterThanOrEqual(1)
    const summary = summaryOf(end)
    const { effects, requests } = simulator.stats()
    const asked = Object.values(effects)
    expect(requests - asked.length).toBeLessThanOrEqual(rows * killed)
    expect(Math.max(...asked)).toBeLessThanOrEqual(1 + killed)

    const groups = await publishedGroups(nodeDisk, run.directory)
    const dropped = groups.flatMap(({ dropCodes }) => [...dropCodes])
    const codes = dropped.map(([, code]) => code)
    const reserved = runsOf(shop.calls(), 'slow_reserve')
    expect(codes).toEqual(codes.map(() => 'effect_uncertain'))
    expect(once ? dropped.filter(([row]) => !run.uncertain.has(row)) : dropped).toEqual([])
    expect(summary).toMatchObject({ rows_written: rows - codes.length, rows_open: 0, replies_unused: 0 })
    if (once) expect([...new Set(reserved.values())]).toEqual([1])
    expect(reserved.size).toBeGreaterThanOrEqual(turns * (rows - codes.length))
    expect(reserved.size).toBeLessThanOrEqual(turns * rows)

    const calm = new KilledRun('calm', simulator, shop.provider)
    summaryOf(await (await calm.start(processes)).end)
    const should = await rowsThere(nodeDisk, calm.directory)
    expect(should).toHaveLength(rows)
    expect(should).toEqual(expect.arrayContaining(await rowsThere(nodeDisk, run.directory)))
    if (codes.length === 0) {
      const files = await dataFiles(nodeDisk, run.directory)
      expect(differentFiles(await dataFiles(nodeDisk, calm.directory), files)).toEqual([])
    }
  } finally {
    processes.close()
    await shop.stop()
    await simulator.close()
  }
})
