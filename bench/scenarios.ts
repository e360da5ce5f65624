/**
 * What is measured, one scenario a process: built, then `node bench/dist/scenarios.mjs NAME SIMULATOR_URL` prints one JSON object.
 * A process of its own, so that memory and CPU are that scenario's alone.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { limitHeap } from '../src/cli/process/small-heap.ts'
import { nodeDisk } from '../src/disk/node-disk.ts'
import { configFromValue } from '../src/entries/config.ts'
import {
  type Components,
  type CreateOptions,
  create,
  type Disk,
  open,
  retry,
  type Transport,
} from '../src/index.ts'
import { wholeLog } from '../src/journal/rewrite.ts'
import { undiciTransport } from '../src/models/http/undici-transport.ts'
import { commitBody } from '../src/store/logs/commits.ts'
import { expressions, renders } from './expressions.ts'
import { measured, rssMb } from './measured.ts'
import { linting } from './python-lint.ts'
import { mixedSamplers, persons } from './sampling.ts'
import { structuredAnswers } from './structured.ts'

const inFlight = 256
const [name = '', simulator = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'rowsmith-bench-'))

function cellConfig(limit = inFlight) {
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'bench',
          model: 'simulated',
          inference_parameters: { max_parallel_requests: BigInt(limit) },
        },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Write about {{ id }}.' },
      ],
    },
    'bench',
  )
}

const samplerConfig = () =>
  configFromValue(
    {
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        {
          name: 'kind',
          column_type: 'sampler',
          sampler_type: 'category',
          params: { values: ['a', 'b', 'c'], weights: [1, 2, 3] },
        },
        {
          name: 'price',
          column_type: 'sampler',
          sampler_type: 'uniform',
          params: { low: 0, high: 100, decimal_places: 2n },
        },
      ],
    },
    'bench',
  )

const options = (numRecords: number, more: Partial<CreateOptions> = {}): CreateOptions => ({
  numRecords,
  artifactPath: folder,
  resume: 'always' in more ? 'always' : 'if_possible',
  providers: [
    {
      name: 'bench',
      endpoint: `${simulator}/v1`,
      provider_type: 'openai',
      api_key: null,
      extra_body: null,
      extra_headers: null,
    },
  ],
  seed: 1n,
  ...more,
})

/** The node disk without what the journal does to it. */
const withoutJournal: Disk = {
  ...nodeDisk,
  async create(path) {
    if (!path.includes('/journal/')) return nodeDisk.create(path)
    const file = await nodeDisk.create(path)
    return { append: async () => {}, sync: async () => {}, close: () => file.close() }
  },
}

async function bareLoop(cells: number): Promise<void> {
  const agent = new Agent({ connections: inFlight })
  const body = JSON.stringify({
    model: 'simulated',
    messages: [{ role: 'user', content: 'Write about it.' }],
  })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next++ < cells) {
      const reply = await request(`${simulator}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json' },
        body,
      })
      JSON.parse(await reply.body.text())
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await agent.close()
}

/** From the last byte of an answer to the sync that made its frame durable, per answer, in milliseconds. */
async function answerToDurable(cells: number) {
  const received = new Map<string, number>()
  const waits: number[] = []
  const disk: Disk = {
    ...nodeDisk,
    async create(path) {
      const file = await nodeDisk.create(path)
      if (!path.includes('/journal/')) return file
      let unsynced: string[] = []
      return {
        append(bytes) {
          for (const [, key = ''] of Buffer.from(bytes)
            .toString('latin1')
            .matchAll(/"t":"reply","g":\d+,"k":"([^"]+)"/g)) {
            unsynced.push(key)
          }
          return file.append(bytes)
        },
        async sync() {
          const keys = unsynced
          unsynced = []
          await file.sync()
          const now = performance.now()
          for (const key of keys) waits.push(now - (received.get(key) ?? now))
        },
        close: () => file.close(),
      }
    },
  }
  const transport: NonNullable<Components['transport']> = (_, connections): Transport => {
    const inner = undiciTransport({ connections })
    return {
      async post(url, headers, body, signal, timeoutMs) {
        const reply = await inner.post(url, headers, body, signal, timeoutMs)
        received.set(headers['x-rowsmith-effect'] ?? '', performance.now())
        return reply
      },
      close: () => inner.close(),
    }
  }
  await create(cellConfig(), options(cells), { disk, transport })
  waits.sort((a, b) => a - b)
  const at = (share: number): number =>
    waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? Number.NaN
  return { answers: waits.length, p50_ms: at(0.5), p99_ms: at(0.99) }
}

/** Peak memory at 10,000 cells and at the end. */
async function flatMemory(config: ReturnType<typeof cellConfig>, rows: number, early: number) {
  let peak = 0
  let peakEarly = 0
  let published = 0
  const watch = new AbortController()
  const watching = (async () => {
    while (!watch.signal.aborted) {
      peak = Math.max(peak, rssMb())
      await sleep(20)
    }
  })()
  const disk: Disk = {
    ...nodeDisk,
    async link(from, to) {
      await nodeDisk.link(from, to)
      if (to.includes('/parquet-files/')) published += 1000
      if (published >= early && peakEarly === 0) peakEarly = Math.max(peak, rssMb())
    },
  }
  const result = await measured(rows, () => create(config, options(rows), { disk }))
  watch.abort()
  await watching
  return { ...result, peak_rss_mb_early: peakEarly, peak_rss_mb: peak, growth: peak / peakEarly }
}

async function decideResume(groups: number) {
  await create(samplerConfig(), options(groups, { runConfig: { buffer_size: 1 } }))
  const began = performance.now()
  const { decision } = await create(samplerConfig(), options(groups, { runConfig: { buffer_size: 1 } }))
  return { groups, decision, seconds: (performance.now() - began) / 1000 }
}

/** A finished dataset with that many bytes in files of 32 MB, checked twice: the first time fills the system's cache. */
async function verifySpeed(megabytes: number) {
  const { path } = await create(samplerConfig(), options(1_000, { datasetName: 'verify' }))
  const file = randomBytes(32 * 2 ** 20)
  const sha256 = createHash('sha256').update(file).digest('hex')
  const log = wholeLog(
    'commits-9',
    Array.from({ length: Math.ceil(megabytes / 32) }, (_, group) => {
      const name = `parquet-files/batch_${String(group).padStart(5, '0')}.parquet`
      writeFileSync(join(path, name), file)
      const [firstRow, rows] = [group * 1000, 1000]
      const files = [{ path: name, role: 'main', size: file.byteLength, sha256, draft: '' }] as const
      return commitBody({ group, firstRow, plannedRows: rows, rows, dropped: [], ledger: null, files })
    }),
  )
  writeFileSync(join(path, '.rowsmith/commits-9.log'), log)
  await open(path).verify()
  const before = process.cpuUsage()
  const { checked, findings } = await open(path).verify()
  const damaged = findings.filter(({ path: found }) => found.startsWith('parquet-files'))
  if (damaged.length > 0) throw new Error(JSON.stringify(damaged[0]))
  const used = process.cpuUsage(before)
  return {
    ...checked,
    gb_per_second: checked.bytes / 1e9 / checked.seconds,
    cpu_seconds: (used.user + used.system) / 1e6,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

/** Filter, and dedupe by a key, over finished rows: the stage alone. */
async function stageSpeed(rows: number) {
  const config = samplerConfig()
  await create(config, options(rows))
  const generated = Math.round(process.resourceUsage().maxRSS / 1024)
  const query = `SELECT DISTINCT ON (left(id, 5)) * FROM dataset WHERE price > 10 ORDER BY left(id, 5), _row`
  const clean = { name: 'clean', processor_type: 'sql', sql: query, outputs: {} } as const
  const run = create({ ...config, processors: [clean] }, options(rows))
  let [began, ended] = [0, 0]
  for await (const event of run.events()) {
    if (event.type !== 'stage') continue
    if (event.state === 'started') began = performance.now()
    if (event.state === 'finished') ended = performance.now()
  }
  const { summary } = await run
  const seconds = (ended - began) / 1000
  return {
    rows,
    rows_left: summary.stage?.rows ?? 0,
    seconds,
    rows_per_second: rows / seconds,
    peak_rss_mb_before: generated,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }
}

/** Deciding that answers of another dataset match: a dataset made next to it, with nothing to request. */
async function reuseDecision(cells: number) {
  const { path } = await create(cellConfig(), options(cells, { datasetName: 'source' }))
  let requested = 0
  const result = await measured(cells, async () => {
    const { summary } = await create(
      cellConfig(),
      options(cells, { datasetName: 'next', reuse: { directory: path } }),
    )
    requested = summary.this_run.requests_sent
  })
  return { ...result, requested }
}

/** Requesting a hundred cells again, which lie in as many row groups as they can. */
async function retryCells(rows: number) {
  const { path } = await create(cellConfig(), options(rows))
  const step = Math.floor(rows / 100)
  const ranges = Array.from({ length: 100 }, (_, at) => [at * step, at * step] as const)
  // The simulator repeats itself, so the rows come out as they were; but the answers of a group that was made again are more.
  const replies = join(path, '.rowsmith/replies')
  const files = (): Map<string, number> =>
    new Map(readdirSync(replies).map((name) => [name, statSync(join(replies, name)).mtimeMs]))
  const before = files()
  const { providers = [] } = options(rows)
  let sent = 0
  const result = await measured(100, async () => {
    const { summary } = await retry(path, { rows: ranges, providers })
    sent = summary.this_run.requests_sent
  })
  const touched = [...files()].filter(([name, at]) => before.get(name) !== at).length
  return { ...result, rows, sent, row_groups: before.size, row_groups_touched: touched }
}

const scenarios: Record<string, () => Promise<object>> = {
  samplers: mixedSamplers,
  persons,
  expressions: () => expressions(100_000),
  renders: () => renders(500_000),
  structured: () => structuredAnswers(50_000),
  'python-lint': () => linting(10_000),
  bare: () => measured(30_000, () => bareLoop(30_000)),
  'null-journal': () =>
    measured(30_000, () => create(cellConfig(), options(30_000), { disk: withoutJournal })),
  journal: () => measured(30_000, () => create(cellConfig(), options(30_000))),
  latency: () => measured(25_600, () => create(cellConfig(), options(25_600))),
  'many-in-flight': () => measured(20_480, () => create(cellConfig(1024), options(20_480))),
  durable: () => answerToDurable(12_800),
  'durable-saturated': () => answerToDurable(20_000),
  'memory-cells': () => flatMemory(cellConfig(), 200_000, 10_000),
  'memory-rows': () => flatMemory(samplerConfig(), 1_000_000, 10_000),
  resume: () => decideResume(10_000),
  verify: () => verifySpeed(1_024),
  stage: () => stageSpeed(1_000_000),
  reuse: () => reuseDecision(1_000_000),
  retry: () => retryCells(1_000_000),
}

// As the command does.
limitHeap()
try {
  const scenario = scenarios[name]
  if (scenario === undefined)
    throw new Error(`No scenario "${name}"; there are ${Object.keys(scenarios).join(', ')}`)
  // The first cells of a process pay for compiling; they are not what a run of hours feels.
  if (['null-journal', 'journal', 'latency', 'many-in-flight', 'durable'].includes(name)) {
    await create(cellConfig(), options(3_000, { datasetName: 'warm-up' }))
  } else if (name === 'bare') await bareLoop(3_000)
  console.log(JSON.stringify(await scenario()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
