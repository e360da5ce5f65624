import { expect, test } from 'vitest'
import { create, customColumn, defineConfig, open, validate } from '../../src/index.ts'
import { artifactFolder, failureOf, smallOptions } from '../support/small-runs.ts'

const folder = artifactFolder()

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

const config = defineConfig({
  columns: [
    { name: 'n', column_type: 'sampler', sampler_type: 'category', params: { values: [1, 2, 3] } },
    {
      name: 'u',
      column_type: 'sampler',
      sampler_type: 'uniform',
      params: { low: 1, high: 9 },
      convert_to: 'int',
    },
    {
      name: 'made',
      column_type: 'custom',
      generator_function: customColumn({ requiredColumns: ['n'], type: 'json' }, ({ n }) => ({
        n,
        half: 0.5,
      })),
    },
  ],
})

test('a config written in a program is made as it stands, with a number for a seed', async () => {
  expect((await validate(config)).columns).toEqual(['n', 'u', 'made'])
  const options = { ...smallOptions(folder.path, 4), seed: 1 }
  const results = await create(config, options)
  const rows = await all(results.rows())
  const again = await create(config, { ...options, seed: 1n, datasetName: 'again' })
  expect(await all(again.rows())).toEqual(rows)
  for (const row of rows) {
    expect([typeof row.n, typeof row.u]).toEqual(['number', 'number'])
    expect(JSON.parse(JSON.stringify(row))).toEqual(row)
    expect(row.made).toEqual({ n: row.n, half: 0.5 })
  }
  const { value } = await open(results.path).rows({ integers: 'bigint' })[Symbol.asyncIterator]().next()
  expect(typeof value.made.n).toBe('bigint')
})

test('an integer that no number holds is an error that names the way out, and is had as text', async () => {
  const big = customColumn({ type: 'json' }, () => ({ id: [2n ** 53n] }))
  const wide = { columns: [{ name: 'big', column_type: 'custom' as const, generator_function: big }] }
  const results = await create(wide, smallOptions(folder.path, 1))
  const error = await failureOf(all(results.rows()))
  expect(error).toMatchObject({
    code: 'integer_too_large',
    message: 'Column "big", row 0: the integer 9007199254740992 is beyond what a number holds.',
  })
  expect(await all(results.rows({ integers: 'string' }))).toEqual([{ big: { id: ['9007199254740992'] } }])
})

test.each([-1, 1.5, Number.NaN, 2 ** 53, '1', 2n ** 64n])('the seed %s is refused', async (seed) => {
  const options = { ...smallOptions(folder.path, 1), seed: seed as number }
  await expect(async () => create(config, options)).rejects.toMatchObject({ code: 'usage' })
})

test('what a config cannot hold is refused by the compiler, and when it is read', async () => {
  const wrong = [
    // @ts-expect-error there is no such type of column
    defineConfig({ columns: [{ name: 'x', column_type: 'banana' }] }),
    // @ts-expect-error a config has no such member
    defineConfig({ columns: [{ name: 'x', column_type: 'expression', expr: 'a' }], nonsense: true }),
    // @ts-expect-error a column has no such member
    defineConfig({ columns: [{ name: 'x', column_type: 'expression', expr: 'a', colour: 3 }] }),
    // @ts-expect-error a template is text
    defineConfig({ columns: [{ name: 'x', column_type: 'expression', expr: [] }] }),
  ]
  for (const each of wrong) await expect(validate(each)).rejects.toMatchObject({ code: 'config_invalid' })
})
