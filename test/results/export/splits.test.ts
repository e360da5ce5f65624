/** Splits of an export: which row is in which, and that growth moves none. Places were computed with Python's hashlib. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import type { Value } from '../../../src/base/values/value.ts'
import { type ExportOptions, open, type SplitOptions } from '../../../src/index.ts'
import { Splits } from '../../../src/results/export/splits.ts'
import { encodeParquet } from '../../../src/store/parquet/parquet-encode.ts'
import { postProcessingFooterKeys } from '../../../src/store/publishing/footer.ts'

const text: ColumnType = { kind: 'string' }
const int: ColumnType = { kind: 'int' }
const shares = { train: 0.8, test: 0.2 }

/** A directory with these files of rows: `{ persona, n }`, numbers running on. */
function dataset(
  files: readonly (readonly (string | null)[])[],
  { config = {}, footer = {} }: { config?: object; footer?: Record<string, string> } = {},
): string {
  const directory = join(mkdtempSync(join(tmpdir(), 'rowsmith-splits-')), 'set')
  onTestFinished(() => rmSync(join(directory, '..'), { recursive: true, force: true }))
  mkdirSync(join(directory, 'parquet-files'), { recursive: true })
  mkdirSync(join(directory, '..', 'data'))
  const columns = [{ name: 'persona' }, { name: 'n' }]
  writeFileSync(
    join(directory, 'builder_config.json'),
    JSON.stringify({ data_designer: { columns, ...config } }),
  )
  let first = 0
  for (const [index, personas] of files.entries()) {
    const numbers: readonly Value[] = personas.map((_, at) => BigInt(first + at))
    first += personas.length
    const { bytes } = encodeParquet({
      columns: [
        { name: 'persona', type: text, values: personas },
        { name: 'n', type: int, values: numbers },
      ],
      rowCount: personas.length,
      footer: {
        'rowsmith.format': '1',
        'rowsmith.config_hash': 'c',
        'rowsmith.identity': 'i',
        'rowsmith.run_seed': '1',
        'rowsmith.group': String(index),
        'rowsmith.first_row': String(first - personas.length),
        'rowsmith.planned_rows': String(personas.length),
        'rowsmith.dropped': '[]',
        ...footer,
      },
    })
    writeFileSync(join(directory, 'parquet-files', `batch_0000${index}.parquet`), bytes)
  }
  return directory
}

const rowsIn = (path: string): { persona: string | null; n: number; split?: string }[] => {
  const lines = readFileSync(path, 'utf8')
  return lines === ''
    ? []
    : lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
}

async function splitColumn(directory: string, split: SplitOptions, more: ExportOptions = {}) {
  const output = join(directory, '..', 'all.jsonl')
  const exported = await open(directory).export({
    output,
    overwrite: true,
    partial: true,
    split: { column: 'split', ...split },
    ...more,
  })
  return { ...exported, written: rowsIn(output) }
}

const personas = Array.from({ length: 60 }, (_, index) => (index % 7 === 0 ? null : `p${index % 20}`))

describe('the place of a key', () => {
  test.each<[string, string, ColumnType, Value, number]>([
    ['text', '', text, 'alice', 0.0716225380658384],
    ['text with a salt', 'v1', text, 'alice', 0.7051463071554623],
    ['text of another script', '', text, 'Zoë 日本', 0.11331592945369795],
    ['empty text', '', text, '', 0.4304816492364817],
    ['an integer', '', int, 42n, 0.07335492269994148],
    ['an object, by sorted names', '', { kind: 'json' }, { b: 1n, a: 'x' }, 0.750539635248626],
    ['null, by the number of its row', '', text, null, 0.47442864242785276],
  ])('of %s', (_what, salt, type, value, expected) => {
    const splits = new Splits({ shares, salt }, [{ name: 'k', type }])
    expect(splits.placeOf({ k: value }, 7)).toBe(expected)
  })

  test('of several columns is that of the list', () => {
    const by = [
      { name: 'a', type: text },
      { name: 'b', type: int },
    ]
    expect(new Splits({ shares }, by).placeOf({ b: 1n, a: 'x' }, 0)).toBe(0.11287277967126674)
  })
})

test('rows of one key are together, in the shares that were named', async () => {
  const { written, split } = await splitColumn(dataset([personas]), { shares, by: ['persona'] })
  const found = new Map<string, Set<string>>()
  for (const { persona, split: name } of written) {
    if (persona === null) continue
    found.set(persona, (found.get(persona) ?? new Set()).add(name ?? ''))
  }
  expect([...found.values()].every((names) => names.size === 1)).toBe(true)
  expect(split).toMatchObject({ by: ['persona'], null_keys: 9, keys: found.size + 9 })
  const counts = split?.splits.map(({ name, rows }) => [name, rows])
  expect(counts).toEqual(
    ['train', 'test'].map((name) => [name, written.filter((row) => row.split === name).length]),
  )
  for (const { rows, expected } of split?.splits ?? []) {
    expect(expected[0]).toBeLessThanOrEqual(rows)
    expect(expected[1]).toBeGreaterThanOrEqual(rows)
  }
})

test('a dataset that grows keeps each row in its split, by key and by number', async () => {
  for (const by of [['persona'], undefined]) {
    const split = by === undefined ? { shares } : { shares, by }
    const small = await splitColumn(dataset([personas]), split)
    const grown = await splitColumn(dataset([personas, personas.toReversed(), ['new']]), split)
    expect(grown.written.slice(0, small.written.length)).toEqual(small.written)
  }
})

test('a dropped row leaves its number free', async () => {
  const whole = await splitColumn(dataset([['a', 'b', 'c']]), { shares: { train: 0.5, test: 0.5 } })
  const footer = { 'rowsmith.planned_rows': '3', 'rowsmith.dropped': '[[1,"n","refused"]]' }
  const lacking = await splitColumn(dataset([['a', 'c']], { footer }), { shares: { train: 0.5, test: 0.5 } })
  const splitOf = (found: typeof whole, persona: string) =>
    found.written.find((row) => row.persona === persona)?.split
  expect(splitOf(lacking, 'c')).toBe(splitOf(whole, 'c'))
  expect(splitOf(whole, 'b')).not.toBe(splitOf(whole, 'c'))
})

test('new shares move only rows between the old bound and the new one', async () => {
  const directory = dataset([personas])
  const before = await splitColumn(directory, { shares: { train: 0.5, test: 0.5 } })
  const after = await splitColumn(directory, { shares: { train: 0.6, test: 0.4 } })
  const moved = before.written.filter(({ split }, index) => split !== after.written[index]?.split)
  expect(moved.length).toBeGreaterThan(0)
  expect(moved.every(({ split }) => split === 'test')).toBe(true)
})

test('splits are a file each, which have every row once, in order', async () => {
  const directory = dataset([personas.slice(0, 30), personas.slice(30)])
  const output = join(directory, '..', 'data', '{split}.jsonl')
  const exported = await open(directory).export({ output, partial: true, split: { shares } })
  expect(readdirSync(join(directory, '..', 'data')).sort()).toEqual(['test.jsonl', 'train.jsonl'])
  const [train, held] = ['train', 'test'].map((name) => rowsIn(output.replace('{split}', name)))
  expect([...(train ?? []), ...(held ?? [])].map(({ n }) => n).sort((a, b) => a - b)).toEqual(
    personas.map((_, n) => n),
  )
  expect(exported.rows).toBe(60)
  const { written } = await splitColumn(directory, { shares })
  expect(held?.map(({ n }) => n)).toEqual(written.filter(({ split }) => split === 'test').map(({ n }) => n))
})

test('no file gets its name when one cannot be written', async () => {
  const directory = dataset([personas])
  const output = join(directory, '..', 'data', '{split}.jsonl')
  writeFileSync(output.replace('{split}', 'test'), 'mine')
  await expect(open(directory).export({ output, partial: true, split: { shares } })).rejects.toMatchObject({
    code: 'output_exists',
  })
  expect(readdirSync(join(directory, '..', 'data'))).toEqual(['test.jsonl'])
})

test('splits go with formats of trainers and with conditions', async () => {
  const directory = dataset([personas])
  const { written, rows, split, skipped } = await splitColumn(
    directory,
    { shares },
    { format: 'openai-chat', map: { prompt: 'persona', completion: 'n' }, where: 'n >= 10' },
  )
  expect(rows).toBe(43)
  expect(skipped).toMatchObject([{ reason: 'prompt is null', rows: 7 }])
  expect(split?.splits.reduce((sum, each) => sum + each.rows, 0)).toBe(50)
  expect(Object.keys(written[0] ?? {})).toEqual(['messages', 'split'])
})

test('rows of one seed row are together, where no key is named', async () => {
  const seeded = {
    seed_config: { source: { seed_type: 'local', path: 's.csv' } },
    columns: [{ name: 'persona', column_type: 'seed-dataset' }, { name: 'n' }],
  }
  const { split } = await splitColumn(dataset([personas], { config: seeded }), { shares })
  expect(split?.by).toEqual(['persona'])
  const dropped = { ...seeded, columns: [{ name: 'other', column_type: 'seed-dataset' }] }
  await expect(splitColumn(dataset([personas], { config: dropped }), { shares })).rejects.toMatchObject({
    code: 'usage',
    nextStep: expect.stringContaining('--split-by'),
  })
})

test('rows of post-processing need a key', async () => {
  const stage = postProcessingFooterKeys({ configHash: 'c', identity: 'i', runSeed: 1n, stage: 's' })
  const none = { 'rowsmith.group': '', 'rowsmith.first_row': '', 'rowsmith.planned_rows': '' }
  const directory = dataset([['a', 'b']], { footer: { ...stage, ...none } })
  await expect(splitColumn(directory, { shares })).rejects.toMatchObject({ code: 'usage' })
  expect((await splitColumn(directory, { shares, by: ['persona'] })).rows).toBe(2)
})

describe('bad input is refused before a row is read', () => {
  test.each<[string, SplitOptions, ExportOptions, RegExp]>([
    [
      'shares that are too little',
      { shares: { train: 0.8, test: 0.1 } },
      {},
      /add up to 0.9, not to 1: 0.8 \+ 0.1/,
    ],
    ['shares that are too much', { shares: { train: 0.8, test: 0.3 } }, {}, /add up to 1.1/],
    ['no shares', { shares: {} }, {}, /There is no split/],
    ['a share of nothing', { shares: { train: 1, test: 0 } }, {}, /share of test is 0/],
    ['a share that is no number', { shares: { train: Number.NaN } }, {}, /share of train is NaN/],
    ['a name with a path', { shares: { '../x': 1 } }, {}, /no name of a split/],
    ['a name that is a number', { shares: { 1: 1 } }, {}, /no name of a split/],
    ['names that differ in case', { shares: { Train: 0.5, train: 0.5 } }, {}, /Two splits/],
    ['an unknown key', { shares, by: ['nope'], column: 's' }, {}, /no column "nope"/],
    ['a column that is there', { shares, column: 'n' }, {}, /has a column "n" already/],
    ['one file for all', { shares }, { output: 'x.jsonl' }, /needs \{split\}/],
    ['a sink for all', { shares }, { sink: async () => {} }, /needs \{split\}/],
    ['no name at all', { shares }, {}, /needs \{split\}/],
  ])('%s', async (_what, split, more, message) => {
    const directory = dataset([['a']])
    await expect(open(directory).export({ partial: true, split, ...more })).rejects.toMatchObject({
      message: expect.stringMatching(message),
    })
  })
})
