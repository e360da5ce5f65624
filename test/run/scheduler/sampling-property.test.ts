/** Random samplers: what a row holds depends on run seed, column and row, whatever it is drawn with, before or after. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import type { Value, ValueObject } from '../../../src/base/values/value.ts'
import { systemClock } from '../../../src/base/work/clock.ts'
import { Slice } from '../../../src/base/work/slice.ts'
import type { SampledColumn } from '../../../src/columns/column/column.ts'
import { topologicalOrder } from '../../../src/columns/column/topological-order.ts'
import { compileColumns } from '../../../src/columns/compile.ts'
import { rowReader, rowSampler } from '../../../src/columns/sampled/sampled-rows.ts'
import { defaultRunConfig } from '../../../src/config/files/run-config.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import { samplerTypes } from '../../../src/config/schema/samplers.ts'
import { columnGraph } from '../../../src/plan/graph.ts'
import { SampledColumns } from '../../../src/run/scheduler/sampled-columns.ts'
import type { PersonRecords } from '../../../src/sample/persons/person.ts'
import { everySampler, sampled } from '../../columns/sampled/sampling.ts'

const today = '2026-08-07'
const rows = 24

/** Parameters of a sampler that depends on no other: a few sorts of each. */
const params: Readonly<Record<string, readonly ValueObject[]>> = {
  category: [{ values: ['a', 'b'] }, { values: ['a', 'b'], weights: [1n, 3n] }],
  uniform: [
    { low: 0n, high: 5n },
    { low: -2, high: 9, decimal_places: 1n },
  ],
  gaussian: [
    { mean: 3n, stddev: 2n },
    { mean: 0n, stddev: 5n, decimal_places: 2n },
  ],
  bernoulli: [{ p: 0.5 }, { p: 0.1 }],
  bernoulli_mixture: [{ p: 0.7, dist_name: 'expon', dist_params: { scale: 3n } }],
  binomial: [
    { n: 20n, p: 0.3 },
    { n: 5n, p: 0.5 },
  ],
  poisson: [{ mean: 7.5 }, { mean: 200n }],
  scipy: everySampler
    .filter(({ sampler_type }) => sampler_type === 'scipy')
    .map((column) => column.params as ValueObject),
  uuid: [{}, { short_form: true, prefix: 'x-' }],
  datetime: [
    { start: '2024-01-01', end: '2025-01-01' },
    { start: '2024-01-01', end: '2024-01-02', unit: 's' },
  ],
  person: [{}, { sex: 'Male' }],
  person_from_faker: [{ locale: 'en_GB' }, { locale: 'en_GB', sex: 'Female', age_range: [20n, 30n] }],
}
const kept = { timedelta: 'datetime', subcategory: 'category' } as const
const numeric = new Set(['uniform', 'gaussian', 'bernoulli', 'binomial', 'poisson', 'scipy'])

const drawnColumn = fc.record({
  type: fc.constantFrom(...samplerTypes),
  sort: fc.nat(100),
  /** Of which of those before it it is made. */
  of: fc.nat(100),
  /** Other parameters, where that column's text ends so. */
  when: fc.option(fc.record({ by: fc.nat(100), sort: fc.nat(100) })),
  convert: fc.constantFrom(null, null, 'str'),
  place: fc.nat(100),
})

interface Sampling {
  readonly columns: readonly ValueObject[]
  readonly constraints: readonly ValueObject[]
}

/** Any samplers that fit each other, in any order. */
const anySampling: fc.Arbitrary<Sampling> = fc
  .record({
    drawn: fc.array(drawnColumn, { minLength: 1, maxLength: 7 }),
    constraints: fc.array(
      fc.record({
        target: fc.nat(100),
        right: fc.nat(100),
        operator: fc.constantFrom('lt', 'le', 'gt', 'ge'),
        scalar: fc.boolean(),
      }),
      { maxLength: 1 },
    ),
  })
  .map(({ drawn, constraints }) => {
    const made: { column: ValueObject; place: number }[] = []
    const named = (index: number, of: readonly ValueObject[]): string => String(of[index % of.length]!.name)
    for (const [at, { type, sort, of, when, convert, place }] of drawn.entries()) {
      const before = made.map(({ column }) => column)
      const parents = before.filter(({ sampler_type }) => sampler_type === kept[type as keyof typeof kept])
      // Without a parent, the column becomes one.
      const sampler = type in kept && parents.length === 0 ? kept[type as keyof typeof kept] : type
      const paramsOf = (number: number): ValueObject => {
        if (sampler === 'subcategory') {
          const lists = { a: [`a${number % 3}`, 'a'], b: ['b'] }
          return { category: named(of, parents), values: lists }
        }
        if (sampler === 'timedelta') {
          const dt_max = BigInt(2 + (number % 9))
          return { dt_min: 1n, dt_max, reference_column_name: named(of, parents) }
        }
        const sorts = params[sampler]!
        return sorts[number % sorts.length]!
      }
      const condition =
        when === null || before.length === 0 || sampler.startsWith('person')
          ? {}
          : { [`(${named(when.by, before)} ~ '')[-1:] in '02468ae'`]: paramsOf(when.sort) }
      const more = { conditional_params: condition, convert_to: numeric.has(sampler) ? convert : null }
      made.push({ column: sampled(`s${at}`, sampler, paramsOf(sort), more), place })
    }
    const numbers = made
      .map(({ column }) => column)
      .filter((column) => numeric.has(String(column.sampler_type)) && column.convert_to === null)
    return {
      columns: made.sort((a, b) => a.place - b.place).map(({ column }) => column),
      constraints:
        numbers.length === 0
          ? []
          : constraints.flatMap(({ target, right, operator, scalar }): ValueObject[] => {
              const [target_column, other] = [named(target, numbers), named(right, numbers)]
              if (scalar) return [{ target_column, operator, rhs: 3n }]
              // From the first to the later ones: never in a circle.
              return target_column <= other ? [] : [{ target_column, operator, rhs: other }]
            }),
    }
  })

/** People in memory: what counts here is who is drawn. */
const people: PersonRecords = {
  fields: [
    { name: 'first_name', type: { kind: 'string' } },
    { name: 'last_name', type: { kind: 'string' } },
    { name: 'age', type: { kind: 'int' } },
  ],
  count: 50,
  read: async (indices) =>
    indices.map((index) => ({ first_name: `A${index}`, last_name: 'Lee', age: BigInt(20 + index) })),
}

let notMeetable = 0

/** The sampled columns; undefined when their constraints are refused. */
function compiled({ columns, constraints }: Sampling): readonly SampledColumn[] | undefined {
  const config = configFromValue({ columns, constraints }, 'samplers')
  try {
    return compileColumns(config, defaultRunConfig, [], () => people).columns as SampledColumn[]
  } catch (error) {
    if (!RowsmithError.isInstance(error) || !error.message.includes('cannot hold')) throw error
    notMeetable++
    return undefined
  }
}

const ways = fc.record({
  /** Rows of each row group. */
  sizes: fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 5 }),
  /** In which order groups are opened. */
  order: fc.array(fc.nat(100), { minLength: 24, maxLength: 24 }),
  /** Of which groups a former process kept what it drew, and of which columns. */
  keptGroups: fc.nat(100),
  keptColumns: fc.nat(1000),
})

test('a value is the same by itself and in any row group, in any order, and beside what was kept', async () => {
  await fc.assert(
    fc.asyncProperty(anySampling, ways, async (sampling, way) => {
      const columns = compiled(sampling)
      if (columns === undefined) return
      const order = topologicalOrder(columns)
      await Promise.all(columns.map((column) => column.load?.()))
      const byName = new Map(columns.map((column) => [column.name, column]))
      const alone = columnGraph(columns).order.map((name) => byName.get(name)!)
      const read = rowReader(alone, 9n)
      const drawOne = rowSampler(alone, 9n, today)
      const expected: Record<string, Value>[] = []
      for (let row = 0; row < rows; row++) {
        const ahead = (await read?.([row]))?.[0]
        const { values } = drawOne(row, ahead)
        expected.push(Object.fromEntries(alone.map(({ name }, at) => [name, values[at]!])))
      }

      const groups: { firstRow: number; rows: number }[] = []
      for (let first = 0; first < rows; first += groups.at(-1)!.rows) {
        const size = way.sizes[groups.length % way.sizes.length]!
        groups.push({ firstRow: first, rows: Math.min(size, rows - first) })
      }
      const opened = groups.map((_, at) => at).sort((a, b) => way.order[a]! - way.order[b]!)
      const process = new SampledColumns(order, 9n, today)
      for (const [turn, group] of opened.entries()) {
        const { firstRow, rows: size } = groups[group]!
        const wanted = expected.slice(firstRow, firstRow + size)
        const first = new Map<string, readonly Value[]>()
        if (turn < way.keptGroups % (opened.length + 1)) {
          for (const [at, { name }] of columns.entries()) {
            if ((way.keptColumns >> at) % 2 === 1)
              first.set(
                name,
                wanted.map((row) => row[name]!),
              )
          }
        }
        await process.addTo(first, { group, firstRow, rows: size }, new Slice(systemClock))
        const found = wanted.map((_, at) =>
          Object.fromEntries(alone.map(({ name }) => [name, first.get(name)![at]!])),
        )
        expect(found).toEqual(wanted)
      }
    }),
    { numRuns: 120 },
  )
  // Most constraints can be kept.
  expect(notMeetable).toBeLessThan(60)
})
