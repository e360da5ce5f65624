/**
 * What a seed gives never changes, on no version of Node and on no machine: stored rows of a config that uses every sampler.
 * A difference here changes people's datasets: it needs a new key in the identity of rows, not a new snapshot.
 */
import { expect, test } from 'vitest'
import { rowSampler } from '../../src/columns/sampled-rows.ts'
import { everySampler, sampledColumns } from '../columns/sampling.ts'

test('the first rows of every sampler', async () => {
  const columns = sampledColumns(everySampler)
  await Promise.all(columns.map((column) => column.load?.()))
  const sample = rowSampler(columns, 20_260_807n, '2026-08-07')
  const rows = [0, 1, 2, 1_000_000_007].map((row) => {
    const { values } = sample(row)
    return Object.fromEntries(columns.map(({ name }, at) => [name, values[at]]))
  })
  await expect(
    `${JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? `${value}n` : value), 1)}\n`,
  ).toMatchFileSnapshot('../fixtures/samplers/golden.json')
})
