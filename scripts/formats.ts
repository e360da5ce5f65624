/**
 * `npm run formats`: exports in the formats of trainers, as the `datasets` and `trl` of Hugging Face read them. Every value must be the
 * one that was written, and a chat template of trl must render it. Prints a table of checks; exits with 1 when one failed.
 *
 *     npm run formats -- [--cache FOLDER] [--python PYTHON] [--keep]
 *
 * PYTHON has the packages; else they are installed into FOLDER once. Without Python there is nothing to run, which is said.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { madeExports, madeSplits, oddDataset } from './formats/datasets.ts'
import { judged } from './shared/judge.ts'
import { pythonWith } from './shared/virtual-environment.ts'

const { values: options } = parseArgs({
  options: {
    cache: { type: 'string', default: join(tmpdir(), 'rowsmith-formats') },
    python: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const wheels = ['datasets==5.2.0', 'transformers==5.24.0', 'jinja2']
/** Without what they depend on: nothing here trains, so that torch is not needed. */
const bare = ['trl==1.16.0', 'accelerate==1.15.0']

async function main(): Promise<void> {
  mkdirSync(options.cache, { recursive: true })
  const python = options.python ?? (await pythonWith(wheels, options.cache, 'all formats', bare))
  if (python === undefined) return
  const script = join(import.meta.dirname, 'formats', 'formats.py')
  process.exitCode = await judged(python, script, exportsIn, options.keep)
}

async function exportsIn(folder: string): Promise<void> {
  const dataset = join(folder, 'odd')
  oddDataset(dataset)
  writeFileSync(join(folder, 'exports.json'), JSON.stringify(await madeExports(dataset, folder)))
  await madeSplits(dataset, folder)
}

await main()
