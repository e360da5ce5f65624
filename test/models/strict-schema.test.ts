import { expect, it } from 'vitest'
import { parseJson } from '../../src/base/json.ts'
import type { ValueObject } from '../../src/base/value.ts'
import { fitsStrictMode } from '../../src/models/strict-schema.ts'

const closed = '"required":["a"],"additionalProperties":false'

it.each([
  [`{"type":"object","properties":{"a":{"type":"integer"}},${closed}}`, true],
  [`{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}},${closed}}`, true],
  [`{"type":"object","properties":{"a":{"const":{"type":"object"}}},${closed}}`, true],
  [
    `{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},${closed},"$defs":{"a":{"type":"string"}}}`,
    true,
  ],
  ['{"type":"object","properties":{"a":{}},"required":["a"]}', false],
  ['{"type":"object","properties":{"a":{},"b":{}},"required":["a"],"additionalProperties":false}', false],
  [`{"type":"object","properties":{"a":{"type":"object"}},${closed}}`, false],
  [`{"type":"object","properties":{"a":{"oneOf":[{},{}]}},${closed}}`, false],
  [`{"type":"object","properties":{"a":{"items":{"allOf":[]}}},${closed}}`, false],
  [
    `{"type":"object","properties":{"oneOf":{"type":"string"}},"required":["oneOf"],"additionalProperties":false}`,
    true,
  ],
  ['{"type":"array","items":{"type":"string"}}', false],
])('OpenAI enforces %s strictly: %s', (schema, strict) => {
  expect(fitsStrictMode(parseJson(schema) as ValueObject)).toBe(strict)
})
