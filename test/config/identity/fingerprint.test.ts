import { readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, parseJson } from '../../../src/base/values/json.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { compileConfig } from '../../../src/config/form/compile.ts'
import { configFromSaved, configFromValue, parseConfig } from '../../../src/config/form/load.ts'
import { builderConfigJson } from '../../../src/config/form/save.ts'
import { configHash, fingerprintPayload } from '../../../src/config/identity/fingerprint.ts'
import { vectors } from './fingerprint-vectors.ts'

describe('the fingerprint of a config is the one Data Designer gives it', () => {
  for (const vector of vectors) {
    it(vector.about, () => {
      const config = parseConfig(vector.yaml, 'config.yaml')
      const compiled = compileConfig(config, vector.seedColumns ?? [])
      if (vector.payload !== undefined) {
        expect(canonicalJson(fingerprintPayload(compiled))).toBe(vector.payload)
      }
      if (vector.uncompiled !== undefined) {
        expect(configHash(config).config_hash).toBe(`sha256:${vector.uncompiled}`)
      }
      if (vector.compiled !== undefined) {
        expect(configHash(compiled)).toEqual({
          config_hash: `sha256:${vector.compiled}`,
          config_hash_algo: 'sha256',
          config_hash_version: 2,
        })
      }
    })
  }

  const fixtures = `${import.meta.dirname}/../../fixtures/data-designer`
  for (const name of readdirSync(fixtures)) {
    const read = (file: string): string => readFileSync(`${fixtures}/${name}/${file}`, 'utf8')
    const seedColumns = name === 'seeded' ? ['sku', 'product_name'] : []

    it(`and equals the one in the metadata.json that Data Designer wrote (${name})`, () => {
      const metadata = parseJson(read('metadata.json')) as ValueObject
      const compiled = compileConfig(parseConfig(read('config.yaml'), 'config.yaml'), seedColumns)
      expect(configHash(compiled).config_hash).toBe(metadata.config_hash)
    })

    it(`and a saved config is the text that Data Designer wrote (${name})`, () => {
      const theirs = read('builder_config.json')
      const ours = builderConfigJson(parseConfig(theirs, 'builder_config.json'))
      expect(ours).toBe(theirs.replace('"library_version": "unknown"', '"library_version": null'))
    })
  }

  // 25 of 270 configs put together at random, of every column type, sampler, processor and odd text, with the hash that
  // Data Designer 0.9.7 gave each.
  const random: { hash: string; yaml: string }[] = JSON.parse(
    readFileSync(`${import.meta.dirname}/../../fixtures/config-hashes.json`, 'utf8'),
  )
  it.each(random.map(({ hash, yaml }, number) => [number, hash, yaml] as const))(
    'and equals the one Data Designer gives a config that means nothing (%i)',
    (_, hash, yaml) => {
      const config = parseConfig(yaml, 'config.yaml')
      expect(configHash(config)).toMatchObject({ config_hash: hash, config_hash_version: 2 })
    },
  )

  it('and a saved config reads back to the same fingerprint and the same text', () => {
    for (const vector of vectors) {
      const compiled = compileConfig(parseConfig(vector.yaml, 'config.yaml'), vector.seedColumns ?? [])
      const saved = builderConfigJson(compiled)
      const again = configFromSaved(parseJson(saved), 'builder_config.json')
      expect(builderConfigJson(again)).toBe(saved)
      expect(configHash(again)).toEqual(configHash(compiled))
    }
  })

  it('whatever its weights are', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 8 }), (percents) => {
        const weights = percents.map((percent) => percent / 100)
        const params = { values: weights.map((_, index) => `v${index}`), weights }
        const column = { name: 'a', column_type: 'sampler', sampler_type: 'category', params }
        const config = configFromValue({ columns: [column] }, 'code')
        const saved = parseJson(builderConfigJson(config))
        expect(configHash(configFromSaved(saved, 'saved'))).toEqual(configHash(config))
      }),
    )
  })
})

describe('configs that Data Designer cannot hash the same way', () => {
  const versionOf = (column: string): unknown =>
    configHash(parseConfig(`columns: [{name: a, ${column}}]`, 'c.yaml')).config_hash_version

  it('carry a version of our own: custom columns, local validators, allow_resize', () => {
    expect(versionOf('column_type: custom, generator_function: f')).toBe('rowsmith-1')
    expect(
      versionOf(
        'column_type: validation, target_columns: [], validator_type: local_callable, validator_params: {validation_function: f}',
      ),
    ).toBe('rowsmith-1')
    expect(versionOf('column_type: sampler, sampler_type: uuid, params: {}, allow_resize: true')).toBe(
      'rowsmith-1',
    )
  })

  it('but allow_resize: false is as if it were not there', () => {
    const column = 'column_type: sampler, sampler_type: uuid, params: {}'
    const hash = (yaml: string): string => configHash(parseConfig(yaml, 'c.yaml')).config_hash
    expect(hash(`columns: [{name: a, ${column}, allow_resize: false}]`)).toBe(
      hash(`columns: [{name: a, ${column}}]`),
    )
    expect(versionOf(`${column}, allow_resize: false`)).toBe(2)
  })
})

describe('the fingerprint', () => {
  const base = { columns: [{ name: 'a', column_type: 'expression', expr: '1' }] }
  const model = { alias: 'm', model: 'x', provider: 'p' }
  const hash = (value: ValueObject): string => configHash(configFromValue(value, 'code')).config_hash

  it('ignores how fast and how patiently a model is asked', () => {
    const patient = {
      ...model,
      skip_health_check: true,
      inference_parameters: { timeout: 5n, max_parallel_requests: 9n },
    }
    expect(hash({ ...base, model_configs: [patient] })).toBe(hash({ ...base, model_configs: [model] }))
  })

  it('ignores the order of models, but not the order of columns', () => {
    const other = { ...model, alias: 'a' }
    expect(hash({ ...base, model_configs: [model, other] })).toBe(
      hash({ ...base, model_configs: [other, model] }),
    )
    const [first] = base.columns
    const second = { ...first!, name: 'b' }
    expect(hash({ columns: [first!, second] })).not.toBe(hash({ columns: [second, first!] }))
  })
})
