/**
 * `npm run readers`: datasets and their exports in what people load data with: pandas (pyarrow and fastparquet), polars, pyarrow,
 * DuckDB, datasets. Each value must be the one that Rowsmith's own reader gives. Prints a table of checks; exits with 1 when one failed.
 *
 *     npm run readers -- [--cache FOLDER] [--python PYTHON] [--keep]
 *
 * PYTHON has the packages; else they are installed into FOLDER once.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { formatJson } from '../src/base/values/json.ts'
import type { Row } from '../src/index.ts'
import { madeDatasets } from './readers/datasets.ts'
import { judged } from './shared/judge.ts'
import { pythonWith } from './shared/virtual-environment.ts'

const { values: options } = parseArgs({
  options: {
    cache: { type: 'string', default: join(tmpdir(), 'rowsmith-readers') },
    python: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const wheels = [
  'datasets==5.2.0',
  'duckdb==2.0.1',
  'fastparquet==2026.9.0',
  'pandas==3.1.1',
  'polars==2.1.0',
  'pyarrow==26.0.1',
]

async function main(): Promise<void> {
  mkdirSync(options.cache, { recursive: true })
  const python = options.python ?? (await pythonWith(wheels, options.cache, 'all readers'))
  if (python === undefined) {
    process.exitCode = 1
    return
  }
  const script = join(import.meta.dirname, 'readers', 'readers.py')
  process.exitCode = await judged(python, script, datasetsIn, options.keep)
}

async function datasetsIn(folder: string): Promise<void> {
  for await (const { name, rows, ...made } of madeDatasets(folder)) {
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(made))
    writeFileSync(
      join(folder, `${name}.expected.jsonl`),
      rows.map((row: Row) => `${formatJson(row)}\n`).join(''),
    )
  }
}

await main()
