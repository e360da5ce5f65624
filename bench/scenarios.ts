/**
 * What is measured, one scenario a process: built, then `node bench/dist/scenarios.mjs NAME SIMULATOR_URL` prints one JSON object.
 * A process of its own, so that memory and CPU are that scenario's alone.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { toValue } from '../src/base/value.ts'
import { keepHeapSmall } from '../src/cli/small-heap.ts'
import { compileColumns } from '../src/columns/compile.ts'
import { rowSampler } from '../src/columns/sampled-rows.ts'
import { defaultRunConfig } from '../src/config/run-config.ts'
import { nodeDisk } from '../src/disk/node-disk.ts'
import {
  type Components,
  type CreateOptions,
  configFromValue,
  create,
  type Disk,
  type Transport,
  verify,
} from '../src/index.ts'
import { closedLog } from '../src/journal/rewrite.ts'
import { undiciTransport } from '../src/models/http/undici-transport.ts'
import { commitBody } from '../src/store/commits.ts'
import { Checker } from '../src/validate/checker.ts'

const inFlight = 256
const [name = '', simulator = ''] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'rowsmith-bench-'))

function cellConfig() {
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'bench',
          model: 'simulated',
          inference_parameters: { max_parallel_requests: BigInt(inFlight) },
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

const rssMb = () => Math.round(process.memoryUsage.rss() / 2 ** 20)

/** CPU of this process (all threads), event-loop delay and memory while `work` runs. */
async function measured(cells: number, work: () => Promise<unknown>) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const cpu = process.cpuUsage()
  const began = performance.now()
  await work()
  const seconds = (performance.now() - began) / 1000
  const used = process.cpuUsage(cpu)
  delay.disable()
  return {
    cells,
    seconds,
    cells_per_second: cells / seconds,
    cpu_us_per_cell: (used.user + used.system) / cells,
    loop_delay_p99_ms: delay.percentile(99) / 1e6,
    loop_delay_max_ms: delay.max / 1e6,
    rss_mb: rssMb(),
  }
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

/** Ten columns of every kind of number, name and date, two of them made of others. */
const mixedColumns = [
  ['id', 'uuid', {}],
  ['kind', 'category', { values: ['a', 'b', 'c'], weights: [1, 2, 3] }],
  ['part', 'subcategory', { category: 'kind', values: { a: ['a1', 'a2'], b: ['b1'], c: ['c1', 'c2'] } }],
  ['price', 'uniform', { low: 0, high: 100, decimal_places: 2n }],
  ['size', 'gaussian', { mean: 10, stddev: 2 }],
  ['sold', 'bernoulli', { p: 0.3 }],
  ['hits', 'binomial', { n: 20n, p: 0.3 }],
  ['visits', 'poisson', { mean: 7.5 }],
  ['wait', 'scipy', { dist_name: 'gamma', dist_params: { a: 2.5 } }],
  ['day', 'datetime', { start: '2024-01-01', end: '2025-01-01' }],
] as const

/** Values per second of sampled columns, nothing written. */
async function sampling(
  columns: readonly (readonly [name: string, type: string, params: object])[],
  rows: number,
) {
  const config = configFromValue(
    toValue({
      columns: columns.map(([name, sampler_type, params]) => ({
        name,
        column_type: 'sampler',
        sampler_type,
        params,
      })),
    }),
    'bench',
  )
  const sampled = compileColumns(config, defaultRunConfig).columns.filter(
    (column) => column.kind === 'sampled',
  )
  await Promise.all(sampled.map((column) => column.load?.()))
  const sample = rowSampler(sampled, 1n, '2026-08-07')
  for (let row = 0; row < rows / 10; row++) sample(row)
  return measured(rows * columns.length, async () => {
    for (let row = 0; row < rows; row++) sample(row)
  })
}

/** Thirty lines of Python with a few things to say about them. */
const pythonOf = (cell: number): string =>
  Array.from({ length: 5 }, (_, at) =>
    [
      `def step_${cell}_${at}(values, limit=${at}):`,
      '    total = 0',
      '    for value in values:',
      '        if value == None:',
      '            continue',
      `        total += value if value < limit else missing_${at}`,
      '    return total\n\n',
    ].join('\n'),
  ).join('\n')

/** Texts checked as a run checks them: row group after row group. */
async function linting(cells: number) {
  const checker = new Checker()
  const group = async (first: number, size: number): Promise<void> => {
    await Promise.all(Array.from({ length: size }, (_, at) => checker.check('python', pythonOf(first + at))))
  }
  await group(0, 500)
  const result = await measured(cells, async () => {
    for (let first = 0; first < cells; first += 1000) await group(first, 1000)
  })
  await checker.close()
  return result
}

/** A finished dataset with that many bytes in files of 32 MB, checked twice: the first time fills the system's cache. */
async function verifySpeed(megabytes: number) {
  const { path } = await create(samplerConfig(), options(1_000, { datasetName: 'verify' }))
  const file = randomBytes(32 * 2 ** 20)
  const sha256 = createHash('sha256').update(file).digest('hex')
  const log = closedLog(
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
  await verify(path)
  const before = process.cpuUsage()
  const { checked, findings } = await verify(path)
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

const scenarios: Record<string, () => Promise<object>> = {
  samplers: () => sampling(mixedColumns, 50_000),
  persons: () => sampling([['who', 'person_from_faker', {}]], 50_000),
  'python-lint': () => linting(10_000),
  bare: () => measured(30_000, () => bareLoop(30_000)),
  'null-journal': () =>
    measured(30_000, () => create(cellConfig(), options(30_000), { disk: withoutJournal })),
  journal: () => measured(30_000, () => create(cellConfig(), options(30_000))),
  latency: () => measured(10_240, () => create(cellConfig(), options(10_240))),
  durable: () => answerToDurable(5_120),
  'durable-saturated': () => answerToDurable(20_000),
  'memory-cells': () => flatMemory(cellConfig(), 200_000, 10_000),
  'memory-rows': () => flatMemory(samplerConfig(), 1_000_000, 10_000),
  resume: () => decideResume(10_000),
  verify: () => verifySpeed(1_024),
}

// As the command does.
keepHeapSmall()
try {
  const scenario = scenarios[name]
  if (scenario === undefined)
    throw new Error(`No scenario "${name}"; there are ${Object.keys(scenarios).join(', ')}`)
  // The first cells of a process pay for compiling; they are not what a run of hours feels.
  if (['null-journal', 'journal', 'latency'].includes(name)) {
    await create(cellConfig(), options(3_000, { datasetName: 'warm-up' }))
  } else if (name === 'bare') await bareLoop(3_000)
  console.log(JSON.stringify(await scenario()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
