/** Columns and members called `2022`, `__proto__` or `toString`: in their order, and with their values, everywhere. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatJson } from '../../../src/base/values/json.ts'
import { configFromCode } from '../../../src/entries/config.ts'
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
