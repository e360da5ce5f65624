/**
 * Row groups made again in memory, from what is kept: what their files should be, and what making them would cost.
 *
 * Owns: a run without a network and without a dataset to write to. It is the engine that makes datasets, with models
 * that refuse and a journal that forgets.
 * Never: changes a byte, sends a request, or needs a key.
 * Rules:
 *   V1. A cell whose answer is not kept is counted, once. Cells that read it are counted too where nothing is kept for
 *       them; where something is, it serves if the new answer is the old one, which nobody can know before. Nor is it
 *       known whether a rule will skip them.
 *   V2. A group that lacks an answer has no files here.
 */
import { systemClock } from '../base/clock.ts'
import { asRowsmithError, RowsmithError } from '../base/errors.ts'
import type { Value } from '../base/value.ts'
import { builtInProviders, type ProviderConfig } from '../config/providers.ts'
import type { Config } from '../config/schema.ts'
import type { Disk } from '../disk/disk.ts'
import type { TakesEffects } from '../journal/journal.ts'
import { defaultAdmission } from '../models/admission/admissions.ts'
import { connectModels } from '../models/connect.ts'
import type { Attempt, ModelRequest, Models } from '../models/contract.ts'
import { requestHash } from '../models/request-hash.ts'
import type { RowGroup } from '../plan/row-groups.ts'
import { isRemote, openSeed, type SeedDataset } from '../seed/dataset.ts'
import { managedAssetsFolder, openPersons, type Persons } from '../seed/persons.ts'
import type { Encodes } from '../store/encoder.ts'
import { readLaunchFile } from '../store/launch-file.ts'
import type { DatasetLayout } from '../store/layout.ts'
import { MediaStore, type ReadsMedia } from '../store/media.ts'
import type { Publication } from '../store/publish.ts'
import { contentsOf } from '../store/read-file.ts'
import type { RunFile } from '../store/run-file.ts'
import { readToolsFile } from '../store/tools-file.ts'
import { ToolConnections } from '../tools/connect.ts'
import { Checker } from '../validate/checker.ts'
import { type Blueprint, type BlueprintChanges, makeBlueprint, usedModels } from './blueprint.ts'
import { Budget } from './budget.ts'
import { type Cost, noCost } from './cost.ts'
import { usedToolAliases } from './dataset-tools.ts'
import { Engine } from './engine.ts'
import { type EffectKey, placeOfKey } from './frames.ts'
import { emptyKeptGroup, type KeptGroup, keepFrames } from './kept.ts'
import { type NamedFiles, namedFiles } from './named-files.ts'
import type { MakingOrder, OpenGroup } from './open-group.ts'
import { readProvidersFile } from './providers-file.ts'
import { type SealSettings, sealGroup, sealMedia } from './seal-group.ts'
import { commitOf, orderFor, sealSettings } from './seal-settings.ts'
import { seedColumnsOf, seedFolders } from './seed-columns.ts'
import { type CodeSearch, withStoredCode } from './stored-code.ts'
import { storedConfig, storedSettings } from './stored-config.ts'

export interface Derived {
  /** As it is published, companions before the main one; null when answers are missing (V2). */
  readonly publication: Publication | null
  readonly cost: Cost
  /** Kept answers that nothing asked for: the requests of today are others. */
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
  disk: Disk,
  layout: DatasetLayout,
  run: RunFile,
  encoder: () => Encodes,
  group: RowGroup,
  frames: readonly string[],
): Promise<Looked> {
  const encodes = encoder()
  try {
    const deriver = await Deriver.open(disk, layout, run, encodes)
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

/** Makes row groups of one dataset again. */
export class Deriver {
  readonly blueprint: Blueprint
  readonly #run: RunFile
  readonly #order: MakingOrder
  readonly #seal: SealSettings
  readonly #media: ReadsMedia
  readonly #files: NamedFiles
  readonly #seed: SeedDataset | null
  readonly #persons: Persons | null
  readonly #models: Models
  readonly #encoder: Encodes
  readonly #checker = new Checker()
  readonly #tools: ToolConnections
  readonly #missing = new Set<EffectKey>()
  #onRequest: (request: ModelRequest) => void = () => {}

  private constructor(
    blueprint: Blueprint,
    run: RunFile,
    seed: SeedDataset | null,
    persons: Persons | null,
    providers: readonly ProviderConfig[],
    encoder: Encodes,
    media: ReadsMedia,
    files: NamedFiles,
    tools: ToolConnections,
  ) {
    this.#tools = tools
    this.blueprint = blueprint
    this.#run = run
    this.#order = orderFor(blueprint, run)
    this.#media = media
    this.#files = files
    this.#seal = sealSettings(blueprint, run, systemClock, media)
    this.#seed = seed
    this.#persons = persons
    this.#models = refusing(
      usedModels(blueprint),
      providers,
      (key) => this.#missing.add(key),
      (request) => this.#onRequest(request),
    )
    this.#encoder = encoder
  }

  /**
   * Reads what the dataset was last started with.
   *
   * @param sources what it does not hold itself
   * @throws RowsmithError why nothing can be made again: no file holds the config, the seed dataset is gone, ...;
   *   with `runCode` function_missing, config_differs
   */
  static async open(
    disk: Disk,
    layout: DatasetLayout,
    run: RunFile,
    encoder: Encodes,
    { providers = [], config: given, runCode = false }: Sources = {},
  ): Promise<Deriver> {
    const { config, defect } = await storedConfig(disk, layout, run)
    if (config === null) throw new RowsmithError('no_stored_identity', `builder_config.json: ${defect}`)
    const found = await readLaunchFile(disk, layout)
    const launch = found.kind === 'read' ? found.contents : undefined
    const all = await providersOf(disk, config, launch?.providers_file ?? null, providers)
    if (isRemote(config.seed_config)) {
      throw new RowsmithError(
        'seed_not_found',
        'The seed dataset is on the hub, which is not asked to check a dataset',
      )
    }
    const seed = await openSeed(config, { folders: seedFolders(layout.builderConfig, launch?.seed_folder) })
    let persons: Persons | null = null
    try {
      persons = await openPersons(config, managedAssetsFolder({ found: launch?.managed_assets }))
      const settings = storedSettings(run, launch)
      const blueprintOf = (of: Config, models: BlueprintChanges['models']): Blueprint =>
        makeBlueprint(of, settings, { models, maxParallelRequests: null }, all, seed, persons)
      const search: CodeSearch = {
        disk,
        layout,
        run,
        launch,
        given,
        identityOf: (other) => blueprintOf(other, launch?.models ?? []).rowsIdentity.document,
      }
      const blueprint = blueprintOf(runCode ? await withStoredCode(config, search) : config, [])
      const files = namedFiles(disk, layout, launch?.seed_folder)
      const tools = await knownTools(disk, layout, blueprint.config)
      const media = new MediaStore(disk, layout)
      return new Deriver(blueprint, run, seed, persons, all, encoder, media, files, tools)
    } catch (error) {
      await persons?.close()
      await seed?.close()
      throw error
    }
  }

  /**
   * One group, from the texts of its frames. Calls do not overlap.
   *
   * @throws RowsmithError why it cannot be made, whatever the answers
   */
  async derive(group: RowGroup, frames: readonly string[]): Promise<Derived> {
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
    const { rows } = made
    if (this.#missing.size > 0) {
      return { publication: null, cost: this.#cost(rows, keys), repliesUnused: engine.repliesUnused }
    }
    const files = await sealGroup(this.#encoder, this.#seal, rows, made.kept)
    const media = sealMedia(this.#seal, rows)
    const publication = { ...commitOf(rows, made.kept), files, media }
    return { publication, cost: noCost, repliesUnused: engine.repliesUnused }
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
    await this.#seed?.close()
    await this.#persons?.close()
  }

  #engine(group: RowGroup, kept: KeptGroup, sealed: (rows: OpenGroup, kept: KeptGroup) => void): Engine {
    const { blueprint } = this
    return new Engine({
      order: this.#order,
      runSeed: this.#run.run_seed,
      today: this.#run.today,
      seedColumns: seedColumnsOf(this.#seed, blueprint.config, this.#run.run_seed),
      groups: [group],
      late: Promise.resolve([]),
      kept: new Map([[group.group, kept]]),
      inherited: async () => new Map(),
      models: this.#models,
      toolbox: (alias) => this.#tools.toolbox(alias),
      perform: async (_, key) => {
        this.#missing.add(key)
        return refusal
      },
      // What its files would be is known without them: whether they are there is another question.
      media: {
        read: (hash) => this.#media.read(hash),
        has: async () => true,
        keep: async () => {
          throw new RowsmithError('internal', 'Nothing is received while a dataset is checked.')
        },
      },
      file: (path) => this.#files.read(path),
      checks: this.#checker,
      budget: new Budget({ cost: null, tokens: null, requests: null }, blueprint.prices, new Map()),
      journal: forgetful,
      publish: async (rows, ended) => {
        sealed(rows, ended)
        return undefined
      },
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

  /** What is missing, and what hangs on it (V1). */
  #cost(rows: OpenGroup, keys: readonly EffectKey[]): Cost {
    const { columns, sources } = this.#order
    const kept = new Set(keys.map(cellOf))
    const requests = new Map<number, number>()
    const atMost = new Map<number, number>()
    const count = (counts: Map<number, number>, position: number): void => {
      counts.set(position, (counts.get(position) ?? 0) + 1)
    }
    const missing = new Set([...this.#missing].map(cellOf))
    const rowsMissing = new Set([...this.#missing].map((key) => placeOfKey(key).row))
    for (const row of rowsMissing) {
      const lacking = new Set<number>()
      for (const [position, { name, kind, skip }] of columns.entries()) {
        const hangs = sources[position]!.some((source) => lacking.has(source))
        const cell = cellName(row, name)
        const lost = kind === 'asked' && !kept.has(cell)
        const due = missing.has(cell) || (lost && skip === undefined)
        if (due || hangs) lacking.add(position)
        if (due) count(requests, position)
        if (due || lost || (hangs && kind === 'asked')) count(atMost, position)
      }
    }
    const total = (counts: Map<number, number>): number => [...counts.values()].reduce((a, b) => a + b, 0)
    return {
      requests: total(requests),
      at_most: total(atMost),
      columns: [...atMost.keys()]
        .sort((a, b) => a - b)
        .map((position) => ({
          column: rows.order.columns[position]!.name,
          requests: requests.get(position) ?? 0,
          at_most: atMost.get(position)!,
        })),
    }
  }
}

function cellOf(key: EffectKey): string {
  const { row, column } = placeOfKey(key)
  return cellName(row, column)
}

function cellName(row: number, column: string): string {
  return `${row}/${column}`
}

const forgetful: TakesEffects = {
  append: async () => {},
  note: async () => {},
  published: async () => {},
}

const refusal: Extract<Attempt, { kind: 'failed' }> = {
  kind: 'failed',
  failure: {
    code: 'not_attempted',
    verdict: 'drop',
    message: 'no answer is kept',
    status: null,
    retryAfterMs: null,
    perhapsPaid: false,
  },
}

/** The tools that models were told of. None of them is called, so nobody needs to know where they are. */
async function knownTools(disk: Disk, layout: DatasetLayout, config: Config): Promise<ToolConnections> {
  const aliases = usedToolAliases(config)
  const names = new Set(aliases.flatMap(({ providers }) => providers))
  const tools = new ToolConnections({
    aliases,
    providers: [...names].map((name) => ({
      name,
      provider_type: 'streamable_http',
      endpoint: 'http://unknown.invalid',
      api_key: null,
    })),
    functions: new Map(),
    env: {},
  })
  if (aliases.length > 0) {
    const before = contentsOf(await readToolsFile(disk, layout))
    if (before === undefined)
      throw new RowsmithError(
        'answers_missing',
        'tools.json, which says what tools models were told of, is gone',
      )
    await tools.open(before, new AbortController().signal)
  }
  return tools
}

/** Models that write down who asked, and have no answer. */
function refusing(
  used: Config['model_configs'],
  providers: readonly ProviderConfig[],
  asked: (key: EffectKey) => void,
  onRequest: (request: ModelRequest) => void,
): Models {
  const models = connectModels({
    models: used,
    providers: providers.map((provider) => ({ ...provider, api_key: null })),
    env: {},
    transport: () => ({
      post: async () => {
        throw new RowsmithError('internal', 'Nothing is sent while a dataset is checked.')
      },
      close: async () => {},
    }),
  })
  const endpoints = new Map(
    used.map(({ alias }) => {
      const { provider, model, limit } = models.endpoint(alias)
      const send = async (_: unknown, { effectKey }: { effectKey: string }) => {
        asked(effectKey)
        return refusal
      }
      return [alias, { provider, model, limit, send }] as const
    }),
  )
  return {
    ...models,
    request: (alias, prompt, draw) => {
      const request = models.request(alias, prompt, draw)
      onRequest(request)
      return request
    },
    endpoint: (alias) => endpoints.get(alias) ?? models.endpoint(alias),
  }
}

/** Where the requests of a config would go. Of a provider that nobody describes any more, only its name matters here. */
async function providersOf(
  disk: Disk,
  config: Config,
  file: string | null,
  given: readonly ProviderConfig[],
): Promise<readonly ProviderConfig[]> {
  // As for a run: providers that are given stand for the file that the last one was told of.
  const stored = file === null || given.length > 0 ? [] : await readProviders(disk, file)
  const known = [...given, ...stored, ...builtInProviders]
  const unknown = new Set(config.model_configs.map(({ provider }) => provider))
  for (const { name } of known) unknown.delete(name)
  const nameless = [...unknown].map(
    (name): ProviderConfig => ({
      name,
      endpoint: 'http://unknown.invalid/v1',
      provider_type: 'openai',
      api_key: null,
      extra_body: null,
      extra_headers: null,
    }),
  )
  const names = new Set<string>()
  return [...known, ...nameless].filter(({ name }) => !names.has(name) && names.add(name))
}

async function readProviders(disk: Disk, file: string): Promise<readonly ProviderConfig[]> {
  try {
    return await readProvidersFile(file, async (path) => new TextDecoder().decode(await disk.readFile(path)))
  } catch (error) {
    const { message } = asRowsmithError(error)
    throw new RowsmithError('config_not_found', `Cannot read the providers of the last run: ${message}`, {
      facts: { path: file },
      nextStep: 'Put the file back, or give another one with --providers FILE.',
      cause: error,
    })
  }
}
