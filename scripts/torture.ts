/**
 * `npm run torture`: the whole proof, for as long as it takes. Every crash of the modelled run, thousands of double
 * crashes and races, hundreds of real kills. Prints what was tried; exits with 1 when a promise was broken.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../src/index.ts'
import { crashTest } from '../src/testing/crash-test.ts'
import { sweepDamages } from '../src/testing/damage-sweep.ts'
import {
  type SweepReport,
  sweepCrashes,
  sweepFaults,
  sweepFaultsInRecovery,
  sweepRaces,
  sweepTwoCrashes,
} from '../src/testing/fault-sweep.ts'
import { sweepPictures } from '../src/testing/picture-sweep.ts'
import { raceSiblings } from '../src/testing/sibling-races.ts'
import { sweepTakeovers } from '../src/testing/takeover-sweep.ts'
import { functionKills } from '../test/crash/function-kills.ts'
import { toolKills } from '../test/crash/tool-kills.ts'
import { editWorkflow } from '../test/workflow/edits.ts'

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1e6))
let broken = 0

function tell(what: string, violations: readonly string[]): void {
  console.log(`${violations.length === 0 ? 'kept  ' : 'BROKEN'}  ${what}`)
  for (const sentence of violations.slice(0, 20)) console.log(`        ${sentence}`)
  broken += violations.length
}

async function sweep(name: string, run: () => Promise<SweepReport>): Promise<void> {
  const { cases, sitesNotReached, violations } = await run()
  tell(`${name}: ${cases} cases`, violations)
  for (const site of sitesNotReached) console.log(`        not reached: ${site}`)
}

console.log(`seed ${seed} (give it as an argument to have the same again)`)
await sweep('random damage at rest', () => sweepDamages({ seed, cases: 2_000 }))
await sweep('one crash, every loss and all pairs of unsynced changes', () => sweepCrashes({ seed }))
await sweep('every operation failing', () => sweepFaults({ seed }))
await sweep('extension: one crash', () => sweepCrashes({ seed, scene: 'extend' }))
await sweep('extension: every operation failing', () => sweepFaults({ seed, scene: 'extend' }))
await sweep('adoption: one crash', () => sweepCrashes({ seed, scene: 'adopt' }))
await sweep('adoption: every operation failing', () => sweepFaults({ seed, scene: 'adopt' }))
await sweep('retry: one crash', () => sweepCrashes({ seed, scene: 'retry' }))
await sweep('retry: every operation failing', () => sweepFaults({ seed, scene: 'retry' }))
await sweep('retry: two crashes', () => sweepTwoCrashes({ seed, scene: 'retry', cases: 3_000 }))
await sweep('tools: one crash', () => sweepCrashes({ seed, scene: 'tools' }))
await sweep('tools: two crashes', () => sweepTwoCrashes({ seed, scene: 'tools', cases: 600 }))
await sweep('functions: one crash', () => sweepCrashes({ seed, scene: 'functions' }))
await sweep('functions: every operation failing', () => sweepFaults({ seed, scene: 'functions' }))
await sweep('functions: two crashes', () => sweepTwoCrashes({ seed, scene: 'functions', cases: 600 }))
await sweep('images: one crash', () => sweepPictures())
await sweep('reuse: one crash', () => sweepCrashes({ seed, scene: 'reuse' }))
await sweep('budget: one crash', () => sweepCrashes({ seed, scene: 'budget' }))
await sweep('early shutdown: one crash', () => sweepCrashes({ seed, scene: 'shutdown' }))
await sweep('early shutdown: every operation failing', () => sweepFaults({ seed, scene: 'shutdown' }))
await sweep('early shutdown: a failing disk after a crash', () =>
  sweepFaultsInRecovery({ seed, scene: 'shutdown', cases: 1_000 }),
)
await sweep('early shutdown: two crashes', () => sweepTwoCrashes({ seed, scene: 'shutdown', cases: 2_000 }))
for (const scene of ['stage', 'extend-staged', 'reprocess', 'retry-staged'] as const) {
  await sweep(`${scene}: one crash`, () => sweepCrashes({ seed, scene }))
  await sweep(`${scene}: every operation failing`, () => sweepFaults({ seed, scene }))
  await sweep(`${scene}: two crashes`, () => sweepTwoCrashes({ seed, scene, cases: 2_000 }))
}
await sweep('a failing disk after a crash', () => sweepFaultsInRecovery({ seed, cases: 5_000 }))
await sweep('two crashes', () => sweepTwoCrashes({ seed, cases: 10_000 }))
await sweep('two runs at once', () => sweepRaces({ seed, cases: 5_000 }))
tell('five equal commands beside another dataset, 50 races', await raceSiblings(50, seed))
for (const scene of [
  'begin',
  'extend',
  'adopt',
  'retry',
  'tools',
  'functions',
  'reuse',
  'budget',
  'shutdown',
] as const) {
  await sweep(`${scene}: a writer that was taken over wakes`, () =>
    sweepTakeovers({ seed, scene, cases: 600 }),
  )
}
for (const scene of ['stage', 'extend-staged', 'reprocess', 'retry-staged'] as const) {
  await sweep(`${scene}: a writer that was taken over wakes`, () =>
    sweepTakeovers({ seed, scene, cases: 400 }),
  )
}
const engines = ['sequential', 'sequential'] as const
await sweep('sequential engine: one crash', () => sweepCrashes({ seed, engines }))
await sweep('sequential engine: every operation failing', () => sweepFaults({ seed, engines }))
await sweep('sequential engine: two crashes', () => sweepTwoCrashes({ seed, engines, cases: 2_000 }))
await sweep('begun sequential, gone on with concurrent', () =>
  sweepCrashes({ seed, engines: ['sequential', 'concurrent'] }),
)

const directory = await mkdtemp(join(tmpdir(), 'rowsmith-torture-'))
const folderOf = async (name: string): Promise<string> => {
  const folder = join(directory, name)
  await mkdir(folder)
  return folder
}
for (const [name, example, kills, numRecords] of [
  ['real kills', 'product-reviews.yaml', 200, 1000],
  ['real kills of runs with images', 'pictured-products.yaml', 20, 60],
] as const) {
  const config = await loadConfig(join(import.meta.dirname, '../examples', example))
  const folder = await folderOf(example)
  const report = await crashTest({ config, directory: folder, kills, numRecords, modelled: false, seed })
  const { datasets, requests, answersKept, seconds, violations } = report
  const counts = `${report.kills} kills, ${datasets} datasets, ${requests} requests, ${answersKept} answers found after kills`
  tell(`${name}: ${counts}, ${seconds} s`, violations)
}
for (const transport of ['stdio', 'streamable_http', 'sse'] as const) {
  for (const once of [true, false]) {
    const folder = await folderOf(`tools-${transport}-${once}`)
    const kills = { transport, once, rows: 60, kills: 10, seed, folder }
    tell(`real kills in calls of tools over ${transport}, once: ${once}`, await toolKills(kills))
  }
}
tell(
  'real kills in functions that ask models',
  await functionKills({ rows: 60, kills: 10, seed, folder: await folderOf('functions') }),
)
for (let course = 0; course < 20; course++) {
  const violations = await editWorkflow(await folderOf(`edits-${course}`), seed + course, 20)
  tell(`a workflow edited twenty times, ${course + 1} of 20`, violations)
}
if (broken === 0) await rm(directory, { recursive: true, force: true })
else console.log(`        the datasets are in ${directory}`)
process.exitCode = broken === 0 ? 0 : 1
