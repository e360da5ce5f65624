/** Real processes, really killed in the middle of conversations with tools, whose server counts the calls it takes. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyedRandom } from '../../src/base/numbers/random.ts'
import { calmScenario } from '../../src/config/files/scenario.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import type { McpProviderConfig, Summary } from '../../src/index.ts'
import { type Simulator, startSimulator } from '../../src/simulate/server/server.ts'
import { differentFiles } from '../../src/testing/crash/compare.ts'
import type { CrashJob } from '../../src/testing/crash/crash-job.ts'
import { CrashProcesses } from '../../src/testing/crash/crash-processes.ts'
import {
  dataFiles,
  openCalls,
  publishedGroups,
  rowsThere,
  storedAnswers,
} from '../../src/testing/crash/independent-reader.ts'
import { type HttpServerType, serverKey, serveTools } from '../tools/mcp/http-server.ts'
import { killedCourse, Promised } from './killed-process.ts'

export interface ToolKills {
  readonly transport: 'stdio' | HttpServerType
  /** Whether one of the tools is marked `once`. */
  readonly once: boolean
  readonly rows: number
  readonly kills: number
  readonly seed: number
  /** An empty folder. */
  readonly folder: string
}

const turns = 2
const inFlight = 4

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

/** A server that outlives the processes which ask it, or begins with each, and the calls that it took. */
interface Shop {
  readonly provider: McpProviderConfig
  calls(): readonly string[]
  stop(): Promise<void>
}

async function openShop({ transport, once, folder }: ToolKills): Promise<Shop> {
  const common = {
    name: 'shop',
    ...(once ? { once: ['slow_reserve'] } : {}),
    max_parallel_calls: 2,
  }
  if (transport === 'stdio') {
    const log = join(folder, 'shop.log')
    const script = join(import.meta.dirname, '../tools/stdio-server.mjs')
    const args = [script, log, 'Knows.', 'slow_reserve']
    const provider: McpProviderConfig = {
      ...common,
      provider_type: 'stdio',
      command: process.execPath,
      args,
      env: {},
    }
    const calls = () =>
      (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []).filter(
        (line) => !line.startsWith('started '),
      )
    return { provider, calls, stop: async () => {} }
  }
  const calls: string[] = []
  const { port, stop } = await serveTools(transport, calls, 0, ['slow_reserve'])
  const endpoint = `http://127.0.0.1:${port}/mcp`
  const provider = { ...common, provider_type: transport, endpoint, api_key: serverKey }
  return { provider, calls: () => calls, stop }
}

/** How often the server ran each call of a tool. */
function runsOf(calls: readonly string[], tool: string): Map<string, number> {
  const runs = new Map<string, number>()
  for (const line of calls.filter((each) => each.startsWith(`${tool} `))) {
    // Over stdio the process that took it stands behind it.
    const call = line.replace(/ \d+$/, '')
    runs.set(call, (runs.get(call) ?? 0) + 1)
  }
  return runs
}

/** @returns what was broken, as sentences */
export async function toolKills(course: ToolKills): Promise<readonly string[]> {
  const { folder, rows, kills, seed } = course
  const shop = await openShop(course)
  const scenario = { ...calmScenario, tools: { turns, calls: 1 } }
  const simulator = await startSimulator({ latencyMs: 15, words: 12, scenario })
  const processes = new CrashProcesses(folder)
  const promised = new Promised()
  /** Rows for which the tool may have run when a process was killed, and left nothing. */
  const uncertain = new Set<number>()
  const directory = join(folder, 'killed')
  let stagings = 0
  const start = (name: string) => {
    const staging = join(folder, `unsynced-${++stagings}`)
    mkdirSync(staging)
    return processes.start({ ...jobOf(course, name, simulator, shop.provider), staging })
  }
  try {
    const { killed, summary } = await killedCourse({
      ...{ simulator, kills, random: keyedRandom(BigInt(seed), 'tool kills', 0) },
      events: () => shop.calls().length,
      eventsMax: 4 * inFlight,
      start: () => start('killed'),
      look: async () => {
        promised.look(await storedAnswers(nodeDisk, directory), simulator.stats().effects)
        for (const row of await openCalls(nodeDisk, directory, 'tool:slow_reserve')) uncertain.add(row)
      },
    })
    const counted = countViolations(course, simulator, killed)
    const found = await rowViolations(course, directory, summary, shop.calls(), uncertain)
    const calm = await (await start('calm')).end
    if (calm.kind !== 'done') return ['the run without a kill did not finish']
    const compared = await calmViolations(directory, join(folder, 'calm'), rows, found.dropped)
    return [...promised.violations, ...counted, ...found.violations, ...compared]
  } finally {
    processes.close()
    await shop.stop()
    await simulator.close()
  }
}

function jobOf(
  { rows, folder }: ToolKills,
  datasetName: string,
  simulator: Simulator,
  provider: McpProviderConfig,
): Omit<CrashJob, 'staging'> {
  return {
    ...{ config, artifactPath: folder, datasetName, numRecords: rows, retryRows: null, bufferSize: 4 },
    ...{ maxParallelRequests: inFlight, seed: '7', mcpProviders: [provider], syncMs: 2, wrapDisk: null },
    endpoint: `${simulator.url}/v1`,
  }
}

function countViolations({ rows, kills }: ToolKills, simulator: Simulator, killed: number): string[] {
  const { effects, requests } = simulator.stats()
  const asked = Object.values(effects)
  const again = requests - asked.length
  const most = Math.max(...asked)
  return [
    ...(killed === 0 && kills > 0 ? ['no process was killed'] : []),
    ...(again > rows * killed ? [`${again} requests were sent again after ${killed} kills`] : []),
    ...(most > 1 + killed ? [`one request was sent ${most} times after ${killed} kills`] : []),
  ]
}

/** Every row has a fate; only rows of which nobody can know whether their tool ran are dropped. */
async function rowViolations(
  { rows, once }: ToolKills,
  directory: string,
  summary: Summary,
  calls: readonly string[],
  uncertain: ReadonlySet<number>,
): Promise<{ readonly dropped: number; readonly violations: string[] }> {
  const groups = await publishedGroups(nodeDisk, directory)
  const drops = groups.flatMap(({ dropCodes }) => [...dropCodes])
  const wrongly = drops.filter(
    ([row, code]) => code !== 'effect_uncertain' || !once || !uncertain.has(Number(row)),
  )
  const { rows_written, rows_open, replies_unused } = summary
  const reserved = runsOf(calls, 'slow_reserve')
  const twice = [...reserved].filter(([, times]) => times > 1)
  const written = rows - drops.length
  return {
    dropped: drops.length,
    violations: [
      ...wrongly.map(([row, code]) => `E10: row ${row} was dropped with ${code}, and no call of it was open`),
      ...(once ? twice.map(([call, times]) => `E10: a tool marked once ran ${times} times: ${call}`) : []),
      ...(rows_written !== written || rows_open !== 0 || replies_unused !== 0
        ? [`P5: ${rows_written} of ${written} rows written, ${rows_open} open, ${replies_unused} unused`]
        : []),
      ...(reserved.size < turns * written || reserved.size > turns * rows
        ? [`${reserved.size} calls of slow_reserve for ${written} of ${rows} rows`]
        : []),
    ],
  }
}

async function calmViolations(
  directory: string,
  calm: string,
  rows: number,
  dropped: number,
): Promise<string[]> {
  const should = await rowsThere(nodeDisk, calm)
  if (should.length !== rows) return [`the run that nobody killed has ${should.length} rows`]
  const others = (await rowsThere(nodeDisk, directory)).filter((row) => !should.includes(row))
  if (others.length > 0) return others.map((row) => `P2: a row that nobody would have made: ${row}`)
  if (dropped > 0) return []
  return differentFiles(await dataFiles(nodeDisk, calm), await dataFiles(nodeDisk, directory))
}
