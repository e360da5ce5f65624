import { expect, test } from 'vitest'
import type { ColumnType } from '../../src/base/values/column-type.ts'
import { configFromValue } from '../../src/config/form/load.ts'
import { compileTransforms, schemaOf, transformRows } from '../../src/post/schema-transform.ts'

const string: ColumnType = { kind: 'string' }
const int: ColumnType = { kind: 'int' }

function transform(template: object) {
  const config = configFromValue(
    {
      columns: [{ name: 'stars', column_type: 'expression', expr: '1', dtype: 'int' }],
      processors: [{ name: 'p', processor_type: 'schema_transform', template }],
    } as never,
    'test',
  )
  return compileTransforms(config, [{ name: 'stars', type: int }])[0]!
}

/** Every look at it is a millisecond later. */
const busyClock = () => {
  let now = 0
  return { now: () => 0, monotonic: () => now++, sleep: async () => {} }
}

const rowsOf = (count: number) => ({
  rows: Array.from({ length: count }, (_, index) => index),
  values: () => Array.from({ length: count }, (_, index) => BigInt(index)),
})

test('a schema that is followed comes first, with its types; columns it lacks come after', async () => {
  const { parts, ...rest } = transform({ own: 'x', n: '{{ stars }}', list: ['{{ stars }}'] })
  const followed = [
    { name: 'n', type: string },
    { name: 'gone', type: { kind: 'none' } },
    { name: 'list', type: { kind: 'list', element: { kind: 'none' } } },
  ] as const
  const schema = schemaOf({ parts, ...rest }, followed)
  expect(schema).toEqual([
    { name: 'n', type: string },
    { name: 'gone', type: string },
    { name: 'list', type: { kind: 'list', element: int } },
    { name: 'own', type: string },
  ])
  const using = { runSeed: 1n, clock: busyClock() }
  const columns = await transformRows({ parts, ...rest }, schema, rowsOf(2), using)
  expect(columns.map(({ values }) => values)).toEqual([
    ['0', '1'],
    [null, null],
    [[0n], [1n]],
    ['x', 'x'],
  ])
})

test('a value that its type cannot hold is the failure of its row', async () => {
  const { parts, ...rest } = transform({ n: '{{ (stars ~ "000000000000000000000") | int }}' })
  const using = { runSeed: 1n, clock: busyClock() }
  const made = transformRows({ parts, ...rest }, schemaOf({ parts, ...rest }), rowsOf(3), using)
  await expect(made).rejects.toMatchObject({
    code: 'transform_failed',
    facts: { processor: 'p', row: 1, place: 'template.n' },
  })
})

test('random draws depend on seed, processor and row alone', async () => {
  const each = transform({ pick: "{{ ['a', 'b', 'c', 'd'] | random }}" })
  const draw = (rows: number[]) =>
    transformRows(each, schemaOf(each), { rows, values: () => [] }, { runSeed: 3n, clock: busyClock() })
  const many = (await draw([0, 1, 2, 3, 4, 5, 6, 7]))[0]!.values
  expect(new Set(many).size).toBeGreaterThan(1)
  expect((await draw([5, 7]))[0]!.values).toEqual([many[5], many[7]])
})

test('others get their turn while many rows are transformed', async () => {
  const each = transform({ n: '{{ stars }}' })
  let turns = 0
  let over = false
  const count = (): void => {
    turns++
    if (!over) setImmediate(count)
  }
  setImmediate(count)
  await transformRows(each, schemaOf(each), rowsOf(2000), { runSeed: 1n, clock: busyClock() })
  over = true
  // The clock is looked at every 16th row, and five of its milliseconds are a turn.
  expect(turns).toBeGreaterThan(20)
})
