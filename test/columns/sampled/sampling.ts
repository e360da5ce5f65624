import type { Value, ValueObject } from '../../../src/base/values/value.ts'
import type { SampledColumn } from '../../../src/columns/column/column.ts'
import { rowSampler, type SampledRow } from '../../../src/columns/sampled/sampled-rows.ts'
import { columnGraph } from '../../../src/plan/graph.ts'
import { scipyNames } from '../../../src/sample/numeric/scipy.ts'
import { compile } from '../examples.ts'

/** A sampler column. */
export const sampled = (
  name: string,
  sampler_type: string,
  params: ValueObject,
  more: ValueObject = {},
): ValueObject => ({
  name,
  column_type: 'sampler',
  sampler_type,
  params,
  ...more,
})

/** The sampled columns of a config, each after all it reads. */
export function sampledColumns(
  columns: readonly ValueObject[],
  constraints: readonly ValueObject[] = [],
): SampledColumn[] {
  const built = compile(columns, {}, { constraints })
  const byName = new Map(built.columns.map((column) => [column.name, column as SampledColumn]))
  return columnGraph(built.columns).order.map((name) => byName.get(name)!)
}

/** Rows by column name. */
export function sampleRows(
  columns: readonly ValueObject[],
  rows: number,
  { constraints = [] as readonly ValueObject[], seed = 1n } = {},
): { readonly [name: string]: Value }[] {
  const ordered = sampledColumns(columns, constraints)
  const sample = rowSampler(ordered, seed, '2026-08-07')
  return Array.from({ length: rows }, (_, row) => named(ordered, sample(row)))
}

function named(
  columns: readonly SampledColumn[],
  { values, failed }: SampledRow,
): { readonly [name: string]: Value } {
  if (failed !== undefined) throw failed.error
  return Object.fromEntries(columns.map(({ name }, at) => [name, values[at]!]))
}

const shapes: Readonly<Record<string, ValueObject>> = {
  beta: { a: 2n, b: 5n },
  betabinom: { n: 20n, a: 2n, b: 3n },
  betaprime: { a: 2n, b: 3n },
  bernoulli: { p: 0.3 },
  binom: { n: 50n, p: 0.3 },
  boltzmann: { lambda_: 0.3, N: 25n },
  burr: { c: 3n, d: 2n },
  burr12: { c: 3n, d: 2n },
  chi: { df: 3n },
  chi2: { df: 4n },
  dlaplace: { a: 0.5 },
  exponweib: { a: 2n, c: 1.5 },
  f: { dfn: 3n, dfd: 10n },
  hypergeom: { M: 50n, n: 20n, N: 10n },
  johnsonsb: { a: 0.5, b: 2n },
  johnsonsu: { a: -1n, b: 1.5 },
  lognorm: { s: 0.9 },
  loguniform: { a: 0.01, b: 100n },
  reciprocal: { a: 1n, b: 10n },
  logser: { p: 0.6 },
  nbinom: { n: 5n, p: 0.4 },
  geom: { p: 0.2 },
  planck: { lambda_: 0.4 },
  poisson: { mu: 4n },
  randint: { low: -3n, high: 9n },
  t: { df: 5n },
  trapezoid: { c: 0.2, d: 0.8 },
  triang: { c: 0.3 },
  truncexpon: { b: 4n },
  truncnorm: { a: -1n, b: 2n },
  zipfian: { a: 1.1, n: 100n },
  genpareto: { c: 0.2 },
  genextreme: { c: 0.2 },
  nakagami: { nu: 1.2 },
  pareto: { b: 1.16 },
  dgamma: { a: 2.5 },
  erlang: { a: 3n },
  gamma: { a: 2.5 },
  invgamma: { a: 4n },
  powerlaw: { a: 1.7 },
}
const takesC = new Set([
  'bradford',
  'dweibull',
  'fisk',
  'genlogistic',
  'gompertz',
  'invweibull',
  'loggamma',
  'loglaplace',
  'lomax',
  'weibull_max',
  'weibull_min',
])

/** One column of every sampler, and of every distribution. */
export const everySampler: readonly ValueObject[] = [
  sampled('id', 'uuid', {}),
  sampled('short', 'uuid', { prefix: 'x-', short_form: true, uppercase: true }),
  sampled('kind', 'category', { values: ['a', 'b', 'c'], weights: [1n, 2n, 3n] }),
  sampled('sub', 'subcategory', {
    category: 'kind',
    values: { a: ['a1', 'a2'], b: ['b1'], c: ['c1', 'c2', 'c3'] },
  }),
  sampled('flat', 'uniform', { low: -1n, high: 1n, decimal_places: 3n }),
  sampled('bell', 'gaussian', { mean: 10n, stddev: 2n }),
  sampled('coin', 'bernoulli', { p: 0.5 }),
  sampled('mixed', 'bernoulli_mixture', { p: 0.7, dist_name: 'expon', dist_params: { scale: 3n } }),
  sampled('hits', 'binomial', { n: 20n, p: 0.3 }),
  sampled('events', 'poisson', { mean: 7.5 }),
  sampled('day', 'datetime', { start: '2024-01-01', end: '2025-01-01' }),
  sampled(
    'later',
    'timedelta',
    { dt_min: 1n, dt_max: 30n, reference_column_name: 'day' },
    { convert_to: '%d %b %Y' },
  ),
  sampled('who', 'person_from_faker', { locale: 'en_GB' }),
  sampled('wer', 'person_from_faker', { locale: 'de_DE', sex: 'Female', age_range: [20n, 30n] }),
  sampled(
    'if',
    'gaussian',
    { mean: 0n, stddev: 1n },
    { conditional_params: { "kind == 'a'": { mean: 100n, stddev: 1n } } },
  ),
  ...scipyNames.map((name) =>
    sampled(`scipy_${name}`, 'scipy', {
      dist_name: name,
      dist_params: takesC.has(name) ? { c: 1.5 } : (shapes[name] ?? {}),
    }),
  ),
]
