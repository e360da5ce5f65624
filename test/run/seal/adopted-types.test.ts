/** What drifts between the files of Data Designer does not drift on: new files follow the lowest one with a type. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builderConfigJson } from '../../../src/config/form/save.ts'
import { configHash } from '../../../src/config/identity/fingerprint.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, create } from '../../../src/index.ts'
import { query } from '../../support/duckdb.ts'
import { everyByte } from '../../support/every-byte.ts'
import { type Asked, answer, failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, rowOf, scripted } from '../../support/small-runs.ts'

const fixture = join(import.meta.dirname, '../../fixtures/data-designer-drift')
const folder = artifactFolder()

const config = withCount({ expr: '{{ text | length }}', dtype: 'int' })

function withCount(count: { expr: string; dtype: string }): Config {
  return configFromValue(
    {
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { name: 'count', column_type: 'expression', ...count },
        { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Text {{ id }}' },
        {
          name: 'profile',
          column_type: 'llm-structured',
          model_alias: 'writer',
          prompt: 'Profile {{ id }}',
          output_format: {
            type: 'object',
            properties: {
              title: { type: 'string' },
              note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
              score: { type: 'integer' },
              tags: { type: 'array', items: { type: 'string' } },
            },
            required: ['title', 'score', 'tags'],
            additionalProperties: false,
          },
        },
        { name: 'remark', column_type: 'expression', expr: 'remark on {{ text }}' },
      ],
    },
    'test',
  )
}

/** A directory as Data Designer leaves it: two of its three groups are there. */
function leftBehind(groups: readonly number[] = [0, 1], of = config): string {
  const path = join(folder.path, 'dataset')
  mkdirSync(join(path, 'parquet-files'), { recursive: true })
  for (const group of groups) {
    cpSync(
      join(fixture, `batch_0000${group}.parquet`),
      join(path, `parquet-files/batch_0000${group}.parquet`),
    )
  }
  writeFileSync(join(path, 'builder_config.json'), builderConfigJson(of))
  writeFileSync(
    join(path, 'metadata.json'),
    JSON.stringify({
      ...configHash(of),
      buffer_size: 2,
      target_num_records: 6,
      original_target_num_records: 6,
    }),
  )
  return path
}

const profileOf = (asked: Asked) =>
  JSON.stringify({ title: `title ${rowOf(asked)}`, note: 'noted', score: 7, tags: ['a', 'b'] })

async function goOn(profile: (asked: Asked) => string = profileOf, of = config) {
  const { components } = scripted((asked) =>
    answer(asked.prompt.startsWith('Profile') ? profile(asked) : `text ${rowOf(asked)}`),
  )
  const options = { artifactPath: folder.path, numRecords: 6, runConfig: { buffer_size: 2 } }
  return create(of, options, components)
}

const describeFile = (path: string, group: number) =>
  query(
    `SELECT column_name AS name, column_type AS type FROM (DESCRIBE SELECT * FROM read_parquet('${path}/parquet-files/batch_0000${group}.parquet'))`,
  )

describe('a new file in a directory of Data Designer', () => {
  it('has the columns of its lowest row group in their order, with types from the lowest that has one', async () => {
    const path = leftBehind()
    await goOn()
    expect(await describeFile(path, 2)).toEqual([
      { name: 'text', type: 'VARCHAR' },
      { name: 'profile', type: 'STRUCT(score BIGINT, title VARCHAR, note VARCHAR, tags VARCHAR[])' },
      { name: 'count', type: 'DOUBLE' },
      { name: 'remark', type: 'VARCHAR' },
      { name: 'id', type: 'VARCHAR' },
    ])
  })

  it('has its values under the right names, read together with those of Data Designer', async () => {
    const path = leftBehind()
    await goOn()
    expect(
      await query(
        `SELECT id, text, count, profile.title AS title, profile.note AS note, profile.tags AS tags
         FROM read_parquet('${path}/parquet-files/*.parquet', union_by_name = true) ORDER BY text`,
      ),
    ).toMatchObject([
      { id: 'i0', text: 't0', count: 1, title: 'a', note: null, tags: [] },
      { id: 'i1', text: 't1', count: null, title: 'b', note: null },
      { id: 'i2', text: 't2', count: 3, title: 'c', note: 'n', tags: ['x'] },
      { id: 'i3', text: 't3', count: 4, title: 'd', note: null },
      { text: 'text 4', count: 6, title: 'title 4', note: 'noted', tags: ['a', 'b'] },
      { text: 'text 5', count: 6, title: 'title 5', note: 'noted', tags: ['a', 'b'] },
    ])
  })

  it('is typed by the config where no file of Data Designer has a value', async () => {
    const path = leftBehind([0])
    await goOn()
    expect(await describeFile(path, 1)).toEqual([
      { name: 'text', type: 'VARCHAR' },
      { name: 'profile', type: 'STRUCT(score BIGINT, title VARCHAR, note VARCHAR, tags VARCHAR[])' },
      { name: 'count', type: 'DOUBLE' },
      { name: 'remark', type: 'VARCHAR' },
      { name: 'id', type: 'VARCHAR' },
    ])
  })

  it('keeps what was settled, also when the files it followed are gone', async () => {
    const path = leftBehind()
    const { components } = scripted(() => failure(401))
    const options = { artifactPath: folder.path, numRecords: 6, runConfig: { buffer_size: 2 } }
    await failureOf(create(config, options, components))
    rmSync(join(path, 'parquet-files'), { recursive: true })
    await goOn()
    const columns = (await describeFile(path, 0)).map(({ name, type }) => `${name} ${type}`)
    expect(columns).toEqual([
      'text VARCHAR',
      'profile STRUCT(score BIGINT, title VARCHAR, note VARCHAR, tags VARCHAR[])',
      'count DOUBLE',
      'remark VARCHAR',
      'id VARCHAR',
    ])
  })

  it('has the fields of a struct in the order of its files, though JavaScript puts names that are whole numbers first', async () => {
    const string = { type: 'string' }
    const numbered = withCount({ expr: '{{ text | length }}', dtype: 'int' })
    const columns = numbered.columns.map((column) =>
      column.column_type === 'llm-structured'
        ? { ...column, output_format: { type: 'object', properties: { b: string, '10': string, a: string } } }
        : column,
    )
    const of = { ...numbered, columns }
    const path = leftBehind([], of)
    await query(
      `COPY (SELECT 'i' AS id, 1 AS count, 't' AS text, {'b': 'x', '10': 'y', 'a': 'z'} AS profile, 'r' AS remark FROM range(2))
       TO '${path}/parquet-files/batch_00000.parquet' (FORMAT parquet)`,
    )
    await goOn(() => '{"a": "A", "b": "B", "10": "C"}', of)
    for (const group of [0, 1, 2]) {
      expect(await describeFile(path, group)).toContainEqual({
        name: 'profile',
        type: 'STRUCT(b VARCHAR, "10" VARCHAR, a VARCHAR)',
      })
    }
    const [told] = await query(
      `SELECT profile.a AS a, profile.b AS b, profile['10'] AS ten FROM '${path}/parquet-files/batch_00002.parquet'`,
    )
    expect(told).toEqual({ a: 'A', b: 'B', ten: 'C' })
  })

  it('is not begun where no value could be said in the type that is followed: nothing is asked', async () => {
    const words = withCount({ expr: '{{ text }}', dtype: 'str' })
    const path = leftBehind([1], words)
    const before = everyByte(path)
    const error = await failureOf(goOn(profileOf, words))
    expect(everyByte(path)).toEqual(before)
    expect(error).toMatchObject({
      code: 'types_differ',
      facts: { column: 'count', found_type: 'int', config_type: 'string' },
    })
  })

  it('has a wider type where a value cannot be said in the one that is followed: no row is lost', async () => {
    const halves = withCount({ expr: '{{ (text | length) / 4 }}', dtype: 'float' })
    const path = leftBehind([1], halves)
    const results = await goOn(profileOf, halves)
    expect(await describeFile(path, 0)).toContainEqual({ name: 'count', type: 'DOUBLE' })
    expect(results.summary).toMatchObject({ rows_written: 6, rows_dropped: 0 })
  })
})
