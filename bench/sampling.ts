/** Sampled columns alone: nothing is requested and nothing is written. */
import { toValue } from '../src/base/values/value.ts'
import { compileColumns } from '../src/columns/compile.ts'
import { rowSampler } from '../src/columns/sampled/sampled-rows.ts'
import { defaultRunConfig } from '../src/config/files/run-config.ts'
import { configFromValue } from '../src/entries/config.ts'
import { measured } from './measured.ts'

/** Ten columns of every kind of number, name and date, two of them made of others. */
const mixedColumns = [
  ['id', 'uuid', {}],
  ['kind', 'category', { values: ['a', 'b', 'c'], weights: [1, 2, 3] }],
  ['part', 'subcategory', { category: 'kind', values: { a: ['a1', 'a2'], b: ['b1'], c: ['c1', 'c2'] } }],
  ['price', 'uniform', { low: 0, high: 100, decimal_places: 2n }],
  ['size', 'gaussian', { mean: 10, stddev: 2 }],
  ['sold', 'bernoulli', { p: 0.3 }],
  ['hits', 'binomial', { n: 20n, p: 0.3 }],
  ['visits', 'poisson', { mean: 7.5 }],
  ['wait', 'scipy', { dist_name: 'gamma', dist_params: { a: 2.5 } }],
  ['day', 'datetime', { start: '2024-01-01', end: '2025-01-01' }],
] as const

/** Values per second of sampled columns, nothing written. */
async function sampling(
  columns: readonly (readonly [name: string, type: string, params: object])[],
  rows: number,
) {
  const config = configFromValue(
    toValue({
      columns: columns.map(([name, sampler_type, params]) => ({
        name,
        column_type: 'sampler',
        sampler_type,
        params,
      })),
    }),
    'bench',
  )
  const sampled = compileColumns(config, defaultRunConfig).columns.filter(
    (column) => column.kind === 'sampled',
  )
  await Promise.all(sampled.map((column) => column.load?.()))
  const sample = rowSampler(sampled, 1n, '2026-08-07')
  for (let row = 0; row < rows / 10; row++) sample(row)
  return measured(rows * columns.length, async () => {
    for (let row = 0; row < rows; row++) sample(row)
  })
}

export const mixedSamplers = () => sampling(mixedColumns, 50_000)

export const persons = () => sampling([['who', 'person_from_faker', {}]], 50_000)
