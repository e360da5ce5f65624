/** Random configs: each compiles, or is refused with a message that says where. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowsmithError } from '../../src/base/errors.ts'
import { toValue } from '../../src/base/value.ts'
import { configFromValue } from '../../src/config/load.ts'
import { defaultRunConfig } from '../../src/config/run-config.ts'
import { samplerTypes } from '../../src/config/samplers.ts'
import { makeBlueprint } from '../../src/run/blueprint.ts'

const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') },
  fc.constantFrom('a b', ''),
)
const scalar = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 5 }),
  fc.boolean(),
  fc.constant(null),
)
const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('{{ a }}', '{{ b }}', '{% if c %}x{% endif %}', 'plain') },
  fc.constantFrom('{{ ', '{{ nobody }}', '{% if a %}'),
  fc.string({ maxLength: 12 }),
)
const params = fc.dictionary(
  fc.constantFrom(
    'values',
    'weights',
    'low',
    'high',
    'mean',
    'stddev',
    'p',
    'n',
    'locale',
    'category',
    'start',
    'end',
    'age_range',
  ),
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  { maxKeys: 4 },
)
const good = fc.constantFrom(
  { sampler_type: 'category', params: { values: ['x', 'y'] } },
  { sampler_type: 'uniform', params: { low: 0, high: 1 } },
  { sampler_type: 'person', params: {} },
  { sampler_type: 'uuid', params: {} },
)
const any = fc.record({ sampler_type: fc.constantFrom(...samplerTypes), params })
const sampler = fc
  .tuple(name, fc.oneof({ weight: 5, arbitrary: good }, any))
  .map(([given, rest]) => ({ name: given, column_type: 'sampler', ...rest }))
const expression = fc.record(
  {
    name,
    column_type: fc.constant('expression'),
    expr: text,
    dtype: fc.constantFrom('str', 'int', 'float'),
    drop: fc.oneof({ weight: 9, arbitrary: fc.boolean() }, scalar),
    skip: fc.record({ when: text }),
  },
  { requiredKeys: ['name', 'column_type', 'expr'] },
)
const asked = fc.record({
  name,
  column_type: fc.constantFrom(
    'llm-text',
    'llm-code',
    'llm-judge',
    'embedding',
    'image',
    'custom',
    'validation',
  ),
  model_alias: fc.constantFrom('writer', 'writer', 'nobody'),
  prompt: text,
})
const columns = fc.array(
  fc.oneof({ weight: 3, arbitrary: sampler }, { weight: 3, arbitrary: expression }, asked),
  {
    minLength: 1,
    maxLength: 5,
  },
)
const models = [{ alias: 'writer', provider: 'simulator', model: 'm' }]

test('a config compiles, or is refused with one line that names a column, a field or a template', () => {
  let compiled = 0
  let refused = 0
  fc.assert(
    fc.property(columns, (listed) => {
      try {
        const config = configFromValue(toValue({ model_configs: models, columns: listed }), 'random.yaml')
        makeBlueprint(config, defaultRunConfig, { models: [], maxParallelRequests: null }, [])
        compiled++
      } catch (error) {
        if (!RowsmithError.isInstance(error)) throw error
        refused++
        expect(error.code).not.toBe('internal')
        const [first = ''] = error.message.split('\n')
        expect(first).toMatch(/random\.yaml|column|columns\[\d/i)
        expect(first.length).toBeLessThan(2000)
      }
    }),
    { numRuns: 600, seed: 6 },
  )
  // Neither side of the sentence is empty.
  expect(Math.min(compiled, refused)).toBeGreaterThan(10)
})
