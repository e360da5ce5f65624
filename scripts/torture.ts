/**
 * `npm run torture -- [SEED] [MINUTES] [PARTS]`: the whole proof, part after part, within MINUTES (40 unless said). Crashes of the modelled
 * run, double crashes, races, takeovers, random damage, hundreds of real kills. A part that its share of the time does not suffice for
 * ends with the cases that it has, and says so. Prints what was tried; exits with 1 when a promise was broken. PARTS is a pattern that
 * names of parts must match: `npm run torture -- 17 5 'functions|budget'`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../src/index.ts'
import { crashTest } from '../src/testing/crash/crash-test.ts'
import { batchKills } from '../test/crash/batch-kills.ts'
import { functionKills } from '../test/crash/function-kills.ts'
import { toolKills } from '../test/crash/tool-kills.ts'
import { sweepBatches } from '../test/proof/sweeps/batch-sweep.ts'
import { sweepDamages } from '../test/proof/sweeps/damage-sweep.ts'
import {
  type SweepOptions,
  type SweepReport,
  sweepCrashes,
  sweepFaults,
  sweepFaultsInRecovery,
  sweepRaces,
  sweepTwoCrashes,
} from '../test/proof/sweeps/fault-sweep.ts'
import { sweepPictures } from '../test/proof/sweeps/picture-sweep.ts'
import { raceSiblings } from '../test/proof/sweeps/sibling-races.ts'
import { sweepTakeovers } from '../test/proof/sweeps/takeover-sweep.ts'
import { editWorkflow } from '../test/workflow/edits.ts'

const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 1e6))
const minutes = Number(process.argv[3] ?? 40)
const wanted = new RegExp(process.argv[4] ?? '')

/** What a part found, and what it counted, in words. */
interface Found {
  readonly counts: string
  readonly violations: readonly string[]
  readonly notReached?: readonly string[]
}

/** @property deadline by `performance.now()` */
type Limits = Pick<SweepOptions, 'isTimeUp' | 'onProgress'> & { readonly deadline: number }

interface Part {
  readonly name: string
  /** Its share of the time, next to those of the other parts. */
  readonly share: number
  run(limits: Limits): Promise<Found>
}

type Sweeping = SweepOptions & { readonly cases: number }

/** A sweep of so many cases, or as many as there are, if there are fewer. */
function sweep(
  name: string,
  run: (options: Sweeping) => Promise<SweepReport>,
  options: Omit<Sweeping, 'seed'>,
  share = options.cases,
): Part {
  return {
    name,
    share,
    async run(limits) {
      const isOver = limits.isTimeUp?.bind(limits)
      let cut = false
      const isTimeUp = (): boolean => {
        cut = isOver?.() === true
        return cut
      }
      const { cases, violations, sitesNotReached } = await run({ ...options, ...limits, seed, isTimeUp })
      const of = cut ? ` of ${options.cases}; its time was up` : ''
      return { counts: `${cases} cases${of}`, violations, notReached: cut ? [] : sitesNotReached }
    },
  }
}

const scenes = [
  'extend',
  'import',
  'retry',
  'tools',
  'functions',
  'reuse',
  'budget',
  'shutdown',
  'shards',
] as const
const staged = ['stage', 'extend-staged', 'reprocess', 'retry-staged'] as const
const engines = ['sequential', 'sequential'] as const

/** A scene's crashes: alone, in pairs, as failing operations, and as takeovers. */
function partsOf(scene: NonNullable<SweepOptions['scene']>): Part[] {
  return [
    sweep(`${scene}: one crash`, sweepCrashes, { scene, cases: 800 }),
    sweep(`${scene}: two crashes`, sweepTwoCrashes, { scene, cases: 400 }),
    sweep(`${scene}: every operation failing`, sweepFaults, { scene, cases: 400 }),
    sweep(`${scene}: a writer that was taken over wakes`, sweepTakeovers, { scene, cases: 200 }),
  ]
}

const directory = await mkdtemp(join(tmpdir(), 'rowsmith-torture-'))
async function folderOf(name: string): Promise<string> {
  const folder = join(directory, name)
  await mkdir(folder)
  return folder
}

function realKills(example: string, kills: number, numRecords: number): Part {
  return {
    name: `real kills of ${example}`,
    share: 20 * kills,
    async run({ deadline }) {
      const since = performance.now()
      const isTimeUp = (part: number): boolean => performance.now() > since + part * (deadline - since)
      const config = await loadConfig(join(import.meta.dirname, '../examples', example))
      const folder = await folderOf(example)
      const report = await crashTest({ config, directory: folder, kills, numRecords, seed, isTimeUp })
      const { datasets, requests, answersStored, violations } = report
      const counts = `${report.kills} of ${kills} kills, ${datasets} datasets, ${requests} requests, ${answersStored} answers found after kills`
      return { counts, violations }
    },
  }
}

const toolParts = (['stdio', 'streamable_http', 'sse'] as const).flatMap((transport) =>
  [true, false].map((once): Part => {
    const name = `real kills in calls of tools over ${transport}, once: ${once}`
    const run = async (): Promise<Found> => {
      const folder = await folderOf(`tools-${transport}-${once}`)
      const violations = await toolKills({ transport, once, rows: 60, kills: 10, seed, folder })
      return { counts: '10 kills', violations }
    }
    return { name, share: 200, run }
  }),
)

const allParts: readonly Part[] = [
  sweep('random damage at rest', sweepDamages, { cases: 2_000 }, 4_000),
  ...(['delete', 'flip', 'swap'] as const).map((damage) =>
    sweep(
      `random damage to images: ${damage}`,
      (options) => sweepDamages({ ...options, aim: { damage, path: /^(images|\.rowsmith\/media)\// } }),
      { cases: 400 },
      100,
    ),
  ),
  sweep('one crash', sweepCrashes, { cases: 2_000 }),
  sweep('every operation failing', sweepFaults, { cases: 2_000 }),
  sweep('a failing disk after a crash', sweepFaultsInRecovery, { cases: 1_500 }),
  sweep('two crashes', sweepTwoCrashes, { cases: 3_000 }),
  sweep('two runs at once', sweepRaces, { cases: 1_000 }),
  sweep('a writer that was taken over wakes', sweepTakeovers, { cases: 600 }),
  ...(['begin', 'extend'] as const).map((scene) =>
    sweep(
      `${scene}: a writer that was taken over wakes, no two answers equal`,
      (options) => sweepTakeovers({ ...options, isSerial: true }),
      { scene, cases: 300 },
    ),
  ),
  {
    name: 'five equal commands next to another dataset',
    share: 300,
    run: async () => ({ counts: '50 races', violations: await raceSiblings(50, seed) }),
  },
  ...scenes.flatMap(partsOf),
  sweep('shutdown: a failing disk after a crash', sweepFaultsInRecovery, { scene: 'shutdown', cases: 400 }),
  sweep('images: one crash', sweepPictures, { cases: 400 }),
  ...staged.flatMap(partsOf),
  sweep('sequential engine: one crash', sweepCrashes, { engines, cases: 600 }),
  sweep('sequential engine: every operation failing', sweepFaults, { engines, cases: 400 }),
  sweep('sequential engine: two crashes', sweepTwoCrashes, { engines, cases: 400 }),
  sweep('started sequential, continued concurrent', sweepCrashes, {
    engines: ['sequential', 'concurrent'],
    cases: 400,
  }),
  ...(['openai', 'anthropic', 'gemini'] as const).flatMap((vendor) =>
    ([1, 2] as const).map((crashes): Part => {
      const run = async ({ isTimeUp }: Pick<SweepOptions, 'isTimeUp'>): Promise<Found> => {
        const { cases, violations } = await sweepBatches({
          vendor,
          crashes,
          seed,
          ...(isTimeUp && { isTimeUp }),
        })
        return { counts: `${cases} cases`, violations }
      }
      return { name: `batches of ${vendor}: ${crashes === 1 ? 'one crash' : 'two crashes'}`, share: 600, run }
    }),
  ),
  {
    name: 'batches: real kills',
    share: 2_000,
    async run({ isTimeUp }) {
      const folder = await folderOf('batches')
      const { kills, violations } = await batchKills({
        kills: 200,
        rows: 30,
        seed,
        folder,
        ...(isTimeUp && { isTimeUp }),
      })
      return { counts: `${kills} of 200 kills`, violations }
    },
  },
  {
    name: 'real kills in functions that ask models',
    share: 200,
    run: async () => {
      const folder = await folderOf('functions')
      return { counts: '10 kills', violations: await functionKills({ rows: 60, kills: 10, seed, folder }) }
    },
  },
  {
    name: 'workflows edited at random',
    share: 1_000,
    async run({ isTimeUp }) {
      const violations: string[] = []
      let course = 0
      for (; course === 0 || (course < 20 && isTimeUp?.() !== true); course++)
        violations.push(...(await editWorkflow(await folderOf(`edits-${course}`), seed + course, 20)))
      return { counts: `${course} of 20, each twenty times`, violations }
    },
  },
  realKills('pictured-products.yaml', 20, 60),
  realKills('product-reviews.yaml', 200, 1000),
  ...toolParts,
]

const parts = allParts.filter(({ name }) => wanted.test(name))
const began = performance.now()
const seconds = (since: number): number => Math.round((performance.now() - since) / 1000)
let broken = 0

/** Says every half minute how far the part is. */
async function runPart(part: Part, deadline: number): Promise<void> {
  const [since, cpu] = [performance.now(), process.cpuUsage()]
  let progress = ''
  const timer = setInterval(() => console.log(`  …     ${part.name}${progress}, ${seconds(since)} s`), 30_000)
  try {
    const {
      counts,
      violations,
      notReached = [],
    } = await part.run({
      deadline,
      isTimeUp: () => performance.now() > deadline,
      onProgress: (done, of) => {
        progress = `: ${done} of ${of}`
      },
    })
    const { user, system } = process.cpuUsage(cpu)
    const spent = `${seconds(since)} s, ${Math.round((user + system) / 1e6)} s of CPU here`
    const ends = violations.length > 0 ? 'BROKEN' : counts.startsWith('0 ') ? 'not run' : 'holds '
    console.log(`${ends}  ${part.name}: ${counts} (${spent})`)
    for (const sentence of violations.slice(0, 20)) console.log(`        ${sentence}`)
    for (const site of notReached) console.log(`        not reached: ${site}`)
    broken += violations.length
  } catch (error) {
    console.log(`BROKEN  ${part.name}: ${error instanceof Error ? error.stack : String(error)}`)
    broken++
  } finally {
    clearInterval(timer)
  }
}

console.log(`seed ${seed} (give it as an argument to have the same again), at most ${minutes} minutes`)
const end = began + minutes * 60_000
let shares = parts.reduce((sum, { share }) => sum + share, 0)
for (const [index, part] of parts.entries()) {
  const now = performance.now()
  const own = ((end - now) * part.share) / shares
  console.log(`${index + 1}/${parts.length} ${part.name}`)
  await runPart(part, now + own)
  shares -= part.share
}
const outcome = broken === 0 ? 'every promise holds' : `${broken} promises were broken`
console.log(`${outcome}; ${Math.round(seconds(began) / 60)} minutes, seed ${seed}`)
if (broken === 0) await rm(directory, { recursive: true, force: true })
else console.log(`the datasets are in ${directory}`)
process.exitCode = broken === 0 ? 0 : 1
