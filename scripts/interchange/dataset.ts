/** What is in a dataset folder, read without either tool. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** Folders whose files belong to row groups; the first holds the groups themselves. */
const groupFolders = ['parquet-files', 'dropped-columns-parquet-files', 'processors-files']

/** SHA-256 of every finished file of every row group, by its path in the dataset. */
export function hashGroupFiles(dataset: string): Map<string, string> {
  const files = groupFolders
    .map((folder) => join(dataset, folder))
    .filter(existsSync)
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => path.endsWith('.parquet'))
    .sort()
  return new Map(
    files.map((path) => [
      relative(dataset, path).split(sep).join('/'),
      createHash('sha256').update(readFileSync(path)).digest('hex'),
    ]),
  )
}

/** The row groups' own files, in order. */
export function groupFiles(dataset: string): string[] {
  return readdirSync(join(dataset, 'parquet-files'))
    .filter((name) => name.endsWith('.parquet'))
    .sort()
}

/** Takes a row group away, with everything that belongs to it. */
export function removeGroup(dataset: string, group: number): void {
  const name = `batch_${String(group).padStart(5, '0')}.parquet`
  const paths = [...hashGroupFiles(dataset).keys()].filter((path) => path.endsWith(`/${name}`))
  for (const path of paths) rmSync(join(dataset, path))
}

export function metadataOf(dataset: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(dataset, 'metadata.json'), 'utf8'))
}

/** One question to DuckDB. @returns rows of texts */
export async function duckdb(sql: string): Promise<string[][]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const rows = (await connection.runAndReadAll(sql)).getRows()
    return rows.map((row) => row.map(String))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** A folder of the dataset, as DuckDB reads all its files as one table, in order. */
export function tableOf(dataset: string, folder: string): string {
  return `read_parquet('${join(dataset, folder)}/*.parquet')`
}
