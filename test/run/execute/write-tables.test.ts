/** What is done once all rows are there: what comes out, when, and that nothing is ever bought for it. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Value } from '../../../src/base/values/value.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import {
  type Config,
  type CreateOptions,
  create,
  loadConfig,
  open,
  type ProviderConfig,
  type RowsFunction,
  type RunEvent,
  resume,
  validate,
} from '../../../src/index.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  rowsOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const dataset = (): string => join(folder.path, 'dataset')
const fixtures = join(import.meta.dirname, '../../fixtures/data-designer')

type Processor = Config['processors'][number]
const sql = (query: string | null, outputs: Record<string, string> = {}): Processor => ({
  name: 'clean',
  processor_type: 'sql',
  sql: query,
  outputs,
})
const select: Processor = { name: 'select', processor_type: 'function', new_columns: {} }
const staged = (...processors: Processor[]): Config => ({ ...smallConfig(), processors })

/** Every other row. */
const half: RowsFunction = async function* (rows) {
  let number = 0
  for await (const row of rows) if (number++ % 2 === 0) yield row
}

const make = (config: Config, numRecords: number, more: CreateOptions = {}, reply = echo) => {
  const { asked, components } = quick(reply)
  const results = create(config, { ...smallOptions(folder.path, numRecords), ...more }, components)
  return { asked, results }
}

const metadata = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dataset(), 'metadata.json'), 'utf8'))
const files = (path: string): string[] =>
  existsSync(join(dataset(), path)) ? readdirSync(join(dataset(), path)).sort() : []
const bytes = (path: string): Map<string, string> =>
  new Map(
    files(path)
      .filter((name) => name.includes('.'))
      .map((name) => [name, readFileSync(join(dataset(), path, name)).toString('base64')]),
  )

describe('a stage of SQL', () => {
  const config = staged(
    sql("SELECT *, length(text) AS long FROM dataset WHERE id < 'c' ORDER BY id DESC, _row", {
      first: "SELECT id FROM dataset WHERE id < '6'",
      kinds: 'SELECT count(*) AS n, sum(long) AS sum, avg(long) AS mean FROM dataset',
    }),
  )

  test('leaves its table as the dataset, further ones beside it, and the rows as they were generated', async () => {
    const { asked, results: run } = make(config, 10)
    const results = await run
    expect(asked).toHaveLength(10)
    const raw: Record<string, Value>[] = []
    for await (const row of results.rawRows({ integers: 'bigint' })) raw.push(row)
    expect(raw).toHaveLength(10)
    const due: (Record<string, Value> & { long: bigint })[] = raw
      .filter(({ id }) => String(id) < 'c')
      .sort((a, b) => (String(a.id) < String(b.id) ? 1 : -1))
      .map((row) => ({ ...row, long: BigInt(String(row.text).length) }))
    expect(await rowsOf(results)).toEqual(due)
    const first = []
    for await (const row of results.loadProcessorDataset('first', { integers: 'bigint' })) first.push(row)
    expect(first).toEqual(due.filter(({ id }) => String(id) < '6').map(({ id }) => ({ id })))
    for await (const row of results.loadProcessorDataset('kinds', { integers: 'bigint' })) {
      const sum = due.reduce((total, { long }) => total + long, 0n)
      expect(row).toEqual({ n: BigInt(due.length), sum, mean: Number(sum) / due.length })
    }
    expect(results.summary.stage).toEqual({
      state: 'complete',
      made: true,
      rows: due.length,
      outputs: [
        { name: 'first', rows: first.length },
        { name: 'kinds', rows: 1 },
      ],
    })
    // The table is cut by the plan's buffer size; what belongs to raw rows lies with them.
    expect(files('parquet-files')).toHaveLength(Math.ceil(due.length / 4))
    expect(files('.rowsmith/generated')).toContain('batch_00002.parquet')
    expect(files('.rowsmith/generated/dropped-columns-parquet-files')).toHaveLength(3)
    expect(files('dropped-columns-parquet-files')).toEqual([])
    expect(files('.rowsmith/stage')).toEqual([])
    expect(metadata()).toMatchObject({
      post_generation_state: 'complete',
      post_generation_processed: true,
      actual_num_records: due.length,
      target_num_records: 10,
      num_completed_batches: files('parquet-files').length,
    })
    const again = await make(config, 10).results
    expect(again.summary).toMatchObject({
      decision: 'already_complete',
      stage: { state: 'complete', made: false },
    })
    expect(await open(dataset()).export()).toMatchObject({ rows: due.length })
    expect(await open(dataset()).export({ raw: true })).toMatchObject({ rows: 10 })
  })

  test('chains: SQL after a function after SQL', async () => {
    const { results: run } = make(
      staged(
        sql('SELECT id, topic_length FROM (SELECT *, length(upper) AS topic_length FROM dataset)'),
        { ...select, new_columns: { tag: 'json' } },
        { ...sql('SELECT id, tag FROM dataset WHERE topic_length > 0'), name: 'last' },
      ),
      6,
      {
        processors: {
          select: async function* (rows) {
            for await (const row of rows) yield { ...row, tag: { of: row.id! } }
          },
        },
      },
    )
    const rows = await rowsOf(await run)
    expect(rows).toHaveLength(6)
    expect(rows.map(({ id, tag }) => [id, tag])).toEqual(rows.map(({ id }) => [id, { of: id }]))
  })

  test.each([
    [
      'a query that settles no order',
      'SELECT DISTINCT ON (id) * FROM dataset',
      /processors\[0\].sql: DISTINCT ON keeps/,
    ],
    [
      'a column that is not there',
      'SELECT nothing FROM dataset',
      /processors\[0\].sql: .*"nothing" not found/,
    ],
    ['a column of bytes', 'SELECT id::BLOB AS b FROM dataset', /holds BLOB, which no cell can hold/],
  ])('is refused before the first byte for %s', async (_, query, says) => {
    const { asked, results } = make(staged(sql(query)), 4)
    const error = await failureOf(results)
    expect(error.code).toBe('config_invalid')
    expect(error.message).toMatch(says)
    expect(asked).toEqual([])
    expect(existsSync(dataset())).toBe(false)
    expect((await failureOf(validate(staged(sql(query))))).message).toMatch(says)
  })
})

describe('a processor that throws', () => {
  test('leaves all rows, a marker that says "started", and a dataset whose stage is done on resume; nothing is bought again', async () => {
    let broken = true
    const processors: CreateOptions['processors'] = {
      select: async function* (rows) {
        for await (const row of rows) {
          if (broken) throw new Error('not today')
          yield row
        }
      },
    }
    const first = make(staged(select), 8, { processors })
    const error = await failureOf(first.results)
    expect(error.code).toBe('post_processing_failed')
    expect(error.message).toBe('Processor "select" failed: not today.')
    expect(first.asked).toHaveLength(8)
    expect(metadata()).toMatchObject({ post_generation_state: 'started', actual_num_records: 8 })
    expect(await open(dataset()).status()).toMatchObject({
      rows_written: 8,
      stage: { state: 'pending', rows: null },
    })
    expect((await failureOf(open(dataset()).export())).code).toBe('dataset_incomplete')
    expect(files('.rowsmith/stage')).toEqual([])
    broken = false
    const { asked, components } = quick()
    const results = await resume(dataset(), { processors }, components)
    expect(asked).toEqual([])
    expect(results.summary).toMatchObject({
      decision: 'resume',
      stage: { state: 'complete', made: true, rows: 8 },
    })
    expect(metadata().post_generation_state).toBe('complete')
  })

  test.each([
    [
      'a row that is no object',
      async function* () {
        yield 1 as never
      },
      /what it gave as row 0 is no object/,
    ],
    [
      'an unknown column',
      async function* () {
        yield { other: 1n }
      },
      /has a column "other" that is not among its new_columns/,
    ],
    [
      'a value of another type',
      async function* () {
        yield { text: 1n }
      },
      /column "text": the value does not fit string/,
    ],
  ] as [string, RowsFunction, RegExp][])('fails the stage with %s', async (_, run, says) => {
    expect(
      (await failureOf(make(staged(select), 4, { processors: { select: run } }).results)).message,
    ).toMatch(says)
  })

  test('is told before the first request when it was not given', async () => {
    const { asked, results } = make(staged(select), 4)
    expect((await failureOf(results)).code).toBe('function_missing')
    expect(asked).toEqual([])
  })
})

describe('the marker', () => {
  test('says "started" from the first metadata on, before anything is processed', async () => {
    const seen: unknown[] = []
    const run = make(staged(select), 4, {
      processors: {
        select: async function* (rows) {
          seen.push(metadata().post_generation_state)
          yield* rows
        },
      },
    })
    await run.results
    expect(seen).toEqual(['started'])
  })

  test('stays "started" in a run that is short of its target, whose stage does not run', async () => {
    const { results } = make(staged(select), 8, { maxRequests: 5, processors: { select: half } })
    expect((await failureOf(results)).code).toBe('budget_reached')
    expect(metadata().post_generation_state).toBe('started')
    expect(files('parquet-files')).toEqual([])
    const { asked, results: more } = make(staged(select), 8, { processors: { select: half }, maxRequests: 8 })
    expect((await more).summary).toMatchObject({ rows_written: 8, stage: { state: 'complete', rows: 4 } })
    expect(asked).toHaveLength(3)
  })
})

describe('a dataset that was processed', () => {
  test('grows: only new rows are bought, and the table is that of one run over all of them', async () => {
    await make(staged(select), 4, { seed: 7n, processors: { select: half } }).results
    expect(files('parquet-files')).toHaveLength(1)
    const more = make(staged(select), 12, { processors: { select: half } })
    expect((await more.results).summary).toMatchObject({ decision: 'resume', stage: { rows: 6, made: true } })
    expect(more.asked.map(rowOf).sort((a, b) => a - b)).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
    const grown = bytes('parquet-files')
    rmSync(dataset(), { recursive: true })
    await make(staged(select), 12, { seed: 7n, processors: { select: half } }).results
    expect(bytes('parquet-files')).toEqual(grown)
  })

  test('has another stage for the asking, and none: not one request is sent', async () => {
    const plain = await make(smallConfig(), 8, { seed: 7n }).results
    expect(plain.decision).toBe('fresh')
    const before = bytes('parquet-files')
    const dropped = bytes('dropped-columns-parquet-files')
    const inodes = files('parquet-files').map((name) => statSync(join(dataset(), 'parquet-files', name)).ino)
    writeFileSync(join(dataset(), 'parquet-files/notes.txt'), 'mine')

    const added = make(staged(select), 8, { processors: { select: half } })
    expect((await added.results).summary).toMatchObject({ decision: 'reprocess', stage: { rows: 4 } })
    expect(added.asked).toEqual([])
    // Raw row groups have kept their bytes, under a second name of the same file.
    expect(bytes('.rowsmith/generated').get('batch_00001.parquet')).toBe(before.get('batch_00001.parquet'))
    const kept = ['batch_00000.parquet', 'batch_00001.parquet'].map(
      (name) => statSync(join(dataset(), '.rowsmith/generated', name)).ino,
    )
    expect(kept).toEqual(inodes)
    expect(files('dropped-columns-parquet-files')).toEqual([])
    expect(readFileSync(join(dataset(), '.rowsmith/quarantine/notes.txt'), 'utf8')).toBe('mine')

    const other = make(staged(sql('SELECT * FROM dataset WHERE _row >= 6')), 8)
    expect((await other.results).summary).toMatchObject({ decision: 'reprocess', stage: { rows: 2 } })
    expect(other.asked).toEqual([])

    const none = make(smallConfig(), 8)
    expect((await none.results).decision).toBe('reprocess')
    expect(none.asked).toEqual([])
    expect(bytes('parquet-files')).toEqual(before)
    expect(bytes('dropped-columns-parquet-files')).toEqual(dropped)
    expect(metadata()).not.toHaveProperty('post_generation_state')
    expect((await make(smallConfig(), 8).results).decision).toBe('already_complete')
    expect((await open(dataset()).verify()).whole).toBe(true)
  })

  test('is read from where the old table lies aside, while the new one takes its place', async () => {
    const results = await make(staged(select), 8, { processors: { select: half } }).results
    const before = await rowsOf(results)
    mkdirSync(join(dataset(), '.rowsmith/stage/old-9-1'), { recursive: true })
    renameSync(join(dataset(), 'parquet-files'), join(dataset(), '.rowsmith/stage/old-9-1/parquet-files'))
    expect(await rowsOf(results)).toEqual(before)
    // It is not where it belongs: the next start makes it again, and clears away what lies aside.
    const again = await make(staged(select), 8, { processors: { select: half } }).results
    expect(again.summary.stage).toMatchObject({ made: true, rows: 4 })
    expect(files('.rowsmith/stage')).toEqual([])
    expect(await rowsOf(again)).toEqual(before)
  })

  test('has a file with the columns and no row when its stage leaves none', async () => {
    const nothing: RowsFunction = async function* (rows) {
      for await (const row of rows) if (row.id === null) yield row
    }
    const results = await make(staged(select), 4, { processors: { select: nothing } }).results
    expect(results.summary.stage).toMatchObject({ state: 'complete', rows: 0 })
    expect(files('parquet-files')).toEqual(['batch_00000.parquet'])
    expect(await rowsOf(results)).toEqual([])
  })

  test('has a table without rows when every row was lost, and the run tells the cause of that', async () => {
    const reply = () => failure(400, 'no such thing')
    const { results: run } = make(staged(select), 4, { processors: { select: half } }, reply as typeof echo)
    const results = await run
    expect(results.summary).toMatchObject({ rows_dropped: 4, stage: { state: 'complete', rows: 0 } })
    expect(results.firstNonRetryableError?.message).toMatch(/no such thing/)
  })

  test('is mended by the next start when a file of its table is damaged or gone', async () => {
    const options = { processors: { select: half } }
    await make(staged(select), 8, options).results
    const whole = bytes('parquet-files')
    const path = join(dataset(), 'parquet-files/batch_00000.parquet')
    const damaged = readFileSync(path)
    damaged.fill(0xff, 10, 20)
    writeFileSync(path, damaged)
    const found = await open(dataset()).verify({ repair: true })
    expect(found.findings.map(({ path, severity }) => [severity, path])).toEqual([
      ['damaged', 'parquet-files/batch_00000.parquet'],
    ])
    expect(existsSync(path)).toBe(false)
    const again = make(staged(select), 8, options)
    expect((await again.results).summary).toMatchObject({ decision: 'resume', stage: { made: true } })
    expect(again.asked).toEqual([])
    expect(bytes('parquet-files')).toEqual(whole)
    expect((await open(dataset()).verify()).whole).toBe(true)
  })
})

describe('a directory that Data Designer completed', () => {
  const mock: ProviderConfig = {
    name: 'mock',
    endpoint: 'http://mock.invalid/v1',
    provider_type: 'openai',
    api_key: 'A_KEY_THAT_IS_NOT_SET',
    extra_body: null,
    extra_headers: null,
  }

  async function processed(unmarked: boolean) {
    cpSync(join(fixtures, 'complete', 'dataset'), dataset(), { recursive: true })
    if (unmarked) {
      const { config_hash: _, config_hash_version: __, ...rest } = metadata()
      writeFileSync(join(dataset(), 'metadata.json'), JSON.stringify(rest))
    }
    const before = bytes('parquet-files')
    const config = await loadConfig(join(fixtures, 'complete', 'config.yaml'))
    const { target_num_records: rows } = metadata()
    const { asked, components } = quick(() => answer('never'))
    const run = create(
      { ...config, processors: [...config.processors, sql('SELECT * FROM dataset ORDER BY _row LIMIT 3')] },
      { artifactPath: folder.path, numRecords: Number(rows), providers: [mock] },
      components,
    )
    const events: RunEvent[] = []
    const watching = (async () => {
      for await (const event of run.events()) events.push(event)
    })()
    const results = await run
    await watching
    return { before, asked, results, events }
  }

  test('is processed without a request and without a key; its row groups are kept as they are', async () => {
    const { before, asked, results } = await processed(false)
    expect(asked).toEqual([])
    expect(results.summary).toMatchObject({ decision: 'reprocess', stage: { state: 'complete', rows: 3 } })
    for (const [name, file] of before) expect(bytes('.rowsmith/generated').get(name)).toBe(file)
    expect(await rowsOf(results)).toHaveLength(3)
    expect(metadata()).toMatchObject({ post_generation_state: 'complete', actual_num_records: 3 })
  })

  test('is told about when nothing says whether it was processed before', async () => {
    const { before, events } = await processed(true)
    expect(events.filter(({ type }) => type === 'warning')).toEqual([
      expect.objectContaining({ code: 'perhaps_processed' }),
    ])
    for (const [name, file] of before) expect(bytes('.rowsmith/generated').get(name)).toBe(file)
  })
})

test('configs say what is wrong with a stage, with the place', () => {
  const of = (processors: Value) =>
    failureOf(
      validate(
        configFromValue(
          { columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }], processors },
          'c',
        ),
      ),
    )
  return Promise.all(
    (
      [
        [[{ name: 'a', processor_type: 'sql' }], /processors\[0\]: needs "sql", "outputs" or both/],
        [
          [{ name: 'a', processor_type: 'sql', outputs: { '../x': 'FROM dataset' } }],
          /"\.\.\/x" is not a plain folder name/,
        ],
        [
          [
            { name: 'a', processor_type: 'sql', outputs: { one: 'FROM dataset' } },
            { name: 'b', processor_type: 'sql', outputs: { one: 'FROM dataset' } },
          ],
          /"one" is processors\[0\]\.outputs\.one already, and names a folder/,
        ],
        [
          [{ name: 'a', processor_type: 'function', new_columns: { id: 'int' } }],
          /"id" is a column already; it keeps its type/,
        ],
      ] as [Value, RegExp][]
    ).map(async ([processors, says]) => expect((await of(processors)).message).toMatch(says)),
  )
})
