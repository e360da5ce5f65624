/**
 * `npm run seeds`: random seeds of every format, with every trouble that files have, through a dataset, its exports, and the exports as
 * seeds again. pyarrow, Python's csv and json say whether each value is the one that went in. A seed may also be refused, if the refusal
 * names the place. Prints what is wrong after every few seeds, and a table; exits with 1 when a value changed.
 *
 *     npm run seeds -- --python PYTHON [--count 500] [--seed 1] [--from 0] [--functions 4] [--jobs 2] [--keep]
 *
 * `--from 100` leaves out the first 100 of the 500, to go on after a stop. Every fourth seed goes through functions that change nothing as well; `--functions 1`: every seed.
 *
 * PYTHON needs pyarrow.
 */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toValue } from '../src/base/values/value.ts'
import { configFromValue } from '../src/entries/config.ts'
import { create, open, RowsmithError } from '../src/index.ts'
import { inThread } from '../src/testing/datasets/in-thread.ts'
import { changedByFunctions } from './seeds/identities.ts'

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    functions: { type: 'string', default: '4' },
    from: { type: 'string', default: '0' },
    jobs: { type: 'string', default: '2' },
    keep: { type: 'boolean', default: false },
    /** Of a process that shares the work: the folder of the corpus. */
    within: { type: 'string' },
  },
})

interface Seed {
  readonly number: number
  readonly kind: string
  readonly path: string
  readonly source: object
  readonly rows: number
}

interface Played {
  readonly refused: string | null
  /** What was not as it should be. */
  readonly wrong: readonly string[]
}

/** Seeds that one process is given at once. */
const SLICE = 20

const script = join(import.meta.dirname, 'seeds', 'corpus.py')
const python = (...args: string[]): string =>
  execFileSync(options.python, [script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })

async function datasetOf(source: object, folder: string, name: string, rows: number): Promise<string> {
  const config = configFromValue(
    toValue({ columns: [], seed_config: { source } }),
    join(folder, 'config.yaml'),
  )
  const options = { artifactPath: folder, datasetName: name, numRecords: rows, seed: 1n }
  const run = create(config, options, { encoder: () => inThread })
  return (await run).path
}

/** What has to be said of an export, to read it as a seed. */
const asExported = {
  parquet: ({ source }: Seed) => ('types' in source ? { types: source.types } : {}),
  jsonl: () => ({}),
  csv: () => ({ delimiter: ',', header: true }),
} as const

/** A dataset of the seed, its exports, and a dataset of each export, whose exports must be the same bytes. */
async function play(seed: Seed, folder: string): Promise<Played> {
  const at = join(folder, String(seed.number))
  const out = join(at, 'out')
  const path = join(at, seed.path)
  let dataset: string
  try {
    dataset = await datasetOf({ seed_type: 'local', path, ...seed.source }, out, 'dataset', seed.rows)
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.code === 'internal')
      return { refused: null, wrong: [String(error)] }
    const named = /\b(?:row|line|Line:|column) ?["\d]|compressed|UTF-16|two ways/.test(error.message)
    return { refused: error.message, wrong: named ? [] : [`refused without a place: ${error.message}`] }
  }
  const wrong: string[] = []
  for (const format of ['parquet', 'jsonl', 'csv'] as const) {
    const { path: file } = await open(dataset).export({ format, output: join(out, `export.${format}`) })
    try {
      const again = await datasetOf(
        { seed_type: 'local', path: file, ...asExported[format](seed) },
        out,
        `from-${format}`,
        seed.rows,
      )
      const exported = await open(again).export({ format, output: join(out, `again.${format}`) })
      if (format !== 'parquet' && !readFileSync(file).equals(readFileSync(exported.path))) {
        wrong.push(`its ${format} export is another one when it is used as a seed`)
      }
    } catch (error) {
      wrong.push(
        `its ${format} export is refused as a seed: ${error instanceof Error ? error.message : error}`,
      )
    }
  }
  if (seed.number % Number(options.functions) === 0) {
    const source = { seed_type: 'local', path, ...seed.source }
    wrong.push(...(await changedByFunctions({ source, rows: seed.rows, folder: out, dataset })))
  }
  return { refused: null, wrong }
}

interface Count {
  seeds: number
  equal: number
  refused: number
  wrong: number
}

/** Plays and judges some seeds, and counts them. */
async function slice(seeds: readonly Seed[], folder: string, table: Record<string, Count>): Promise<void> {
  const played: Played[] = []
  for (const seed of seeds) played.push(await play(seed, folder))
  const judged = python('judge', folder, ...seeds.map(({ number }) => `${number}`))
    .trim()
    .split('\n')
  for (const [index, { kind, number }] of seeds.entries()) {
    const { found } = JSON.parse(judged[index]!) as { found: string[] }
    const wrong = [...played[index]!.wrong, ...found]
    table[kind] ??= { seeds: 0, equal: 0, refused: 0, wrong: 0 }
    const row = table[kind]
    row.seeds++
    row[wrong.length > 0 ? 'wrong' : played[index]!.refused === null ? 'equal' : 'refused']++
    for (const what of wrong.slice(0, 3)) console.log(`${number} (${kind}): ${what}`)
    if (!options.keep) rmSync(join(folder, String(number)), { recursive: true, force: true })
  }
}

const wrongIn = (table: Record<string, Count>) =>
  Object.values(table).reduce((sum, { wrong }) => sum + wrong, 0)

/** One of the processes that share the work: gets the numbers of some seeds, and says what came of them. */
function work(folder: string): void {
  const seeds = seedsIn(folder)
  process.on('message', async ([from, to]: [number, number]) => {
    const table: Record<string, Count> = {}
    await slice(seeds.slice(from, to), folder, table)
    process.send!(table)
  })
}

/** Has processes work through the seeds, some at a time. @returns what came of all */
async function shareOut(folder: string, seeds: number): Promise<Record<string, Count>> {
  const table: Record<string, Count> = {}
  let [at, done] = [Number(options.from), 0]
  const one = async (): Promise<void> => {
    const child = fork(import.meta.filename, [...process.argv.slice(2), '--within', folder])
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`a process ended with ${code}`)
    })
    failed.catch(() => {})
    while (at < seeds) {
      const [from, to] = [at, Math.min(at + SLICE, seeds)]
      at = to
      child.send([from, to])
      const [found] = (await Promise.race([once(child, 'message'), failed])) as [Record<string, Count>]
      add(table, found)
      done += to - from
      console.log(`${done} seeds, ${wrongIn(table)} wrong`)
    }
    child.disconnect()
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, one))
  return table
}

function add(table: Record<string, Count>, found: Record<string, Count>): void {
  for (const [kind, count] of Object.entries(found)) {
    table[kind] ??= { seeds: 0, equal: 0, refused: 0, wrong: 0 }
    for (const what of Object.keys(count) as (keyof Count)[]) table[kind][what] += count[what]
  }
}

const seedsIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'corpus.json'), 'utf8')) as Seed[]

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-seeds-'))
  try {
    python('make', folder, options.count, options.seed)
    const table = await shareOut(folder, seedsIn(folder).length)
    const all: Record<string, Count> = {}
    for (const count of Object.values(table)) add(all, { all: count })
    const byKind = Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))
    console.table(Object.fromEntries([...byKind, ...Object.entries(all)]))
    process.exitCode = wrongIn(table) === 0 ? 0 : 1
  } finally {
    if (options.keep) console.log(folder)
    else rmSync(folder, { recursive: true, force: true })
  }
}

if (options.within === undefined) await main()
else work(options.within)
