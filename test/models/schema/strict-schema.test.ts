import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { formatJson, parseJson } from '../../../src/base/values/json.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { type Enforcer, strictKeywords, strictSchema } from '../../../src/models/schema/strict-schema.ts'

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
  expect(strictSchema(parseJson(schema) as ValueObject, 'openai') !== undefined).toBe(strict)
})

const one = (member: string, more = '') => `{"type":"object","properties":{"a":${member}},${closed}${more}}`
const sent = (schema: string, by: Enforcer) => {
  const found = strictSchema(parseJson(schema) as ValueObject, by)
  return found === undefined
    ? 'not strict'
    : (JSON.parse(formatJson(found)) as { properties: { a: unknown } }).properties.a
}

it.each([
  ['{"type":"array","items":{"type":"string"},"uniqueItems":true}'],
  ['{"type":"string","minLength":1}'],
  ['{"type":"string","maxLength":9}'],
  ['{"type":"string","format":"uri"}'],
  ['{"type":"object","properties":{},"additionalProperties":false,"minProperties":1}'],
  ['{"type":"object","properties":{},"additionalProperties":false,"propertyNames":{}}'],
  ['{"type":"array","items":{"type":"string"},"unevaluatedItems":false}'],
  ['{"type":"array"}'],
  ['{}'],
  ['{"description":"anything"}'],
  ['{"type":"string","nullable":true}'],
  ['{"oneOf":[{"type":"string"}]}'],
  ['{"not":{"type":"string"}}'],
  ['{"allOf":[{"type":"string"},{"type":"string"}]}'],
  ['{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"string"}}'],
  ['{"brand_new_keyword":1,"type":"string"}'],
  ['true'],
])('nobody enforces %s strictly', (member) => {
  for (const by of ['openai', 'azure', 'anthropic'] as const) expect(sent(one(member), by)).toBe('not strict')
})

it.each([
  ['{"type":"integer","minimum":1}', ['openai']],
  ['{"type":"number","multipleOf":0.5}', ['openai']],
  ['{"type":"array","items":{"type":"string"},"minItems":1}', ['openai']],
  ['{"type":"string","pattern":"^a$"}', ['openai']],
  ['{"type":"string","format":"date"}', ['openai', 'anthropic']],
  ['{"const":"x"}', ['openai', 'azure', 'anthropic']],
] as const)('%s is enforced by %j', (member, by) => {
  for (const each of ['openai', 'azure', 'anthropic'] as const) {
    expect(sent(one(member), each)).toEqual(
      (by as readonly string[]).includes(each) ? JSON.parse(member) : 'not strict',
    )
  }
})

const color = ',"$defs":{"Color":{"title":"Color","type":"string","enum":["red"]}}'
it.each([
  [
    '{"$ref":"#/$defs/Color","description":"the color"}',
    color,
    { title: 'Color', type: 'string', enum: ['red'], description: 'the color' },
  ],
  ['{"$ref":"#/$defs/Color","default":"red"}', color, { $ref: '#/$defs/Color' }],
  [
    '{"allOf":[{"$ref":"#/$defs/Color"}],"description":"the color"}',
    color,
    { title: 'Color', type: 'string', enum: ['red'], description: 'the color' },
  ],
  ['{"type":"string","default":"x","examples":["y"]}', '', { type: 'string' }],
])('%s is sent in the form that is accepted', (member, more, expected) => {
  for (const by of ['openai', 'azure'] as const) expect(sent(one(member, more), by)).toEqual(expected)
})

it('a schema that contains itself keeps its reference, and loses what only describes it', () => {
  const node =
    '{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/N","description":"more"},{"type":"null"}]}},"required":["next"],"additionalProperties":false}'
  const schema = one('{"$ref":"#/$defs/N"}', `,"$defs":{"N":${node}}`)
  expect(sent(schema, 'openai')).toEqual({ $ref: '#/$defs/N' })
  expect(sent(schema, 'anthropic')).toBe('not strict')
})

it('schemas that nest deeper than a service allows are no strict ones', () => {
  const nested = (depth: number): string =>
    depth === 0 ? '{"type":"string"}' : `{"type":"object","properties":{"a":${nested(depth - 1)}},${closed}}`
  const fits = (depth: number, by: Enforcer) =>
    strictSchema(parseJson(nested(depth)) as ValueObject, by) !== undefined
  expect([fits(5, 'azure'), fits(6, 'azure'), fits(10, 'openai'), fits(11, 'openai')]).toEqual([
    true,
    false,
    true,
    false,
  ])
})

it('docs/providers.md shows which keywords are enforced, and who says so', () => {
  const page = readFileSync('docs/providers.md', 'utf8')
  const lines = strictKeywords.map(
    ({ keywords, by, source }) =>
      `| ${keywords.map((word) => `\`${word}\``).join(', ')} | ${by.join(', ')} | ${source} |`,
  )
  expect(page).toContain(`\n${lines.join('\n')}\n`)
})
