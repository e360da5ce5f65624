/** Seeds of a typed dataset: rows that it starts from, with what docs/seeds.md says of each kind in camel case. */
import type { StandardTypedV1 } from '@standard-schema/spec'
import { withoutUndefined } from '../base/values/without-undefined.ts'
import type { SeedReading } from '../config/schema/seeds.ts'
import type { Json, Stored } from './values/cells.ts'

interface CellTypes {
  str: string
  int: number
  float: number
  bool: boolean
  json: Json
}

/** What columns a seed has, for the compiler alone: names with their types, or a Standard Schema of a row. */
type SeedColumns = { readonly [column: string]: keyof CellTypes } | StandardTypedV1

/** The seed's columns, as rows have them. Those of a seed that does not say are not known. */
export type SeedRow<X> = X extends { readonly rowsOf: { readonly Row: infer R extends object } }
  ? R
  : X extends { readonly columns: infer C }
    ? C extends StandardTypedV1
      ? Stored<StandardTypedV1.InferInput<C>> & object
      : { -readonly [K in keyof C]: C[K] extends keyof CellTypes ? CellTypes[C[K]] : Json }
    : X extends Seed
      ? { [column: string]: Json }
      : unknown

/** How rows are taken. */
interface Taking {
  readonly columns?: SeedColumns | undefined
  /** @default 'ordered' */
  readonly order?: 'ordered' | 'shuffle' | undefined
  /** Which rows: from one to another, both included; or one of so many equal parts. @default all */
  readonly select?:
    | { readonly start: number; readonly end: number }
    | { readonly part: number; readonly of: number }
    | undefined
}

/** How a file is written. */
interface Reading extends Omit<SeedReading, 'null_values'> {
  readonly nullValues?: SeedReading['null_values']
}

interface Folder {
  /** @default '*' */
  readonly pattern?: string | undefined
  /** @default true */
  readonly recursive?: boolean | undefined
}

/** Where seed rows come from. */
export type Seed =
  /** CSV, JSON, JSON lines, Parquet. */
  | (Taking & Reading & { readonly path: string })
  /** Files of the Hugging Face hub. */
  | (Taking &
      Reading & {
        readonly hub: string
        readonly token?: string | undefined
        readonly endpoint?: string | undefined
      })
  /** The names of files. */
  | (Taking & Folder & { readonly directory: string })
  /** The texts of files. */
  | (Taking & Folder & { readonly fileContents: string; readonly encoding?: string | undefined })
  /** Sessions of agents; without a path they are looked for where the agent keeps them. */
  | (Taking & {
      readonly agentSessions: 'atif' | 'claude_code' | 'codex' | 'hermes_agent' | 'pi_coding_agent'
      readonly path?: string | undefined
      readonly pattern?: string | undefined
      readonly recursive?: boolean | undefined
    })
  /** Rows that `create` is given as `seedRows`. */
  | (Taking & { readonly inMemory: true })
  /** The rows of the step before, in a workflow: the config names no seed then. */
  | { readonly rowsOf: { readonly Row: object } }

/** What a config says of a seed; undefined for rows of the step before. */
export function seedConfig(seed: Seed): object | undefined {
  if ('rowsOf' in seed) return undefined
  return withoutUndefined({ source: withoutUndefined(sourceOf(seed)), ...takingOf(seed) })
}

/** What a config says of how rows are taken, of a seed or of the step before; members may be undefined. */
export function takingOf({ order, select }: Taking): object {
  return {
    sampling_strategy: order,
    selection_strategy:
      select !== undefined && 'part' in select ? { index: select.part, num_partitions: select.of } : select,
  }
}

function sourceOf(seed: Exclude<Seed, { readonly rowsOf: unknown }>): object {
  if ('hub' in seed) {
    const { hub: path, token, endpoint } = seed
    return { seed_type: 'hf', path, token, endpoint, ...readingOf(seed) }
  }
  if ('directory' in seed) return { seed_type: 'directory', path: seed.directory, ...folderOf(seed) }
  if ('fileContents' in seed) {
    const { fileContents: path, encoding } = seed
    return { seed_type: 'file_contents', path, ...folderOf(seed), encoding }
  }
  if ('agentSessions' in seed) {
    return { seed_type: 'agent_rollout', path: seed.path, ...folderOf(seed), format: seed.agentSessions }
  }
  if ('inMemory' in seed) return { seed_type: 'df' }
  return { seed_type: 'local', path: seed.path, ...readingOf(seed) }
}

function folderOf({ pattern, recursive }: Folder): object {
  return { file_pattern: pattern, recursive }
}

function readingOf(reading: Reading): object {
  const { delimiter, quote, escape: escaped, header, decimal, nullValues, types } = reading
  return { delimiter, quote, escape: escaped, header, decimal, null_values: nullValues, types }
}
