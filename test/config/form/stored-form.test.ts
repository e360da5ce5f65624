import { describe, expect, it } from 'vitest'
import type { Value } from '../../../src/base/values/value.ts'
import { compileConfig } from '../../../src/config/form/compile.ts'
import { storedForm } from '../../../src/config/form/stored-form.ts'
import { configHash } from '../../../src/config/identity/fingerprint.ts'
import { configFromValue } from '../../../src/entries/config.ts'

const sampled = { name: 'c', column_type: 'sampler', sampler_type: 'category' }

function weighted(weights: readonly number[]) {
  return configFromValue(
    { columns: [{ ...sampled, params: { values: ['a', 'b', 'c'], weights } }] } as never,
    'test',
  )
}

/** As Python 3.11 divides 0.7, 0.2, 0.1 by their sum, in a compiled config, which has a column more. */
function stored(weights: readonly number[]): Value {
  const params = { values: ['a', 'b', 'c'], weights, sampler_type: 'category' }
  return {
    columns: [
      { name: '_internal_row_id', column_type: 'sampler' },
      { ...sampled, params },
    ],
  } as never
}

const weightsOf = (config: unknown) =>
  (config as { columns: { params: { weights: number[] } }[] }).columns[0]!.params.weights

describe('a config that goes on with a dataset', () => {
  it('has the weights of the dataset where they are equal up to rounding', () => {
    const older = [0.7000000000000001, 0.2, 0.1]
    const { config } = storedForm(weighted([7, 2, 1]), stored(older))
    expect(weightsOf(config)).toEqual(older)
  })

  it.each([
    ['differ', [0.6, 0.3, 0.1]],
    ['are more', [0.7, 0.1, 0.1, 0.1]],
  ])('has its own where they %s', (_how, other) => {
    expect(weightsOf(storedForm(weighted([7, 2, 1]), stored(other)).config)).toEqual([0.7, 0.2, 0.1])
  })

  const dropping = configFromValue(
    {
      columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }],
      seed_config: { source: { seed_type: 'local', path: 'seed.csv' } },
      processors: [{ processor_type: 'drop_columns', name: 'd', column_names: ['te*'] }],
    } as never,
    'test',
  )
  const dropsIn = (undropped?: ReadonlySet<string>) =>
    compileConfig(dropping, ['text', 'label'], undropped).columns.map(({ name, drop }) => [name, drop])

  it('marks the seed columns that a processor drops', () => {
    expect(dropsIn()).toEqual([
      ['id', false],
      ['text', true],
      ['label', false],
    ])
  })

  it('leaves them unmarked where the dataset began so', () => {
    const columns = [{ name: 'text', column_type: 'seed-dataset', drop: false }]
    const { undropped } = storedForm(dropping, { columns } as never)
    expect(dropsIn(undropped)[1]).toEqual(['text', false])
    const hashes = [new Set<string>(), undropped].map((of) =>
      configHash(compileConfig(dropping, ['text'], of)),
    )
    expect(hashes[0]).not.toEqual(hashes[1])
  })
})
