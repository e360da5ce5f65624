/** Rows that a function makes between stages, or after generation: values, never text. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ColumnType, conform } from '../../src/base/values/column-type.ts'
import { formatJson, parseJson } from '../../src/base/values/json.ts'
import { objectOf, toValue, type Value } from '../../src/base/values/value.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { configFromCode } from '../../src/entries/config.ts'
import { createWorkflow, type RowsTransform, workflowFromValue } from '../../src/entries/workflow.ts'
import { create, customColumn, type Row } from '../../src/index.ts'
import { scanColumns } from '../../src/results/rows/columns.ts'
import { publishedFiles } from '../../src/results/rows/dataset-results.ts'
import { encodeParquet } from '../../src/store/parquet/parquet-encode.ts'
import { DatasetView } from '../../src/store/view/dataset-view.ts'
import { writeTransformed } from '../../src/workflow/transformed.ts'
import { readRows } from '../support/read-rows.ts'
import { artifactFolder, rowsOf, smallOptions } from '../support/small-runs.ts'

const folder = artifactFolder()

const columns: readonly (readonly [name: string, type: ColumnType, values: readonly Value[]])[] = [
  [
    '2022',
    { kind: 'string' },
    ['1-2-3', '9:05', 'A9F4C1D2-1111-4222-8333-444455556666', '007', '2024-01-31T09:30:00+02:00'],
  ],
  ['whole', { kind: 'float' }, [1, 2, -0, Number.NaN, 1e300]],
  ['big', { kind: 'int' }, [2n ** 62n, 0n, null, -1n, 1n]],
  ['flag', { kind: 'bool' }, [true, null, false, true, true]],
  ['day', { kind: 'date' }, ['2024-01-31', null, '1969-01-01', '2024-02-29', '2024-01-01']],
  [
    'at',
    { kind: 'timestamp' },
    ['2024-01-31T00:00:00', '2024-01-31T00:00:00.000001', null, '1900-01-01T00:00:00', '2024-01-31T00:00:00'],
  ],
  ['utc', { kind: 'timestamp_utc' }, ['2024-01-31T00:00:00Z', null, null, null, null]],
  ['none', { kind: 'string' }, [null, null, null, null, null]],
  [
    'doc',
    { kind: 'json' },
    ['{"10":1.0,"2":[1,{"__proto__":2.50}]}', '1.0', '1', '"x"', '[]'].map((text) => parseJson(text)),
  ],
  ['list', { kind: 'list', element: { kind: 'float' } }, [[1, 2.5], [Number.NaN, 1], null, [null], [3]]],
  [
    'counts',
    { kind: 'map', value: { kind: 'float' } },
    [
      objectOf([
        ['b', 1],
        ['2', Number.NaN],
      ]),
      {},
      null,
      { a: null },
      { b: 3 },
    ],
  ],
  [
    '__proto__',
    {
      kind: 'struct',
      fields: [
        { name: 'b', type: { kind: 'float' } },
        { name: '1', type: { kind: 'string' } },
      ],
    },
    [1, 2, 3, 4, 5].map((b) => ({ b, '1': '01' })),
  ],
]

function seedPath(): string {
  const path = join(folder.path, 'seed.parquet')
  const { bytes } = encodeParquet({
    columns: columns.map(([name, type, values]) => ({
      name,
      type,
      values: values.map((value) => conform(type, value)!),
    })),
    rowCount: 5,
    footer: {},
  })
  writeFileSync(path, bytes)
  return path
}

const kept = { name: 'k', column_type: 'expression', expr: 'k' }
const seeded = () => ({
  seed_config: { source: { seed_type: 'local', path: seedPath() } },
  columns: [kept],
})
const fields = columns.map(([name, type]) => ({ name, type }))

let files = 0

/** What the function makes of the rows, read back from its file. */
async function made(transform: RowsTransform) {
  const path = join(folder.path, `made.tmp.1.${++files}`)
  const rows = (async function* () {
    yield* await readRows(nodeDisk, seedPath())
  })()
  await writeTransformed(nodeDisk, path, { directory: 'first', fields, rows, transform })
  return described(path)
}

async function described(...files: readonly string[]) {
  const rows = (await Promise.all(files.map((path) => readRows(nodeDisk, path)))).flat()
  const found = await scanColumns(DatasetView.at(nodeDisk, folder.path), files)
  return { rows: rows.map((row) => formatJson(row)), columns: found.columns }
}

const datasetOf = async ({ path }: { readonly path: string }) =>
  described(...(await publishedFiles(DatasetView.at(nodeDisk, path))))

describe('a function that changes nothing changes nothing', () => {
  test('between stages', async () => {
    const given = await described(seedPath())
    expect(given.rows[0]).toContain('"2022":"1-2-3","whole":1.0')
    expect(await made((rows) => rows)).toEqual(given)
    const copied = await made(async function* (rows) {
      for await (const row of rows) yield { ...row }
    })
    expect(copied).toEqual(given)
    expect(await made(() => [])).toEqual({ ...given, rows: [] })
  })

  test('in a workflow', async () => {
    const second = { name: 'second', config: { columns: [{ ...kept, name: 'l' }] } }
    const stages = [{ name: 'first', num_records: 5, config: seeded() }, second]
    const workflow = await workflowFromValue(toValue({ workflow: 'chain', stages }), 'test')
    const transforms: Record<string, RowsTransform> = { first: (rows) => rows }
    const results = await createWorkflow(workflow, { artifactPath: folder.path, transforms })
    const { rows } = await datasetOf(results.stage('second'))
    expect(rows).toEqual(
      (await described(seedPath())).rows.map((row) => row.replace(/\}$/, ',"k":"k","l":"k"}')),
    )
  })

  test('after generation', async () => {
    const plain = await create(configFromCode(seeded(), 'test'), {
      ...smallOptions(folder.path, 5),
      datasetName: 'plain',
    })
    const processors = [
      { name: 'same', processor_type: 'function', function: (rows: AsyncIterable<Row>) => rows },
      {
        name: 'copied',
        processor_type: 'function',
        async *function(rows: AsyncIterable<Row>) {
          for await (const row of rows) yield { ...row }
        },
      },
    ]
    const config = configFromCode({ ...seeded(), processors }, 'test')
    const processed = await create(config, { ...smallOptions(folder.path, 5), datasetName: 'processed' })
    expect(await datasetOf(processed)).toEqual(await datasetOf(plain))
  })

  test('in a custom column', async () => {
    const types = { doc: 'json', list: 'list<float>', counts: 'map<float>' } as const
    const copies = Object.entries(types).map(([name, type]) => ({
      name: `copy of ${name}`,
      column_type: 'custom',
      generator_function: customColumn({ name, requiredColumns: [name], type }, (row) => row[name]),
    }))
    const config = { ...seeded(), columns: copies }
    const made = await datasetOf(await create(configFromCode(config, 'test'), smallOptions(folder.path, 5)))
    const given = await described(seedPath())
    for (const name of Object.keys(types)) {
      const typeOf = (of: typeof given, column: string) =>
        of.columns.find((each) => each.name === column)?.type
      expect(typeOf(made, `copy of ${name}`)).toEqual(typeOf(given, name))
    }
    expect(made.rows.map((row) => row.replaceAll('copy of ', ''))).toEqual(
      given.rows.map((row) => {
        const [, doc, list, counts] = /("doc":.*)(,"list":.*)(,"counts":.*),"__proto__":\{"b/.exec(row)!
        return row.replace(/\}$/, `,${doc}${list}${counts}}`)
      }),
    )
  })

  test('is told of NaN where it declares JSON, and drops the row', async () => {
    const generator_function = customColumn({ requiredColumns: ['list'], type: 'json' }, ({ list }) => list)
    const config = { ...seeded(), columns: [{ name: 'copy', column_type: 'custom', generator_function }] }
    const run = create(configFromCode(config, 'test'), smallOptions(folder.path, 5))
    const dropped: string[] = []
    for await (const event of run.events()) if (event.type === 'row-dropped') dropped.push(event.message)
    const results = await run
    expect((await rowsOf(results)).length).toBe(4)
    expect(dropped).toEqual([expect.stringContaining('"copy" is not json: /0 is NaN')])
  })
})

describe('a function that changes something', () => {
  const changed = async (change: (row: Row, at: number) => object) =>
    made(async function* (rows) {
      let at = 0
      for await (const row of rows) yield change(row, at++)
    })

  test.each<[about: string, values: unknown[], kind: string, written: string[]]>([
    ['integers, and a float late', [1, 1, 1, 1, 2.75], 'float', ['1.0', '1.0', '1.0', '1.0', '2.75']],
    [
      'integers beyond 2^53 among floats',
      [2n ** 60n + 1n, 0.5, 1, 1, 1],
      'json',
      [`${2n ** 60n + 1n}`, '0.5', '1', '1', '1'],
    ],
    ['texts and numbers', ['1', 1, null, true, [1]], 'json', ['"1"', '1', 'null', 'true', '[1]']],
    [
      'texts that look like something else',
      ['007', 'true', '', 'null', '1e3'],
      'string',
      ['"007"', '"true"', '""', '"null"', '"1e3"'],
    ],
    ['dates', Array(5).fill(new Date(0)), 'string', Array(5).fill('"1970-01-01T00:00:00.000Z"')],
    ['nothing', Array(5).fill(undefined), 'string', Array(5).fill('null')],
  ])(
    'gives a new column the type its values have over all rows: %s',
    async (_about, values, kind, written) => {
      const { rows, columns } = await changed((_row, at) => ({ a: values[at] }))
      expect(columns.find(({ name }) => name === 'a')?.type.kind).toBe(kind)
      expect(rows.map((row) => row.replace(/^\{"a":|\}$/g, ''))).toEqual(written)
    },
  )

  test('keeps the type of a column whose new values fit it, and the order of those that stay', async () => {
    const { rows, columns } = await changed((row) => ({ x: 1, whole: 3, '2022': row['2022'] }))
    expect(rows[1]).toBe('{"2022":"9:05","whole":3.0,"x":1}')
    expect(columns.map(({ type }) => type.kind)).toEqual(['string', 'float', 'int'])
  })

  test.each<[about: string, row: unknown, message: RegExp]>([
    [
      'a promise',
      { a: Promise.resolve(1) },
      /^The function .* row 0 .*column "a": it is a promise: await it/,
    ],
    ['a map within', { a: [new Map()] }, /column "a": \[0\] is a Map/],
    ['a list as a row', [1], /row 0 .*it is no object/],
    ['NaN in a record', { a: { b: Number.NaN } }, /row 0 .*column "a": it holds a number that is not finite/],
  ])('is told of what is no data, with its place: %s', async (_about, row, message) => {
    await expect(changed(() => row as object)).rejects.toMatchObject({
      code: 'post_processing_failed',
      message: expect.stringMatching(message),
    })
  })
})
