/** Columns and members called `2022`, `__proto__` or `toString`: in their order, and with their values, everywhere. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatJson, parseJson } from '../../../src/base/values/json.ts'
import { memberOf, toValue } from '../../../src/base/values/value.ts'
import { configFromCode, configFromValue } from '../../../src/entries/config.ts'
import { create, customColumn, open } from '../../../src/index.ts'
import { artifactFolder, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

const record = '{"10":"last","2":"mid","b":"x","1":"first"}'
const seedLine = `{"2022":5,"country":"x","2021":6,"r":${record},"toString":"t","__proto__":"p","constructor":"c"}\n`

test('names keep the order of the seed, the config and the function in rows, templates, functions and files', async () => {
  writeFileSync(join(folder.path, 'seed.jsonl'), seedLine.repeat(3))
  const seen: string[][] = []
  const look = customColumn({ requiredColumns: ['2022', 'r', '2021', '__proto__'], type: 'json' }, (row) => {
    seen.push([...Object.keys(row), ...Object.keys(row.r as object)])
    return { z: row.r!, '7': row['2021']!, '3': [{ '1': 1, a: 2 }], ['__proto__']: Object.values(row)[3]! }
  })
  const config = configFromCode(
    {
      seed_config: { source: { seed_type: 'local', path: join(folder.path, 'seed.jsonl') } },
      columns: [
        {
          name: 'e',
          column_type: 'expression',
          expr: '{{ r }} {{ r|list }} {{ toString }} {{ constructor }} {{ __proto__ }}',
        },
        { name: '7', column_type: 'custom', generator_function: look },
      ],
      processors: [
        {
          name: 'shape',
          processor_type: 'schema_transform',
          template: Object.assign(Object.create(null), { b: '{{ r }}', c: { k: '{{ toString }}' } }),
        },
      ],
    },
    'test',
  )
  const results = await create(config, smallOptions(folder.path, 3))
  const [row] = await open(results.path).head(1, { integers: 'bigint' })
  const text = `"{'10': 'last', '2': 'mid', 'b': 'x', '1': 'first'} ['10', '2', 'b', '1'] t c p"`
  const whole =
    `{"2022":5,"country":"x","2021":6,"r":${record},"toString":"t","__proto__":"p","constructor":"c","e":${text},` +
    `"7":{"3":[{"1":1,"a":2}],"7":6,"z":${record},"__proto__":"p"}}`
  expect(formatJson(row!)).toBe(whole)
  expect(seen[0]).toEqual(['2022', 'r', '2021', '__proto__', '10', '2', 'b', '1'])
  expect(formatJson((await open(results.path).head(1, { processor: 'shape', integers: 'bigint' }))[0]!)).toBe(
    `{"b":${record},"c":{"k":"t"}}`,
  )
  for (const [name, line] of [
    ['out.jsonl', whole],
    ['out.csv', '2022,country,2021,r,toString,__proto__,constructor,e,7'],
  ] as const) {
    const { path } = await results.export({ output: join(folder.path, name) })
    expect(readFileSync(path, 'utf8').split('\n')[0]).toBe(line)
  }
})

test('names of a config, of its lists of values, its scores and its schemas are names like others', async () => {
  const properties = parseJson(
    '{"2":{"type":"integer"},"1":{"type":"string"},"__proto__":{"type":"string"},"constructor":{"type":"boolean"}}',
  ) as Record<string, object>
  const config = configFromValue(
    toValue({
      model_configs: [{ alias: '__proto__', provider: 'simulator', model: 'toString' }],
      columns: [
        {
          name: '__proto__',
          column_type: 'sampler',
          sampler_type: 'category',
          params: { values: ['constructor', '__proto__'] },
        },
        {
          name: '7',
          column_type: 'sampler',
          sampler_type: 'subcategory',
          params: { category: '__proto__', values: parseJson('{"constructor":["c"],"__proto__":["p"]}') },
        },
        {
          name: 'toString',
          column_type: 'llm-structured',
          model_alias: '__proto__',
          prompt: 'of {{ __proto__ }}',
          output_format: {
            type: 'object',
            properties,
            required: Object.keys(properties),
            additionalProperties: false,
          },
        },
        {
          name: 'valueOf',
          column_type: 'llm-judge',
          model_alias: '__proto__',
          prompt: 'of {{ toString }}',
          scores: [
            { name: '__proto__', description: 'd', options: parseJson('{"__proto__":"a"}') },
            { name: 'length', description: 'e', options: { '3': 'c' } },
          ],
        },
      ],
    }),
    'config.yaml',
  )
  const results = await create(config, smallOptions(folder.path, 4))
  const rows = await open(results.path).head(4)
  for (const row of rows) {
    expect(Object.keys(row)).toEqual(['__proto__', '7', 'toString', 'valueOf'])
    expect(row['7']).toBe(memberOf(row, '__proto__') === 'constructor' ? 'c' : 'p')
    expect(Object.entries(row.toString as object).map(([name, value]) => [name, typeof value])).toEqual([
      ['2', 'number'],
      ['1', 'string'],
      ['__proto__', 'string'],
      ['constructor', 'boolean'],
    ])
    expect(formatJson(row.valueOf as never)).toMatch(
      /^\{"__proto__":\{"reasoning":".*","score":"__proto__"\},"length":\{"reasoning":".*","score":"3"\}\}$/,
    )
  }
  const { column_statistics: columns } = await open(results.path).profile()
  expect(Object.keys(columns.at(-1)!.score_distributions!)).toEqual(['__proto__', 'length'])
})
