import { columnRandom } from '../../src/base/numbers/random.ts'
import type { Value } from '../../src/base/values/value.ts'
import type { Sampler } from '../../src/sample/sampler/sampler.ts'

/** The first rows of a column of its own. */
export function drawRows(sampler: Sampler, rows: number, seed = 1n): Value[] {
  const stream = columnRandom(seed, 'column')
  return Array.from({ length: rows }, (_, row) => {
    const value = sampler.draw(stream(row), { drawn: {}, today: '2026-08-07' })
    return sampler.write === undefined ? value : sampler.write(value)
  })
}
