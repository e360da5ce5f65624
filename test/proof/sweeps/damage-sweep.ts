/**
 * Random damage to datasets at rest: the proof that nothing damaged is vouched for, and nothing is paid for twice unsaid.
 *
 * Owns: which files are damaged, how, and what must hold of every command afterwards. A case: one dataset, one damage (a bit flipped,
 * a file cut, deleted, swapped with another, or put back as it was earlier), then a reader, `verify`, `status`, and the command
 * that goes on; where that refuses, `verify --repair`, and the command again, with consent if that is what it asks for. Rules:
 *   X1. A reader gives the rows that were written, or an error; fewer rows only where `status` says that some are open.
 *   X2. An answer that was on the disk is bought again only after a refusal: the command that goes on says so first. What cannot be
 *       seen is named in docs/verify.md: a killed process's last segment, cut between two frames.
 *   X3. A run that is refused sends nothing.
 *   X4. `verify` says "whole" of no directory that `status` or the run refuse, and its repair finds nothing that it did not.
 *   X6. What `verify` does not call whole, `status` tells too: it refuses, or says what is open, or what is not whole. And the run refuses, or
 *       says it in a warning, or mends it, or makes the rows again.
 *   X5. In the end the rows are those of a dataset that was never damaged, or a command still refuses.
 */
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { keyedRandom, type Random } from '../../../src/base/numbers/random.ts'
import { formatJson } from '../../../src/base/values/json.ts'
import { DatasetResults } from '../../../src/results/rows/dataset-results.ts'
import { readStatus } from '../../../src/results/status/status.ts'
import { everyFile, storedAnswers } from '../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { asProcess } from '../../../src/testing/disks/simulated-process.ts'
import { verifyDataset } from '../../../src/verify/verify.ts'
import type { InjectedBug } from '../bugs/injected-bugs.ts'
import type { ProviderBook } from '../small/provider-book.ts'
import { describe } from '../small/small-proof.ts'
import {
  type Outcome,
  type SmallProcess,
  smallDirectory,
  smallDisk,
  smallProvider,
  smallRows,
  smallRun,
} from '../small/small-run.ts'
import type { SweepReport } from './fault-sweep.ts'

/** A dataset as it lies, before it is damaged. */
interface AtRest {
  readonly name: string
  readonly disk: SimulatedDisk
  readonly provider: ProviderBook
  /** What the command that goes on asks for. */
  readonly asks: Pick<SmallProcess, 'rows' | 'staged' | 'world'>
  /** Files as they were earlier, where they were others. */
  readonly earlier: ReadonlyMap<string, Uint8Array>
  /** Rows that a reader finds, and those that it finds in the end, as JSON. */
  readonly before: readonly string[]
  /** Rows that are open. */
  readonly open: number
  readonly end: readonly string[]
}

const damages = ['flip', 'cut', 'delete', 'swap', 'earlier'] as const
type Damage = (typeof damages)[number]

/** One kind of damage to files like these: what a sample comes upon too seldom. Of a swap, both are. */
interface Aim {
  readonly damage: Damage
  readonly path: RegExp
}

export interface DamageOptions {
  readonly cases: number
  /** @default every damage to every file */
  readonly aim?: Aim | undefined
  readonly seed?: number
  readonly injectBug?: InjectedBug
  /** Ends with the first violation, or the first like this. @default false */
  readonly untilViolation?: boolean | RegExp
  readonly onProgress?: (done: number, of: number) => void
  /** Asked between two cases: whether the sweep ends with those that it has. @default never */
  readonly isTimeUp?: () => boolean
}

/** Every dataset in turn; file and damage are drawn. */
export async function sweepDamages(options: DamageOptions): Promise<SweepReport> {
  const datasets = await Promise.all([
    killed(0.5),
    killed(0.7),
    finished(),
    extended(),
    retried(),
    postProcessed(),
    killedWithImages(),
    retriedWithImages(),
  ])
  const violations: string[] = []
  let done = 0
  for (; done < options.cases && options.isTimeUp?.() !== true; done++) {
    const random = keyedRandom(BigInt(options.seed ?? 0), 'damages', done)
    violations.push(...(await damagedCase(datasets[done % datasets.length]!, random, options)))
    const { untilViolation: until = false } = options
    if (violations.some((each) => (until instanceof RegExp ? until.test(each) : until))) break
    options.onProgress?.(done + 1, options.cases)
  }
  return { cases: done, violations, sitesNotReached: [], shruggedOff: [] }
}

const common = { seed: 101n } as const

async function atRest(
  name: string,
  steps: readonly Omit<SmallProcess, 'start' | 'seed'>[],
  killedAt?: number,
): Promise<AtRest> {
  let provider = smallProvider()
  let disk = smallDisk()
  let earlier = new Map<string, Uint8Array>()
  for (const [index, step] of steps.entries()) {
    earlier = await filesOf(disk)
    const outcome = await smallRun(disk, provider, { ...common, ...step, start: index + 1 })
    if (outcome.kind !== 'done') throw new Error(`${name} could not be made: ${describe(outcome)}`)
  }
  const last = steps.at(-1)!
  const end = await rowsOf(disk)
  if (killedAt !== undefined) {
    const stopAt = Math.round(killedAt * (await operationsOf(last)))
    provider = smallProvider()
    disk = smallDisk({ interrupt: ({ number }) => (number === stopAt ? 'stop-before' : undefined) })
    await smallRun(disk, provider, { ...common, ...last, start: 1 })
    disk = disk.afterKill()
  }
  const { rows = smallRows, staged = false, world } = last
  const asks = { rows, staged, ...(world && { world }) }
  const before = await rowsOf(disk)
  const { rows_open: open } = await readStatus(disk, smallDirectory)
  return { name, disk, provider, asks, earlier, before, open, end }
}

/** How many operations of the disk a whole run takes. */
async function operationsOf(step: Omit<SmallProcess, 'start' | 'seed'>): Promise<number> {
  let operations = 0
  const disk = smallDisk({
    interrupt: ({ number }) => {
      operations = number
      return undefined
    },
  })
  await smallRun(disk, smallProvider(), { ...common, ...step, start: 1 })
  return operations
}

const killed = (at: number): Promise<AtRest> => atRest('killed', [{}], at)
const finished = (): Promise<AtRest> => atRest('finished', [{}])
const extended = (): Promise<AtRest> => atRest('extended', [{}, { rows: smallRows + 3 }])
const retried = (): Promise<AtRest> => atRest('retried', [{}, { command: 'retry' }])
const postProcessed = (): Promise<AtRest> =>
  atRest('staged', [{ staged: true }, { staged: true, rows: smallRows + 3 }])

const pictures = { world: 'pictures' } as const
const killedWithImages = (): Promise<AtRest> => atRest('killed', [pictures], 0.6)
const retriedWithImages = (): Promise<AtRest> =>
  atRest('retried', [pictures, { ...pictures, command: 'retry' }])

async function rowsOf(disk: Parameters<typeof readStatus>[0]): Promise<string[]> {
  const rows: string[] = []
  for await (const row of new DatasetResults(disk, smallDirectory).rows()) rows.push(formatJson(row))
  return rows
}

/** What somebody got, or the error that it was refused with. */
async function tried<T>(action: () => Promise<T>): Promise<T | RowsmithError> {
  try {
    return await action()
  } catch (error) {
    if (RowsmithError.isInstance(error) && error.code !== 'internal') return error
    throw error
  }
}

async function damagedCase(
  dataset: AtRest,
  random: Random,
  { injectBug, aim }: DamageOptions,
): Promise<readonly string[]> {
  const disk = dataset.disk.afterKill()
  const answers = new Set((await storedAnswers(disk, smallDirectory)).keys())
  const damage = await damaged(disk, dataset, random, aim)
  if (damage === undefined) return []
  const found: string[] = []
  const trial = new Trial(dataset, disk, answers, damage, injectBug)
  try {
    await trial.run(found)
  } catch (error) {
    found.push(`something else than a RowsmithError: ${error instanceof Error ? error.stack : String(error)}`)
  }
  return found.map((what) => `${dataset.name}, ${damage.what}: ${what}`)
}

/** What is done to a damaged dataset, and what must hold of it. */
class Trial {
  readonly #dataset: AtRest
  readonly #disk: SimulatedDisk
  readonly #answers: ReadonlySet<string>
  readonly #damage: Damaged
  readonly #injectBug: InjectedBug | undefined
  readonly #provider: ProviderBook
  #starts = 50
  #warned = false

  constructor(
    dataset: AtRest,
    disk: SimulatedDisk,
    answers: ReadonlySet<string>,
    damage: Damaged,
    injectBug: InjectedBug | undefined,
  ) {
    this.#dataset = dataset
    this.#disk = disk
    this.#answers = answers
    this.#damage = damage
    this.#injectBug = injectBug
    this.#provider = dataset.provider.fork()
  }

  async run(found: string[]): Promise<void> {
    const { before, end } = this.#dataset
    const status = await tried(() => readStatus(this.#seen(), smallDirectory))
    this.#checkRead(await tried(() => rowsOf(this.#seen())), before, status, found)
    const checked = await this.#verify(false)
    if (RowsmithError.isInstance(checked)) return
    if (checked.whole) {
      if (RowsmithError.isInstance(status)) found.push(`X4: verify says whole, and status ${status.code}`)
      const mended = await verifyDataset(
        smallDirectory,
        { repair: true, waitForLockMs: 0 },
        this.#components(this.#disk.afterKill()),
      )
      if (!mended.whole) found.push(`X4: verify says whole, and its repair finds ${lines(mended.findings)}`)
    } else if (!this.#tells(status))
      found.push(`X6: verify finds ${lines(checked.findings)}, and status says nothing`)
    const first = await this.#goOn(found, checked.whole)
    const refused = first.kind !== 'done'
    if (!checked.whole && !refused && !this.#warned) {
      const after = await this.#verify(false)
      if (RowsmithError.isInstance(after) || !after.whole) {
        found.push(`X6: verify finds ${lines(checked.findings)}, and the run says nothing`)
      }
    }
    let last = first
    if (refused) {
      await this.#verify(true)
      last = await this.#goOn([], false)
      if (last.kind === 'failed' && last.error.code === 'answers_lost')
        last = await this.#goOn([], false, true)
    }
    if (!refused) this.#checkRequested(first, found)
    if (last.kind !== 'done') return
    let rows = await tried(() => rowsOf(this.#seen()))
    if (RowsmithError.isInstance(rows)) {
      await this.#verify(true)
      last = await this.#goOn([], false, true)
      rows = await tried(() => rowsOf(this.#seen()))
    }
    if (!RowsmithError.isInstance(rows) && last.kind === 'done' && !same(rows, end)) {
      const report = await this.#verify(false)
      const reported = !RowsmithError.isInstance(report) && !report.whole
      if (!reported) found.push(`X5: in the end there are other rows (${rows.length} for ${end.length})`)
    }
  }

  #checkRead(
    rows: readonly string[] | RowsmithError,
    due: readonly string[],
    status: Awaited<ReturnType<typeof readStatus>> | RowsmithError,
    found: string[],
  ): void {
    if (RowsmithError.isInstance(rows) || same(rows, due)) return
    const unknown = rows.filter((row) => !due.includes(row))
    if (unknown.length > 0) found.push(`X1: a reader got a row that was never written: ${unknown[0]}`)
    else if (
      !RowsmithError.isInstance(status) &&
      status.rows_open === 0 &&
      status.stage?.state !== 'pending'
    ) {
      found.push(`X1: a reader got ${rows.length} of ${due.length} rows, and status says that none is open`)
    }
  }

  #tells(status: Awaited<ReturnType<typeof readStatus>> | RowsmithError): boolean {
    if (RowsmithError.isInstance(status)) return true
    const { rows_open, not_whole, missing_files, stage: postProcessing, total } = status
    return (
      rows_open > this.#dataset.open ||
      not_whole.length + missing_files.length > 0 ||
      postProcessing?.state === 'pending' ||
      total.unrecorded_at_most > 0
    )
  }

  async #goOn(found: string[], whole: boolean, acceptLoss = false): Promise<Outcome> {
    const sent = this.#provider.total
    const start = ++this.#starts
    const outcome = await smallRun(this.#disk, this.#provider, {
      ...common,
      ...this.#dataset.asks,
      start,
      acceptLoss,
      injectBug: this.#injectBug,
      onWarning: () => {
        this.#warned = true
      },
    })
    if (outcome.kind === 'done') return outcome
    if (whole) found.push(`X4: verify says whole, and the run ends with ${describe(outcome)}`)
    if (outcome.kind === 'hung') found.push('the run hung')
    if (this.#provider.total > sent) found.push(`X3: ${describe(outcome)}, after requests were sent`)
    return outcome
  }

  #checkRequested(outcome: Outcome, found: string[]): void {
    const again = [...this.#provider.requests].filter(
      ([key, count]) => this.#answers.has(key) && count > (this.#dataset.provider.requests.get(key) ?? 0),
    )
    if (again.length === 0 || this.#damage.unseen) return
    if (outcome.kind === 'done' && outcome.summary.total.unrecorded_at_most > 0) return
    found.push(`X2: ${again.length} answers were bought again, unsaid: ${again[0]![0]}`)
  }

  #verify(repair: boolean) {
    return tried(() =>
      verifyDataset(smallDirectory, { repair, waitForLockMs: 0 }, this.#components(this.#disk)),
    )
  }

  #components(disk: SimulatedDisk) {
    return { disk: asProcess(disk, ++this.#starts), encoder: () => inThread }
  }

  #seen() {
    const disk = this.#injectBug?.wrap(this.#disk) ?? this.#disk
    return asProcess(disk, ++this.#starts)
  }
}

function lines(findings: readonly { readonly path: string; readonly problem: string }[]): string {
  return findings.map(({ path, problem }) => `${path} ${problem}`).join('; ')
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((row, index) => row === b[index])
}

interface Damaged {
  readonly what: string
  /** Nobody can see it: docs/verify.md names it. */
  readonly unseen: boolean
}

/** Does one damage; undefined when what was drawn changes nothing. */
async function damaged(
  disk: SimulatedDisk,
  dataset: AtRest,
  random: Random,
  aim: Aim | undefined,
): Promise<Damaged | undefined> {
  const files = await filesOf(disk)
  const names = [...files.keys()]
    .filter((name) => !/\/lock\./.test(name) && (aim === undefined || aim.path.test(name)))
    .sort()
  if (names.length === 0) return undefined
  // Kinds of files count equally, however many there are of one.
  const kinds = [...Map.groupBy(names, (name) => name.replace(/\d+/g, '#')).values()]
  const ofKind = kinds[random.below(kinds.length)]!
  const path = ofKind[random.below(ofKind.length)]!
  const bytes = files.get(path)!
  const damage = aim?.damage ?? damages[random.below(damages.length)]!
  const other = names[random.below(names.length)]!
  const made = damagedBytes(damage, bytes, random, dataset.earlier.get(path), files.get(other)!)
  if (made === undefined || (made !== null && Buffer.compare(made, bytes) === 0)) return undefined
  await write(disk, path, made)
  if (damage === 'swap') await write(disk, other, bytes)
  const unseen =
    dataset.name === 'killed' && damage === 'cut' && path.includes('/journal/') && bytesEndRecord(made)
  const what = damage === 'swap' ? `swap of ${path} and ${other}` : `${damage} of ${path}`
  return { what: made === null || damage === 'swap' ? what : `${what} (${bytes.length} bytes)`, unseen }
}

/** Undefined: not possible. Null: no file. */
function damagedBytes(
  damage: Damage,
  bytes: Uint8Array,
  random: Random,
  earlier: Uint8Array | undefined,
  other: Uint8Array,
): Uint8Array | null | undefined {
  switch (damage) {
    case 'flip': {
      if (bytes.length === 0) return undefined
      const flipped = Uint8Array.from(bytes)
      flipped[random.below(bytes.length)]! ^= 1 << random.below(8)
      return flipped
    }
    case 'cut':
      return bytes.length === 0 ? undefined : bytes.slice(0, random.below(bytes.length))
    case 'delete':
      return null
    case 'swap':
      return other
    case 'earlier':
      return earlier
  }
}

function bytesEndRecord(bytes: Uint8Array | null): boolean {
  return bytes !== null && (bytes.length === 0 || bytes.at(-1) === 0x0a)
}

/** Every file, by its path below the dataset directory. */
async function filesOf(disk: SimulatedDisk): Promise<Map<string, Uint8Array>> {
  const files = await everyFile(disk, smallDirectory)
  return new Map([...files].map(([path, bytes]) => [path.replace(/^\.\//, ''), bytes]))
}

async function write(disk: SimulatedDisk, path: string, bytes: Uint8Array | null): Promise<void> {
  const full = `${smallDirectory}/${path}`
  await disk.remove(full)
  if (bytes !== null) {
    const file = await disk.create(full)
    await file.append(bytes)
    await file.sync()
    await file.close()
  }
  await disk.syncDirectory(full.slice(0, full.lastIndexOf('/')))
}
