/**
 * What a seed gives never changes, on no version of Node and on no machine: stored rows of a config that uses every sampler.
 * A difference here changes people's datasets: it needs a new key in the identity of rows, not a new snapshot.
 */
import { expect, test } from 'vitest'
import { sha256 } from '../../src/base/numbers/hash.ts'
import { rowSampler } from '../../src/columns/sampled/sampled-rows.ts'
import { everySampler, sampledColumns } from '../columns/sampled/sampling.ts'

test('the first rows of every sampler', async () => {
  const columns = sampledColumns(everySampler)
  await Promise.all(columns.map((column) => column.load?.()))
  const sample = rowSampler(columns, 20_260_807n, '2026-08-07')
  const rowOf = (row: number): string => {
    const { values } = sample(row)
    const object = Object.fromEntries(columns.map(({ name }, at) => [name, values[at]]))
    return JSON.stringify(object, (_, value) => (typeof value === 'bigint' ? `${value}n` : value), 1)
  }
  // A thousand rows by their sum: some last bits go wrong once in a thousand values.
  const sum = sha256(Array.from({ length: 1000 }, (_, row) => rowOf(row)).join('\n'))
  expect(sum).toMatchInlineSnapshot(`"94803da1be3d58655a6340814ef39135e778f4c43aa18d6b6ca4939aa461725a"`)
  await expect(`${[0, 1, 2, 1_000_000_007].map(rowOf).join('\n')}\n`).toMatchFileSnapshot(
    '../fixtures/samplers/golden.json',
  )
})
