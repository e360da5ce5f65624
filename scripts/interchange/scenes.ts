/**
 * The cases that have to work in both directions: one tool begins a dataset, something happens, the other goes on.
 *
 * Checked after every one:
 * 1. Finished row groups, and the files that belong to them, keep their bytes.
 * 2. The server gets requests for the missing rows, each once, and no other.
 * 3. All files read as one dataset: in DuckDB (rows, types), in pyarrow (rows, types), in Data Designer, in Rowsmith.
 * 4. Column order: files Rowsmith writes have that of the files it found. (Data Designer writes columns as they finish.)
 * 5. metadata.json: the hash stays, the counts and the files are those on disk.
 * 6. Seed rows: none repeated, none missing. Sidecar files: row for row next to their group.
 * 7. The same ask again is a no-op for both tools: no request, no byte.
 */
import { join } from 'node:path'
import { open } from '../../src/index.ts'
import { Checks } from './checks.ts'
import { plain, rich, seededFrom, type Wanted } from './configs.ts'
import { duckdb, groupFiles, hashGroupFiles, metadataOf, removeGroup, tableOf } from './dataset.ts'
import type { ArrowFields, Made, PyarrowView, Tool, Tools } from './tools.ts'
import { bufferSize } from './tools.ts'

export interface Scene {
  readonly name: string
  /** What happens before the other tool comes. */
  readonly story: string
  readonly wanted: Wanted
  /** Rows the first tool shall make. */
  readonly started: number
  readonly killed?: true
  readonly removed?: number
  /** Rows the second tool shall make. */
  readonly finished: number
}

/** Who begins, and who goes on. */
export const directions: readonly (readonly [Tool, Tool])[] = [
  ['Rowsmith', 'Data Designer'],
  ['Data Designer', 'Rowsmith'],
]

/** @param folder where seed files are written */
export function scenesIn(folder: string): Scene[] {
  const { seeded, dated } = seededFrom(folder)
  return [
    { name: 'complete', story: 'finished', wanted: plain, started: 10, finished: 10 },
    {
      name: 'interrupted',
      story: 'killed (SIGKILL)',
      wanted: plain,
      started: 26,
      killed: true,
      finished: 26,
    },
    { name: 'hole', story: 'group 1 of 4 deleted', wanted: plain, started: 14, removed: 1, finished: 14 },
    { name: 'extended', story: 'by 7, not a multiple of 4', wanted: plain, started: 10, finished: 17 },
    { name: 'extended, aligned', story: 'by 8', wanted: plain, started: 10, finished: 18 },
    { name: 'rich', story: 'killed (SIGKILL)', wanted: rich, started: 26, killed: true, finished: 26 },
    {
      name: 'rich, hole',
      story: 'group 1 deleted, by 6',
      wanted: rich,
      started: 10,
      removed: 1,
      finished: 16,
    },
    { name: 'seeded', story: 'killed (SIGKILL)', wanted: seeded, started: 26, killed: true, finished: 26 },
    {
      name: 'seeded, hole',
      story: 'group 1 deleted, by 7',
      wanted: seeded,
      started: 10,
      removed: 1,
      finished: 17,
    },
    { name: 'seeded, dates', story: 'group 1 deleted', wanted: dated, started: 14, removed: 1, finished: 14 },
  ]
}

/** What a case came to. */
export interface Played {
  readonly done: string
  readonly rows: number
  readonly checks: Checks
}

/** @param artifacts an empty folder of its own */
export async function play(
  tools: Tools,
  scene: Scene,
  first: Tool,
  second: Tool,
  artifacts: string,
): Promise<Played> {
  const { wanted } = scene
  const dataset = join(artifacts, 'dataset')
  const checks = new Checks()
  const played = (done: string, rows: number): Played => ({ done, rows, checks })

  const begin = { artifacts, wanted, records: scene.started, resume: 'never' } as const
  const notStarted = scene.killed
    ? await tools.makeAndKill(first, begin)
    : (await tools.make(first, begin)).error
  checks.equal('started', `${first} begins ${scene.started} rows`, notStarted, null)
  if (notStarted !== null) return played('not started', 0)
  if (scene.removed !== undefined) removeGroup(dataset, scene.removed)

  const found = hashGroupFiles(dataset)
  const foundGroups = groupFiles(dataset)
  const foundRows = await countRows(dataset)
  const foundHash = metadataOf(dataset).config_hash

  const ask = { artifacts, wanted, records: scene.finished, resume: 'always' } as const
  const made = await tools.make(second, ask)
  const done = `${scene.story}; ${foundGroups.length} groups found, ${groupFiles(dataset).length} after`
  checks.equal('goes on', `${second} goes on`, made.error, null)
  if (made.error !== null) return played(done, foundRows)

  checks.equal('path', 'the dataset folder', made.path, dataset)
  const missing = (scene.finished - foundRows) * wanted.requestsPerRow
  checks.equal('requests', `requests for ${scene.finished - foundRows} rows`, made.requests, missing)
  sameBytes(checks, `after ${second}`, found, dataset)
  checks.equal('hash', 'config_hash', metadataOf(dataset).config_hash, foundHash)

  const rows = await countRows(dataset)
  await checks.part('DuckDB', () => readWithDuckDB(checks, scene, dataset))
  await checks.part('pyarrow', async () => {
    const seed = wanted.seed === null ? [] : [wanted.seed.column]
    const view = await tools.pyarrow(join(dataset, 'parquet-files'), seed)
    readWithPyarrow(checks, scene, view)
    if (second === 'Rowsmith') keepsOrder(checks, view, foundGroups)
  })
  await checks.part('Rowsmith', () => readWithRowsmith(checks, scene, dataset))
  await checks.part('sidecar files', () => readSidecarFiles(checks, scene, dataset))
  showsTheCounts(checks, scene, dataset)

  const finished = hashGroupFiles(dataset)
  for (const tool of [second, first]) {
    const again = await tools.make(tool, { ...ask, resume: 'if_possible' })
    checks.equal('same ask', `${tool}, run again`, again.error, null)
    checks.equal('same ask', `${tool}'s folder, run again`, again.path, dataset)
    checks.equal('same ask', `${tool}'s requests, run again`, again.requests, 0)
    sameBytes(checks, `after ${tool} ran again`, finished, dataset)
    if (tool === 'Data Designer') loadsWithDataDesigner(checks, scene, again)
  }
  return played(done, rows)
}

async function countRows(dataset: string): Promise<number> {
  const [row] = await duckdb(`select count(*) from ${tableOf(dataset, 'parquet-files')}`)
  return Number(row![0])
}

function sameBytes(checks: Checks, when: string, before: ReadonlyMap<string, string>, dataset: string): void {
  const now = hashGroupFiles(dataset)
  const changed = [...before.keys()].filter((path) => now.get(path) !== before.get(path))
  checks.equal('bytes', `files changed ${when}`, changed, [])
}

async function readWithDuckDB(checks: Checks, { wanted, finished }: Scene, dataset: string): Promise<void> {
  const table = tableOf(dataset, 'parquet-files')
  checks.equal('DuckDB', 'rows in DuckDB', await countRows(dataset), finished)
  const described = await duckdb(`select column_name, column_type from (describe select * from ${table})`)
  const expected = Object.entries(wanted.types).sort()
  checks.equal('DuckDB', 'columns in DuckDB', described.toSorted(byName), expected)
  const names = Object.keys(wanted.types)
  const nulls = await duckdb(`select count(*) from ${table} where ${names.map(isNull).join(' or ')}`)
  checks.equal('DuckDB', 'rows with an empty cell', nulls, [['0']])
}

function readWithPyarrow(checks: Checks, { wanted, finished }: Scene, view: PyarrowView): void {
  checks.equal('pyarrow', 'rows in pyarrow', view.rows, finished)
  const [first, ...others] = Object.entries(view.files).map(
    ([name, fields]) => [name, typesOf(fields)] as const,
  )
  for (const [name, types] of others) checks.equal('pyarrow', `types of ${name} in pyarrow`, types, first![1])
  if (wanted.seed === null) return
  const { column, values } = wanted.seed
  const planned = Array.from({ length: finished }, (_, row) => values[row % values.length])
  checks.equal('seed rows', `${column} in order`, view.values[column], planned)
}

/** Rowsmith's new files have the column order of those it found. */
function keepsOrder(checks: Checks, view: PyarrowView, found: readonly string[]): void {
  const orderOf = (name: string) => view.files[name]!.map(([column]) => column)
  for (const name of Object.keys(view.files).filter((file) => !found.includes(file))) {
    checks.equal('order', `column order of ${name}`, orderOf(name), orderOf(found[0]!))
  }
}

async function readWithRowsmith(checks: Checks, { wanted, finished }: Scene, dataset: string): Promise<void> {
  const loaded = open(dataset)
  checks.equal('Rowsmith', 'rows Rowsmith counts', await loaded.countRecords(), finished)
  const columns = new Set<string>()
  let rows = 0
  for await (const row of loaded.rows({ integers: 'bigint' })) {
    rows++
    for (const column of Object.keys(row)) columns.add(column)
  }
  checks.equal('Rowsmith', 'rows Rowsmith reads', rows, finished)
  checks.equal('Rowsmith', 'columns Rowsmith reads', [...columns].sort(), Object.keys(wanted.types).sort())
}

function loadsWithDataDesigner(
  checks: Checks,
  { wanted, finished }: Scene,
  { loaded, processed }: Made,
): void {
  checks.equal('Data Designer', 'rows Data Designer loads', loaded?.rows, finished)
  checks.equal('Data Designer', 'rows Data Designer counts', loaded?.counted, finished)
  const columns = loaded?.columns.toSorted()
  checks.equal('Data Designer', 'columns Data Designer loads', columns, Object.keys(wanted.types).sort())
  const expected = Object.fromEntries(wanted.processors.map((name) => [name, finished]))
  checks.equal('Data Designer', 'processed rows Data Designer loads', processed, expected)
}

/** Dropped columns and the chat of `rich` lie row for row next to their group. */
async function readSidecarFiles(checks: Checks, { wanted }: Scene, dataset: string): Promise<void> {
  for (const group of groupFiles(dataset)) {
    const main = `read_parquet('${join(dataset, 'parquet-files', group)}')`
    const pairs = (folder: string, where: string) =>
      duckdb(
        `select count(*), count(*) filter (where ${where}) from ${main} m
         positional join read_parquet('${join(dataset, folder, group)}') c`,
      )
    const [[rows]] = (await duckdb(`select count(*) from ${main}`)) as [[string]]
    if (wanted.dropped.length > 0) {
      const fits = `c.note = 'about ' || m.product_category and length(c.scratch) = 32`
      const seen = await pairs('dropped-columns-parquet-files', fits)
      checks.equal('sidecar files', `dropped columns of ${group}`, seen, [[rows, rows]])
    }
    for (const name of wanted.processors) {
      const fits = `c.messages[1].content = m.headline and c.messages[2].content = m.review
        and c.stars = m.stars::varchar and c.title = m.profile.title and c.version = 1
        and (c.profile->>'summary') = m.profile.summary`
      const seen = await pairs(`processors-files/${name}`, fits)
      checks.equal('sidecar files', `processed rows of ${group}`, seen, [[rows, rows]])
    }
  }
}

function showsTheCounts(checks: Checks, { wanted, finished, started }: Scene, dataset: string): void {
  const metadata = metadataOf(dataset)
  const field = (field: string, expected: unknown) =>
    checks.equal('metadata', `metadata.json ${field}`, metadata[field], expected)
  const groups = groupFiles(dataset)
  field('actual_num_records', finished)
  field('target_num_records', finished)
  field('original_target_num_records', started)
  field('buffer_size', bufferSize)
  field('num_completed_batches', groups.length)
  field('total_num_batches', groups.length)
  const processorFiles = wanted.processors.map((name) => [
    name,
    groups.map((group) => `processors-files/${name}/${group}`),
  ])
  field('file_paths', {
    'parquet-files': groups.map((group) => `parquet-files/${group}`),
    ...(processorFiles.length === 0 ? {} : { 'processor-files': Object.fromEntries(processorFiles) }),
  })
}

const byName = ([a]: string[], [b]: string[]) => (a! < b! ? -1 : 1)
const isNull = (column: string) => `${column} is null`

/** Types by column; pandas 3 stores texts with 64-bit offsets, pandas 2 with 32-bit ones, and both are text. */
function typesOf(fields: ArrowFields): Record<string, string> {
  return Object.fromEntries(
    fields
      .map(([name, type]) => [name, type.replaceAll('large_string', 'string')] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}
