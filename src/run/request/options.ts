/** What a run is asked for, resolved once at the door: after `resolveOptions` nothing is optional. */

import { RowsmithError } from '../../base/errors/errors.ts'
import { money } from '../../base/numbers/money.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { type Clock, systemClock } from '../../base/work/clock.ts'
import type { McpProviderConfig } from '../../config/files/mcp-providers.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { Disk } from '../../disk/disk.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import type { AiSdkModel } from '../../models/ai-sdk/ai-sdk-model.ts'
import type { ConnectOptions } from '../../models/connect/connect.ts'
import type { ResumeMode } from '../../plan/facts.ts'
import type { RowsFunction } from '../../post/table.ts'
import type { PersonFile } from '../../seed/dataset/persons.ts'
import { Encoder, type Encodes } from '../../store/parquet/encoder.ts'
import type { BudgetLimits } from '../bill/budget.ts'
import type { RetryRequest } from './retry-request.ts'

/** Another model for an alias of the config. */
export interface ModelOverride {
  readonly alias: string
  readonly provider: string
  readonly model: string
}

export type Reuse = 'auto' | 'none' | { readonly directory: string }

/** Where settings came from, so that `resume` finds them again. Never a key. */
export interface LaunchSources {
  readonly providersFile?: string
  readonly envFile?: string
  readonly mcpProvidersFile?: string
  /** Where a seed dataset with a relative path is looked for first. */
  readonly seedFolder?: string
  /** The managed assets folder of Data Designer, in which the person datasets were found. */
  readonly managedAssets?: string
  /** The person datasets as the last run read them: a file that did not change is not read through again. */
  readonly personFiles?: readonly PersonFile[]
}

export interface CreateOptions {
  /** Rows of the whole dataset. @default 10 */
  readonly numRecords?: number
  /** Folder name below the artifact path. @default 'dataset' */
  readonly datasetName?: string
  /** Folder that holds datasets; created when missing. @default 'artifacts' */
  readonly artifactPath?: string
  /** @default 'if_possible': go on where the last run of the same dataset ended */
  readonly resume?: ResumeMode
  /** Whether its files keep the types of Rowsmith's columns where Data Designer stores others, as in stages of a workflow. @default false */
  readonly ownTypes?: boolean
  /** Settings of the run, only those that differ from the defaults (or, on resume, from the stored ones). */
  readonly runConfig?: Partial<RunConfig>
  /** Providers besides the built-in ones. */
  readonly providers?: readonly ProviderConfig[]
  /** Where the tools of the config come from, as `loadMcpProviders` gives them. */
  readonly mcpProviders?: readonly McpProviderConfig[]
  readonly models?: readonly ModelOverride[]
  /** Requests in flight per model, over what the config says. */
  readonly maxParallelRequests?: number
  /** The functions of processors of type `function`, by the processor's name. */
  readonly processors?: Readonly<Record<string, RowsFunction>>
  /**
   * Where answers are taken from that were paid for already, where they match by row, column and request: the directory
   * of another dataset; `auto`: a preview of the same rows, and the dataset that this one is made beside; `none`.
   *
   * @default 'auto'
   */
  readonly reuse?: Reuse
  /**
   * Never spend more than this on the dataset, over all runs of it: money in the currency of the prices, tokens (input and
   * output), requests. A run that would stops, resumably, with `budget_reached`. Null: no limit. `resume` keeps what it
   * is not given. @default null
   */
  readonly maxCost?: number | null
  readonly maxTokens?: number | null
  readonly maxRequests?: number | null
  /**
   * The rows of a seed dataset in memory, for a config whose seed is `{ seed_type: df }`: one plain object per row. `resume`
   * needs them again. @default none
   */
  readonly seedRows?: readonly object[]
  /** Root of every random stream, 64 bits; a bigint beyond 2^53. @default drawn, and kept with the dataset */
  readonly seed?: bigint | number
  /**
   * The managed assets folder of Data Designer: a `person` sampler reads `datasets/<locale>.parquet` in it. `resume` keeps it.
   * @default DATA_DESIGNER_MANAGED_ASSETS_PATH of `env`, else `managed-assets` in its DATA_DESIGNER_HOME or in `~/.data-designer`
   */
  readonly managedAssets?: string
  /** How long to wait for another writer. @default not at all for one that surely lives, 60000 for one that may be dead */
  readonly waitForLockMs?: number
  /** How long requests in flight may take to finish after a stop. @default 30000 */
  readonly graceMs?: number
  /**
   * Ask, and pay, again for kept answers that are gone (`answers_lost`). Holds for this run alone. @default false
   */
  readonly acceptLoss?: boolean
  /** Where API keys, proxies and places are looked up. @default process.env; the command reads `.env` besides, a program does not */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Stops the run, resumably. */
  readonly signal?: AbortSignal
  readonly launch?: LaunchSources
}

/** Live objects a run works with; tests bring their own. */
export interface Components {
  readonly disk?: Disk
  readonly clock?: Clock
  /** How requests reach a provider. @default HTTP; the provider `simulator` answers inside the process */
  readonly transport?: ConnectOptions['transport']
  /** Model objects of the AI SDK that answer in place of a provider, by model alias; docs/providers.md. @default none */
  readonly languageModels?: Readonly<Record<string, AiSdkModel>>
  /** A fresh run seed, 64 bits. */
  readonly drawSeed?: () => bigint
  /** Starts what encodes files. @default a worker thread */
  readonly encoder?: () => Encodes
  /** Counts what is in the columns when a run ends, for metadata.json. @default DuckDB, on the machine's own disk; null: nothing is counted */
  readonly statistics?: CountColumns | null
}

/** Counts what is in the columns of a dataset directory: one object per column. */
export type CountColumns = (directory: string, signal: AbortSignal) => Promise<readonly ValueObject[]>

/** What the front door hands in: it alone knows the simulator. */
export type RunComponents = Components & Required<Pick<Components, 'transport'>>

export interface ResolvedOptions {
  /** Null: not given. A new dataset gets 10; `resume` keeps the target. */
  readonly numRecords: number | null
  readonly datasetName: string
  readonly artifactPath: string
  readonly resume: ResumeMode
  /** Whether a folder made beside the named one will do: not for a command that names a directory. */
  readonly orSibling: boolean
  readonly ownTypes: boolean
  readonly runConfig: Partial<RunConfig>
  readonly providers: readonly ProviderConfig[]
  readonly mcpProviders: readonly McpProviderConfig[]
  readonly models: readonly ModelOverride[]
  readonly maxParallelRequests: number | null
  readonly processors: Readonly<Record<string, RowsFunction>>
  readonly reuse: Reuse
  readonly maxCost: number | null
  readonly maxTokens: number | null
  readonly maxRequests: number | null
  readonly seedRows: readonly object[] | null
  readonly managedAssets: string | null
  readonly seed: bigint | null
  /** Null: not given. */
  readonly waitForLockMs: number | null
  readonly acceptLoss: boolean
  readonly graceMs: number
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal | null
  readonly launch: LaunchSources
  /** Set when cells are asked for again; then nothing else is made. */
  readonly retry: RetryRequest | null
  /** Set when the dataset is a preview of another one. */
  readonly preview: {
    /** The name of the dataset it is a preview of. */
    readonly of: string
    /** How many rows are wanted of it; its target may be larger, from an earlier time. */
    readonly rows: number
    /** A dataset directory whose seed and answers a new preview inherits. */
    readonly origin: string | null
  } | null
}

export interface ResolvedComponents {
  readonly disk: Disk
  readonly clock: Clock
  readonly transport: ConnectOptions['transport']
  readonly languageModels: Readonly<Record<string, AiSdkModel>>
  readonly drawSeed: () => bigint
  readonly encoder: () => Encodes
  readonly statistics: CountColumns | null
}

export const defaultNumRecords = 10

/**
 * @throws RowsmithError usage, path_escapes
 */
export function resolveOptions(options: CreateOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    numRecords: options.numRecords ?? null,
    datasetName: options.datasetName ?? 'dataset',
    artifactPath: options.artifactPath ?? 'artifacts',
    resume: options.resume ?? 'if_possible',
    orSibling: true,
    ownTypes: options.ownTypes ?? false,
    runConfig: options.runConfig ?? {},
    providers: options.providers ?? [],
    mcpProviders: options.mcpProviders ?? [],
    models: options.models ?? [],
    maxParallelRequests: options.maxParallelRequests ?? null,
    processors: options.processors ?? {},
    reuse: options.reuse ?? 'auto',
    maxCost: options.maxCost ?? null,
    maxTokens: options.maxTokens ?? null,
    maxRequests: options.maxRequests ?? null,
    seedRows: options.seedRows ?? null,
    managedAssets: options.managedAssets ?? null,
    seed: seedOf(options.seed),
    waitForLockMs: options.waitForLockMs ?? null,
    graceMs: options.graceMs ?? 30_000,
    acceptLoss: options.acceptLoss ?? false,
    env: options.env ?? process.env,
    signal: options.signal ?? null,
    launch: options.launch ?? {},
    retry: null,
    preview: null,
  }
  checkCount('numRecords', resolved.numRecords)
  checkCount('maxParallelRequests', resolved.maxParallelRequests)
  checkCount('maxTokens', resolved.maxTokens)
  checkCount('maxRequests', resolved.maxRequests)
  checkMoney(resolved.maxCost)
  checkWait('waitForLockMs', resolved.waitForLockMs)
  checkWait('graceMs', resolved.graceMs)
  checkName(resolved.datasetName)
  checkResume(resolved.resume)
  checkReuse(resolved.reuse)
  return resolved
}

export function budgetLimits(options: ResolvedOptions): BudgetLimits {
  const { maxCost, maxTokens, maxRequests } = options
  return {
    cost: maxCost === null ? null : money(maxCost)!,
    tokens: maxTokens,
    requests: maxRequests,
  }
}

export function resolveComponents(components: RunComponents): ResolvedComponents {
  return {
    disk: components.disk ?? nodeDisk,
    clock: components.clock ?? systemClock,
    transport: components.transport,
    languageModels: components.languageModels ?? {},
    drawSeed: components.drawSeed ?? (() => crypto.getRandomValues(new BigUint64Array(1))[0]!),
    encoder: components.encoder ?? (() => Encoder.start()),
    statistics: components.statistics ?? null,
  }
}

function checkCount(name: string, value: number | null): void {
  if (value === null || (Number.isSafeInteger(value) && value >= 1)) return
  throw new RowsmithError('usage', `${name} must be a whole number of at least 1, not ${value}`)
}

function checkMoney(value: number | null): void {
  if (value === null || (value > 0 && money(value) !== undefined)) return
  throw new RowsmithError('usage', `maxCost must be an amount above 0, not ${value}`)
}

function checkWait(name: string, value: number | null): void {
  if (value === null || value >= 0) return
  throw new RowsmithError('usage', `${name} must be milliseconds, 0 or more, not ${value}`)
}

/** Callers without types may give anything. */
function checkResume(mode: string): void {
  if (resumeModes.some((known) => known === mode)) return
  throw new RowsmithError('usage', `resume must be one of ${resumeModes.join(', ')}, not ${mode}`)
}

const resumeModes: readonly ResumeMode[] = ['if_possible', 'always', 'never']

function checkReuse(reuse: Reuse): void {
  if (reuse === 'auto' || reuse === 'none') return
  if (typeof reuse?.directory === 'string' && reuse.directory !== '') return
  throw new RowsmithError('usage', "reuse must be 'auto', 'none' or { directory }")
}

/** A number beyond 2^53 is refused: it would be another seed than the one written. Callers without types may give anything. */
function seedOf(seed: unknown): bigint | null {
  if (seed === undefined || seed === null) return null
  const whole = typeof seed === 'number' && Number.isSafeInteger(seed) ? BigInt(seed) : seed
  if (typeof whole === 'bigint' && BigInt.asUintN(64, whole) === whole) return whole
  throw new RowsmithError(
    'usage',
    `seed must be a whole number from 0, or a bigint up to 2n ** 64n - 1n, not ${String(seed)}`,
  )
}

/** A dataset is one folder below the artifact path, never elsewhere. */
function checkName(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return
  const facts = { dataset_name: name.slice(0, 200) }
  throw new RowsmithError(
    'path_escapes',
    `The dataset name ${JSON.stringify(name.slice(0, 200))} is not a plain folder name`,
    { facts },
  )
}

/** A member for what there is, and none for null. */
export function given<K extends string, T>(key: K, value: T | null): { [P in K]?: T } {
  return value === null ? {} : ({ [key]: value } as { [P in K]?: T })
}
