/**
 * Local files as a seed: CSV, Parquet, JSON, JSONL.
 *
 * Owns: by whom files are read, and what distinguishes one reading of them from another.
 * Rules:
 *   1. What a seed holds is the bytes of its files and the way they are read: `READING` changes when a value may come out otherwise.
 *   2. A dataset that was created with another reading goes on with it, or not at all.
 */

import { present } from '../../base/errors/present.ts'
import type { ConfinedDuckDB } from '../../base/libraries/confined-duckdb.ts'
import { sha256 } from '../../base/numbers/hash.ts'
import type { SeedReading } from '../../config/schema/seeds.ts'
import { loadCsv } from '../csv/load.ts'
import { loadEarlier } from '../earlier/read.ts'
import { contentsOf, type SeedFiles, stampOf } from '../files/files.ts'
import { loadJson } from '../json/load.ts'
import { loadParquet } from '../parquet/load.ts'
import type { LoadedFiles } from '../table/loaded.ts'
import { openSeedDatabase, type SeedMemory, type SeedTable, seedTable, TABLE } from '../table/table.ts'
import { unreadable } from '../table/unreadable.ts'

const READING = 'seed reading 2'

/** What a dataset was created with, by the hash that it keeps; `any` where it keeps none, as Data Designer does. */
export type StoredSeed = string | 'any' | null

/** What most seeds need, however many rows they have; what rows of many MB need; what thousands of columns need. */
const MEMORIES: readonly SeedMemory[] = ['128MB', '512MB', '2GB']

/** @throws RowsmithError seed_unreadable, io_error */
export async function tableOfFiles(
  files: SeedFiles,
  reading: SeedReading,
  storedSeed: StoredSeed,
  [memory, ...more] = MEMORIES,
): Promise<SeedTable> {
  try {
    return await readFiles(files, reading, storedSeed, present(memory, 'settings of memory'))
  } catch (error) {
    if (more.length === 0 || !isOutOfMemory(error)) throw error
    return await tableOfFiles(files, reading, storedSeed, more)
  }
}

function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.message.startsWith('Out of Memory Error') || isOutOfMemory(error.cause)
}

async function readFiles(
  files: SeedFiles,
  reading: SeedReading,
  storedSeed: StoredSeed,
  memory: SeedMemory,
): Promise<SeedTable> {
  const stamp = await stampOf(files)
  const known = storedSeed === null ? undefined : await contentsOf(files)
  const earlier = storedSeed === 'any' || (known !== undefined && storedSeed === known)
  const duckdb = await openSeedDatabase(files.paths, memory)
  const [label = ''] = files.labels ?? files.paths
  try {
    const {
      decode,
      bytes: read,
      ...loaded
    } = await (earlier ? loadEarlier(duckdb, files) : load(duckdb, files, reading))
    const rowCount = loaded.columns.length === 0 ? 0 : await countRows(duckdb)
    if (rowCount === 0) throw unreadable({ label, what: 'it has no rows' })
    if ((await stampOf(files)) !== stamp) {
      throw unreadable({ label, what: 'it changed while it was being read' })
    }
    const bytes = known ?? read ?? (await contentsOf(files))
    const contents = earlier ? bytes : sha256(`${READING}\n${bytes}`)
    return seedTable(duckdb, { ...loaded, rowCount, contents, earlier }, decode)
  } catch (error) {
    duckdb.close()
    throw error
  }
}

function load(duckdb: ConfinedDuckDB, files: SeedFiles, reading: SeedReading): Promise<LoadedFiles> {
  switch (files.format) {
    case 'csv':
      return loadCsv(duckdb, files, reading)
    case 'json':
      return loadJson(duckdb, files, reading)
    case 'parquet':
      return loadParquet(duckdb, files, reading)
  }
}

async function countRows({ connection }: ConfinedDuckDB): Promise<number> {
  const reader = await connection.runAndReadAll(`SELECT count(*) FROM ${TABLE}`)
  return Number(reader.getRows()[0]?.[0])
}
