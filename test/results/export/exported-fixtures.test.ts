/** Every directory that Data Designer left, exported in every format: what DuckDB reads there it reads here. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fileFormats } from '../../../src/entries/commands.ts'
import { open } from '../../../src/index.ts'
import { exportRows } from '../../../src/results/export/export.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'

const fixtures = fileURLToPath(new URL('../../fixtures/data-designer', import.meta.url))

/** Cells by column; of a nested value, which CSV holds as JSON, what it says and not how. */
async function cells(source: string, columns: readonly string[]): Promise<unknown[]> {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  try {
    const found = await connection.runAndReadAll(`SELECT * FROM ${source}`)
    return found
      .getRowObjectsJson()
      .map((row) => columns.map((name) => (row[name] === null ? null : asText(row[name]))))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function asText(cell: unknown): string {
  const nested = typeof cell === 'string' && cell.startsWith('{') ? JSON.parse(cell) : cell
  return JSON.stringify(nested, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null) return String(part)
    return Array.isArray(part) ? part : Object.fromEntries(Object.entries(part).sort())
  })
}

describe.each([
  ['complete', 25, 4],
  ['rich', 20, 5],
  ['seeded', 18, 3],
  ['hole', 20, 4],
  ['interrupted', 20, 4],
  ['post-started', 20, 4],
])('%s', (name, rows, width) => {
  test.each(fileFormats)('as %s has every row and every cell in its column', async (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'rowsmith-export-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    cpSync(join(fixtures, name, 'dataset'), folder, { recursive: true })
    const exported = await open(folder).export({ format, partial: true })
    expect(exported).toMatchObject({ rows, columns: { length: width } })
    const reader = {
      jsonl: `read_json('${exported.path}')`,
      csv: `read_csv('${exported.path}', header = true, all_varchar = true)`,
      parquet: `read_parquet('${exported.path}')`,
    }[format]
    const due = await cells(`read_parquet('${folder}/parquet-files/*.parquet')`, exported.columns)
    expect(due).toHaveLength(rows)
    expect(await cells(reader, exported.columns)).toEqual(due)
  })
})

test.each(fileFormats)(
  'an export as %s has one row group in memory: each is written before the next is read',
  async (format) => {
    const disk = new SimulatedDisk({ directories: ['/set/parquet-files', '/out'] })
    for (let group = 0; group < 6; group++) {
      const values = Array.from({ length: 1000 }, (_, row) => BigInt(group * 1000 + row))
      const { bytes } = encodeParquet({
        columns: [{ name: 'n', type: { kind: 'int' }, values }],
        rowCount: values.length,
        footer: {},
      })
      const file = await disk.create(`/set/parquet-files/batch_0000${group}.parquet`)
      await file.append(bytes)
      await file.close()
    }
    const begun = disk.operations.length
    await exportRows(disk, '/set', { output: `/out/x.${format}`, format, partial: true })
    const steps = disk.operations
      .slice(begun)
      .filter(({ name }) => name === 'readFile' || name === 'append')
      .map(({ name }) => name)
    const reads = steps.flatMap((name, index) => (name === 'readFile' ? [index] : [])).slice(-6)
    for (const [group, index] of reads.entries()) {
      const next = reads[group + 1] ?? steps.length
      expect(steps.slice(index + 1, next), `row group ${group}`).toContain('append')
    }
  },
)
