/**
 * A seed dataset, opened: its columns, what it holds, and any of its rows.
 *
 * Owns: which kind of source is read by what. How its rows are stored is `table.ts`.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { issuesError } from '../../config/reading/issues.ts'
import { sourceOf } from '../../config/reading/source.ts'
import { nearestFirst, quote } from '../../config/reading/suggest.ts'
import type { Config } from '../../config/schema/schema.ts'
import { csvOnly, type SeedReading } from '../../config/schema/seeds.ts'
import { findSeedFiles, formatOf, pathIssue, type SeedFiles } from '../files/files.ts'
import { fileContentsRows, folderRows } from '../files/folder.ts'
import { findFolder } from '../files/found.ts'
import { type HubAccess, hubIssue, withHubFiles } from '../files/hub.ts'
import { rolloutFolder, rolloutRows } from '../rollouts/rows.ts'
import { type SeedTable, tableOfRows } from '../table/table.ts'
import { type StoredSeed, tableOfFiles } from './local.ts'
import { memoryRows } from './memory.ts'
import { type SeedConfig, type Selection, selectRows } from './order.ts'

export type { SeedColumn } from '../table/table.ts'

/** What of a seed decides what rows are made from it. */
export type SeedFacts = Pick<SeedTable, 'columns' | 'contents'>

export interface SeedDataset extends SeedTable {
  /** The rows that the config takes from it. */
  readonly selection: Selection
  /** The folder in which a relative path was found, absolute; null for an absolute path, or none. */
  readonly folder: string | null
}

/** What a seed may need that no config holds. */
export interface SeedContext {
  /** Where a relative path is looked for, in order. */
  readonly folders: readonly string[]
  /** The rows of a seed in memory, `seed_type: df`. */
  readonly rows?: readonly object[] | undefined
  /** How the hub is reached. @default without a token */
  readonly hub?: HubAccess
  /** What the dataset that it is opened for was started with. @default null: there is none */
  readonly storedSeed?: StoredSeed
}

/** Whether a network is needed to open it. */
export function isRemote(seed: SeedConfig | null): boolean {
  return seed?.source.seed_type === 'hf'
}

/** What is wrong with a seed that is remote, as far as that can be determined without a network. @throws RowsmithError config_invalid */
export function checkRemote(config: Config): void {
  const source = config.seed_config?.source
  const issue = source?.seed_type === 'hf' ? hubIssue(source) : undefined
  if (issue !== undefined) throw sourceIssue(config, issue.key, issue.what)
}

/**
 * Opens the seed of a config.
 *
 * @returns null when the config has none
 * @throws RowsmithError config_invalid, seed_not_found, seed_unreadable, io_error; for a seed on the hub, missing_api_key,
 *   permission_denied, endpoint_unreachable
 */
export async function openSeed(config: Config, context: SeedContext): Promise<SeedDataset | null> {
  const seed = config.seed_config
  if (seed === null) return null
  const { table, folder } = await openTable(config, seed, context)
  try {
    requireDeclared(config, seed, table)
    if (table.rowCount === 0) throw new RowsmithError('seed_unreadable', 'The seed dataset has no rows')
    return { ...table, selection: selectionOf(config, seed, table.rowCount), folder }
  } catch (error) {
    await table.close()
    throw error
  }
}

interface OpenTable {
  readonly table: SeedTable
  readonly folder: string | null
}

async function openTable(
  config: Config,
  { source }: SeedConfig,
  { folders, rows, hub = { env: {} }, storedSeed = null }: SeedContext,
): Promise<OpenTable> {
  switch (source.seed_type) {
    case 'local': {
      const issue = pathIssue(source.path)
      if (issue !== undefined) {
        throw sourceIssue(config, 'path', `${issue} (seen ${JSON.stringify(source.path)})`)
      }
      requireCsv(config, source)
      const files = await findSeedFiles(source.path, folders)
      return { table: await tableOfFiles(files, source, storedSeed), folder: files.folder }
    }
    case 'df':
      return { table: await tableOfRows(memoryRows(rows)), folder: null }
    case 'directory': {
      const found = await findFolder(source.path, folders)
      return { table: await tableOfRows(await folderRows(found.path, source)), folder: found.folder }
    }
    case 'file_contents': {
      const found = await findFolder(source.path, folders)
      return { table: await tableOfRows(await fileContentsRows(found.path, source)), folder: found.folder }
    }
    case 'agent_rollout': {
      const found = await findFolder(rolloutFolder(source), folders)
      return { table: await tableOfRows(await rolloutRows(found.path, source)), folder: found.folder }
    }
    case 'hf': {
      const issue = hubIssue(source)
      if (issue !== undefined) throw sourceIssue(config, issue.key, issue.what)
      requireCsv(config, source)
      const read = (files: SeedFiles) => tableOfFiles(files, source, storedSeed)
      return { table: await withHubFiles(source, hub, read), folder: null }
    }
  }
}

/** What only CSV files have is said of no others. */
function requireCsv(config: Config, source: SeedReading & { readonly path: string }): void {
  if (formatOf(source.path) === 'csv') return
  const key = csvOnly.find((each) => source[each] !== undefined)
  if (key !== undefined) throw sourceIssue(config, key, 'is for CSV files, and these are others')
}

/** A type is declared for a column that is there. */
function requireDeclared(config: Config, { source }: SeedConfig, { columns, earlier }: SeedTable): void {
  const types = 'types' in source && !earlier ? source.types : undefined
  const names = columns.map(({ name }) => name)
  const unknown = Object.keys(types ?? {}).find((name) => !names.includes(name))
  if (unknown === undefined) return
  const what = `${quote(unknown)} is not a column of the seed dataset; there are ${nearestFirst(unknown, names)}`
  throw sourceIssue(config, 'types', what)
}

function sourceIssue(config: Config, key: string, what: string): RowsmithError {
  return issuesError([{ path: ['seed_config', 'source', key], what }], sourceOf(config))
}

function selectionOf(config: Config, seed: SeedConfig, rowCount: number): Selection {
  const selection = selectRows(seed.selection_strategy, rowCount)
  if ('size' in selection) return selection
  const path = ['seed_config', 'selection_strategy', selection.key]
  throw issuesError([{ path, what: selection.what }], sourceOf(config))
}
