/**
 * The person datasets of a config: those records of each that match, in a table of DuckDB's.
 *
 * Rules:
 *   1. A dataset is `datasets/<locale>.parquet` in the managed assets folder of Data Designer. It is never downloaded.
 *   2. A file is read once, when a run begins: its matching records and only the fields that may come out are copied into a
 *      table outside the heap, which moves to a temporary folder beyond a fixed size.
 *   3. What a dataset holds is the SHA-256 of its file. A file that was hashed before is taken to hold the same while inode, size and
 *      time of change are the same, as make does it: reading gigabytes at every start is no price for what does not happen.
 *   4. A field that is null in every matching record is left out.
 */

import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import type { DuckDBType } from '@duckdb/node-api'
import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import { type ConfinedDuckDB, sqlName, sqlPaths, sqlText } from '../../base/libraries/confined-duckdb.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson } from '../../base/values/json.ts'
import { objectOf, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { issuesError } from '../../config/reading/issues.ts'
import { type Path, sourceOf } from '../../config/reading/source.ts'
import type { Config } from '../../config/schema/schema.ts'
import { nodeDisk } from '../../disk/node-disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import type { PersonParams, PersonRecords } from '../../sample/persons/person.ts'
import { columnOf, fieldsIn } from '../../sample/persons/person-fields.ts'
import { cellValue, storedType } from '../earlier/types.ts'
import { contentsOf, type SeedFiles, stampOf } from '../files/files.ts'
import { openSeedDatabase, seedTable, TABLE } from '../table/table.ts'

/** The person datasets of a config, opened. */
export interface Persons {
  /** 64 hex digits: SHA-256 of what they hold. */
  readonly contents: string
  /** The managed assets folder, absolute. */
  readonly folder: string
  /** The files, as they were read. */
  readonly files: readonly PersonFile[]
  /** The records that match. */
  recordsOf(params: PersonParams): PersonRecords
  close(): Promise<void>
}

/** A person dataset that was read through: where it lies, what shows that it is as it was, and what it held. */
export interface PersonFile {
  readonly path: string
  readonly stamp: string
  readonly sha256: string
}

/** What is derived from without them. */
const required = ['first_name', 'last_name', 'age'] as const

/** What may say where the managed assets are. */
interface ManagedAssets {
  readonly given?: string | null
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the dataset's last run found them. */
  readonly found?: string | null | undefined
}

/** The managed assets folder, absolute: what was given, else as Data Designer has it. */
export function managedAssetsFolder({ given, env = {}, found }: ManagedAssets): string {
  const home = env.DATA_DESIGNER_HOME ?? join(homedir(), '.data-designer')
  const folder = given ?? env.DATA_DESIGNER_MANAGED_ASSETS_PATH ?? found ?? join(home, 'managed-assets')
  return resolve(folder.replace(/^~(?=$|\/)/, () => homedir()))
}

/**
 * Opens the person datasets of a config.
 *
 * @param folder the managed assets
 * @param known files that were read through before (rule 3)
 * @returns null when the config has no person sampler
 * @throws RowsmithError config_invalid for filters without a match, persons_not_found, persons_unreadable, io_error
 */
export async function openPersons(
  config: Config,
  folder: string,
  known: readonly PersonFile[] = [],
): Promise<Persons | null> {
  const wanted = personParamsOf(config)
  if (wanted.length === 0) return null
  const read = new Map<string, PersonFile>()
  const open = new Map<string, OpenRecords>()
  const close = async (): Promise<void> => {
    for (const each of open.values()) await each.close()
  }
  try {
    for (const { params, path } of wanted) {
      const key = keyOf(params)
      if (open.has(key)) continue
      const files = await findDataset(params.locale, folder)
      const stamp = await stampOf(files)
      if (!read.has(params.locale)) {
        const [path = ''] = files.paths
        const before = known.find((each) => each.path === path && each.stamp === stamp)
        read.set(params.locale, before ?? { path, stamp, sha256: await contentsOf(files) })
      }
      const misfit = (what: string) => issuesError([{ path, what }], sourceOf(config))
      open.set(key, await openRecords(files, params, misfit))
      if ((await stampOf(files)) !== stamp) throw unreadable(files, 'it changed while it was being read')
    }
  } catch (error) {
    await close()
    throw error
  }
  const contents = [...read].map(([locale, { sha256: hash }]) => [locale, hash] as const)
  return {
    contents: sha256(canonicalJson(toValue(Object.fromEntries(contents)))),
    folder,
    files: [...read.values()],
    recordsOf: (params) => present(open.get(keyOf(params)), 'open').records,
    close,
  }
}

/**
 * Looks whether the person datasets of a config are there and have what it filters by; nothing is hashed or copied.
 *
 * @returns those that are not there, in a sentence each
 * @throws RowsmithError config_invalid for filters without a match, persons_unreadable, io_error
 */
export async function missingPersons(config: Config, folder: string): Promise<string[]> {
  const missing: string[] = []
  for (const { params, path } of personParamsOf(config)) {
    try {
      const files = await findDataset(params.locale, folder)
      const misfit = (what: string) => issuesError([{ path, what }], sourceOf(config))
      await readingWith(files, (duckdb) =>
        countByLocale(duckdb, files, params, misfit).then(() => duckdb.close()),
      )
    } catch (error) {
      if (!RowsmithError.isInstance(error) || error.code !== 'persons_not_found') throw error
      missing.push(error.message)
    }
  }
  return [...new Set(missing)]
}

/** Whether a column draws from person datasets. */
export function needsPersons(config: Config): boolean {
  return personParamsOf(config).length > 0
}

/** The parameters of every person sampler, those under a condition among them, and where they stand. */
function personParamsOf(config: Config): { readonly params: PersonParams; readonly path: Path }[] {
  const given = config.columns.flatMap((column, index) => {
    if (column.column_type !== 'sampler') return []
    const conditions = Object.entries(column.conditional_params).map(([condition, params]) => ({
      params,
      path: ['columns', index, 'conditional_params', condition],
    }))
    return [{ params: column.params, path: ['columns', index, 'params'] }, ...conditions]
  })
  return given.flatMap(({ params, path }) => (params.sampler_type === 'person' ? [{ params, path }] : []))
}

function keyOf(params: PersonParams): string {
  return canonicalJson(toValue(params))
}

async function findDataset(locale: string, folder: string): Promise<SeedFiles> {
  const path = join(folder, 'datasets', `${locale}.parquet`)
  const entry = await wrapDiskError('read', path, () => nodeDisk.stat(path))
  if (entry?.kind === 'file') return { paths: [path], format: 'parquet', folder: null }
  throw new RowsmithError(
    'persons_not_found',
    `There is no person dataset ${path} for the locale ${locale}`,
    {
      facts: { path, locale },
    },
  )
}

interface OpenRecords {
  readonly records: PersonRecords
  close(): Promise<void>
}

async function openRecords(
  files: SeedFiles,
  params: PersonParams,
  misfit: (what: string) => RowsmithError,
): Promise<OpenRecords> {
  return readingWith(files, async (duckdb) => {
    const { columns, count } = await load(duckdb, files, params, misfit)
    const { library } = duckdb
    const facts = { columns, rowCount: count, contents: '', warnings: [], files: [], earlier: false }
    const table = seedTable(duckdb, facts, (cells) =>
      cells.map((cell, index) => cellValue(cell, present(columns[index], 'columns').type, library)),
    )
    const read = async (indices: readonly number[]): Promise<ValueObject[]> => {
      const rows = await table.rows(indices)
      return rows.map((row) => recordOf(columns, row))
    }
    return { records: { fields: columns, count, read }, close: () => table.close() }
  })
}

/** A database over the files, that its caller closes; closed at once when reading fails. */
async function readingWith<T>(files: SeedFiles, read: (duckdb: ConfinedDuckDB) => Promise<T>): Promise<T> {
  const duckdb = await openSeedDatabase(files.paths)
  try {
    return await read(duckdb)
  } catch (error) {
    duckdb.close()
    if (RowsmithError.isInstance(error)) throw error
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw unreadable(files, line.replace(/^[A-Za-z ]+ Error: /, '').slice(0, 300), error)
  }
}

function recordOf(columns: PersonRecords['fields'], row: readonly Value[]): ValueObject {
  return objectOf(columns.map(({ name }, index) => [name, present(row[index], 'row')]))
}

/** Copies what matches into the table. */
async function load(
  duckdb: ConfinedDuckDB,
  files: SeedFiles,
  params: PersonParams,
  misfit: (what: string) => RowsmithError,
): Promise<{ columns: PersonRecords['fields']; count: number }> {
  const { source, condition, fields, count } = await countByLocale(duckdb, files, params, misfit)
  const casts = fields.map(
    ({ column, stored }, index) => `CAST(${sqlName(column)} AS ${stored.sql}) AS c${index}`,
  )
  await duckdb.connection.run(
    `CREATE TEMP TABLE ${TABLE} AS SELECT ${casts.join(', ')} FROM ${source} ${condition}`,
  )
  return { columns: fields.map(({ name, stored }) => ({ name, type: stored.type })), count }
}

/** What matches: how many records, and which fields they have. */
async function countByLocale(
  duckdb: ConfinedDuckDB,
  files: SeedFiles,
  params: PersonParams,
  misfit: (what: string) => RowsmithError,
) {
  const { connection, library } = duckdb
  const table = `read_parquet(${sqlPaths(files.paths)})`
  const described = await connection.runAndReadAll(`SELECT * FROM ${table} LIMIT 0`)
  const names = described.columnNames()
  const types = new Map<string, DuckDBType>(
    names.map((name, index) => [name, described.columnType(index)] as const),
  )
  const there = new Set(names)
  const source = params.locale === 'de_DE' && there.has('sex') ? germanSexes(table) : table
  const missing = required.filter((name) => !there.has(name))
  if (missing.length > 0) throw unreadable(files, `it has no column ${missing.join(', ')}`)
  const condition = conditionOf(params, there, misfit)
  const candidates = fieldsIn(there, params.locale, params.with_synthetic_personas)
  const counted = candidates.map(({ column }) => `count(${sqlName(column)})`)
  const [counts = []] = (
    await connection.runAndReadAll(
      `SELECT count(*) FILTER (${condition}), count(*), ${counted.map((each) => `${each} FILTER (${condition})`).join(', ')} FROM ${source}`,
    )
  ).getRows()
  const [matching, all, ...filled] = counts.map(Number)
  if (!matching)
    throw misfit(`match ${matching} of ${all} persons in ${files.paths[0]}, and one at least is needed`)
  const fields = candidates
    .filter((_, index) => present(filled[index], 'filled') > 0)
    .map(({ name, column }) => {
      const stored = storedType(present(types.get(column), 'types'), library, true)
      if (stored === undefined) {
        throw unreadable(files, `column "${column}" holds ${types.get(column)}, which no cell can hold`)
      }
      return { name, column, stored }
    })
  return { source, condition, fields, count: matching }
}

/** The dataset of Germany has the sexes in German, and is filtered by in English like all others. */
function germanSexes(table: string): string {
  const english = "CASE sex WHEN 'Weiblich' THEN 'Female' WHEN 'Männlich' THEN 'Male' ELSE sex END"
  return `(SELECT * REPLACE (${english} AS sex) FROM ${table})`
}

/** The filters as an SQL condition. */
function conditionOf(
  params: PersonParams,
  there: ReadonlySet<string>,
  misfit: (what: string) => RowsmithError,
): string {
  const { sex, city, age_range, select_field_values, locale } = params
  const lists: [string, readonly string[]][] = [
    ...(sex === null ? [] : [['sex', [sex]] as [string, string[]]]),
    ...(city === null ? [] : [['city', typeof city === 'string' ? [city] : city] as [string, string[]]]),
    ...Object.entries(select_field_values ?? {}),
  ]
  const [youngest = 0, oldest = youngest] = age_range
  const conditions = lists.map(([field, values]) => {
    const column = columnOf(field, there, locale)
    if (column === undefined)
      throw misfit(`select by ${field}, which the person dataset of ${locale} does not have`)
    if (values.length === 0) return 'false'
    return `CAST(${sqlName(column)} AS VARCHAR) IN (${values.map(sqlText).join(', ')})`
  })
  return ['WHERE age BETWEEN', youngest, 'AND', oldest, ...conditions.map((each) => `AND ${each}`)].join(' ')
}

function unreadable(files: SeedFiles, why: string, cause?: unknown): RowsmithError {
  const [path = ''] = files.paths
  return new RowsmithError('persons_unreadable', `The person dataset ${path} cannot be used: ${why}`, {
    facts: { files: [basename(path)] },
    cause,
  })
}
