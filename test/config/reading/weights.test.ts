import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import { configFromSaved, configFromValue } from '../../../src/config/form/load.ts'
import { builderConfigJson } from '../../../src/config/form/save.ts'
import { configHash, olderPythonHash } from '../../../src/config/identity/fingerprint.ts'
import type { Config } from '../../../src/config/schema/schema.ts'

function weighted(weights: readonly number[]): Config {
  const params = { values: weights.map((_, index) => 'abcd'[index]!), weights }
  return configFromValue(
    { columns: [{ name: 'c', column_type: 'sampler', sampler_type: 'category', params }] } as never,
    'test',
  )
}

function savedWeights(config: Config): number[] {
  const saved = JSON.parse(builderConfigJson(config, 'every'))
  return saved.data_designer.columns[0].params.weights
}

const [sevenTwoOne, older] = [
  'sha256:d80105f1a573e034f253992412cad49bf93de42a7d29a19d50f203dd21f230ae',
  'sha256:9b40a567d370ac372fdd7bc76b37c3df93bea7c090167f6432af7b05280f54d0',
]

describe('weights that Pythons divide differently', () => {
  // The hashes are those of Data Designer 0.9.7 on Python 3.11.7, and on 3.13.0.
  it.each([
    [[0.7, 0.2, 0.1], sevenTwoOne, older],
    [
      [0.4, 0.3, 0.2, 0.1],
      'sha256:b881b8cd07048f4a41055bb0d6abf7dcbceb817031ec1b35cc472bcb3aa25979',
      'sha256:835fd4d37a86f5ddc46b13c982a74b0aae69c5bf431795d1dab951675a3d59ee',
    ],
    [
      [1 / 997, 10 / 991, 0.9889061736167128],
      'sha256:3d6259f8df42d0904ca3d94e4ec0b0f018b2be32e031ea46347a35c4e1d4b572',
      'sha256:409469e374a03235d7619791c0cacd3b85ec50119b19174621efb464d369b98b',
    ],
    [
      [0.1, 0.2, 0.3],
      'sha256:a41e52998798c761ea007ca761885cc73803d4a103d321d1ef2063ae1afefa95',
      'sha256:6f2a955fb2c98f238b6cc14c8b4865bd2b7c017b12a3ba25797e3077d88ffa56',
    ],
    [[7, 2, 1], sevenTwoOne, undefined],
  ])('have two hashes: %j', (weights, here, there) => {
    expect(configHash(weighted(weights)).config_hash).toBe(here)
    expect(olderPythonHash(weighted(weights))).toBe(there)
  })

  it.each([
    ['are saved as they were given', [0.7, 0.2, 0.1], [0.7, 0.2, 0.1]],
    [
      'twice as large, where they would be taken for shares',
      [1 / 997, 10 / 991, 0.9889061736167128],
      [2 / 997, 20 / 991, 2 * 0.9889061736167128],
    ],
    ['divided, where both divide them to the same', [7, 2, 1], [0.7, 0.2, 0.1]],
  ])('%s', (_how, weights, saved) => {
    expect(savedWeights(weighted(weights))).toEqual(saved)
  })

  it('are divided by each Python to what it makes of those that were given', () => {
    const plain = (terms: readonly number[]) => terms.reduce((total, term) => total + term, 0)
    const dividedThere = (weights: readonly number[]) => weights.map((weight) => weight / plain(weights))
    const share = fc.double({ min: 0.001, max: 1, noNaN: true })
    const shares = fc.array(share, { minLength: 2, maxLength: 4 })
    const nearlyOne = shares.map((given) => given.map((each) => each / plain(given)))
    fc.assert(
      fc.property(fc.oneof(shares, nearlyOne), (given) => {
        const config = weighted(given)
        const again = configFromSaved(parseJson(builderConfigJson(config, 'every')), 'saved')
        expect(configHash(again)).toEqual(configHash(config))
        if (olderPythonHash(config) !== undefined) {
          expect(dividedThere(savedWeights(config))).toEqual(dividedThere(given))
        }
      }),
    )
  })
})
