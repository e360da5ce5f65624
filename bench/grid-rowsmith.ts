/** One cell of the grid with Rowsmith: built, then `node bench/dist/grid-rowsmith.mjs JOB` prints one JSON object. */
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { limitHeap } from '../src/cli/process/small-heap.ts'
import { configFromCode } from '../src/entries/config.ts'
import { create } from '../src/index.ts'
import type { GridJob } from './grid-cells.ts'
import { withFunctions } from './grid-functions.ts'

const job = JSON.parse(process.argv[2] ?? '{}') as GridJob

// As the command does.
limitHeap()
const config = configFromCode(withFunctions(JSON.parse(readFileSync(job.config, 'utf8'))), 'grid')
const provider = { name: 'bench', endpoint: job.endpoint, provider_type: 'openai' } as const
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const cpu = process.cpuUsage()
const began = performance.now()
const { summary } = await create(config, {
  numRecords: job.records,
  artifactPath: job.artifacts,
  datasetName: 'grid',
  providers: [{ ...provider, api_key: null, extra_body: null, extra_headers: null }],
  mcpProviders: [{ ...job.tools, provider_type: 'stdio', env: {} }],
  seed: 1n,
})
const seconds = (performance.now() - began) / 1000
const used = process.cpuUsage(cpu)
console.log(
  JSON.stringify({
    rows: summary.rows_written,
    seconds,
    cpu_seconds: (used.user + used.system) / 1e6,
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    loop_delay_p99_ms: delay.percentile(99) / 1e6,
  }),
)
process.exit(0)
