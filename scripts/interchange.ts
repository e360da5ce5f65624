/**
 * `npm run interchange`: Rowsmith and the real Data Designer go on with each other's datasets, in both directions.
 * docs/interchange.md says what is checked. Exits with 1 when a case failed; with 0, and a line that begins with "skipped:",
 * when Data Designer cannot be installed here; with 2 when the Python given has none.
 *
 *     npm run interchange -- [--only WORD] [--python PYTHON] [--cache FOLDER] [--keep]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startSimulator } from '../src/entries/simulator.ts'
import { writePersons } from '../test/support/persons.ts'
import type { Checks } from './interchange/checks.ts'
import { limits } from './interchange/limits.ts'
import { columnNames, fill } from './interchange/matrix.ts'
import { cellsIn } from './interchange/matrix-configs.ts'
import { Python, pinned, Unavailable } from './interchange/python.ts'
import { directions, type Played, play, scenesIn } from './interchange/scenes.ts'
import { Tools } from './interchange/tools.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    python: { type: 'string' },
    cache: { type: 'string', default: join(tmpdir(), 'rowsmith-interchange') },
    keep: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  mkdirSync(options.cache, { recursive: true })
  // Where both tools look for persons; their processes get it with the environment.
  process.env.DATA_DESIGNER_MANAGED_ASSETS_PATH = join(options.cache, 'managed-assets')
  await writePersons(process.env.DATA_DESIGNER_MANAGED_ASSETS_PATH, 'en_GB')
  let failed = 0
  for (const python of await pythons()) failed += await checkWith(python)
  console.log(failed === 0 ? 'all cases hold' : `${failed} cases FAILED`)
  process.exitCode = failed === 0 ? 0 : 1
}

/** The Python given; else one with the pinned version, and one with the newest where it is another. @throws Unavailable */
async function pythons(): Promise<readonly Python[]> {
  if (options.python !== undefined) return [new Python(options.python, options.cache)]
  const python = await Python.prepare(options.cache, pinned)
  const newest = await python.newest()
  console.log(
    `data-designer ${pinned} is pinned; the newest is ${newest ?? 'not known, no registry answers'}`,
  )
  if (newest === undefined || newest === pinned) return [python]
  return [python, await Python.prepare(options.cache, newest)]
}

/** @returns how many cases failed */
async function checkWith(python: Python): Promise<number> {
  const versions = Object.entries(await python.versions()).map(([name, version]) => `${name} ${version}`)
  console.log(`with ${versions.join(', ')}, Node ${process.versions.node}`)

  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-interchange-'))
  const simulator = await startSimulator({ latencyMs: 100, words: 12 })
  let failed = 0
  try {
    const tools = new Tools(python, simulator)
    for (const scene of scenesIn(folder)) {
      for (const [first, second] of directions) {
        if (!`${scene.name}: ${first} -> ${second}`.includes(options.only)) continue
        const artifacts = join(folder, `${scene.name}, ${first}`.replaceAll(/\W+/g, '-').toLowerCase())
        const played = await play(tools, scene, first, second, artifacts)
        print(scene.name, `${first} -> ${second}`, played)
        if (played.checks.failures.length > 0) failed++
      }
    }
    failed += await fillMatrix(tools, folder)
    for (const limit of limits) {
      if (!`limit: ${limit.name}`.includes(options.only)) continue
      const artifacts = join(folder, `limit ${limit.name}`.replaceAll(/\W+/g, '-'))
      const { seen, checks } = await limit.show(tools, artifacts)
      printChecks(`limit: ${limit.name}`, checks)
      for (const sentence of seen) console.log(`        ${sentence}`)
      if (checks.failures.length > 0) failed++
    }
  } finally {
    await simulator.close()
    if (failed === 0 && !options.keep) rmSync(folder, { recursive: true, force: true })
    else console.log(`the datasets are in ${folder}`)
  }
  return failed
}

/** @returns how many cells failed */
async function fillMatrix(tools: Tools, folder: string): Promise<number> {
  let failed = 0
  const header = ['config', 'direction', ...columnNames].join(' | ')
  let isRecorded = false
  for (const cell of cellsIn(folder)) {
    for (const direction of directions) {
      const name = `matrix: ${cell.name}: ${direction.join(' -> ')}`
      if (!name.includes(options.only)) continue
      if (!isRecorded) console.log(header)
      isRecorded = true
      const { columns, checks } = await fill(
        tools,
        cell,
        direction,
        join(folder, name.replaceAll(/\W+/g, '-')),
      )
      const state = checks.failures.length === 0 ? 'ok    ' : 'FAILED'
      console.log(`${state}  ${[cell.name, direction.join(' -> '), ...columns].join(' | ')}`)
      for (const failure of checks.failures) console.log(`        NOT SO: ${failure}`)
      if (checks.failures.length > 0) failed++
    }
  }
  return failed
}

function print(name: string, direction: string, { done, rows, checks }: Played): void {
  printChecks(`${name.padEnd(18)} ${direction.padEnd(26)} ${String(rows).padStart(3)} rows  ${done}`, checks)
}

function printChecks(what: string, { failures, subjects }: Checks): void {
  console.log(`${failures.length === 0 ? 'ok    ' : 'FAILED'}  ${what}`)
  console.log(`        checked: ${[...subjects].join(', ')}`)
  for (const failure of failures) console.log(`        NOT SO: ${failure}`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Unavailable)) throw error
  const isWanted = options.python !== undefined
  console.log(`${isWanted ? 'error' : 'skipped'}: ${error.message}`)
  process.exitCode = isWanted ? 2 : 0
}
