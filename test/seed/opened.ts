/** Seeds read whole, in a folder of the test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { toValue, type Value } from '../../src/base/values/value.ts'
import { configFromValue } from '../../src/entries/config.ts'
import { openSeed, type SeedContext } from '../../src/seed/dataset/dataset.ts'

/** A folder for each test of the file, and what writes a file below it. */
export function seedFolder() {
  const folder = {
    path: '',
    write(name: string, contents: string | Uint8Array): string {
      const path = join(folder.path, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, contents)
      return path
    },
  }
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'rowsmith-seed-'))
  })
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }))
  return folder
}

export const seedConfig = (source: object, more: object = {}) =>
  configFromValue(toValue({ columns: [], seed_config: { source, ...more } }), 'config.yaml')

/** All rows of a seed, each an object. */
export async function readSeed(source: object, around: SeedContext, more: object = {}) {
  const seed = await openSeed(seedConfig(source, more), around)
  if (seed === null) throw new Error('no seed')
  try {
    const cells = await seed.rows(Array.from({ length: seed.rowCount }, (_, row) => row))
    const rows = cells.map(
      (row): Record<string, Value> =>
        Object.fromEntries(row.map((value, index) => [seed.columns[index]!.name, value])),
    )
    const types = seed.columns.map(({ name, type }) => `${name} ${type.kind}`)
    return { rows, types, contents: seed.contents, warnings: seed.warnings, selection: seed.selection }
  } finally {
    await seed.close()
  }
}
