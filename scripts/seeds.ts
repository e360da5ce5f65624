/**
 * `npm run seeds`: random seeds of every format, with every trouble that files have, through a dataset, its exports, and the exports as
 * seeds again. pyarrow, Python's csv and json say whether each value is the one that went in. A seed may also be refused, if the refusal
 * names the place. Prints a table; exits with 1 when a value changed.
 *
 *     npm run seeds -- --python PYTHON [--count 500] [--seed 1] [--keep]
 *
 * PYTHON needs pyarrow.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toValue } from '../src/base/value.ts'
import { configFromValue, create, exportDataset, RowsmithError } from '../src/index.ts'

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    count: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
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

const script = join(import.meta.dirname, 'seeds', 'corpus.py')
const python = (...args: string[]): string =>
  execFileSync(options.python, [script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })

async function datasetOf(source: object, folder: string, name: string, rows: number): Promise<string> {
  const config = configFromValue(
    toValue({ columns: [], seed_config: { source } }),
    join(folder, 'config.yaml'),
  )
  const run = create(config, { artifactPath: folder, datasetName: name, numRecords: rows, seed: 1n })
  return (await run).path
}

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
    const { path: file } = await exportDataset(dataset, { format, output: join(out, `export.${format}`) })
    try {
      const delimiter = format === 'csv' ? { delimiter: ',', header: true } : {}
      const again = await datasetOf(
        { seed_type: 'local', path: file, ...delimiter },
        out,
        `from-${format}`,
        seed.rows,
      )
      const exported = await exportDataset(again, { format, output: join(out, `again.${format}`) })
      if (format !== 'parquet' && !readFileSync(file).equals(readFileSync(exported.path))) {
        wrong.push(`its ${format} export is another one when it is used as a seed`)
      }
    } catch (error) {
      wrong.push(
        `its ${format} export is refused as a seed: ${error instanceof Error ? error.message : error}`,
      )
    }
  }
  return { refused: null, wrong }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-seeds-'))
  try {
    python('make', folder, options.count, options.seed)
    const seeds = JSON.parse(readFileSync(join(folder, 'corpus.json'), 'utf8')) as Seed[]
    const played: Played[] = []
    for (const seed of seeds) played.push(await play(seed, folder))
    const judged = python('judge', folder).trim().split('\n')
    const found = judged.map((line) => (JSON.parse(line) as { found: string[] }).found)
    const table: Record<string, { seeds: number; equal: number; refused: number; wrong: number }> = {}
    let failed = 0
    for (const [index, { kind, number }] of seeds.entries()) {
      const wrong = [...played[index]!.wrong, ...found[index]!]
      table[kind] ??= { seeds: 0, equal: 0, refused: 0, wrong: 0 }
      const row = table[kind]
      row.seeds++
      if (wrong.length > 0) row.wrong++
      else if (played[index]!.refused === null) row.equal++
      else row.refused++
      failed += Number(wrong.length > 0)
      for (const what of wrong.slice(0, 3)) console.log(`${number} (${kind}): ${what}`)
    }
    console.table(Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))))
    console.log(`${seeds.length} seeds, ${failed} wrong`)
    process.exitCode = failed === 0 ? 0 : 1
  } finally {
    if (options.keep) console.log(folder)
    else rmSync(folder, { recursive: true, force: true })
  }
}

await main()
