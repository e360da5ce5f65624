/**
 * `npm run bench` prints a table; `npm run bench -- --json` one object; `--only WORD` measures the scenarios with
 * that word in their name. Figures of one run on one machine: compare
 * their ratios, and the aims beside them, not their sizes with another machine's.
 */
import { spawn } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
type Figures = Record<string, number>

/** Runs a script of ours and gives the first line it prints. */
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

const json = process.argv.includes('--json')
const say = (text: string): void => void process.stderr.write(`${text}\n`)

const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : undefined

say(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`)
const figures: Record<string, Figures> = {}
for (const [name, latencyMs] of [
  ['bare', 0],
  ['null-journal', 0],
  ['journal', 0],
  ['latency', 200],
  ['many-in-flight', 200],
  ['durable', 200],
  ['durable-saturated', 0],
  ['memory-cells', 0],
  ['memory-rows', 0],
  ['resume', 0],
  ['verify', 0],
  ['stage', 0],
  ['reuse', 0],
  ['retry', 0],
  ['samplers', 0],
  ['persons', 0],
  ['expressions', 0],
  ['renders', 0],
  ['structured', 0],
  ['python-lint', 0],
] as const) {
  if (only !== undefined && !name.includes(only)) continue
  say(`measuring ${name}`)
  figures[name] = await run(name, latencyMs)
}

const at = (scenario: string, figure: string): number => figures[scenario]?.[figure] ?? Number.NaN
const cpu = at('journal', 'cpu_us_per_cell')
const journalShare = (cpu - at('null-journal', 'cpu_us_per_cell')) / cpu
const many = at('many-in-flight', 'cells_per_second')
const attained = at('latency', 'cells_per_second') / (256 / 0.2)
/** A scenario that was not measured has no figures, and no line. */
const line = (what: string, value: number, unit: string, aim = '', met: boolean | null = null): Line => ({
  what,
  value,
  unit,
  aim,
  met,
})
const lines: Line[] = [
  line('CPU per 150-word cell, 256 in flight, 0 ms', cpu, 'us', '<= 350', cpu <= 350),
  line('  the same with a null journal', at('null-journal', 'cpu_us_per_cell'), 'us'),
  line('  a bare undici loop', at('bare', 'cpu_us_per_cell'), 'us'),
  line("  the journal's share", 100 * journalShare, '%', '<= 15', journalShare <= 0.15),
  line('  cells per second', at('journal', 'cells_per_second'), '/s'),
  line(
    '  event-loop delay p99',
    at('journal', 'loop_delay_p99_ms'),
    'ms',
    '< 50',
    at('journal', 'loop_delay_p99_ms') < 50,
  ),
  line('Share of the attainable at 200 ms, 256 in flight', 100 * attained, '%', '>= 95', attained >= 0.95),
  line('Cells per second at 200 ms, 1024 in flight', many, '/s', '>= 3000', many >= 3000),
  line('  CPU per cell', at('many-in-flight', 'cpu_us_per_cell'), 'us'),
  line('Answer to durable at 200 ms, p50', at('durable', 'p50_ms'), 'ms'),
  line(
    'Answer to durable at 200 ms, p99',
    at('durable', 'p99_ms'),
    'ms',
    '< 20',
    at('durable', 'p99_ms') < 20,
  ),
  line('  at 0 ms, every core busy, p50', at('durable-saturated', 'p50_ms'), 'ms'),
  line('  at 0 ms, every core busy, p99', at('durable-saturated', 'p99_ms'), 'ms'),
]
for (const [name, what] of [
  ['memory-cells', '200,000 model cells'],
  ['memory-rows', '1,000,000 sampler rows'],
] as const) {
  const peak = at(name, 'peak_rss_mb')
  const growth = at(name, 'growth')
  lines.push(
    line(`${what}: rows per second`, at(name, 'cells_per_second'), '/s'),
    line(`${what}: peak memory at 10,000`, at(name, 'peak_rss_mb_early'), 'MB'),
    line(`${what}: peak memory at the end`, peak, 'MB', '< 250', peak < 250),
    line(`${what}: growth`, growth, 'x', '<= 1.2', growth <= 1.2),
  )
}
lines.push(
  line(
    'Deciding a resume over 10,000 groups',
    at('resume', 'seconds'),
    's',
    '< 2',
    at('resume', 'seconds') < 2,
  ),
  line('Verifying 1 GB, read from the cache', at('verify', 'gb_per_second'), 'GB/s'),
  line('  peak memory', at('verify', 'peak_rss_mb'), 'MB'),
  line('Stage over 1,000,000 rows: filter, dedupe by key', at('stage', 'rows_per_second'), '/s'),
  line('  peak memory', at('stage', 'peak_rss_mb'), 'MB', '< 1000', at('stage', 'peak_rss_mb') < 1000),
)

lines.push(
  line('Reuse decided, 1,000,000 cells', at('reuse', 'cells_per_second'), '/s'),
  line('  requests sent', at('reuse', 'bought'), '', '0', at('reuse', 'bought') === 0),
  line('Retry of 100 cells in 1,000,000 rows', at('retry', 'seconds'), 's'),
  line(
    '  row groups touched',
    at('retry', 'row_groups_touched'),
    '',
    '<= 100',
    at('retry', 'row_groups_touched') <= 100,
  ),
)

for (const [name, what, aim] of [
  ['samplers', 'Sampled values, ten mixed columns', 300_000],
  ['persons', 'Persons from word lists', 20_000],
  ['expressions', 'Expression cells, six mixed columns', 200_000],
  ['structured', 'Structured answers parsed and validated', 10_000],
] as const) {
  const speed = at(name, 'cells_per_second')
  lines.push(line(what, speed, '/s', `>= ${aim}`, speed >= aim))
}

const render = at('renders', 'seconds') * (1e6 / at('renders', 'cells'))
lines.push(line('Rendering a small template', render, 'us', '<= 10', render <= 10))

const lint = at('python-lint', 'cells_per_second')
const lintDelay = at('python-lint', 'loop_delay_max_ms')
lines.push(
  line('Python linted, 30 lines each', lint, '/s', '>= 1000', lint >= 1000),
  line('  longest event-loop delay meanwhile', lintDelay, 'ms', '< 20', lintDelay < 20),
)

if (json) {
  console.log(JSON.stringify({ node: process.version, cores: cpus().length, lines, figures }))
} else {
  for (const { what, value, unit, aim, met } of lines) {
    if (Number.isNaN(value)) continue
    const verdict = met === null ? '' : met ? `aim ${aim}: met` : `aim ${aim}: MISSED`
    console.log(
      `${what.padEnd(52)} ${value.toFixed(value < 10 ? 2 : 0).padStart(9)} ${unit.padEnd(3)} ${verdict}`,
    )
  }
}
