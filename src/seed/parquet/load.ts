import type { SeedReading } from '../../config/seeds.ts'
import type { ConfinedDuckDB } from '../../disk/confined-duckdb.ts'
import { loadEarlier } from '../earlier/read.ts'
import type { SeedFiles } from '../files.ts'
import type { LoadedFiles } from '../loaded.ts'

export function loadParquet(
  duckdb: ConfinedDuckDB,
  files: SeedFiles,
  _reading: SeedReading,
): Promise<LoadedFiles> {
  return loadEarlier(duckdb, files)
}
