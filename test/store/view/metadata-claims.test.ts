/** Datasets of Data Designer whose files are not what their metadata.json says. All who read one report it. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { create, loadConfig, open, type ProviderConfig } from '../../../src/index.ts'
import { echo, quick } from '../../support/small-runs.ts'
import { components, scratchFolder } from '../../verify/datasets.ts'

const fixtures = join(import.meta.dirname, '../../fixtures/data-designer')
const scratch = scratchFolder()

/** A copy of `complete` (25 rows) or `rich` (20 rows, files of a processor), with something changed. */
function changed(name: string, change: (folder: string) => void): string {
  const folder = scratch.copyOf(join(fixtures, name, 'dataset'))
  change(folder)
  return folder
}

const stating =
  (members: (stored: Record<string, unknown>) => object) =>
  (folder: string): void => {
    const path = join(folder, 'metadata.json')
    const stored = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    writeFileSync(path, JSON.stringify({ ...stored, ...members(stored) }))
  }

const statistics = (rows: number) => ({ column_statistics: [{ column_name: 'a', num_records: rows }] })
const batch = (number: number): string => `parquet-files/batch_0000${number}.parquet`
const inAll = (rows: number, due: number) => [
  'parquet-files',
  `hold ${rows} rows in all, and metadata.json says ${due}`,
]

const cases: readonly [string, string, (folder: string) => void, readonly (readonly string[])[]][] = [
  ['as it was made', 'complete', () => {}, []],
  ['with fewer rows than its statistics', 'complete', stating(() => statistics(30)), [inAll(25, 30)]],
  ['with more rows than its statistics', 'complete', stating(() => statistics(20)), [inAll(25, 20)]],
  [
    'with fewer rows, without statistics',
    'complete',
    stating(() => ({ column_statistics: [], actual_num_records: 26 })),
    [inAll(25, 26)],
  ],
  [
    'with more rows in the files that are listed',
    'complete',
    stating(() => ({ column_statistics: [], actual_num_records: 24 })),
    [inAll(25, 24)],
  ],
  [
    'with row groups that are not listed yet',
    'complete',
    stating(() => ({
      ...{ column_statistics: [], actual_num_records: 10 },
      file_paths: { 'parquet-files': [batch(0)] },
    })),
    [],
  ],
  [
    'after a stage, whose rows are as many as its statistics say',
    'complete',
    stating(() => ({ ...statistics(25), actual_num_records: 40, post_generation_state: 'complete' })),
    [],
  ],
  [
    'after a stage, with fewer rows than its statistics',
    'complete',
    stating(() => ({ ...statistics(28), post_generation_state: 'complete' })),
    [inAll(25, 28)],
  ],
  [
    'without a file that is listed',
    'complete',
    (folder) => rmSync(join(folder, batch(2))),
    [[batch(2), 'missing, although metadata.json lists it'], inAll(20, 25)],
  ],
  [
    'with a file that is none',
    'complete',
    (folder) => writeFileSync(join(folder, batch(1)), 'PAR1'),
    [[batch(1), 'cannot be read as Parquet'], inAll(15, 25)],
  ],
  [
    'with a file of another schema',
    'complete',
    (folder) => {
      cpSync(join(fixtures, 'seeded/dataset', batch(1)), join(folder, batch(1)))
      stating(() => statistics(20))(folder)
    },
    [[batch(1), expect.stringContaining(`it is unlike ${batch(0)}`)]],
  ],
  [
    'without a file of a processor',
    'rich',
    (folder) => rmSync(join(folder, 'processors-files/chat/batch_00001.parquet')),
    [['processors-files/chat/batch_00001.parquet', 'missing, although metadata.json lists it']],
  ],
  [
    'with a file of a processor of another row group',
    'rich',
    (folder) => {
      const of = (number: number) => join(folder, `processors-files/chat/batch_0000${number}.parquet`)
      cpSync(of(2), of(1))
    },
    [['processors-files/chat/batch_00001.parquet', 'holds 4 rows, and its row group 8']],
  ],
]

test.each(cases)('a dataset %s (%s)', async (_, name, change, due) => {
  const path = changed(name, change)
  const dataset = open(path, components)
  const lacking = due.map(([where, what]) => ({ path: where, what }))
  expect((await dataset.status()).not_whole).toEqual(lacking)
  expect((await dataset.headSoFar(1)).not_whole ?? []).toEqual(lacking)
  const { findings, whole } = await dataset.verify()
  expect(whole).toBe(due.length === 0)
  expect(findings.map((each) => each.path).sort()).toEqual(due.map(([where]) => where).sort())
  const exported = dataset.export({ output: join(path, 'out.jsonl') })
  if (due.length === 0) await exported
  else await expect(exported).rejects.toMatchObject({ code: /^(dataset_incomplete|file_damaged)$/ })
})

const mock: ProviderConfig = {
  ...{ name: 'mock', endpoint: 'http://mock.invalid/v1', provider_type: 'openai' },
  ...{ api_key: null, extra_body: null, extra_headers: null },
}

test.each([25, 40])('a run that asks for %i rows of such a dataset says so', async (numRecords) => {
  const folder = scratch.copyOf(join(fixtures, 'complete'))
  stating(() => statistics(30))(join(folder, 'dataset'))
  const config = await loadConfig(join(folder, 'config.yaml'))
  const options = { artifactPath: folder, numRecords, providers: [mock], launch: { seedFolder: folder } }
  const run = create(config, options, quick(echo).components)
  const warnings: string[] = []
  for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.message)
  await run.catch(() => {})
  expect(warnings.join('\n')).toContain('parquet-files: hold 25 rows in all, and metadata.json says 30')
})
