/**
 * Row groups made again in memory, from what is stored: what their files should be, and what making them would cost.
 *
 * Owns: a run without a network and without a dataset to write to. It is the engine that makes datasets, with models
 * that refuse (`offline-endpoints.ts`) and a writer that keeps nothing (`replay-writer.ts`).
 * Never: changes a byte, sends a request, or needs a key.
 * Rules:
 *   V2. A group that lacks an answer has no files here.
 */

import { asRowsmithError, RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Value } from '../../base/values/value.ts'
import { systemClock } from '../../base/work/clock.ts'
import type { TopologicalOrder } from '../../columns/column/topological-order.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Config } from '../../config/schema/schema.ts'
import { defaultAdmission } from '../../models/admission/admissions.ts'
import type { ModelRequest, Models } from '../../models/contract/contract.ts'
import { requestHash } from '../../models/contract/request-hash.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { type EffectKey, placeOfKey } from '../../run/effects/journal-records.ts'
import { emptyReplayState, type ReplayState, replayRecords } from '../../run/effects/replay-state.ts'
import { seedOfRun } from '../../run/open/run-seed.ts'
import { type CodeSearch, withStoredCode } from '../../run/open/stored-code.ts'
import { storedConfig, storedSettings } from '../../run/open/stored-config.ts'
import { storedProviders } from '../../run/open/stored-providers.ts'
import { type CompiledConfig, usedModels } from '../../run/prepare/compiled-config.ts'
import { knownTools } from '../../run/prepare/dataset-tools.ts'
import { prepareConfig } from '../../run/prepare/prepare-config.ts'
import { type ReferencedFiles, referencedFiles } from '../../run/prepare/referenced-files.ts'
import { seedColumnsOf, seedFolders } from '../../run/prepare/seed-columns.ts'
import { rememberedFiles, rememberedSettings } from '../../run/request/remembered-settings.ts'
import type { RowGroupState } from '../../run/scheduler/group/row-group-state.ts'
import { Scheduler } from '../../run/scheduler/scheduler.ts'
import { mainFileOf, type SealSettings, sealGroup, sealMedia } from '../../run/seal/seal-group.ts'
import { commitOf, orderFor, sealSettings } from '../../run/seal/seal-settings.ts'
import { Budget } from '../../run/usage/budget.ts'
import { type Cost, noCost } from '../../run/usage/cost.ts'
import { isRemote, openSeed, type SeedDataset } from '../../seed/dataset/dataset.ts'
import { managedAssetsFolder, openPersons, type Persons } from '../../seed/dataset/persons.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { MediaStore, type ReadsMedia } from '../../store/publishing/media.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { ToolConnections } from '../../tools/toolbox/connect.ts'
import { Checker } from '../../validate/checking/checker.ts'
import { costOfMissing } from './missing-cost.ts'
import { refusal, refusingModels } from './offline-endpoints.ts'
import { ReplayWriter } from './replay-writer.ts'

export interface ReplayedFiles {
  /** As it is published, sidecar files before the main one; null when answers are missing (V2). */
  readonly publication: Publication | null
  readonly cost: Cost
  /** Stored answers that nothing requested: the requests of today are others. */
  readonly answersUnused: number
}

/** The rows of a group whose cells are all there. */
export interface Whole {
  /** Their numbers over the dataset. */
  readonly rows: readonly number[]
  /** A Parquet file as the group's main one, with these rows alone. */
  file(): Promise<Uint8Array>
}

/** A group as the engine made it again. */
interface ReplayedState {
  readonly rows: RowGroupState
  readonly stored: ReplayState
  /** Of the answers that were stored at first. */
  readonly keys: readonly EffectKey[]
  readonly answersUnused: number
}

/** What a group looks like, made again of whatever is stored. */
export interface ReplayedRowGroup {
  /** In making order. */
  readonly columns: readonly string[]
  /** By column; null where nothing makes a value. @param row over the dataset */
  readonly values: (row: number) => ReadonlyMap<string, Value>
  /** By their hash. */
  readonly requests: ReadonlyMap<string, ModelRequest>
}

/** Reading a row makes no files. */
const noFile = async (): Promise<never> => {
  throw new RowsmithError('internal', 'No file is made of a row that is only read.')
}
const noEncoder: Encodes = { encode: noFile, compress: noFile, examine: noFile, close: async () => {} }

/**
 * Looks at some groups; see `Replayer.inspect`. What one cannot be made of is in its place.
 *
 * @param sources the config of a dataset whose config is code: only then are its functions called
 * @throws RowsmithError as `Replayer.open`
 */
export async function replayAgain(
  view: DatasetView,
  run: RunFile,
  groups: readonly (readonly [group: RowGroup, records: readonly string[]])[],
  { config }: Pick<Sources, 'config'> = {},
): Promise<(ReplayedRowGroup | RowsmithError)[]> {
  const sources = config === undefined ? {} : { config, runCode: true }
  const replayer = await Replayer.open(view, run, noEncoder, sources)
  try {
    const replayed: (ReplayedRowGroup | RowsmithError)[] = []
    // One after the other: a replayer works on one group at a time.
    for (const [group, records] of groups) {
      replayed.push(await replayer.inspect(group, records).catch(asRowsmithError))
    }
    return replayed
  } finally {
    await replayer.close()
  }
}

/** What a dataset does not hold. */
export interface Sources {
  /** In addition to those that the dataset names. */
  readonly providers?: readonly ProviderConfig[]
  /** The config it was made from, for one that is code. */
  readonly config?: Config | undefined
  /** Whether functions of the dataset's own config may be called; see `stored-code.ts`. @default false */
  readonly runCode?: boolean
}

/** What rows are made from in addition to the config and stored answers. */
interface ReplayContext {
  readonly run: RunFile
  readonly encoder: Encodes
  readonly providers: readonly ProviderConfig[]
  readonly seed: SeedDataset | null
  readonly persons: Persons | null
  readonly media: ReadsMedia
  readonly files: ReferencedFiles
  readonly tools: ToolConnections
}

/** Makes row groups of one dataset again. */
export class Replayer {
  readonly compiled: CompiledConfig
  readonly #with: ReplayContext
  readonly #order: TopologicalOrder
  readonly #seal: SealSettings
  readonly #models: Models
  readonly #checker = new Checker()
  #reading: 'of today' | 'earlier' = 'of today'
  /** Answers that the group at hand lacks. */
  readonly #missing = new Set<EffectKey>()
  #onRequest: (request: ModelRequest) => void = () => {}

  private constructor(compiled: CompiledConfig, context: ReplayContext) {
    const { run, media, providers } = context
    this.compiled = compiled
    this.#with = context
    this.#order = orderFor(compiled, run)
    this.#seal = sealSettings(compiled, run, systemClock, media)
    const models = refusingModels(
      usedModels(compiled),
      providers,
      (key) => this.#missing.add(key),
      (request) => this.#onRequest(request),
    )
    this.#models = {
      ...models,
      thoughtTags: (alias) => (this.#reading === 'earlier' ? 'earlier' : models.thoughtTags(alias)),
    }
  }

  /**
   * Reads what the dataset was last started with.
   *
   * @param sources what it does not hold itself
   * @throws RowsmithError why nothing can be made again: no file holds the config, the seed dataset is missing, ...;
   *   with `runCode` function_missing, config_differs
   */
  static async open(
    view: DatasetView,
    run: RunFile,
    encoder: Encodes,
    { providers = [], config: given, runCode = false }: Sources = {},
  ): Promise<Replayer> {
    const { directory } = view
    const { disk } = directory
    const { config, defect } = await storedConfig(view, run)
    if (config === null) throw new RowsmithError('no_stored_identity', `builder_config.json: ${defect}`)
    const found = await view.launch()
    const launch = found.kind === 'read' ? found.contents : undefined
    const remembered = rememberedSettings(launch?.settings ?? {})
    const { providersFile = null } = rememberedFiles(launch?.settings ?? {})
    const all = await storedProviders(disk, config, providersFile, providers)
    if (isRemote(config.seed_config)) {
      throw new RowsmithError(
        'seed_not_found',
        'The seed dataset is on the hub, which is not contacted to check a dataset',
      )
    }
    const opened: { close(): Promise<void> }[] = []
    const stored = <T extends { close(): Promise<void> }>(part: T | null): T | null => {
      if (part !== null) opened.push(part)
      return part
    }
    try {
      const settings = {
        config,
        runConfig: storedSettings(run, launch),
        changes: { models: [], maxParallelRequests: null },
        providers: all,
      }
      const { compiled, seed, persons } = await prepareConfig<SeedDataset>(settings, {
        persons: async () => {
          const assets = managedAssetsFolder({ found: launch?.managed_assets })
          return stored(await openPersons(config, assets, launch?.person_files))
        },
        seed: async () => {
          const folders = seedFolders(directory.files.place('builder_config.json'), launch?.seed_folder)
          return stored(await openSeed(config, { folders, storedSeed: seedOfRun(run) }))
        },
        withCode: async (compileOther) => {
          if (!runCode) return config
          const models = remembered.models ?? []
          const identityOf: CodeSearch['identityOf'] = (other) =>
            compileOther(other, models).rowsIdentity.document
          return withStoredCode(config, { directory, run, launch, given, identityOf })
        },
      })
      const files = referencedFiles(directory, launch?.seed_folder)
      const tools = await knownTools(view, compiled.config)
      const media = new MediaStore(directory)
      return new Replayer(compiled, { run, encoder, providers: all, seed, persons, media, files, tools })
    } catch (error) {
      for (const part of opened.reverse()) await part.close()
      throw error
    }
  }

  /**
   * One group, from the texts of its frames. Calls do not overlap.
   *
   * @param reading how answers are read; see `Reading`
   * @throws RowsmithError why it cannot be made, whatever the answers
   */
  async replay(
    group: RowGroup,
    records: readonly string[],
    reading: 'of today' | 'earlier' = 'of today',
  ): Promise<ReplayedFiles> {
    this.#reading = reading
    const state = await this.#run(group, records).finally(() => {
      this.#reading = 'of today'
    })
    const { rows, stored, keys, answersUnused } = state
    if (this.#missing.size > 0) {
      return { publication: null, cost: costOfMissing(this.#order, keys, this.#missing), answersUnused }
    }
    const files = await sealGroup(this.#with.encoder, this.#seal, rows, stored)
    const media = sealMedia(this.#seal, rows)
    const publication = { ...commitOf(rows, stored), files, media }
    return { publication, cost: noCost, answersUnused }
  }

  /** The rows of one group whose cells are all there. Calls do not overlap. @throws RowsmithError as `derive` */
  async whole(group: RowGroup, records: readonly string[]): Promise<Whole> {
    const { rows: state } = await this.#run(group, records)
    const lacking = new Set([...this.#missing].map((key) => placeOfKey(key).row))
    // Rows that a column made of others are not identified by their keys.
    const isNone = this.compiled.resizing.length > 0 && lacking.size > 0
    const indices: number[] = []
    for (let row = 0; row < state.rowCount && !isNone; row++) {
      if (!state.isDropped(row) && !lacking.has(state.firstRow + row)) indices.push(row)
    }
    return {
      rows: indices.map((row) => state.firstRow + row),
      file: async () => (await this.#with.encoder.encode(mainFileOf(this.#seal, state, indices))).bytes,
    }
  }

  async #run(group: RowGroup, records: readonly string[]): Promise<ReplayedState> {
    const stored = emptyReplayState()
    replayRecords(new Map([[group.group, stored]]), records, {
      wanted: (found) => found === group.group,
      counted: () => false,
    })
    const keys = [...stored.answers.keys()]
    this.#missing.clear()
    const writer = new ReplayWriter(group, stored, this.#with.media)
    const scheduler = this.#scheduler(group, writer)
    await scheduler.run()
    return { ...writer.sealed, keys, answersUnused: scheduler.answersUnused }
  }

  /** The values of one group, as far as stored answers make them, and what was requested on the way. */
  async inspect(group: RowGroup, records: readonly string[]): Promise<ReplayedRowGroup> {
    const requests = new Map<string, ModelRequest>()
    const state = async (texts: readonly string[]): Promise<RowGroupState> => {
      const stored = emptyReplayState()
      replayRecords(new Map([[group.group, stored]]), texts, { wanted: () => true, counted: () => false })
      // A row's row failure is looked for again, so that the cells before it are made.
      stored.rowFailures.clear()
      const writer = new ReplayWriter(group, stored, this.#with.media)
      this.#onRequest = (request) => requests.set(requestHash(request), request)
      await this.#scheduler(group, writer).run()
      this.#onRequest = () => {}
      return writer.sealed.rows
    }
    // What was requested before retries, then what counts now.
    const isRetry = (text: string): boolean => text.startsWith('{"t":"retry"')
    if (records.some(isRetry)) await state(records.filter((text) => !isRetry(text)))
    const rows = await state(records)
    const names = rows.order.columns.map(({ name }) => name)
    return {
      columns: names,
      values: (row) =>
        new Map(
          names.map((name, at) => [
            name,
            present(present(rows.values[at], 'values')[row - group.firstRow], 'values'),
          ]),
        ),
      requests,
    }
  }

  async close(): Promise<void> {
    await this.#models.close()
    await this.#checker.close()
    await this.#with.seed?.close()
    await this.#with.persons?.close()
  }

  #scheduler(group: RowGroup, writer: ReplayWriter): Scheduler {
    const { run, seed, files, tools } = this.#with
    const { config, prices } = this.compiled
    return new Scheduler({
      order: this.#order,
      runSeed: run.run_seed,
      today: run.today,
      seedColumns: seedColumnsOf(seed, config, run.run_seed),
      writer,
      models: this.#models,
      toolbox: (alias) => tools.toolbox(alias),
      perform: async (_, key) => {
        this.#missing.add(key)
        return refusal
      },
      file: (path) => files.read(path),
      checks: this.#checker,
      budget: new Budget({ cost: null, tokens: null, requests: null }, prices, new Map()),
      clock: systemClock,
      emit: () => {},
      watched: () => false,
      rowsBefore: { done: 0, dropped: 0, planned: group.rows },
      openRowsMax: group.rows,
      // Rows that a column made of others stand where it stood.
      sequential: this.compiled.resizing.length > 0,
      graceMs: 0,
      admission: defaultAdmission,
      attemptsMax: 1,
      endpointWaitMs: 0,
      shutdown: { disabled: true, errorRate: 1, window: 1 },
      salvage: false,
      traceTasks: false,
    })
  }
}
