/** Schema transforms in a run: files beside the dataset that come and go with their row group. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, create, loadConfig, open, type Row, resume } from '../../../src/index.ts'
import { query } from '../../support/duckdb.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, quick, rowOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

const messages = [
  { role: 'system', content: 'On "{{ topic }}"' },
  { role: 'assistant', content: '{{ text }}' },
]

/** A dropped column, a model's text, and what is made of them. */
function config(
  template: object = { messages, stars: '{{ stars }}', kind: 'chat' },
  processors: object[] = [],
): Config {
  const uniform = {
    column_type: 'sampler',
    sampler_type: 'uniform',
    params: { low: 1n, high: 5n },
    convert_to: 'int',
  }
  const topics = { column_type: 'sampler', sampler_type: 'category', params: { values: ['a', 'b'] } }
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { max_parallel_requests: 2n },
        },
      ],
      columns: [
        { name: 'stars', ...uniform },
        { name: 'topic', ...topics, drop: true },
        { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Tell about {{ topic }}' },
      ],
      processors: [...processors, { name: 'chat', processor_type: 'schema_transform', template }],
    } as never,
    'test',
  )
}

async function all(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  return found
}

const chatOf = (path: string) => all(open(path).loadProcessorDataset('chat', { integers: 'bigint' }))
const parquet = (path: string, what: string) => `read_parquet('${path}/${what}/*.parquet')`

/** Every data file, by its path. */
function dataFiles(path: string): Record<string, string> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  const data = names.filter((name) => name.endsWith('.parquet') && !name.startsWith('.rowsmith'))
  return Object.fromEntries(
    data.sort().map((name) => [name, readFileSync(join(path, name)).toString('base64')]),
  )
}

const nasty = 'He said "no"\n\\ {{ x }} \u{1f600}'
const answered = () => answer(nasty)
const seeded = (numRecords: number) => ({ ...smallOptions(folder.path, numRecords), seed: 7n })

describe('a schema transform', () => {
  it('has a file per row group, with native types, and every character as the model wrote it', async () => {
    const { path } = await create(config(), smallOptions(folder.path, 10), quick(answered).components)
    const rows = await query(`SELECT * FROM ${parquet(path, 'parquet-files')}`)
    const chat = await query(`SELECT * FROM ${parquet(path, 'processors-files/chat')}`)
    expect(chat).toHaveLength(10)
    expect(chat.map(({ stars }) => stars)).toEqual(rows.map(({ stars }) => stars))
    expect(chat[0]).toMatchObject({
      kind: 'chat',
      messages: [{ role: 'system' }, { role: 'assistant', content: nasty }],
    })
    expect(await query(`DESCRIBE SELECT * FROM ${parquet(path, 'processors-files/chat')}`)).toMatchObject([
      { column_name: 'messages', column_type: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]' },
      { column_name: 'stars', column_type: 'BIGINT' },
      { column_name: 'kind', column_type: 'VARCHAR' },
    ])
    const keys = (what: string) =>
      query(
        `SELECT key::VARCHAR AS k, value::VARCHAR AS v FROM parquet_kv_metadata('${path}/${what}/batch_00001.parquet')
         WHERE key::VARCHAR != 'rowsmith.body_sha256' ORDER BY k`,
      )
    expect(await keys('processors-files/chat')).toEqual(await keys('parquet-files'))
    const metadata = JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))
    expect(metadata.file_paths['processor-files']).toEqual({
      chat: [0, 1, 2].map((group) => `processors-files/chat/batch_0000${group}.parquet`),
    })
  })

  it('reads dropped columns, also after the processor that drops them', async () => {
    const drop = { name: 'drop', processor_type: 'drop_columns', column_names: ['top*'] }
    const results = await create(config(undefined, [drop]), smallOptions(folder.path, 4), quick().components)
    const dropped = await query(`SELECT topic FROM ${parquet(results.path, 'dropped-columns-parquet-files')}`)
    const chat = await all(results.loadProcessorDataset('chat', { integers: 'bigint' }))
    const said = chat.map((row) => (row.messages as Row[])[0]!.content)
    expect(said).toEqual(dropped.map(({ topic }) => `On "${topic}"`))
    const main = await all(results.rows({ integers: 'bigint' }))
    expect(Object.keys(main[0]!)).toEqual(['stars', 'text'])
  })

  it('reads dropped columns that nothing preserves', async () => {
    const options = {
      ...smallOptions(folder.path, 4),
      runConfig: { buffer_size: 4, preserve_dropped_columns: false },
    }
    const results = await create(config(), options, quick().components)
    expect(await all(results.loadProcessorDataset('chat', { integers: 'bigint' }))).toHaveLength(4)
    expect(readdirSync(results.path)).not.toContain('dropped-columns-parquet-files')
  })

  it('has the same bytes after any number of stops and an extension, and buys nothing twice', async () => {
    const whole = await create(config(), { ...seeded(14), datasetName: 'whole' }, quick().components)
    let sent = 0
    for (const request of [3, 1, 2]) {
      const stop = new AbortController()
      const { asked, components } = quick((each) => {
        if (asked.length === request) stop.abort()
        return echo(each)
      })
      await failureOf(create(config(), { ...seeded(12), signal: stop.signal }, components))
      sent += asked.length
    }
    const rest = quick()
    await create(config(), seeded(12), rest.components)
    const more = quick()
    const { path } = await create(config(), seeded(14), more.components)
    expect(sent + rest.asked.length + more.asked.length).toBe(14)
    expect(dataFiles(path)).toEqual(dataFiles(whole.path))
  })

  it('of a row group without survivors has no rows and the same columns', async () => {
    const reply = (asked: Parameters<typeof echo>[0]) => (rowOf(asked) < 4 ? failure(400) : echo(asked))
    const options = {
      ...smallOptions(folder.path, 8),
      runConfig: { buffer_size: 4, disable_early_shutdown: true },
    }
    const { path, summary } = await create(config(), options, quick(reply).components)
    expect(summary).toMatchObject({ rows_written: 4, rows_dropped: 4 })
    const file = (group: number) => `read_parquet('${path}/processors-files/chat/batch_0000${group}.parquet')`
    expect(await query(`SELECT count(*)::INT AS rows FROM ${file(0)}`)).toEqual([{ rows: 0 }])
    expect(await query(`DESCRIBE SELECT * FROM ${file(0)}`)).toEqual(
      await query(`DESCRIBE SELECT * FROM ${file(1)}`),
    )
    expect(await chatOf(path)).toHaveLength(4)
  })
})

describe('a row that cannot be transformed', () => {
  const failing = { first: '{{ text }}', deep: ['{% if text == "six" %}{{ stars.a.b }}{% endif %}'] }
  const reply = (asked: Parameters<typeof echo>[0]) => answer(rowOf(asked) === 6 ? 'six' : 'fine')

  it('stops the run, says where, publishes nothing of its row group, and a mended template pays for nothing again', async () => {
    const first = quick(reply)
    const error = await failureOf(create(config(failing), smallOptions(folder.path, 8), first.components))
    expect(error).toMatchObject({
      code: 'transform_failed',
      facts: { processor: 'chat', row: 6, place: 'template.deep[0]' },
    })
    const { dataset_path: path } = error.summary as { dataset_path: string }
    for (const what of ['parquet-files', 'dropped-columns-parquet-files', 'processors-files/chat']) {
      expect(readdirSync(join(path, what))).toEqual(['batch_00000.parquet'])
    }
    const again = quick(reply)
    const second = await failureOf(create(config(failing), smallOptions(folder.path, 8), again.components))
    expect(second.code).toBe('transform_failed')
    expect(first.asked).toHaveLength(8)
    expect(again.asked).toEqual([])
    expect(await open(path).status()).toMatchObject({ rows_written: 4, open_groups: { replies_kept: 4 } })

    const guarded = { first: '{{ text }}', deep: ['{{ stars }}'] }
    const mended = quick(reply)
    const results = await create(config(guarded), smallOptions(folder.path, 8), mended.components)
    expect(results).toMatchObject({ decision: 'fresh_beside', summary: { rows_written: 8 } })
    expect(mended.asked).toEqual([])
  })
})

describe('files of a processor that are lost or left over', () => {
  it('are told of, and are made again with their row group for nothing', async () => {
    const { path } = await create(config(), seeded(8), quick().components)
    const before = dataFiles(path)
    const lost = 'processors-files/chat/batch_00001.parquet'
    rmSync(join(path, lost))
    expect((await open(path).status()).missing_files).toEqual([lost])
    expect((await failureOf(chatOf(path))).code).toBe('sidecar_missing')

    const again = quick()
    const run = resume(path, {}, again.components)
    const warnings: string[] = []
    for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.message)
    expect((await run).decision).toBe('already_complete')
    expect(warnings.join()).toContain(lost)
    const metadata = JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))
    expect(metadata.file_paths['processor-files'].chat).toEqual(['processors-files/chat/batch_00000.parquet'])

    rmSync(join(path, 'parquet-files/batch_00001.parquet'))
    await resume(path, {}, again.components)
    expect(again.asked).toEqual([])
    expect(dataFiles(path)).toEqual(before)
    expect((await open(path).status()).missing_files).toEqual([])
  })

  it('are not read while their row group is not published', async () => {
    const { path } = await create(config(), smallOptions(folder.path, 4), quick().components)
    const chat = join(path, 'processors-files/chat')
    cpSync(join(chat, 'batch_00000.parquet'), join(chat, 'batch_00001.parquet'))
    expect(await chatOf(path)).toHaveLength(4)
  })
})

describe('loadProcessorDataset', () => {
  it('lists the processors there are when asked for another one', async () => {
    const { path } = await create(config(), smallOptions(folder.path, 4), quick().components)
    const error = await failureOf(all(open(path).loadProcessorDataset('chatt', { integers: 'bigint' })))
    expect(error).toMatchObject({ code: 'unknown_processor', facts: { processors: ['chat'] } })
    expect(
      (await failureOf(all(open(path).loadProcessorDataset('../..', { integers: 'bigint' })))).code,
    ).toBe('unknown_processor')
  })

  it('has no rows before there are any', async () => {
    const path = join(folder.path, 'begun')
    mkdirSync(path)
    const data_designer = {
      columns: [],
      processors: [{ name: 'chat', processor_type: 'schema_transform', template: {} }],
    }
    writeFileSync(join(path, 'builder_config.json'), JSON.stringify({ data_designer }))
    mkdirSync(join(path, 'parquet-files'))
    expect(await chatOf(path)).toEqual([])
  })
})

it.each([
  ['of a pattern that drops nothing', 'nothing*', ['pattern_matches_nothing']],
  ['not of one that drops a trace', '*__trace', []],
])('warns %s', async (_of, pattern, warned) => {
  const drop = { name: 'drop', processor_type: 'drop_columns', column_names: [pattern] }
  const text = {
    name: 'text',
    column_type: 'llm-text',
    model_alias: 'writer',
    prompt: 'Text',
    with_trace: 'last_message',
  }
  const models = [{ alias: 'writer', provider: 'simulator', model: 'm' }]
  const traced = configFromValue(
    { model_configs: models, columns: [text], processors: [drop] } as never,
    'test',
  )
  const run = create(traced, smallOptions(folder.path, 4), quick().components)
  const codes: string[] = []
  for await (const event of run.events()) if (event.type === 'warning') codes.push(event.code)
  await run
  // The prompt reads no column, which is told, too.
  expect(codes.filter((code) => code !== 'config_doubtful')).toEqual(warned)
})

describe('a directory of Data Designer with a schema transform', () => {
  const fixture = join(import.meta.dirname, '../../fixtures/data-designer/rich')
  const mock = { name: 'mock', endpoint: 'http://mock.invalid/v1', provider_type: 'openai' as const }
  const provider = { ...mock, api_key: null, extra_body: null, extra_headers: null }

  it('goes on: its files keep their bytes, and all of a folder reads as one table', async () => {
    const path = join(folder.path, 'dataset')
    cpSync(join(fixture, 'dataset'), path, { recursive: true })
    const before = dataFiles(path)
    const profile = JSON.stringify({ title: 'T', score: 1, tags: ['x'], summary: 's' })
    const { components } = quick((asked) => answer(asked.key.includes('/profile/') ? profile : nasty))
    const results = await create(
      await loadConfig(join(fixture, 'config.yaml')),
      { artifactPath: folder.path, numRecords: 24, providers: [provider] },
      components,
    )
    expect(results).toMatchObject({ decision: 'resume', summary: { rows_written: 24 } })
    expect(dataFiles(path)).toMatchObject(before)
    expect(await all(results.loadProcessorDataset('chat', { integers: 'bigint' }))).toHaveLength(24)
    const chat = await query(
      `SELECT messages FROM read_parquet('${path}/processors-files/chat/*.parquet', union_by_name = false)`,
    )
    expect(chat).toHaveLength(24)
    expect(chat[23]).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant', content: nasty }] })
    const types = async (group: number) =>
      query(`DESCRIBE SELECT * FROM read_parquet('${path}/processors-files/chat/batch_0000${group}.parquet')`)
    expect(await types(3)).toEqual(await types(0))
  })
})
