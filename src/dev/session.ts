/**
 * `rowsmith dev`: a config is edited, and after each save its first rows are made again, as far as they differ.
 *
 * Owns: one session, that is the loop of `state.ts`, its runs, its budget, and what those who look on are shown.
 * Never: writes the config, requests anything itself (each save is a preview), or throws away an answer.
 * Rules:
 *   1. Each save is a preview (`run/prepare/preview.ts`): a small dataset of its own, which takes over the answers of the saves before it.
 *      So what did not change is not requested again, and `create` takes over what was requested here.
 *   2. The first request waits for the user's consent, unless it costs nothing, a budget is set, or `yes` was said.
 *   3. The budget holds for the session: each run may spend what the saves before it have left.
 */
import { basename } from 'node:path'
import { runComponents } from '../api/components.ts'
import { preview } from '../api/preview.ts'
import { asRowsmithError, type RowsmithError } from '../base/errors/errors.ts'
import { type Clock, systemClock } from '../base/work/clock.ts'
import type { Disk } from '../disk/disk.ts'
import { nodeDisk } from '../disk/node-disk.ts'
import { type PlannedRun, planRun } from '../preflight/dry-run.ts'
import { usedModels } from '../run/prepare/compiled-config.ts'
import type { CellEvent, ProgressEvent, RunEvent } from '../run/report/events.ts'
import type { Summary } from '../run/report/summary.ts'
import type { Components, CreateOptions } from '../run/request/options.ts'
import { changesOf, comparedConfig } from './changes.ts'
import type { DevOptions, LoadedConfig } from './options.ts'
import { LiveRows, type SaveRow, storedRows } from './save-rows.ts'
import { endedSave, type Save, type ShownError, shownError } from './saves.ts'
import { SessionSaves } from './session-saves.ts'
import { atStart, type DevEvent, type DevState, step } from './state.ts'
import { WatchedFiles, watchedOf } from './watched-files.ts'

/** What a config would take. */
interface Plan {
  readonly loaded: LoadedConfig
  readonly planned: PlannedRun
  readonly identity: string
  readonly isFree: boolean
}

type Reuse = NonNullable<CreateOptions['reuse']>

interface Forecast {
  readonly requests: number
  readonly cost: number | null
}

/** Everything but rows that those who look on see. */
export interface DevView {
  readonly name: string
  readonly config: string
  readonly command: string
  readonly state: DevState
  /** What is wrong with the config as it is now. */
  readonly error: ShownError | null
  /** What waits for an agreement, and why. */
  readonly waiting: (Forecast & { readonly why: 'first' | 'budget' }) | null
  /** Said of the last save of the file: `Nothing that decides the rows changed.` */
  readonly note: string | null
  readonly rows: number
  readonly maxCost: number | null
  readonly spent: number
  readonly inFlight: number
  /** What a dataset of 1,000 rows would cost with the config of the last save; null where that is not known. */
  readonly thousand: number | null
  readonly saves: readonly (Omit<Save, 'compared'> & {
    /** In the order of the config. */
    readonly names: readonly { readonly name: string; readonly kind: string }[]
  })[]
}

/** What happens in a session, for those who look on. */
export type DevNews =
  | { readonly type: 'view' }
  | { readonly type: 'cell'; readonly n: number; readonly cell: CellEvent }

const noUsage = { sent: 0, reused: 0, inputTokens: 0, outputTokens: 0, ms: 0, failures: [], columns: [] }

export class DevSession {
  readonly #options: DevOptions
  readonly #components: Components
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #saves: SessionSaves
  readonly #files: WatchedFiles
  readonly #listeners = new Set<(news: DevNews) => void>()
  #state: DevState = atStart
  #plan: Plan | undefined
  #error: ShownError | null = null
  #note: string | null = null
  #why: 'first' | 'budget' = 'first'
  #rows: number
  #maxCost: number | null
  #hasAgreed: boolean
  #thousand: number | null = null
  #live: { readonly n: number; readonly rows: LiveRows } | undefined
  #progress: ProgressEvent | undefined
  #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: DevOptions, components: Components = {}) {
    this.#options = options
    this.#components = components
    this.#disk = components.disk ?? nodeDisk
    this.#clock = components.clock ?? systemClock
    this.#rows = options.rows
    this.#maxCost = options.maxCost
    this.#hasAgreed = options.yes
    this.#saves = new SessionSaves(this.#disk, options, components)
    this.#files = new WatchedFiles(this.#disk, this.#clock, () => this.#happened('changed'))
  }

  /** Watches, and reads the config. A session that was killed goes on. */
  async start(): Promise<void> {
    await this.#saves.restore()
    await this.#files.start(watchedOf(undefined, this.#options))
    this.#happened('changed')
  }

  /** Stops what is on; what is in flight is awaited and stored. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#files.close()
    this.#stop.abort({ kind: 'signal', name: 'SIGINT' })
    await this.#running
    if (this.#saves.last !== undefined) await this.#saves.write(true)
  }

  /** @returns what ends it */
  listen(listener: (news: DevNews) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  view(): DevView {
    const { path, command } = this.#options
    const total = this.#plan?.planned.forecast?.total
    const isWaiting = this.#state.config === 'waiting' && total !== undefined
    return {
      name: basename(path),
      config: path,
      command,
      state: this.#state,
      error: this.#error,
      waiting: isWaiting ? { requests: total.requests, cost: total.cost, why: this.#why } : null,
      note: this.#note,
      rows: this.#rows,
      maxCost: this.#maxCost,
      spent: this.#spent(),
      inFlight: this.#state.run === 'none' ? 0 : (this.#progress?.inFlight ?? 0),
      thousand: this.#thousand,
      saves: this.#saves.all.map(({ compared, ...save }) => ({
        ...save,
        names: compared.columns.map(({ name, own }) => ({
          name,
          kind: String(own.column_type ?? 'seed-dataset'),
        })),
      })),
    }
  }

  save(n: number): Save | undefined {
    return this.#saves.all.find((save) => save.n === n)
  }

  /** The rows of a save, as far as they are there. @throws RowsmithError as `previewRecords` */
  async rowsOf(save: Save): Promise<readonly SaveRow[]> {
    const live = this.#live?.n === save.n ? this.#live.rows : undefined
    if (save.state !== 'complete' && live !== undefined) return live.rows(save.rows)
    return storedRows(save, this.#disk, this.#components)
  }

  /** Agrees to what waits, or goes on with what was left. */
  ask(): void {
    this.#hasAgreed = true
    this.#happened('ask')
  }

  setRows(rows: number): void {
    this.#rows = rows
    this.#happened('changed')
  }

  setMaxCost(maxCost: number | null): void {
    this.#maxCost = maxCost
    this.#happened('changed')
  }

  #report(news: DevNews = { type: 'view' }): void {
    for (const listener of this.#listeners) listener(news)
  }

  #happened(event: DevEvent): void {
    if (this.#isClosed) return
    const { state, action } = step(this.#state, event)
    this.#state = state
    if (action === 'read') void this.#read()
    if (action === 'stop') this.#stop.abort({ kind: 'signal', name: 'SIGINT' })
    if (action === 'run') this.#running = this.#run()
    this.#report()
  }

  /** Never rejects: an error is one of the config. */
  async #read(): Promise<void> {
    this.#note = null
    try {
      const loaded = await this.#options.load()
      this.#files.watch(watchedOf(loaded.config, this.#options))
      const plan = await this.#planned(loaded)
      if (this.#isClosed) return
      this.#error = null
      const found = this.#compare(plan)
      if (found !== 'same') this.#plan = plan
      this.#happened(found)
    } catch (error) {
      this.#error = shownError(asRowsmithError(error))
      this.#happened('broken')
    }
  }

  async #planned(loaded: LoadedConfig): Promise<Plan> {
    const target = { kind: 'preview', config: () => loaded.config } as const
    const components = runComponents(this.#components)
    // What is being written is looked at again when that is over.
    const isRunning = (identity: string): boolean =>
      this.#state.run !== 'none' && identity === this.#saves.last?.identity
    const plan = (reuse: Reuse): Promise<PlannedRun> =>
      planRun(target, { ...loaded.options, ...this.#placed(), reuse }, components, isRunning)
    // The last save brings its own sources along (rule I3 of `run/reuse/`).
    const reuse = reuseOf(this.#saves.last)
    // From simulated answers to real ones: nothing can be taken over.
    const planned = await plan(reuse).catch((error: unknown) => {
      if (reuse === 'auto' || !isUnfit(error)) throw error
      return plan('auto')
    })
    const { compiled, forecast } = planned
    const { simulated } = compiled.rowsIdentity.document as { readonly simulated?: unknown }
    const isSimulated = Array.isArray(simulated) && simulated.length === usedModels(compiled).length
    return {
      loaded,
      planned,
      identity: compiled.rowsIdentity.hash,
      isFree: isSimulated || forecast === null || forecast.total.requests === 0,
    }
  }

  #placed(): Pick<CreateOptions, 'artifactPath' | 'datasetName' | 'numRecords'> {
    return { ...this.#options.place, numRecords: this.#rows }
  }

  #compare({ identity, isFree, planned }: Plan): 'same' | 'free' | 'costly' {
    const last = this.#saves.last
    const isSame = last?.identity === identity && last.rows === this.#rows
    if (
      isSame &&
      (this.#state.run === 'requesting' || (this.#state.run === 'none' && last.state === 'complete'))
    ) {
      this.#note = 'Nothing that decides the rows changed: no request.'
      return 'same'
    }
    if (isFree) return 'free'
    const cost = planned.forecast?.total.cost ?? 0
    if (this.#maxCost !== null && cost > this.#maxCost - this.#spent()) {
      this.#why = 'budget'
      return 'costly'
    }
    this.#why = 'first'
    return this.#hasAgreed || this.#maxCost !== null ? 'free' : 'costly'
  }

  /** Makes the rows of the plan. Never rejects. */
  async #run(): Promise<void> {
    const plan = this.#plan
    if (plan === undefined) return this.#happened('ended')
    this.#stop = new AbortController()
    this.#progress = undefined
    const startedMs = this.#clock.monotonic()
    const save = await this.#begin(plan)
    const ended = await this.#preview(plan, save).catch((error: unknown) => asRowsmithError(error))
    const ms = Math.round(this.#clock.monotonic() - startedMs) + save.ms
    this.#saves.put(endedSave({ ...save, ms }, ended))
    await this.#saves
      .write(false)
      .catch((error: unknown) => (this.#error = shownError(asRowsmithError(error))))
    if (this.#saves.last?.state === 'complete') void this.#forecastThousand(plan)
    this.#happened('ended')
  }

  async #preview({ loaded }: Plan, save: Save): Promise<Summary | RowsmithError> {
    const left = this.#maxCost === null ? null : Math.max(0, this.#maxCost - this.#spent())
    const options: CreateOptions = {
      ...loaded.options,
      ...this.#placed(),
      reuse: reuseOf(this.#saves.all.findLast(({ n, dataset }) => n < save.n && dataset !== save.dataset)),
      signal: this.#stop.signal,
      ...(left === null ? {} : { maxCost: save.costBefore + left }),
    }
    const run = preview(loaded.config, options, this.#components)
    const live = this.#live?.rows ?? new LiveRows()
    const follow = (async () => {
      for await (const event of run.events({ cells: true })) this.#follow(event, save, live)
    })()
    const [ended] = await Promise.allSettled([run, follow])
    if (ended.status === 'fulfilled') return ended.value.summary
    return asRowsmithError(ended.reason)
  }

  #follow(event: RunEvent, { n }: Save, live: LiveRows): void {
    if (event.type === 'cell') {
      if (event.row >= this.#rows) return
      live.add(event)
      this.#report({ type: 'cell', n, cell: event })
    } else if (event.type === 'progress') {
      this.#progress = event
      this.#report()
    }
  }

  /** Writes a save down, or takes up the last one where it was left. */
  async #begin({ identity, planned: { compiled, forecast } }: Plan): Promise<Save> {
    const last = this.#saves.last
    const goesOn = last?.identity === identity
    const compared = comparedConfig(compiled)
    const dataset = forecast?.dataset_path ?? last?.dataset ?? ''
    const isNew = forecast?.decision === 'fresh'
    const costBefore = goesOn ? last.costBefore : isNew ? 0 : await this.#saves.costOf(dataset)
    const save: Save = goesOn
      ? { ...last, rows: this.#rows, state: 'requesting', error: null }
      : {
          n: (last?.n ?? 0) + 1,
          at: new Date(this.#clock.now()).toISOString(),
          identity,
          dataset,
          rows: this.#rows,
          compared,
          ...changesOf(last?.compared, compared),
          sameAs: this.#saves.all.findLast((each) => each.identity === identity)?.n ?? null,
          state: 'requesting',
          error: null,
          costBefore,
          cost: null,
          ...noUsage,
        }
    // Those who look on ask for its rows as soon as they hear of it.
    this.#live = { n: save.n, rows: new LiveRows() }
    this.#saves.put(save)
    await this.#saves.write(false)
    this.#report()
    return save
  }

  #spent(): number {
    return this.#saves.spent(this.#progress?.cost ?? 0)
  }

  /** What the whole would cost, at the lengths that were just seen. */
  async #forecastThousand({ loaded }: Plan): Promise<void> {
    const options = { ...loaded.options, ...this.#placed(), numRecords: 1000 }
    const target = { kind: 'create', config: () => loaded.config } as const
    const planned = await planRun(target, options, runComponents(this.#components)).catch(() => undefined)
    this.#thousand = planned?.forecast?.total.cost ?? null
    this.#report()
  }
}

function reuseOf(save: Save | undefined): Reuse {
  return save === undefined ? 'auto' : { directory: save.dataset }
}

function isUnfit(error: unknown): boolean {
  return ['reuse_unfit', 'dataset_not_found', 'run_json_damaged'].includes(asRowsmithError(error).code)
}
