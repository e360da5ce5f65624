/**
 * Datasets made by processes that are killed again and again, until there were enough kills; what each goes through is
 * `crash-scenes.ts`.
 *
 * After each kill, by a reader that shares no code: which answers are on the disk. What must hold:
 *   K1. Files under their final names are whole.
 *   K2. At most `onTheWay` answers that the server gave are not on the disk: nothing was used before it was durable.
 *   K3. A key whose answer is on the disk is never requested again.
 * At the end of each dataset:
 *   K4. Every row is settled, every file of the plan is there, no stored answer was left unused; with a stage, its marker says "complete".
 *   K5. `serial`: the number of every stored answer stands in the data, or its row was dropped.
 *   K6. `repeatable`: the data files equal those of a run that was not killed.
 *   K7. The accounting covers what the server saw: requests whose record a kill took are at most `onTheWay` per kill. Its tokens are
 *       those of the server's own meter, but for answers to requests that are unknown, or whose record a kill took.
 *   K8. The same command again finds it complete and sends nothing.
 * Of some datasets:
 *   K9. Taken from another dataset: what that one holds is never requested, and not a byte of it changes.
 *   K10. With a budget: at no moment has the server's own meter passed it, and what stops a run is the budget. These are killed
 *       without a power loss, so no request is missing from the accounting.
 */

import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { present } from '../../base/errors/present.ts'
import { keyedRandom, type Random } from '../../base/numbers/random.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import type { Summary } from '../../run/report/summary.ts'
import { type Simulator, startSimulator } from '../../simulate/server/server.ts'
import { differentFiles } from './compare.ts'
import {
  accountingViolations,
  type Dataset,
  inFlightMax,
  killViolations,
  limitViolations,
  meterOf,
  requestedAgain,
  serialViolations,
  since,
  sourceViolations,
} from './crash-checks.ts'
import { type CrashJob, type CrashLimits, noLimits } from './crash-job.ts'
import type { ChildEnd, CrashProcesses } from './crash-processes.ts'
import { type BudgetKind, type CrashSceneName, crashScene, modelColumns } from './crash-scenes.ts'
import {
  brokenFiles,
  dataFiles,
  everyFile,
  postProcessingMarker,
  publishedGroups,
  rawFolder,
  storedAnswers,
} from './independent-reader.ts'

export interface CrashPartOptions {
  readonly processes: CrashProcesses
  readonly config: Config
  readonly numRecords: number
  /** What datasets go through, one after the other, in an order that the seed draws. */
  readonly scenes: readonly CrashSceneName[]
  /** As of a `CrashJob`. */
  readonly wrapDisk: string | null
  readonly answers: 'serial' | 'repeatable'
  /** An empty folder. */
  readonly directory: string
  readonly kills: number
  /** Called before each kill: whether those that there were are enough. @default never */
  readonly isTimeUp?: (() => boolean) | undefined
  readonly seed: number
}

/** Answers a process may get before it is killed. */
const answersBeforeKill = 60
const latencyMs = 15
const syncMs = 2
const pollMs = 3
/** What is not over by then has hung. */
const endpointWaitMs = 60_000

/** Kills of a dataset while its stage is at work. */
const postProcessingKillsMax = 3

/** What a request may take of a budget at most, roughly: a limit has to leave room for some. */
const roomTokens = 1500
const roomCost = 4

export class CrashPart {
  readonly violations: string[] = []
  kills = 0
  postProcessingKills = 0
  budgetStops = 0
  datasets = 0
  requests = 0
  answersStored = 0
  answersReused = 0
  readonly #options: CrashPartOptions
  readonly #scenes: readonly CrashSceneName[]
  readonly #random: Random
  #stagings = 0

  constructor(options: CrashPartOptions) {
    this.#options = options
    this.#random = keyedRandom(BigInt(options.seed), options.answers, 0)
    const left = [...options.scenes]
    this.#scenes = options.scenes.map(() =>
      present(left.splice(this.#random.below(left.length), 1)[0], 'splice'),
    )
  }

  /** @param progress called after every kill */
  async run(progress: (kills: number) => void): Promise<void> {
    const { answers } = this.#options
    for (let number = 1; this.#isToKill; number++) {
      // A simulator of its own for each dataset: keys of one say nothing about another's.
      const simulator = await startSimulator({ answers, latencyMs, words: 12 })
      try {
        await this.#dataset(simulator, number, progress)
        this.requests += simulator.stats().requests
      } finally {
        await simulator.close()
      }
      if (this.violations.length > 0) return
    }
  }

  /** Once it is not, the dataset that was created is finished and looked at. */
  get #isToKill(): boolean {
    return this.kills < this.#options.kills && this.#options.isTimeUp?.() !== true
  }

  async #dataset(simulator: Simulator, number: number, progress: (kills: number) => void): Promise<void> {
    const dataset = await this.#started(simulator, number)
    if (dataset === undefined) return
    let summary: Summary | undefined
    for (const step of dataset.scene.steps) {
      dataset.step = step
      dataset.limits = this.#limits(simulator, dataset, step.budget)
      const end = await this.#step(simulator, dataset, progress)
      if (end === undefined) return
      if (end.kind === 'done') summary = end.summary
    }
    if (summary !== undefined) await this.#checkEnd(simulator, dataset, summary)
  }

  async #started(simulator: Simulator, number: number): Promise<Dataset | undefined> {
    const { config, numRecords, answers } = this.#options
    const scene = crashScene(
      present(this.#scenes[(number - 1) % this.#scenes.length], 'scenes'),
      config,
      numRecords,
      this.#bufferSize,
    )
    const about = {
      name: `dataset-${number}-${scene.name}`,
      scene,
      seed: answers === 'serial' ? null : String(1000 + number),
      models: Math.max(1, config.model_configs.length),
      promised: new Map<string, number>(),
      before: meterOf(simulator),
      source: null,
      step: present(scene.steps[0], 'steps'),
      limits: noLimits,
      unknown: 0,
      kills: 0,
      postProcessingKills: 0,
    }
    if (scene.source === null) return about
    const { config: other, rows } = scene.source
    const name = `dataset-${number}-source`
    const job = { ...(await this.#job(simulator, about)), wrapDisk: null, staging: null }
    const { end } = await this.#options.processes.start({
      ...job,
      ...{ config: other, datasetName: name, numRecords: rows },
    })
    if ((await end).kind !== 'done') {
      this.#violated(about, 'the dataset whose answers are to be taken could not be made')
      return undefined
    }
    const path = join(this.#options.directory, 'artifacts', name)
    const { effects } = simulator.stats()
    const requested = [...(await storedAnswers(nodeDisk, path)).keys()].map(
      (key) => [key, effects[key] ?? 0] as const,
    )
    const source = { path, files: await everyFile(nodeDisk, path), requests: new Map(requested) }
    return { ...about, before: meterOf(simulator), source }
  }

  /** A command, given again after every kill. @returns how it ended; undefined when a promise was broken */
  async #step(
    simulator: Simulator,
    dataset: Dataset,
    progress: (kills: number) => void,
  ): Promise<Exclude<ChildEnd, { kind: 'killed' }> | undefined> {
    for (;;) {
      const { postProcessingKills } = dataset
      const end = await this.#process(simulator, dataset, this.#isToKill)
      this.#violated(dataset, ...limitViolations(simulator, dataset))
      if (end.kind === 'failed' && (dataset.step.budget === null || end.code !== 'budget_reached')) {
        this.#violated(dataset, `a run that was not killed ended with ${end.code}: ${end.message}`)
      } else if (end.kind === 'failed') {
        this.budgetStops++
        if (end.summary !== null)
          this.#violated(dataset, ...accountingViolations(simulator, dataset, end.summary))
        dataset.unknown = end.summary?.total.unknown ?? 0
      } else if (end.kind === 'killed' && dataset.postProcessingKills === postProcessingKills) {
        this.kills++
        dataset.kills++
        progress(this.kills)
      }
      if (this.violations.length > 0) return undefined
      if (end.kind !== 'killed') return end
    }
  }

  /** The next budget is somewhat more than what the one before let pass. */
  #limits(simulator: Simulator, { before, scene, unknown }: Dataset, budget: BudgetKind | null): CrashLimits {
    const { tokens, cost } = since(before, meterOf(simulator))
    const room = 1 + unknown
    switch (budget) {
      case null:
        return noLimits
      case 'requests': {
        const all = present(scene.steps[0], 'steps').rows * Math.max(1, modelColumns(this.#options.config))
        return { ...noLimits, maxRequests: Math.ceil(all * 0.3) }
      }
      case 'tokens':
        return { ...noLimits, maxTokens: Math.ceil(tokens * 1.3) + room * roomTokens }
      case 'cost':
        return { ...noLimits, maxCost: Math.ceil(cost * 1.2) + room * roomCost }
    }
  }

  /** One process, killed at a random moment if it may be, with a request in flight. */
  async #process(simulator: Simulator, dataset: Dataset, mayKill: boolean): Promise<ChildEnd> {
    const answeredBefore = simulator.stats().answered
    const storedBefore = dataset.promised.size
    const process = await this.#options.processes.start(await this.#job(simulator, dataset))
    let ended: ChildEnd | undefined
    process.end.then((end) => {
      ended = end
    })
    const enough = answeredBefore + this.#random.below(answersBeforeKill)
    const moment = this.#random.below(latencyMs)
    let shot = false
    for (let waited = 0; ended === undefined; waited += pollMs) {
      await wait(pollMs)
      const { answered, in_flight } = simulator.stats()
      if (waited > endpointWaitMs) {
        this.#violated(dataset, `a run neither ended nor failed within ${endpointWaitMs / 1000} s`)
        process.kill()
        return { kind: 'failed', code: 'none', message: 'hung', summary: null }
      }
      if (!shot && (await this.#isProcessing(dataset))) {
        await wait(moment)
        dataset.postProcessingKills++
        this.postProcessingKills++
        process.kill()
        shot = true
      }
      if (!mayKill || shot || answered < enough || in_flight === 0) continue
      await wait(moment)
      if (simulator.stats().in_flight === 0) continue
      process.kill()
      shot = true
    }
    const end = await process.end
    if (end.kind === 'killed') await this.#checkKill(simulator, dataset, { answeredBefore, storedBefore })
    return end
  }

  /** Whether a table of a stage is on its way: a kill then meets the stage, and comes on top of those that count. */
  async #isProcessing({ name, postProcessingKills }: Dataset): Promise<boolean> {
    if (postProcessingKills >= postProcessingKillsMax) return false
    const folder = join(this.#options.directory, 'artifacts', name, '.rowsmith/stage')
    return (await nodeDisk.list(folder)).length > 0
  }

  async #job(simulator: Simulator, dataset: Dataset): Promise<CrashJob> {
    const { directory, wrapDisk } = this.#options
    const { scene, step, source } = dataset
    const staging = scene.volatile ? join(directory, `unsynced-${++this.#stagings}`) : null
    if (staging !== null) await nodeDisk.makeDirectory(staging)
    return {
      config: scene.config,
      artifactPath: join(directory, 'artifacts'),
      datasetName: dataset.name,
      numRecords: step.rows,
      retryRows: step.retryRows,
      bufferSize: this.#bufferSize,
      maxParallelRequests: inFlightMax,
      seed: dataset.seed,
      endpoint: `${simulator.url}/v1`,
      staging,
      syncMs,
      wrapDisk,
      reuse: source?.path,
      limits: dataset.limits,
    }
  }

  get #bufferSize(): number {
    return Math.max(2, Math.ceil(this.#options.numRecords / 10))
  }

  async #checkKill(
    simulator: Simulator,
    dataset: Dataset,
    before: { answeredBefore: number; storedBefore: number },
  ): Promise<void> {
    // What the dead one had sent is still being read by the server.
    for (let tries = 0; tries < 200 && simulator.stats().in_flight > 0; tries++) await wait(pollMs)
    this.#violated(dataset, ...(await killViolations(simulator, dataset, this.#directory(dataset), before)))
  }

  async #checkEnd(simulator: Simulator, dataset: Dataset, summary: Summary): Promise<void> {
    const { numRecords, answers } = this.#options
    const directory = this.#directory(dataset)
    const { effects } = simulator.stats()
    this.datasets++
    this.answersStored += dataset.promised.size
    this.answersReused += summary.total.replies_reused
    this.#violated(dataset, ...requestedAgain(dataset, effects), ...(await sourceViolations(dataset)))
    const { rows_planned, rows_written, rows_dropped, rows_open, replies_unused } = summary
    if (rows_planned !== numRecords || rows_written + rows_dropped !== numRecords || rows_open !== 0) {
      this.#violated(
        dataset,
        `P5: ${rows_planned} rows planned, ${rows_written} written, ${rows_dropped} dropped, ${rows_open} open`,
      )
    }
    if (replies_unused !== 0) this.#violated(dataset, `E6: ${replies_unused} stored answers were not used`)
    this.#violated(dataset, ...accountingViolations(simulator, dataset, summary))
    const broken = await brokenFiles(nodeDisk, directory)
    if (broken.length > 0) return this.#violated(dataset, `P3: not whole: ${broken.join(', ')}`)
    const groups = await publishedGroups(nodeDisk, directory, await rawFolder(nodeDisk, directory))
    const rows = groups.reduce((sum, group) => sum + group.rows.length, 0)
    const planned = groups.reduce((sum, group) => sum + group.plannedRows, 0)
    if (rows !== rows_written || planned !== numRecords) {
      this.#violated(
        dataset,
        `P5: ${rows} rows in files for ${planned} planned, ${rows_written} in the summary`,
      )
    }
    const marker = await postProcessingMarker(nodeDisk, directory)
    if (dataset.scene.name === 'stage' && marker !== 'complete') {
      this.#violated(dataset, `S2: metadata.json says "${marker}" of a finished dataset`)
    }
    if (answers === 'serial') this.#violated(dataset, ...(await serialViolations(dataset, directory, groups)))
    else await this.#compare(simulator, dataset, directory)
    await this.#checkComplete(simulator, dataset)
  }

  /** Rule K6: all of it at once on a folder of its own, without reuse and without a kill. */
  async #compare(simulator: Simulator, dataset: Dataset, directory: string): Promise<void> {
    const calm = { ...this.#again(dataset), name: `${dataset.name}-calm`, source: null }
    const job = { ...(await this.#job(simulator, calm)), wrapDisk: null, syncMs: 0 }
    const { end } = await this.#options.processes.start(job)
    const ended = await end
    if (ended.kind !== 'done') return this.#violated(dataset, 'the run without a kill did not finish')
    const should = await dataFiles(nodeDisk, this.#directory(calm))
    for (const difference of differentFiles(should, await dataFiles(nodeDisk, directory))) {
      this.#violated(dataset, `P2: ${difference}`)
    }
  }

  async #checkComplete(simulator: Simulator, dataset: Dataset): Promise<void> {
    const { requests } = simulator.stats()
    const job = await this.#job(simulator, this.#again(dataset))
    const { end } = await this.#options.processes.start(job)
    const again = await end
    const decision = again.kind === 'done' ? again.summary.decision : again.kind
    const sent = simulator.stats().requests - requests
    if (decision !== 'already_complete' || sent > 0) {
      this.#violated(dataset, `the same command again: ${decision}, ${sent} requests, on a finished dataset`)
    }
  }

  /** The dataset under the command that made all of its rows. */
  #again(dataset: Dataset): Dataset {
    return { ...dataset, step: { ...dataset.step, retryRows: null, budget: null }, limits: noLimits }
  }

  #directory(dataset: Pick<Dataset, 'name'>): string {
    return join(this.#options.directory, 'artifacts', dataset.name)
  }

  #violated(dataset: Pick<Dataset, 'name' | 'kills'>, ...what: readonly string[]): void {
    const when = `${this.#options.answers} ${dataset.name}, after ${dataset.kills} kills`
    for (const sentence of what) this.violations.push(`${when}: ${sentence}`)
  }
}
