/**
 * `npm run bench:grid` measures Rowsmith and the Python reference against the same simulator, latency by limit by shape, and
 * prints one table in Markdown. Both clients of a cell run one after the other, so their ratio is of one moment of one
 * machine; how long each of them takes is about `--seconds`, whatever its speed.
 *
 *     npm run bench:grid -- [--quick] [--only WORD] [--seconds N] [--python PYTHON] [--alone] [--json]
 *
 * The reference is NeMo Data Designer from PyPI (`pip install data-designer`): in the Python given, else in a virtual
 * environment that is made in the system's temporary folder. Where it cannot be had, Rowsmith is measured alone, and a line says so.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { SimulatorStats } from '../src/entries/simulator.ts'
import { cellName, type GridCell, type GridJob, gridOf, recordsFor } from './grid-cells.ts'
import { configOf, toolProvider } from './grid-shapes.ts'
import { type Figures, type GridLine, type Measured, tableHead, tableLine } from './grid-table.ts'
import { referencePython } from './reference-python.ts'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '4' },
    python: { type: 'string' },
    /** Without the reference. */
    alone: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const root = fileURLToPath(new URL('..', import.meta.url))
const toolServer = join(root, 'bench/dist/tool-server.mjs')
const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** Requests per second, at most: what decides how many rows a client gets. */
const most = { rowsmith: 6000, reference: 45 }

/** A cell with one client, against a simulator of its own. */
async function measure(
  cell: GridCell,
  mostCells: number,
  run: (job: GridJob) => Promise<Measured>,
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-grid-'))
  const server = spawn(process.execPath, ['bench/simulator.ts', String(cell.latencyMs)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url: string = await new Promise((resolve, reject) => {
      server.stdout.once('data', (text) => resolve(String(text).trim()))
      server.once('exit', () => reject(new Error('The simulator ended.')))
    })
    const config = join(folder, 'config.json')
    writeFileSync(config, JSON.stringify(configOf(cell.shape, cell.limit)))
    const records = recordsFor(cell, Number(options.seconds), mostCells)
    const measured = await run({
      config,
      endpoint: `${url}/v1`,
      artifacts: join(folder, 'a'),
      records,
      tools: { name: toolProvider, command: process.execPath, args: [toolServer] },
    })
    const { timeline } = (await (await fetch(`${url}/stats`)).json()) as SimulatorStats
    const inFlight = timeline.in_flight.reduce((sum, mean, index) => {
      const begins = index * timeline.interval_ms
      return sum + mean * Math.min(timeline.interval_ms, timeline.elapsed_ms - begins)
    }, 0)
    const cells = measured.rows * cell.shape.cells
    return {
      ...measured,
      records,
      cells_per_second: cells / measured.seconds,
      cpu_ms_per_cell: (1000 * measured.cpu_seconds) / cells,
      mean_in_flight: inFlight / (1000 * measured.seconds),
    }
  } finally {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  }
}

function runRowsmith(job: GridJob): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const args = ['bench/dist/grid-rowsmith.mjs', JSON.stringify(job)]
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text))
      else reject(new Error(`Rowsmith ended with ${code}`))
    })
  })
}

const python = await referencePython(options)
const script = join(root, 'bench/grid-reference.py')
const lines: GridLine[] = []
say(`${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}`)
if (!options.json) console.log(tableHead.join('\n'))
for (const cell of gridOf(options)) {
  say(`${cellName(cell)}, load ${loadavg()[0]?.toFixed(1)}`)
  const rowsmith = await measure(cell, most.rowsmith, runRowsmith)
  const reference =
    python === null
      ? null
      : await measure(cell, most.reference, (job) => python.ask(job, script) as Promise<Measured>)
  const line = { cell, rowsmith, reference }
  lines.push(line)
  if (!options.json) console.log(tableLine(line))
}
if (options.json) console.log(JSON.stringify({ node: process.version, cores: cpus().length, lines }))
