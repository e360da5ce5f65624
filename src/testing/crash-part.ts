/**
 * Datasets made by processes that are killed again and again, until there were enough kills; when one is finished, a third of
 * its rows are asked for again, under kills too.
 *
 * After each kill, by a reader that shares no code: which answers are on the disk. What must hold:
 *   K1. Files under their final names are whole.
 *   K2. At most `onTheWay` answers that the server gave are not on the disk: nothing was used before it was durable.
 *   K3. A key whose answer is on the disk is never asked for again.
 * At the end of each dataset:
 *   K4. Every row has a fate, every file of the plan is there, no kept answer was left unused.
 *   K5. `serial`: the number of every kept answer stands in the data, or its row was dropped.
 *   K6. `repeatable`: the data files equal those of a run that was not killed.
 *   K7. The bill covers what the server saw: requests whose record a kill took are at most `onTheWay` per kill. Its tokens are
 *       those of the server's own meter, but for answers to requests that are unknown, or whose record a kill took.
 *   K8. The same command again finds it complete and sends nothing.
 */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { keyedRandom, type Random } from '../base/random.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { type Simulator, startSimulator } from '../simulate/server.ts'
import type { CrashJob } from './crash-job.ts'
import type { ChildEnd, CrashProcesses } from './crash-processes.ts'
import { brokenFiles, dataFiles, keptAnswers, publishedGroups, rawFolder } from './independent-reader.ts'
import { columnOf, differentFiles, rowOf } from './small-proof.ts'

export interface CrashPartOptions {
  readonly processes: CrashProcesses
  readonly config: string
  readonly numRecords: number
  readonly sabotage: number | null
  readonly answers: 'serial' | 'repeatable'
  /** An empty folder. */
  readonly directory: string
  readonly kills: number
  readonly seed: number
}

const inFlightMax = 8
/** In flight, answered and being synced, waiting for the next sync: each at most as many as may be in flight. */
const onTheWay = 3 * inFlightMax
/** Answers a process may get before it is killed. */
const answersBeforeKill = 60
const latencyMs = 15
const syncMs = 2
const pollMs = 3
/** What is not over by then has hung. */
const patienceMs = 60_000

/** Kills of a dataset while its stage is at work. */
const stageKillsMax = 3

interface Dataset {
  readonly name: string
  readonly seed: string | null
  /** How often a key had been asked when its answer was found on the disk. */
  readonly promised: Map<string, number>
  /** Requests that the simulator had taken when the dataset began. */
  readonly requestsBefore: number
  kills: number
  stageKills: number
  /** Once it is finished, cells of its first rows are asked for again. */
  retryRows: number | null
}

export class CrashPart {
  readonly violations: string[] = []
  kills = 0
  stageKills = 0
  datasets = 0
  requests = 0
  answersKept = 0
  readonly #options: CrashPartOptions
  readonly #random: Random
  #stagings = 0

  constructor(options: CrashPartOptions) {
    this.#options = options
    this.#random = keyedRandom(BigInt(options.seed), options.answers, 0)
  }

  /** @param progress told after every kill */
  async run(progress: (kills: number) => void): Promise<void> {
    const { answers, kills } = this.#options
    for (let number = 1; this.kills < kills; number++) {
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

  async #dataset(simulator: Simulator, number: number, progress: (kills: number) => void): Promise<void> {
    const { answers, kills } = this.#options
    const seed = answers === 'serial' ? null : String(1000 + number)
    const dataset: Dataset = {
      name: `dataset-${number}`,
      seed,
      promised: new Map(),
      requestsBefore: simulator.stats().requests,
      kills: 0,
      stageKills: 0,
      retryRows: null,
    }
    let stageKills = 0
    for (;;) {
      const end = await this.#process(simulator, dataset, this.kills < kills)
      if (end.kind === 'failed') {
        this.#violated(dataset, `a run that was not killed ended with ${end.code}: ${end.message}`)
        return
      }
      if (dataset.stageKills > stageKills) {
        stageKills = dataset.stageKills
        if (end.kind === 'killed') continue
      }
      if (end.kind === 'done') {
        if (dataset.retryRows !== null) return this.#checkEnd(simulator, dataset, end.summary)
        dataset.retryRows = Math.ceil(this.#options.numRecords / 3)
        continue
      }
      this.kills++
      dataset.kills++
      progress(this.kills)
      if (this.violations.length > 0) return
    }
  }

  /** One process, killed at a random moment if it may be, with a request in flight. */
  async #process(simulator: Simulator, dataset: Dataset, mayKill: boolean): Promise<ChildEnd> {
    const answeredBefore = simulator.stats().answered
    const keptBefore = dataset.promised.size
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
      if (waited > patienceMs) {
        this.#violated(dataset, `a run neither ended nor failed within ${patienceMs / 1000} s`)
        process.kill()
        return { kind: 'failed', code: 'none', message: 'hung' }
      }
      if (!shot && (await this.#isProcessing(dataset))) {
        await wait(moment)
        dataset.stageKills++
        this.stageKills++
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
    if (end.kind === 'killed') await this.#checkKill(simulator, dataset, { answeredBefore, keptBefore })
    return end
  }

  /** Whether a table of a stage is on its way: a kill then meets the stage, and comes on top of those that count. */
  async #isProcessing({ name, stageKills }: Dataset): Promise<boolean> {
    if (stageKills >= stageKillsMax) return false
    const folder = join(this.#options.directory, 'artifacts', name, '.rowsmith/stage')
    return (await nodeDisk.list(folder)).length > 0
  }

  async #job(simulator: Simulator, dataset: Dataset): Promise<CrashJob> {
    const { config, numRecords, directory, sabotage } = this.#options
    const staging = join(directory, `unsynced-${++this.#stagings}`)
    await nodeDisk.makeDirectory(staging)
    return {
      config,
      artifactPath: join(directory, 'artifacts'),
      datasetName: dataset.name,
      numRecords,
      retryRows: dataset.retryRows,
      bufferSize: Math.max(2, Math.ceil(numRecords / 10)),
      maxParallelRequests: inFlightMax,
      seed: dataset.seed,
      endpoint: `${simulator.url}/v1`,
      staging,
      syncMs,
      sabotage,
    }
  }

  async #checkKill(
    simulator: Simulator,
    dataset: Dataset,
    before: { answeredBefore: number; keptBefore: number },
  ): Promise<void> {
    // What the dead one had sent is still being read by the server.
    for (let tries = 0; tries < 200 && simulator.stats().in_flight > 0; tries++) await wait(pollMs)
    const directory = this.#directory(dataset)
    for (const file of await brokenFiles(nodeDisk, directory)) {
      this.#violated(dataset, `P3: not whole under its final name: ${file}`)
    }
    const kept = await keptAnswers(nodeDisk, directory)
    const { answered, effects } = simulator.stats()
    const lost = answered - before.answeredBefore - (kept.size - before.keptBefore)
    if (lost > onTheWay) {
      this.#violated(
        dataset,
        `P1: ${lost} answers were given and are not on the disk; at most ${onTheWay} can be on their way`,
      )
    }
    for (const key of dataset.promised.keys()) {
      if (!kept.has(key)) this.#violated(dataset, `P1: an answer that was on the disk is gone: ${key}`)
    }
    this.#checkPromises(dataset, effects)
    for (const key of kept.keys()) {
      if (!dataset.promised.has(key)) dataset.promised.set(key, effects[key] ?? 0)
    }
  }

  #checkPromises(dataset: Dataset, effects: Readonly<Record<string, number>>): void {
    for (const [key, times] of dataset.promised) {
      if ((effects[key] ?? 0) > times)
        this.#violated(dataset, `P1: an answer on the disk was bought again: ${key}`)
    }
  }

  async #checkEnd(
    simulator: Simulator,
    dataset: Dataset,
    summary: Extract<ChildEnd, { kind: 'done' }>['summary'],
  ): Promise<void> {
    const { numRecords, answers } = this.#options
    const directory = this.#directory(dataset)
    const stats = simulator.stats()
    this.datasets++
    this.answersKept += dataset.promised.size
    this.#checkPromises(dataset, stats.effects)
    const { rows_planned, rows_written, rows_dropped, rows_open, replies_unused, total } = summary
    if (rows_planned !== numRecords || rows_written + rows_dropped !== numRecords || rows_open !== 0) {
      this.#violated(
        dataset,
        `P5: ${rows_planned} rows planned, ${rows_written} written, ${rows_dropped} dropped, ${rows_open} open`,
      )
    }
    if (replies_unused !== 0) this.#violated(dataset, `E6: ${replies_unused} kept replies were not used`)
    const seen = stats.requests - dataset.requestsBefore
    const unrecorded = seen - total.requests
    if (unrecorded < -total.unknown || unrecorded > dataset.kills * onTheWay) {
      this.#violated(
        dataset,
        `P8: the bill says ${total.requests} requests (${total.unknown} unknown), the server saw ${seen}`,
      )
    }
    const billed = total.usage.input_tokens + total.usage.output_tokens
    const metered = stats.prompt_tokens + stats.completion_tokens
    const lost = stats.answered - total.models.reduce((sum, { replies }) => sum + replies, 0)
    const explained = total.unknown + Math.max(0, unrecorded)
    if (lost < 0 || lost > explained || billed > metered || (lost === 0 && billed !== metered)) {
      this.#violated(
        dataset,
        `P8: the bill says ${billed} tokens, the server's meter ${metered}; ${lost} answers are not on it, ${explained} requests have no outcome`,
      )
    }
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
    if (answers === 'serial') await this.#checkSerials(dataset, directory, groups)
    else await this.#compare(simulator, dataset, directory)
    await this.#checkComplete(simulator, dataset)
  }

  /** Rule K5. Of several answers for a cell the last is its value, so one of them is enough. */
  async #checkSerials(
    dataset: Dataset,
    directory: string,
    groups: Awaited<ReturnType<typeof publishedGroups>>,
  ): Promise<void> {
    const dropped = new Set(groups.flatMap((group) => [...group.droppedRows]).map(String))
    const written = new Set<string>()
    const raw = await rawFolder(nodeDisk, directory)
    const beside = 'dropped-columns-parquet-files'
    for (const folder of [raw, raw === 'parquet-files' ? beside : `${raw}/${beside}`]) {
      for (const { rows } of await publishedGroups(nodeDisk, directory, folder)) {
        const text = JSON.stringify(rows, (_, value: unknown) =>
          typeof value === 'bigint' ? Number(value) : value,
        )
        for (const [serial] of text.matchAll(/#S\d+/g)) written.add(serial)
      }
    }
    const cells = new Map<string, string[]>()
    for (const [key, body] of await keptAnswers(nodeDisk, directory)) {
      const serial = /#S\d+/.exec(body)?.[0]
      if (serial === undefined || dropped.has(rowOf(key))) continue
      // Of a row that was asked for again, the answers that count may have come after the last kill.
      const retried = Number(rowOf(key)) < (dataset.retryRows ?? 0)
      if (!retried && !dataset.promised.has(key)) continue
      const cell = `${rowOf(key)}/${columnOf(key)}`
      cells.set(cell, [...(cells.get(cell) ?? []), serial])
    }
    for (const [cell, serials] of cells) {
      if (!serials.some((serial) => written.has(serial))) {
        this.#violated(
          dataset,
          `P1: what was bought for row and column ${cell} (${serials.join(', ')}) is not in the data`,
        )
      }
    }
  }

  /** Rule K6: the same job on a folder of its own, and nobody kills it. */
  async #compare(simulator: Simulator, dataset: Dataset, directory: string): Promise<void> {
    const calm = { ...dataset, name: `${dataset.name}-calm`, retryRows: null }
    const job = { ...(await this.#job(simulator, calm)), sabotage: null, syncMs: 0 }
    const { end } = await this.#options.processes.start(job)
    const ended = await end
    if (ended.kind !== 'done') return this.#violated(dataset, 'the run that nobody killed did not finish')
    const should = await dataFiles(nodeDisk, this.#directory(calm))
    for (const difference of differentFiles(should, await dataFiles(nodeDisk, directory))) {
      this.#violated(dataset, `P2: ${difference}`)
    }
  }

  async #checkComplete(simulator: Simulator, dataset: Dataset): Promise<void> {
    const { requests } = simulator.stats()
    const job = await this.#job(simulator, { ...dataset, retryRows: null })
    const { end } = await this.#options.processes.start(job)
    const again = await end
    const decision = again.kind === 'done' ? again.summary.decision : again.kind
    const sent = simulator.stats().requests - requests
    if (decision !== 'already_complete' || sent > 0) {
      this.#violated(dataset, `the same command again: ${decision}, ${sent} requests, on a finished dataset`)
    }
  }

  #directory(dataset: Dataset): string {
    return join(this.#options.directory, 'artifacts', dataset.name)
  }

  #violated(dataset: Dataset, what: string): void {
    this.violations.push(`${this.#options.answers} ${dataset.name}, after ${dataset.kills} kills: ${what}`)
  }
}
