/**
 * What must hold of a small run that was interrupted: at each crash, and in the end. Violations are sentences.
 *
 *   P1. A request that needs an answer is sent only when that answer is on the disk; an answer that is on the disk is
 *       never asked for again.
 *   P2. In the end the data files are those of an uninterrupted run with the same seed, byte for byte.
 *   P3. Every file under its final name is whole, at any moment.
 *   P5, P8. Every row has a fate, and the bill covers what the provider saw, request by request and token by token.
 *   E10. A tool marked `once` runs at most once for a call. Where nobody can know whether it ran, and nowhere else, its row
 *       may be missing in the end; all others are those of an uninterrupted run. No call is made again whose result is on the disk.
 *   P6. A row that was there stays there, at every moment, while others are asked for again.
 *   P4. Where no two answers are equal: all files of a row group are made of the same answers, and those are the ones that the journal had
 *       when a writer was held up, whatever other writers were given.
 *   S2. Of a run with a stage: readers find the table of before or the new one, whole, and the marker tells which.
 *   And what was reported as done survives a power loss in the next instant.
 */

import { retryOfKey } from '../../../src/run/effects/journal-records.ts'
import type { Summary } from '../../../src/run/report/summary.ts'
import { columnOf, differentFiles, rowOf } from '../../../src/testing/crash/compare.ts'
import {
  brokenFiles,
  dataFiles,
  generatedFiles,
  openCalls,
  postProcessingMarker,
  publishedAnswers,
  publishedGroups,
  rowsThere,
  storedAnswers,
  tableFiles,
} from '../../../src/testing/crash/independent-reader.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import type { ProviderBook } from './provider-book.ts'
import {
  type Outcome,
  smallChain,
  smallDirectory,
  smallDisk,
  smallProvider,
  smallRun,
  sourceDirectory,
} from './small-run.ts'
import { type SmallScene, smallBudget } from './small-scenes.ts'
import { callingTurns, onceTool, storedPerTurn } from './small-tools.ts'

/** What an uninterrupted run of a seed leaves. */
interface Expected {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly keys: ReadonlySet<string>
  readonly rows: readonly string[]
}

/** How often keys had been asked, or tools been called, at a crash whose answers were on the disk: synced, or at least shown. */
export interface Promised {
  readonly durable: ReadonlyMap<string, number>
  /** With those that a power loss may still take. */
  readonly shown: ReadonlyMap<string, number>
  /** Rows for which a tool marked `once` may have run, and left nothing. */
  readonly uncertain: ReadonlySet<number>
  /** What was shown, by key. */
  readonly answers?: ReadonlyMap<string, string>
}

const expectations = new Map<string, Promise<Expected>>()

/** What the scene amounts to when nothing interrupts it. Both engines make the same. */
function expected(scene: SmallScene, seed: bigint): Promise<Expected> {
  const key = `${scene.name} ${seed}`
  let known = expectations.get(key)
  if (known === undefined) {
    known = uninterrupted(scene, seed)
    expectations.set(key, known)
  }
  return known
}

async function uninterrupted(scene: SmallScene, seed: bigint): Promise<Expected> {
  const { name, disk: found, rows } = scene
  // A dataset that is extended ends as if all of its rows had been asked for at once; one that gets a stage later, as if it
  // had always had it.
  const retried = name === 'retry' || name === 'retry-staged'
  const atOnce = name === 'extend' || (scene.earlier !== undefined && !retried)
  const disk = atOnce ? smallDisk() : found.afterKill()
  const provider = retried ? scene.provider.fork() : smallProvider(name === 'shutdown' ? 'none' : 'one')
  // One process makes what two shards make.
  const isPlain = name === 'budget' || name === 'shutdown' || name === 'shards'
  const how = isPlain ? {} : scene.process(1)
  const outcome = await smallRun(disk, provider, { start: 1, seed, rows, ...how })
  if (outcome.kind !== 'done') throw new Error(`The uninterrupted run failed: ${describe(outcome)}`)
  return {
    files: await dataFiles(disk, smallDirectory),
    keys: new Set([...provider.requests.keys(), ...provider.calls.keys()]),
    rows: await rowsThere(disk, smallDirectory),
  }
}

/**
 * Looks at a disk right after a crash, before anybody goes on.
 *
 * @param isExact true when no power loss has taken requests from the bill of a process that went on
 */
export async function checkCrash(
  crashed: SimulatedDisk,
  provider: ProviderBook,
  scene: SmallScene,
  isExact: boolean,
): Promise<{ readonly violations: string[]; readonly promised: Promised }> {
  const disk = crashed.afterKill()
  const violations = (await brokenFiles(disk, smallDirectory))
    .filter((file) => !scene.broken.includes(file))
    .map((file) => `P3: not whole under its final name: ${file}`)
  violations.push(...(await lostRows(disk, scene)), ...overBudget(provider, isExact))
  if (scene.name === 'reuse') violations.push(...(await takenWrongly(disk)))
  if (scene.earlier !== undefined) violations.push(...(await checkTable(crashed, scene, scene.earlier)))
  const stored = goodAnswers(await storedAnswers(disk, smallDirectory))
  violations.push(...ranTwice(provider))
  if (scene.name === 'tools') violations.push(...turnsOutOfNothing(stored, provider))
  const rowsWith = new Set(
    [...stored.keys()].filter((key) => columnOf(key) === smallChain.earlier).map(rowOf),
  )
  for (const key of provider.requests.keys()) {
    // What another dataset paid for is no answer of this provider's.
    if (scene.name === 'reuse' && Number(rowOf(key)) < 3) {
      violations.push(`P1: an answer of the other dataset was bought: ${key}`)
    } else if (columnOf(key) === smallChain.later && !rowsWith.has(rowOf(key))) {
      violations.push(`P1: the answer for row ${rowOf(key)} was used and is not on the disk`)
    }
  }
  const count = (answers: ReadonlyMap<string, string>): Map<string, number> =>
    new Map([...answers].map(([key, body]) => paidFor(key, body)).map((key) => [key, timesOf(provider, key)]))
  const lost = crashed.afterPowerLoss(() => 'lost')
  const durable = goodAnswers(await storedAnswers(lost, smallDirectory))
  const uncertain = await openCalls(disk, smallDirectory, `tool:${onceTool}`)
  return {
    violations,
    promised: { shown: count(stored), durable: count(durable), uncertain, answers: stored },
  }
}

/** Answers that are a value: others are asked for again once what made them so is mended. */
function goodAnswers(answers: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...answers].filter(([, body]) => !body.includes('"finish_reason":"content_filter"')))
}

/** What was paid for an answer on the disk: the request of its key, or the call that a result of a tool, or of a function, tells of. */
function paidFor(key: string, body: string): string {
  const answer: unknown = JSON.parse(body)
  const [returned] = [answer].flat()
  if (typeof returned === 'string') return returned
  const { is_error: reported, content } = answer as { is_error?: boolean; content?: { text: string }[] }
  return reported === false && content?.[0] !== undefined ? content[0].text : key
}

function timesOf({ requests, calls }: ProviderBook, paid: string): number {
  return requests.get(paid) ?? calls.get(paid) ?? 0
}

function ranTwice({ calls }: ProviderBook): string[] {
  return [...calls]
    .filter(([call, times]) => call.startsWith(`${onceTool} `) && times > 1)
    .map(([call, times]) => `E10: a tool marked once ran ${times} times: ${call}`)
}

/** A turn is asked for when the answer and the results of each turn before it are on the disk. */
function turnsOutOfNothing(stored: ReadonlyMap<string, string>, provider: ProviderBook): string[] {
  const count = (keys: Iterable<string>, row: string): number =>
    [...keys].filter((key) => rowOf(key) === row && columnOf(key) === smallChain.earlier).length
  const requested = [...provider.requests.keys()]
  return [...new Set(requested.map(rowOf))].flatMap((row) => {
    const isOver = requested.some((key) => rowOf(key) === row && columnOf(key) === smallChain.later)
    const turns = count(requested, row) - 1
    const needed = storedPerTurn * turns + (isOver ? 1 : 0)
    const found = count(stored.keys(), row)
    const violations = found < needed ? [`P1: row ${row} went on with ${found} of ${needed} answers`] : []
    if (turns > callingTurns) violations.push(`P1: row ${row} was asked for ${turns + 1} turns`)
    return violations
  })
}

/**
 * At any moment, also after a power loss, readers find the table of before or the one that the stage makes, whole; while one takes
 * the place of the other there may be none, and then the old one lies aside. The marker says "complete" of the new one alone.
 */
async function checkTable(
  crashed: SimulatedDisk,
  scene: SmallScene,
  earlier: NonNullable<SmallScene['earlier']>,
): Promise<string[]> {
  const violations: string[] = []
  for (const [when, disk] of [
    ['', crashed.afterKill()],
    [' after a power loss', crashed.afterPowerLoss(() => 'lost')],
  ] as const) {
    const seed = await seedOf(disk)
    if (seed === undefined) continue
    const { files } = await expected(scene, seed)
    const due = new Map([...files].filter(([path]) => path.startsWith('parquet-files/')))
    const found = await tableFiles(disk, smallDirectory)
    const isNew = differentFiles(due, found).length === 0
    const isOld = differentFiles(earlier.table, found).length === 0
    const quarantined = await disk.list(`${smallDirectory}/.rowsmith/stage`)
    const swapping = found.size === 0 && quarantined.some((name) => name.startsWith('old-'))
    if (!isNew && !isOld && !swapping) {
      violations.push(`P6: the table is neither the one of before nor the new one${when}`)
    }
    const raw = await generatedFiles(disk, smallDirectory)
    const untouched = isOld && earlier.table.size > 0 && differentFiles(earlier.raw, raw).length === 0
    if ((await postProcessingMarker(disk, smallDirectory)) === 'complete' && !isNew && !untouched) {
      violations.push(`S2: metadata.json says "complete" of a table that the stage did not make${when}`)
    }
  }
  return violations
}

/**
 * Looks at a run that should have finished.
 *
 * @param before what was there at every crash before, and nothing could take since
 * @param lossless true when no crash lost anything, so that the bill must be exact
 */
export async function checkEnd(
  finished: SimulatedDisk,
  outcome: Outcome,
  provider: ProviderBook,
  before: readonly Promised[],
  lossless: boolean,
  scene: SmallScene,
): Promise<string[]> {
  if (outcome.kind !== 'done') return [`the run could not be finished: ${describe(outcome)}`]
  const violations = ranTwice(provider)
  for (const [key, times] of before.flatMap(({ shown }) => [...shown])) {
    if (timesOf(provider, key) > times)
      violations.push(`P1: an answer on the disk was requested again: ${key}`)
  }
  violations.push(...offSummary(outcome.summary, provider, lossless, scene.rows))
  violations.push(...(await lostRows(finished.afterKill(), scene)))
  violations.push(...overBudget(provider, lossless))
  for (const [when, disk] of [
    ['', finished.afterKill()],
    [' after a power loss that followed', finished.afterPowerLoss(() => 'lost')],
  ] as const) {
    const off = provider.isSerial ? unlikeAnswers(disk, before) : offDisk(disk, before, scene)
    violations.push(...(await off).map((what) => `${what}${when}`))
  }
  return violations
}

/** Where the summary of a finished run is not what its provider saw. */
function offSummary(summary: Summary, provider: ProviderBook, lossless: boolean, rows: number): string[] {
  const violations: string[] = []
  const { rows_planned, rows_written, rows_dropped, rows_open, replies_unused, total } = summary
  if (rows_planned !== rows || rows_written + rows_dropped !== rows || rows_open !== 0) {
    violations.push(
      `P5: ${rows_planned} rows planned, ${rows_written} written, ${rows_dropped} dropped, ${rows_open} open`,
    )
  }
  if (replies_unused !== 0) violations.push(`E6: ${replies_unused} stored answers were not used`)
  const known = total.requests - total.unknown
  if (known > provider.total || (lossless && provider.total > total.requests)) {
    violations.push(
      `P8: the accounting says ${total.requests} requests (${total.unknown} unknown), the provider saw ${provider.total}`,
    )
  }
  const tokens = total.usage.input_tokens + total.usage.output_tokens
  if (tokens > provider.tokens || (lossless && total.unknown === 0 && tokens !== provider.tokens)) {
    violations.push(`P8: the accounting says ${tokens} tokens, the provider counted ${provider.tokens}`)
  }
  return violations
}

/** Where the files of a finished run are not those of a run that nothing disturbed. */
async function offDisk(
  disk: SimulatedDisk,
  before: readonly Promised[],
  scene: SmallScene,
): Promise<string[]> {
  const seed = await seedOf(disk)
  if (seed === undefined) return ['P2: run.json is gone']
  const violations: string[] = []
  const should = await expected(scene, seed)
  for (const key of before.flatMap(({ shown }) => [...shown.keys()])) {
    const requested = scene.name === 'shutdown' ? retryOfKey(key).first : key
    if (!should.keys.has(requested)) violations.push(`P1: an answer on the disk was thrown away: ${key}`)
  }
  if (scene.earlier !== undefined && (await postProcessingMarker(disk, smallDirectory)) !== 'complete') {
    violations.push('S2: metadata.json does not say "complete" of what is')
  }
  const uncertain = await uncertainRows(disk)
  if (uncertain.length > 0) {
    return [...violations, ...(await checkUncertain(disk, uncertain, before, should))]
  }
  const differences = differentFiles(should.files, await dataFiles(disk, smallDirectory))
  return [...violations, ...differences.map((difference) => `P2: ${difference}`)]
}

/** Where files of a row group are not made of its stored answers, or those are not the ones that counted before. For small runs without retries. */
async function unlikeAnswers(disk: SimulatedDisk, before: readonly Promised[]): Promise<string[]> {
  const stored = await publishedAnswers(disk, smallDirectory)
  const violations: string[] = []
  for (const [key, body] of before.flatMap(({ answers = new Map<string, string>() }) => [...answers]))
    if (stored.get(key) !== body) violations.push(`P4: the answer in use was displaced: ${key}`)
  const numbers = new Map(
    [...stored].map(([key, body]) => [`${rowOf(key)}/${columnOf(key)}`, numbersIn(body)]),
  )
  for (const [folder, columns] of [
    ['parquet-files', [smallChain.later]],
    ['dropped-columns-parquet-files', [smallChain.earlier]],
    ['processors-files/chat', [smallChain.earlier, smallChain.later]],
  ] as const) {
    for (const { firstRow, plannedRows, droppedRows, rows } of await publishedGroups(
      disk,
      smallDirectory,
      folder,
    )) {
      const written = Array.from({ length: plannedRows }, (_, index) => firstRow + index).filter(
        (row) => !droppedRows.has(row),
      )
      for (const [index, row] of written.entries()) {
        const due = columns.flatMap((column) => numbers.get(`${row}/${column}`) || []).join()
        const shown = numbersIn(Object.entries(rows[index] ?? {}).filter(([name]) => name !== 'topic'))
        if (shown !== due)
          violations.push(`P4: row ${row} of ${folder} has the answers ${shown}, and ${due} are stored`)
      }
    }
  }
  return violations
}

/** The numbers of serial answers. */
function numbersIn(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? Number(each) : each))
  return [...text.matchAll(/#(\d+)/g)].map(([, number]) => number).join()
}

/** Rows that were dropped because nobody can know whether a tool ran for them. */
async function uncertainRows(disk: SimulatedDisk): Promise<number[]> {
  const groups = await publishedGroups(disk, smallDirectory).catch(() => [])
  return groups.flatMap(({ dropCodes }) =>
    [...dropCodes].flatMap(([row, code]) => (code === 'effect_uncertain' ? [row] : [])),
  )
}

async function checkUncertain(
  disk: SimulatedDisk,
  uncertain: readonly number[],
  before: readonly Promised[],
  should: Expected,
): Promise<string[]> {
  const violations = uncertain
    .filter((row) => !before.some((crash) => crash.uncertain.has(row)))
    .map((row) => `E10: row ${row} was dropped, and no call of it was left open`)
  const rows = await rowsThere(disk, smallDirectory)
  if (rows.some((row) => !should.rows.includes(row))) {
    violations.push("P2: a row differs from the uninterrupted run's")
  }
  if (rows.length < should.rows.length - uncertain.length) violations.push('P2: more rows are missing')
  return violations
}

async function lostRows(disk: SimulatedDisk, { there }: SmallScene): Promise<string[]> {
  if (there.length === 0) return []
  // A file that is not whole is told of elsewhere. Rows may be equal: each counts.
  const rows = await rowsThere(disk, smallDirectory).catch(() => [...there])
  return there.flatMap((row) => {
    const at = rows.indexOf(row)
    if (at === -1) return [`P6: a row of the dataset is gone: ${row}`]
    rows.splice(at, 1)
    return []
  })
}

/** What a power loss took from the bill nobody can count. */
function overBudget({ passed }: ProviderBook, isExact: boolean): string[] {
  return passed === 0 || !isExact
    ? []
    : [`B1: ${passed} requests were sent beyond a budget of ${smallBudget}`]
}

/** Answers that were taken over, each as the other dataset holds it under the same key. */
async function takenWrongly(disk: SimulatedDisk): Promise<string[]> {
  const source = await storedAnswers(disk, sourceDirectory)
  const taken = await storedAnswers(disk, smallDirectory, 'reused')
  return [...taken].flatMap(([key, body]) =>
    source.get(key) === body ? [] : [`U1: an answer was taken that is not that of its key: ${key}`],
  )
}

/** A run that says nothing of the disk has every answer on it that it was given. */
export async function lostAnswers(disk: SimulatedDisk, provider: ProviderBook): Promise<string[]> {
  const stored = await storedAnswers(disk.afterKill(), smallDirectory)
  return [...provider.requests.keys()]
    .filter((key) => !stored.has(key))
    .map((key) => `P1: an answer was lost to the disk, and the run said nothing of it: ${key}`)
}

export function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'done':
      return 'done'
    case 'hung':
      return 'it neither ended nor failed'
    case 'failed':
      return `${outcome.error.code}: ${outcome.error.message}`
  }
}

async function seedOf(disk: SimulatedDisk): Promise<bigint | undefined> {
  const path = `${smallDirectory}/.rowsmith/run.json`
  if ((await disk.stat(path)) === undefined) return undefined
  const { run_seed } = JSON.parse(new TextDecoder().decode(await disk.readFile(path))) as { run_seed: number }
  return BigInt(run_seed)
}
