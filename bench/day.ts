/**
 * `npm run bench:day` does the same working day with Rowsmith, with Rowsmith by batches, and with the Python reference, each on a simulator
 * that meters it, and prints one table in Markdown: preview, edit of a prompt, preview, create with three kills, repair of the failed rows,
 * another judge, a fifth more rows.
 *
 *     npm run bench:day -- [--rows 1000] [--python PYTHON] [--alone] [--json]
 *
 * Without `--rows` it makes 100 rows, in a few minutes. One topic is refused with HTTP 400 by the second column until the repair.
 * Prices are of answers that were handed over whole, as the simulator counts them.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Python } from '../scripts/interchange/python.ts'
import { type Simulator, startSimulator } from '../src/entries/simulator.ts'
import { type DayEdit, dayConfig, scenario } from './day-config.ts'
import { type DayOf, dayTable, necessaryOf, type Step } from './day-table.ts'
import { referencePython } from './reference-python.ts'

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '100' },
    python: { type: 'string' },
    /** Without the reference. */
    alone: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const rows = Number(options.rows)
const more = Math.round(1.2 * rows)
const sample = Math.max(5, Math.round(rows / 50))
const bufferSize = Math.round(rows / 4)
const bin = join(import.meta.dirname, '../bin/rowsmith.js')
const script = join(import.meta.dirname, 'day-reference.py')
const say = (text: string): void => void process.stderr.write(`${text}\n`)

/** One tool on its simulators: the one that refuses a topic, and the one after the repair. */
class Day {
  readonly name: string
  readonly folder = mkdtempSync(join(tmpdir(), 'rowsmith-day-'))
  readonly steps: Step[] = []
  readonly #before: Simulator
  readonly #after: Simulator
  #isRepaired = false

  constructor(name: string, before: Simulator, after: Simulator) {
    this.name = name
    this.#before = before
    this.#after = after
  }

  static async begin(name: string): Promise<Day> {
    return new Day(
      name,
      await startSimulator({ scenario: scenario(true) }),
      await startSimulator({ scenario: scenario(false) }),
    )
  }

  get endpoint(): string {
    return `${(this.#isRepaired ? this.#after : this.#before).url}/v1`
  }

  repair(): void {
    this.#isRepaired = true
  }

  stats() {
    const both = [this.#before.stats(), this.#after.stats()]
    const sum = (of: (stats: (typeof both)[number]) => number) =>
      both.reduce((total, each) => total + of(each), 0)
    return {
      requests: sum((each) => each.requests + Object.keys(each.batches.custom_ids).length),
      answers: sum((each) => each.answered + each.batches.answered),
      batches: sum((each) => each.batches.created),
      cost: sum((each) => each.cost ?? 0),
    }
  }

  async step(name: string, work: () => Promise<unknown>): Promise<void> {
    const [before, began] = [this.stats(), performance.now()]
    await work()
    const after = this.stats()
    const step = {
      name,
      requests: after.requests - before.requests,
      answers: after.answers - before.answers,
      cost: after.cost - before.cost,
      seconds: (performance.now() - began) / 1000,
    }
    this.steps.push(step)
    say(
      `${this.name}: ${name}: ${step.answers} answers, $${step.cost.toFixed(3)}, ${step.seconds.toFixed(1)} s`,
    )
  }

  /** Kills a process once so many answers came, or a batch was made. */
  async kill(child: ChildProcess, isDue: () => boolean): Promise<void> {
    let isOver = false
    const over = new Promise<void>((resolve) => child.once('close', () => resolve()))
    void over.then(() => {
      isOver = true
    })
    while (!isOver && !isDue()) await sleep(20)
    if (isOver) say(`${this.name}: ended before it could be killed`)
    child.kill('SIGKILL')
    await over
  }

  async end(): Promise<void> {
    await Promise.all([this.#before.close(), this.#after.close()])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The three kills, each after a share of all cells was answered to its process; by batches, after each batch that is made. */
const kills = [0.5, 0.25, 0.125].map((share) => share * 5 * rows)

async function rowsmithDay(byBatches: boolean): Promise<DayOf> {
  const day = await Day.begin(byBatches ? 'Rowsmith, batches' : 'Rowsmith')
  const at = (file: string): string => join(day.folder, file)
  const writeInputs = (edits: readonly DayEdit[]): void => {
    writeFileSync(at('config.json'), JSON.stringify(dayConfig(edits)))
    const inference = byBatches ? ', inference: {writer: {poll: 0.2, min_requests: 20}}' : ''
    writeFileSync(at('run.yaml'), `{buffer_size: ${bufferSize}${inference}}`)
    const provider = { name: 'far', endpoint: day.endpoint, provider_type: 'openai' }
    writeFileSync(at('providers.yaml'), JSON.stringify({ providers: [provider] }))
  }
  const begin = (...args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [bin, ...args, '--providers', at('providers.yaml'), '-q', '--json'], {
      cwd: day.folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  const run = (...args: readonly string[]): Promise<Record<string, unknown>> => output(begin(...args))
  const how = ['config.json', '-c', 'run.yaml', '--seed', '7', '--max-dropped', '100%', '-n']
  const create = ['create', ...how]
  const preview = () => run('preview', ...how, String(sample))
  let made: Record<string, unknown> = {}
  writeInputs([])
  await day.step(`preview ${sample}`, preview)
  writeInputs(['prompt'])
  await day.step('edit of the second prompt, preview', preview)
  for (const [at, answers] of kills.entries()) {
    await day.step(`create until kill ${at + 1}`, () => {
      const before = day.stats()
      const child = begin(...create, String(rows))
      child.stdout?.resume()
      const isDue = () =>
        byBatches ? day.stats().batches > before.batches : day.stats().answers - before.answers >= answers
      return day.kill(child, isDue)
    })
  }
  await day.step('the same command to the end', async () => {
    made = await run(...create, String(rows))
  })
  const failed = Number(made.rows_dropped)
  day.repair()
  writeInputs(['prompt'])
  await day.step('repair of the failed rows', async () => {
    made = await run('retry', String(made.dataset_path))
  })
  const recovered = failed - Number(made.rows_dropped)
  writeInputs(['prompt', 'judge'])
  await day.step('another judge', async () => {
    made = await run(...create, String(rows))
  })
  await day.step('a fifth more rows', async () => {
    made = await run(...create, String(more))
  })
  await day.end()
  const delivered = Number(made.rows_written)
  return { name: day.name, steps: day.steps, failed, recovered, delivered, datasets: 1, manualSteps: 0 }
}

async function referenceDay(python: Python): Promise<DayOf> {
  const day = await Day.begin('Data Designer')
  const job = (about: object, edits: readonly DayEdit[]) => ({
    config: dayConfig(edits),
    endpoint: day.endpoint,
    artifacts: day.folder,
    buffer_size: bufferSize,
    resume: 'if_possible',
    name: 'day',
    ...about,
  })
  const ask = async (about: object, edits: readonly DayEdit[]): Promise<number> => {
    const answer = (await python.ask(job(about, edits), script)) as { rows?: number; error?: string }
    if (answer.rows === undefined) throw new Error(`Data Designer: ${answer.error}`)
    return answer.rows
  }
  await day.step(`preview ${sample}`, () => ask({ do: 'preview', records: sample }, []))
  await day.step('edit of the second prompt, preview', () =>
    ask({ do: 'preview', records: sample }, ['prompt']),
  )
  for (const [at, answers] of kills.entries()) {
    await day.step(`create until kill ${at + 1}`, () => {
      const before = day.stats().answers
      const child = python.start(job({ do: 'create', records: rows }, ['prompt']), script)
      return day.kill(child, () => day.stats().answers - before >= answers)
    })
  }
  let made = 0
  await day.step('the same command to the end', async () => {
    made = await ask({ do: 'create', records: rows }, ['prompt'])
  })
  const failed = rows - made
  day.repair()
  // Resume sends nothing. Extending by as many rows makes others.
  await day.step('repair of the failed rows', async () => {
    if (failed > 0) await ask({ do: 'create', records: rows + failed }, ['prompt'])
  })
  // Resume is refused for an edited config.
  await day.step('another judge', () =>
    ask({ do: 'create', records: rows, name: 'judged', seed_dataset: 'day' }, [
      'prompt',
      'judge',
      'judge alone',
    ]),
  )
  // A second extension finds the dataset complete.
  let extended = 0
  await day.step('a fifth more rows', async () => {
    extended = await ask({ do: 'create', records: more - rows, name: 'more' }, ['prompt', 'judge'])
  })
  await day.end()
  return {
    name: day.name,
    steps: day.steps,
    failed,
    recovered: 0,
    delivered: rows + extended,
    datasets: 2,
    manualSteps: 3,
  }
}

/** @returns the object that a command printed */
function output(child: ChildProcess): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (part) => {
      text += part
    })
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text))
      else reject(new Error(`Rowsmith ended with ${code}: ${text.slice(0, 500)}`))
    })
  })
}

const python = await referencePython(options)
const days = [await rowsmithDay(false), await rowsmithDay(true)]
if (python !== null) days.push(await referenceDay(python))
for (const day of days) day.necessary = necessaryOf({ rows, sample, more })
console.log(options.json ? JSON.stringify(days) : dayTable(days))
