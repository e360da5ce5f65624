/** What a run is requested, resolved once at the door: after `resolveOptions` nothing is optional. */

import { present } from '../../base/errors/present.ts'
import { money } from '../../base/numbers/money.ts'
import type { ValueObject } from '../../base/values/value.ts'
import { type Clock, systemClock } from '../../base/work/clock.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { Disk } from '../../disk/disk.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import type { AiSdkModel } from '../../models/ai-sdk/ai-sdk-model.ts'
import type { ConnectOptions } from '../../models/connect/connect.ts'
import { Encoder, type Encodes } from '../../store/parquet/encoder.ts'
import { DatasetViews } from '../../store/view/dataset-view.ts'
import type { BudgetLimits } from '../usage/budget.ts'
import type { ColumnTokens } from '../usage/column-tokens.ts'
import {
  type GivenSettings,
  type LaunchSources,
  type ResolvedSettings,
  type Setting,
  settingRows,
} from './settings.ts'

/**
 * Options of a run. Each member is a row of `settings.ts`, where its meaning and its default stand; `launch` says which files
 * they came from.
 */
export interface CreateOptions extends GivenSettings {
  readonly launch?: LaunchSources
}

/** Options of `resume`; everything else is taken from the dataset. */
export interface ResumeOptions extends Omit<CreateOptions, 'datasetName' | 'artifactPath' | 'resume'> {
  /** The config that the dataset was made from, when that is code whose file is not where it was. */
  readonly config?: Config
}

/** Options of `retry` in addition to its cells; everything else is taken from the dataset. */
export type RetryRunOptions = Omit<ResumeOptions, 'numRecords'>

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

/** Counts what is in the columns of a dataset directory: one object per column. @param tokens those of some row groups, which need not be read again */
export type CountColumns = (
  directory: string,
  signal: AbortSignal,
  tokens: ColumnTokens,
) => Promise<readonly ValueObject[]>

/** What the front door hands in: it alone knows the simulator. */
export type RunComponents = Components & Required<Pick<Components, 'transport'>>

/** Every setting with its value: null where none was given, and there is no default. */
export interface ResolvedOptions extends ResolvedSettings {
  readonly launch: LaunchSources
}

export interface ResolvedComponents {
  readonly disk: Disk
  /** What this command has read of directories. */
  readonly views: DatasetViews
  readonly clock: Clock
  readonly transport: ConnectOptions['transport']
  readonly languageModels: Readonly<Record<string, AiSdkModel>>
  readonly drawSeed: () => bigint
  readonly encoder: () => Encodes
  readonly statistics: CountColumns | null
}

/** @throws RowsmithError usage, path_escapes */
export function resolveOptions({ launch = {}, ...options }: CreateOptions): ResolvedOptions {
  const resolved = settingRows.map(([name, row]) => [name, settled(name, row, options[name])])
  // The rows give each value its type, which a loop over them cannot show.
  const settings = Object.fromEntries(resolved) as ResolvedSettings
  return { ...settings, launch }
}

/** Callers without types may give anything; null is nothing. */
function settled(name: string, { kind, default: otherwise }: Setting, given: unknown): unknown {
  if (given !== undefined && given !== null) return kind.check(given, name)
  return typeof otherwise === 'function' ? otherwise() : otherwise
}

/** Whether anything is limited. */
export function hasBudget(options: Pick<ResolvedOptions, 'maxCost' | 'maxTokens' | 'maxRequests'>): boolean {
  const { maxCost, maxTokens, maxRequests } = options
  return maxCost !== null || maxTokens !== null || maxRequests !== null
}

export function budgetLimits(options: ResolvedOptions): BudgetLimits {
  const { maxCost, maxTokens, maxRequests } = options
  return {
    cost: maxCost === null ? null : present(money(maxCost), 'costs'),
    tokens: maxTokens,
    requests: maxRequests,
  }
}

export function resolveComponents(components: RunComponents): ResolvedComponents {
  const disk = components.disk ?? nodeDisk
  return {
    disk,
    views: new DatasetViews(disk),
    clock: components.clock ?? systemClock,
    transport: components.transport,
    languageModels: components.languageModels ?? {},
    drawSeed:
      components.drawSeed ??
      (() => present(crypto.getRandomValues(new BigUint64Array(1))[0], 'drawn numbers')),
    encoder: components.encoder ?? (() => Encoder.start()),
    statistics: components.statistics ?? null,
  }
}

/** A member for what there is, and none for what is not. */
export function given<K extends string, T>(key: K, value: T | null | undefined): { [P in K]?: T } {
  return value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]?: T })
}
