/**
 * Row groups made again in memory, from what is kept: what their files should be, and what making them would cost.
 *
 * Owns: a run without a network and without a dataset to write to. It is the engine that makes datasets, with models
 * that refuse and a journal that forgets (`refusing.ts`).
 * Never: changes a byte, sends a request, or needs a key.
 * Rules:
 *   V2. A group that lacks an answer has no files here.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import type { Value } from '../../base/values/value.ts'
import { systemClock } from '../../base/work/clock.ts'
import type { MakingOrder } from '../../columns/column/making-order.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Config } from '../../config/schema/schema.ts'
import { defaultAdmission } from '../../models/admission/admissions.ts'
import type { ModelRequest, Models } from '../../models/contract/contract.ts'
import { requestHash } from '../../models/contract/request-hash.ts'
import type { RowGroup } from '../../plan/row-groups.ts'
import { Budget } from '../../run/bill/budget.ts'
import { type Cost, noCost } from '../../run/bill/cost.ts'
import { type EffectKey, placeOfKey } from '../../run/effects/frames.ts'
import { emptyKeptGroup, type KeptGroup, keepFrames } from '../../run/effects/kept.ts'
import { Engine } from '../../run/engine/engine.ts'
import type { OpenGroup } from '../../run/engine/group/open-group.ts'
import { seedOfRun } from '../../run/open/run-seed.ts'
import { type CodeSearch, withStoredCode } from '../../run/open/stored-code.ts'
import { storedConfig, storedSettings } from '../../run/open/stored-config.ts'
import { storedProviders } from '../../run/open/stored-providers.ts'
import {
  type Blueprint,
  type BlueprintChanges,
  makeBlueprint,
  usedModels,
} from '../../run/prepare/blueprint.ts'
import { knownTools } from '../../run/prepare/dataset-tools.ts'
import { type NamedFiles, namedFiles } from '../../run/prepare/named-files.ts'
import { seedColumnsOf, seedFolders } from '../../run/prepare/seed-columns.ts'
import { rememberedFiles, rememberedSettings } from '../../run/request/remembered-settings.ts'
import { mainFileOf, type SealSettings, sealGroup, sealMedia } from '../../run/seal/seal-group.ts'
import { commitOf, orderFor, sealSettings } from '../../run/seal/seal-settings.ts'
import { isRemote, openSeed, type SeedDataset } from '../../seed/dataset/dataset.ts'
import { managedAssetsFolder, openPersons, type Persons } from '../../seed/dataset/persons.ts'
import { readLaunchFile } from '../../store/control/launch-file.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import { MediaStore, type ReadsMedia } from '../../store/publishing/media.ts'
import type { Publication } from '../../store/publishing/publish.ts'
import type { ToolConnections } from '../../tools/toolbox/connect.ts'
import { Checker } from '../../validate/checking/checker.ts'
import { costOfMissing } from './missing-cost.ts'
import { forgetful, refusal, refusingModels } from './refusing.ts'

export interface Derived {
  /** As it is published, companions before the main one; null when answers are missing (V2). */
  readonly publication: Publication | null
  readonly cost: Cost
  /** Kept answers that nothing asked for: the requests of today are others. */
  readonly repliesUnused: number
}

/** The rows of a group whose cells are all there. */
export interface Whole {
  /** Their numbers over the dataset. */
  readonly rows: readonly number[]
  /** A Parquet file as the group's main one, with these rows alone. */
  file(): Promise<Uint8Array>
}

/** A group as the engine made it again. */
interface MadeAgain {
  readonly rows: OpenGroup
  readonly kept: KeptGroup
  /** Of the answers that were kept at first. */
  readonly keys: readonly EffectKey[]
  readonly repliesUnused: number
}

/** What a group looks like, made again of whatever is kept. */
export interface Looked {
  /** In making order. */
  readonly columns: readonly string[]
  /** By column; null where nothing makes a value. @param row over the dataset */
  readonly values: (row: number) => ReadonlyMap<string, Value>
  /** By their hash. */
  readonly requests: ReadonlyMap<string, ModelRequest>
}

/** Looks at one group; see `Deriver.look`. @throws RowsmithError as `Deriver.open` */
export async function lookAgain(
  directory: DatasetDirectory,
  run: RunFile,
  encoder: () => Encodes,
  group: RowGroup,
  frames: readonly string[],
): Promise<Looked> {
  const encodes = encoder()
  try {
    const deriver = await Deriver.open(directory, run, encodes)
    try {
      return await deriver.look(group, frames)
    } finally {
      await deriver.close()
    }
  } finally {
    await encodes.close()
  }
}

/** What a dataset does not hold. */
export interface Sources {
  /** Besides those that the dataset names. */
  readonly providers?: readonly ProviderConfig[]
  /** The config it was made from, for one that is code. */
  readonly config?: Config | undefined
  /** Whether functions of the dataset's own config may be called; see `stored-code.ts`. @default false */
  readonly runCode?: boolean
}

/** What rows are made from besides the config and kept answers. */
interface Surroundings {
  readonly run: RunFile
  readonly encoder: Encodes
  readonly providers: readonly ProviderConfig[]
  readonly seed: SeedDataset | null
  readonly persons: Persons | null
  readonly media: ReadsMedia
  readonly files: NamedFiles
  readonly tools: ToolConnections
}

/** Makes row groups of one dataset again. */
export class Deriver {
  readonly blueprint: Blueprint
  readonly #with: Surroundings
  readonly #order: MakingOrder
  readonly #seal: SealSettings
  readonly #models: Models
  readonly #checker = new Checker()
  #reading: 'of today' | 'earlier' = 'of today'
  /** Answers that the group at hand lacks. */
  readonly #missing = new Set<EffectKey>()
  #onRequest: (request: ModelRequest) => void = () => {}

  private constructor(blueprint: Blueprint, surroundings: Surroundings) {
    const { run, media, providers } = surroundings
    this.blueprint = blueprint
    this.#with = surroundings
    this.#order = orderFor(blueprint, run)
    this.#seal = sealSettings(blueprint, run, systemClock, media)
    const models = refusingModels(
      usedModels(blueprint),
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
   * @throws RowsmithError why nothing can be made again: no file holds the config, the seed dataset is gone, ...;
   *   with `runCode` function_missing, config_differs
   */
  static async open(
    directory: DatasetDirectory,
    run: RunFile,
    encoder: Encodes,
    { providers = [], config: given, runCode = false }: Sources = {},
  ): Promise<Deriver> {
    const { layout, disk } = directory
    const { config, defect } = await storedConfig(directory, run)
    if (config === null) throw new RowsmithError('no_stored_identity', `builder_config.json: ${defect}`)
    const found = await readLaunchFile(directory)
    const launch = found.kind === 'read' ? found.contents : undefined
    const remembered = rememberedSettings(launch?.settings ?? {})
    const { providersFile = null } = rememberedFiles(launch?.settings ?? {})
    const all = await storedProviders(disk, config, providersFile, providers)
    if (isRemote(config.seed_config)) {
      throw new RowsmithError(
        'seed_not_found',
        'The seed dataset is on the hub, which is not asked to check a dataset',
      )
    }
    const folders = seedFolders(layout.builderConfig, launch?.seed_folder)
    const seed = await openSeed(config, { folders, begunWith: seedOfRun(run) })
    let persons: Persons | null = null
    try {
      const assets = managedAssetsFolder({ found: launch?.managed_assets })
      persons = await openPersons(config, assets, launch?.person_files)
      const settings = storedSettings(run, launch)
      const blueprintOf = (of: Config, models: BlueprintChanges['models']): Blueprint =>
        makeBlueprint(of, settings, { models, maxParallelRequests: null }, all, seed, persons)
      const search: CodeSearch = {
        directory,
        run,
        launch,
        given,
        identityOf: (other) => blueprintOf(other, remembered.models ?? []).rowsIdentity.document,
      }
      const blueprint = blueprintOf(runCode ? await withStoredCode(config, search) : config, [])
      const files = namedFiles(directory, launch?.seed_folder)
      const tools = await knownTools(directory, blueprint.config)
      const media = new MediaStore(directory)
      return new Deriver(blueprint, { run, encoder, providers: all, seed, persons, media, files, tools })
    } catch (error) {
      await persons?.close()
      await seed?.close()
      throw error
    }
  }

  /**
   * One group, from the texts of its frames. Calls do not overlap.
   *
   * @param reading how answers are read; see `Reading`
   * @throws RowsmithError why it cannot be made, whatever the answers
   */
  async derive(
    group: RowGroup,
    frames: readonly string[],
    reading: 'of today' | 'earlier' = 'of today',
  ): Promise<Derived> {
    this.#reading = reading
    const made = await this.#make(group, frames).finally(() => {
      this.#reading = 'of today'
    })
    const { rows, kept, keys, repliesUnused } = made
    if (this.#missing.size > 0) {
      return { publication: null, cost: costOfMissing(this.#order, keys, this.#missing), repliesUnused }
    }
    const files = await sealGroup(this.#with.encoder, this.#seal, rows, kept)
    const media = sealMedia(this.#seal, rows)
    const publication = { ...commitOf(rows, kept), files, media }
    return { publication, cost: noCost, repliesUnused }
  }

  /** The rows of one group whose cells are all there. Calls do not overlap. @throws RowsmithError as `derive` */
  async whole(group: RowGroup, frames: readonly string[]): Promise<Whole> {
    const { rows: made } = await this.#make(group, frames)
    const lacking = new Set([...this.#missing].map((key) => placeOfKey(key).row))
    // Rows that a column made of others are not told by their keys.
    const isNone = this.blueprint.resizing.length > 0 && lacking.size > 0
    const indices: number[] = []
    for (let row = 0; row < made.rowCount && !isNone; row++) {
      if (!made.isDropped(row) && !lacking.has(made.firstRow + row)) indices.push(row)
    }
    return {
      rows: indices.map((row) => made.firstRow + row),
      file: async () => (await this.#with.encoder.encode(mainFileOf(this.#seal, made, indices))).bytes,
    }
  }

  async #make(group: RowGroup, frames: readonly string[]): Promise<MadeAgain> {
    const kept = emptyKeptGroup()
    keepFrames(new Map([[group.group, kept]]), frames, {
      wanted: (found) => found === group.group,
      counted: () => false,
    })
    const keys = [...kept.replies.keys()]
    let made: { rows: OpenGroup; kept: KeptGroup } | undefined
    this.#missing.clear()
    const engine = this.#engine(group, kept, (rows, ended) => {
      made = { rows, kept: ended }
    })
    await engine.run()
    if (made === undefined) throw new RowsmithError('internal', 'The engine ended without its row group.')
    return { ...made, keys, repliesUnused: engine.repliesUnused }
  }

  /** The values of one group, as far as kept answers make them, and what was asked for them on the way. */
  async look(group: RowGroup, frames: readonly string[]): Promise<Looked> {
    const requests = new Map<string, ModelRequest>()
    const made = async (texts: readonly string[]): Promise<OpenGroup> => {
      const kept = emptyKeptGroup()
      keepFrames(new Map([[group.group, kept]]), texts, { wanted: () => true, counted: () => false })
      // A row's verdict is looked for anew, so that the cells before it are made.
      kept.verdicts.clear()
      let rows: OpenGroup | undefined
      this.#onRequest = (request) => requests.set(requestHash(request), request)
      await this.#engine(group, kept, (ended) => {
        rows = ended
      }).run()
      this.#onRequest = () => {}
      return rows!
    }
    // What was asked before retries, then what counts now.
    const isRetry = (text: string): boolean => text.startsWith('{"t":"retry"')
    if (frames.some(isRetry)) await made(frames.filter((text) => !isRetry(text)))
    const rows = await made(frames)
    const names = rows.order.columns.map(({ name }) => name)
    return {
      columns: names,
      values: (row) => new Map(names.map((name, at) => [name, rows.values[at]![row - group.firstRow]!])),
      requests,
    }
  }

  async close(): Promise<void> {
    await this.#models.close()
    await this.#checker.close()
    await this.#with.seed?.close()
    await this.#with.persons?.close()
  }

  #engine(group: RowGroup, kept: KeptGroup, sealed: (rows: OpenGroup, kept: KeptGroup) => void): Engine {
    const { run, seed, media, files, tools } = this.#with
    const { config, prices } = this.blueprint
    return new Engine({
      order: this.#order,
      runSeed: run.run_seed,
      today: run.today,
      seedColumns: seedColumnsOf(seed, config, run.run_seed),
      groups: [group],
      late: Promise.resolve([]),
      kept: new Map([[group.group, kept]]),
      inherited: async () => new Map(),
      models: this.#models,
      toolbox: (alias) => tools.toolbox(alias),
      perform: async (_, key) => {
        this.#missing.add(key)
        return refusal
      },
      // What its files would be is known without them: whether they are there is another question.
      media: {
        read: (hash) => media.read(hash),
        has: async () => true,
        keep: async () => {
          throw new RowsmithError('internal', 'Nothing is received while a dataset is checked.')
        },
      },
      file: (path) => files.read(path),
      checks: this.#checker,
      budget: new Budget({ cost: null, tokens: null, requests: null }, prices, new Map()),
      journal: forgetful,
      publish: async (rows, ended) => {
        sealed(rows, ended)
        return undefined
      },
      askAgain: async () => {},
      clock: systemClock,
      emit: () => {},
      watched: () => false,
      rowsBefore: { done: 0, dropped: 0, planned: group.rows },
      openRowsMax: group.rows,
      // Rows that a column made of others stand where it stood.
      sequential: this.blueprint.resizing.length > 0,
      graceMs: 0,
      admission: defaultAdmission,
      attemptsMax: 1,
      patienceMs: 0,
      shutdown: { disabled: true, errorRate: 1, window: 1 },
      salvage: false,
      traceTasks: false,
    })
  }
}
