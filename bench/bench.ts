/**
 * `npm run bench` prints a table; `npm run bench -- --json` one object; `--only WORD` measures the scenarios with
 * that word in their name. Figures of one run on one machine: compare
 * their ratios, and the aims next to them, not their sizes with another machine's.
 */
import { spawn } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
type Figures = Record<string, number>

/** Runs a script of bench/ and gives the first line it prints. */
async function firstLine(script: string, args: string[]): Promise<{ line: string; stop: () => void }> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    if (text.includes('\n')) return { line: text.slice(0, text.indexOf('\n')), stop: () => child.kill() }
  }
  throw new Error(`${script} ${args.join(' ')} ended without a word`)
}

/** One scenario against a simulator of its own. */
async function run(name: string, latencyMs: number): Promise<Figures> {
  const server = await firstLine('bench/simulator.ts', [String(latencyMs)])
  try {
    const { line, stop } = await firstLine('bench/dist/scenarios.mjs', [name, server.line])
    stop()
    return JSON.parse(line)
  } finally {
    server.stop()
  }
}

interface Line {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly aim: string
  readonly met: boolean | null
}

interface Subject {
  /** What is measured for it, each with the latency of its simulator. */
  readonly scenarios: readonly (readonly [name: string, latencyMs?: number])[]
  /** What is said of that. A scenario that was not measured has no figures, and its lines no numbers. */
  lines(at: (scenario: string, figure: string) => number): readonly Line[]
}

const json = process.argv.includes('--json')
const say = (text: string): void => void process.stderr.write(`${text}\n`)
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined

const line = (what: string, value: number, unit: string, aim = '', met: boolean | null = null): Line => ({
  what,
  value,
  unit,
  aim,
  met,
})

/** Of a scenario that says how many cells a second it makes. */
const speed = (name: string, what: string, aim: number): Subject => ({
  scenarios: [[name]],
  lines: (at) => {
    const cells = at(name, 'cells_per_second')
    return [line(what, cells, '/s', `>= ${aim}`, cells >= aim)]
  },
})

const memory = (name: string, what: string): Subject => ({
  scenarios: [[name]],
  lines: (at) => {
    const peak = at(name, 'peak_rss_mb')
    const growth = at(name, 'growth')
    return [
      line(`${what}: rows per second`, at(name, 'cells_per_second'), '/s'),
      line(`${what}: peak memory at 10,000`, at(name, 'peak_rss_mb_early'), 'MB'),
      line(`${what}: peak memory at the end`, peak, 'MB', '< 250', peak < 250),
      line(`${what}: growth`, growth, 'x', '<= 1.2', growth <= 1.2),
    ]
  },
})

const subjects: readonly Subject[] = [
  {
    scenarios: [['bare'], ['null-journal'], ['journal']],
    lines: (at) => {
      const cpu = at('journal', 'cpu_us_per_cell')
      const bareJournal = at('null-journal', 'cpu_us_per_cell')
      const share = (cpu - bareJournal) / cpu
      const delay = at('journal', 'loop_delay_p99_ms')
      return [
        line('CPU per 150-word cell, 256 in flight, 0 ms', cpu, 'us', '<= 350', cpu <= 350),
        line('  the same with a null journal', bareJournal, 'us'),
        line('  a bare undici loop', at('bare', 'cpu_us_per_cell'), 'us'),
        line("  the journal's share", 100 * share, '%', '<= 15', share <= 0.15),
        line('  cells per second', at('journal', 'cells_per_second'), '/s'),
        line('  event-loop delay p99', delay, 'ms', '< 50', delay < 50),
      ]
    },
  },
  {
    scenarios: [['latency', 200]],
    lines: (at) => {
      const attained = at('latency', 'cells_per_second') / (256 / 0.2)
      const what = 'Share of the attainable at 200 ms, 256 in flight'
      return [line(what, 100 * attained, '%', '>= 95', attained >= 0.95)]
    },
  },
  {
    scenarios: [['many-in-flight', 200]],
    lines: (at) => {
      const many = at('many-in-flight', 'cells_per_second')
      return [
        line('Cells per second at 200 ms, 1024 in flight', many, '/s', '>= 3000', many >= 3000),
        line('  CPU per cell', at('many-in-flight', 'cpu_us_per_cell'), 'us'),
      ]
    },
  },
  {
    scenarios: [['durable', 200]],
    lines: (at) => {
      const p99 = at('durable', 'p99_ms')
      return [
        line('Answer to durable at 200 ms, p50', at('durable', 'p50_ms'), 'ms'),
        line('Answer to durable at 200 ms, p99', p99, 'ms', '< 20', p99 < 20),
      ]
    },
  },
  {
    scenarios: [['durable-saturated']],
    lines: (at) => [
      line('  at 0 ms, every core busy, p50', at('durable-saturated', 'p50_ms'), 'ms'),
      line('  at 0 ms, every core busy, p99', at('durable-saturated', 'p99_ms'), 'ms'),
    ],
  },
  memory('memory-cells', '200,000 model cells'),
  memory('memory-rows', '1,000,000 sampler rows'),
  {
    scenarios: [['resume']],
    lines: (at) => {
      const seconds = at('resume', 'seconds')
      return [line('Deciding a resume over 10,000 groups', seconds, 's', '< 2', seconds < 2)]
    },
  },
  {
    scenarios: [['verify']],
    lines: (at) => [
      line('Verifying 1 GB, read from the cache', at('verify', 'gb_per_second'), 'GB/s'),
      line('  peak memory', at('verify', 'peak_rss_mb'), 'MB'),
    ],
  },
  {
    scenarios: [['stage']],
    lines: (at) => {
      const peak = at('stage', 'peak_rss_mb')
      return [
        line('Stage over 1,000,000 rows: filter, dedupe by key', at('stage', 'rows_per_second'), '/s'),
        line('  peak memory', peak, 'MB', '< 1000', peak < 1000),
      ]
    },
  },
  {
    scenarios: [['reuse']],
    lines: (at) => [
      line('Reuse decided, 1,000,000 cells', at('reuse', 'cells_per_second'), '/s'),
      line('  requests sent', at('reuse', 'requested'), '', '0', at('reuse', 'requested') === 0),
    ],
  },
  {
    scenarios: [['retry']],
    lines: (at) => {
      const touched = at('retry', 'row_groups_touched')
      return [
        line('Retry of 100 cells in 1,000,000 rows', at('retry', 'seconds'), 's'),
        line('  row groups touched', touched, '', '<= 100', touched <= 100),
      ]
    },
  },
  speed('samplers', 'Sampled values, ten mixed columns', 300_000),
  speed('persons', 'Persons from word lists', 20_000),
  speed('expressions', 'Expression cells, six mixed columns', 200_000),
  {
    scenarios: [['renders']],
    lines: (at) => {
      const render = at('renders', 'seconds') * (1e6 / at('renders', 'cells'))
      return [line('Rendering a small template', render, 'us', '<= 10', render <= 10)]
    },
  },
  speed('structured', 'Structured answers parsed and validated', 10_000),
  {
    scenarios: [['python-lint']],
    lines: (at) => {
      const lint = at('python-lint', 'cells_per_second')
      const delay = at('python-lint', 'loop_delay_max_ms')
      return [
        line('Python linted, 30 lines each', lint, '/s', '>= 1000', lint >= 1000),
        line('  longest event-loop delay meanwhile', delay, 'ms', '< 20', delay < 20),
      ]
    },
  },
]

function print({ what, value, unit, aim, met }: Line): void {
  if (Number.isNaN(value)) return
  const aimMet = met === null ? '' : met ? `aim ${aim}: met` : `aim ${aim}: MISSED`
  console.log(
    `${what.padEnd(52)} ${value.toFixed(value < 10 ? 2 : 0).padStart(9)} ${unit.padEnd(3)} ${aimMet}`,
  )
}

say(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`)
const figures: Record<string, Figures> = {}
const lines: Line[] = []
for (const subject of subjects) {
  for (const [name, latencyMs = 0] of subject.scenarios) {
    if (only !== undefined && !name.includes(only)) continue
    say(`measuring ${name}`)
    figures[name] = await run(name, latencyMs)
  }
  const found = subject.lines((scenario, figure) => figures[scenario]?.[figure] ?? Number.NaN)
  lines.push(...found)
  // A run that is stopped half-way has printed what it knew.
  if (!json) for (const each of found) print(each)
}
if (json) console.log(JSON.stringify({ node: process.version, cores: cpus().length, lines, figures }))
