import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { parseJson } from '../../../src/base/values/json.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { readJsonAnswer } from '../../../src/models/answer/json-answer.ts'
import { structuredPrompt, structuredReader } from '../../../src/models/answer/structured.ts'
import type { ModelReply } from '../../../src/models/contract/contract.ts'
import { columnTypeOfSchema, storedTypeOfSchema } from '../../../src/models/schema/schema-type.ts'

/** The JSON of an answer. */
const parseStructured = (content: string) => readJsonAnswer(content, (value) => value)

function reply(content: string, finishReason: string | null = 'stop'): ModelReply {
  return {
    content,
    reasoning: null,
    finishReason,
    usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
  }
}

function schema(text: string): ValueObject {
  return parseJson(text) as ValueObject
}

function read(of: string, content: string, finishReason: string | null = 'stop') {
  return structuredReader(schema(of)).read(reply(content, finishReason))
}

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof RowsmithError) return error.code
    throw error
  }
  return 'nothing thrown'
}

const fence = '```'

describe('the prompt for a structured answer', () => {
  it('asks for a json block and carries the schema', () => {
    const text = structuredPrompt('Write a review.', schema('{"type":"object"}'))
    expect(text.startsWith('Write a review.\n')).toBe(true)
    expect(text).toContain('```json')
    expect(text).toContain('<response_schema>\n{\n  "type": "object"\n}\n</response_schema>')
  })
})

describe('finding the JSON of an answer', () => {
  it.each([
    [`${fence}json\n{"a":1}\n${fence}`],
    [`Here:\n\n${fence}json\n{"a":1}\n${fence}\nHope that helps.`],
    [`${fence}json\n{"a":0}\n${fence}\nBetter:\n${fence}json\n{"a":1}\n${fence}`],
    [`${fence}JSON\r\n{"a":1}\r\n${fence}`],
    [`${fence}json {"a":1} ${fence}`],
    ['  {"a":1}\n'],
    [`${fence}json\n{"a":1}`],
    [`${fence}python\nprint()\n${fence}\n${fence}json\n{"a":1}\n${fence}\n${fence}\nmore\n${fence}`],
    [`\`${fence}json\n{"a":1}\n\`${fence}`],
  ])('reads %j', (content) => {
    expect(parseStructured(content)).toEqual({ a: 1n })
  })

  it('keeps backticks inside strings', () => {
    const text = JSON.stringify({ a: `use ${fence}js\nx\n${fence}` })
    expect(parseStructured(`${fence}json\n${text}\n${fence}`)).toEqual({ a: `use ${fence}js\nx\n${fence}` })
  })

  it('keeps integers and floats apart, and integers exact', () => {
    expect(parseStructured('[1, 1.0, 1e2, 9007199254740993, -0]')).toEqual([
      1n,
      1,
      100,
      9007199254740993n,
      0n,
    ])
  })

  it.each([
    'no json here',
    `${fence}json\n{"a":}\n${fence}`,
    '{"a":1} and {"a":2}',
    '[NaN]',
    '['.repeat(200) + ']'.repeat(200),
    '['.repeat(200_000),
  ])('refuses what is no JSON, or nests absurdly', (content) => {
    expect(codeOf(() => parseStructured(content))).toBe('parse_failed')
  })
})

describe('reading a structured answer', () => {
  const product = `{"type":"object","properties":{"name":{"type":"string"},"stars":{"type":"integer","minimum":1,"maximum":5}},"required":["name","stars"]}`

  it('gives the value, without what the schema does not know', () => {
    expect(read(product, '{"name":"Kettle","note":"x","stars":4}')).toEqual({ name: 'Kettle', stars: 4n })
  })

  it.each([
    ['{"name":"Kettle"}', 'stop', 'schema_failed'],
    ['{"name":"Kettle","stars":9}', 'stop', 'schema_failed'],
    ['{"name":"Kettle","stars":"4"}', 'stop', 'schema_failed'],
    ['[]', 'stop', 'schema_failed'],
    ['{"name":"Ket', 'stop', 'parse_failed'],
    ['{"name":"Ket', 'length', 'truncated'],
    ['', 'length', 'truncated'],
    ['', 'stop', 'empty_reply'],
    ['  \n', null, 'empty_reply'],
    ['', 'content_filter', 'content_filtered'],
  ])('%j ended by %s is %s', (content, finishReason, code) => {
    expect(codeOf(() => read(product, content, finishReason))).toBe(code)
  })

  it('names the place and the rule, not the value', () => {
    expect(() => read(product, '{"name":"secret words","stars":9}')).toThrow('/stars must be <= 5.')
  })

  it('takes a whole float for an integer, as JSON Schema does', () => {
    expect(read(product, '{"name":"K","stars":4.0}')).toEqual({ name: 'K', stars: 4 })
  })

  it.each([
    // references, nested objects and lists
    [
      '{"$defs":{"P":{"type":"object","properties":{"n":{"type":"string"}}}},"properties":{"p":{"$ref":"#/$defs/P"},"l":{"type":"array","items":{"$ref":"#/$defs/P"}}}}',
      '{"p":{"n":"a","x":1},"l":[{"n":"b","x":1},{"n":"c"}]}',
      '{"p":{"n":"a"},"l":[{"n":"b"},{"n":"c"}]}',
    ],
    // a closed object is pruned instead of refused
    ['{"properties":{"a":{"type":"integer"}},"additionalProperties":false}', '{"a":1,"b":2}', '{"a":1}'],
    // open objects stay whole
    ['{"type":"object"}', '{"a":{"b":1}}', '{"a":{"b":1}}'],
    ['{"properties":{"a":{}},"additionalProperties":true}', '{"a":1,"b":2}', '{"a":1,"b":2}'],
    [
      '{"properties":{},"additionalProperties":{"properties":{"k":{}}}}',
      '{"any":{"k":1,"z":2}}',
      '{"any":{"k":1}}',
    ],
    ['{"patternProperties":{"^x":{}},"properties":{"a":{}}}', '{"a":1,"xb":2}', '{"a":1,"xb":2}'],
    // unions keep the branch that loses least
    [
      '{"oneOf":[{"properties":{"kind":{"const":"a"},"x":{}},"required":["kind"]},{"properties":{"kind":{"const":"b"},"y":{}},"required":["kind"]}]}',
      '{"kind":"b","x":1,"y":2,"z":3}',
      '{"kind":"b","y":2}',
    ],
    [
      '{"anyOf":[{"properties":{"a":{}},"required":["a"]},{"properties":{"a":{},"b":{}},"required":["a","b"]}]}',
      '{"a":1,"b":2,"c":3}',
      '{"a":1,"b":2}',
    ],
    [
      '{"anyOf":[{"$ref":"#/$defs/P"},{"type":"null"}],"$defs":{"P":{"properties":{"n":{}},"type":"object"}}}',
      '{"n":1,"x":2}',
      '{"n":1}',
    ],
    // all of several
    ['{"allOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]}', '{"a":1,"b":2,"c":3}', '{"a":1,"b":2}'],
    // recursion
    [
      '{"$ref":"#/$defs/T","$defs":{"T":{"type":"object","properties":{"v":{"type":"integer"},"kids":{"type":"array","items":{"$ref":"#/$defs/T"}}}}}}',
      '{"v":1,"kids":[{"v":2,"q":0,"kids":[]}]}',
      '{"v":1,"kids":[{"v":2,"kids":[]}]}',
    ],
    // tuples
    ['{"prefixItems":[{"properties":{"a":{}}},{}]}', '[{"a":1,"b":2},{"b":2}]', '[{"a":1},{"b":2}]'],
    // properties with awkward names, and data that looks like schema
    ['{"properties":{"$ref":{"type":"string"}}}', '{"$ref":"#/nowhere","x":1}', '{"$ref":"#/nowhere"}'],
    ['{"properties":{"a":{"const":{"$ref":"#/x"}}}}', '{"a":{"$ref":"#/x"}}', '{"a":{"$ref":"#/x"}}'],
    [
      '{"properties":{"a/b~c":{"type":"integer"},"d":{"$ref":"#/properties/a~1b~0c"}}}',
      '{"a/b~c":1,"d":2}',
      '{"a/b~c":1,"d":2}',
    ],
    // an id and a dialect do not get in the way
    [
      '{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://e.com/s","properties":{"a":{"$ref":"#/$defs/I"}},"$defs":{"I":{"type":"integer","format":"int32"}}}',
      '{"a":1,"b":1}',
      '{"a":1}',
    ],
  ])('%s prunes %s to %s', (of, given, expected) => {
    expect(read(of, given)).toEqual(parseJson(expected))
  })

  it('compiles a schema once', () => {
    const one = schema(product)
    expect(structuredReader(one)).toBe(structuredReader(one))
  })

  it('says so when the schema is none', () => {
    expect(codeOf(() => structuredReader(schema('{"type":"strnig"}')))).toBe('config_invalid')
    expect(codeOf(() => structuredReader(schema('{"$ref":"#/$defs/Missing"}')))).toBe('config_invalid')
  })
})

describe('the type of a structured column', () => {
  it('is a struct in schema order where everything is fixed', () => {
    const of = `{"type":"object","properties":{
      "z":{"type":"string"},"a":{"type":"integer"},"f":{"type":"number"},"b":{"type":"boolean"},
      "e":{"enum":["x","y",null]},"c":{"const":4},
      "maybe":{"anyOf":[{"type":"string"},{"type":"null"}]},"maybe2":{"type":["integer","null"]},
      "list":{"type":"array","items":{"$ref":"#/$defs/P"}},
      "one":{"allOf":[{"$ref":"#/$defs/P"}],"description":"d"}},
      "$defs":{"P":{"type":"object","properties":{"n":{"type":"string"}},"additionalProperties":false}}}`
    const person = { kind: 'struct', fields: [{ name: 'n', type: { kind: 'string' } }] }
    expect(columnTypeOfSchema(schema(of))).toEqual({
      kind: 'struct',
      fields: [
        { name: 'z', type: { kind: 'string' } },
        { name: 'a', type: { kind: 'int' } },
        { name: 'f', type: { kind: 'float' } },
        { name: 'b', type: { kind: 'bool' } },
        { name: 'e', type: { kind: 'string' } },
        { name: 'c', type: { kind: 'int' } },
        { name: 'maybe', type: { kind: 'string' } },
        { name: 'maybe2', type: { kind: 'int' } },
        { name: 'list', type: { kind: 'list', element: person } },
        { name: 'one', type: person },
      ],
    })
  })

  it.each([
    ['{"type":"object","additionalProperties":{"type":"integer"}}', { kind: 'map', value: { kind: 'int' } }],
    [
      '{"properties":{"t":{"type":"string"},"words":{"type":"object","properties":{},"additionalProperties":{"type":"array","items":{"type":"number"}}}}}',
      {
        kind: 'struct',
        fields: [
          { name: 't', type: { kind: 'string' } },
          { name: 'words', type: { kind: 'map', value: { kind: 'list', element: { kind: 'float' } } } },
        ],
      },
    ],
    [
      '{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":"string"}}',
      { kind: 'json' },
    ],
    ['{"type":"object","additionalProperties":{}}', { kind: 'json' }],
  ])('has maps when it is asked to: %s', (of, type) => {
    expect(columnTypeOfSchema(schema(of), true)).toEqual(type)
    expect(columnTypeOfSchema(schema(of))).toEqual({ kind: 'json' })
  })

  it.each([
    ['no object', '{"type":"array","items":{"type":"string"}}'],
    ['a bare object', '{"type":"object"}'],
    ['an object without properties', '{"type":"object","properties":{}}'],
    ['a union', '{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"integer"}]}}}'],
    ['a union of types', '{"properties":{"a":{"type":["string","integer"]}}}'],
    ['an untyped property', '{"properties":{"a":{}}}'],
    ['an open object inside', '{"properties":{"a":{"type":"object"}}}'],
    ['further properties', '{"properties":{"a":{"type":"string"}},"additionalProperties":true}'],
    ['patterns', '{"properties":{"a":{"type":"string"}},"patternProperties":{"^x":{}}}'],
    ['a list of anything', '{"properties":{"a":{"type":"array"}}}'],
    ['a tuple', '{"properties":{"a":{"type":"array","prefixItems":[{"type":"string"}]}}}'],
    ['mixed constants', '{"properties":{"a":{"enum":["x",1]}}}'],
    [
      'recursion',
      '{"$ref":"#/$defs/T","$defs":{"T":{"properties":{"kids":{"type":"array","items":{"$ref":"#/$defs/T"}}}}}}',
    ],
    ['a dangling reference', '{"properties":{"a":{"$ref":"#/$defs/No"}}}'],
  ])('is JSON text for %s', (_what, of) => {
    expect(columnTypeOfSchema(schema(of))).toEqual({ kind: 'json' })
  })
})

describe('an answer with a slip of the pen', () => {
  const product = `{"type":"object","properties":{"name":{"type":"string"},"stars":{"type":"integer"}},"required":["name","stars"]}`

  it.each([
    `${fence}json\n{"name": "Kettle", "stars": 4,}\n${fence}`,
    `${fence}json\n{'name': 'Kettle', 'stars': 4}\n${fence}`,
    '{"name": "Kettle"\n"stars": 4}',
    `${fence}\n{"name": "Kettle", "stars": 4}\n${fence}`,
  ])('%j is read', (content) => {
    expect(read(product, content)).toEqual({ name: 'Kettle', stars: 4n })
  })

  it('that was cut off is never read, even where its JSON is whole', () => {
    expect(() => read(product, '{"name":"Kettle","stars":4}', 'length')).toThrow(
      'The answer was cut off before its end: try max_tokens 512.',
    )
  })
})

describe('a model that its provider makes answer in JSON', () => {
  it('is not asked for a fence, and its schema stays in the prompt', () => {
    const shape = schema('{"type":"object"}')
    for (const mode of ['json_object', 'json_schema'] as const) {
      const text = structuredPrompt('Write.', shape, mode)
      expect(text).not.toContain(fence)
      expect(text).toContain('<response_schema>')
    }
    expect(structuredPrompt('Write.', shape, 'prompt')).toBe(structuredPrompt('Write.', shape))
  })
})

describe('limits of numbers', () => {
  it.each([
    [0.01, '19.99', true],
    [0.01, '19.999', false],
    [0.1, '0.3', true],
    [0.1, '0.30000000000000004', false],
    [0.01, '-1.1', true],
    [2.5, '1e21', true],
    [1e-7, '3e-7', true],
    [3, '9', true],
    [3, '10', false],
    [0.5, '0', true],
  ])('multipleOf %d takes %s: %s', (multipleOf, n, isReused) => {
    const of = JSON.stringify({ type: 'object', properties: { n: { type: 'number', multipleOf } } })
    const act = () => read(of, `{"n": ${n}}`)
    if (isReused) expect(act).not.toThrow()
    else expect(act).toThrow(`/n must be multiple of ${multipleOf}`)
  })
})

it('a pattern that backtracks for ever elsewhere takes linear time', () => {
  const of = '{"type":"object","properties":{"s":{"type":"string","pattern":"^(a+)+$"}}}'
  expect(() => read(of, JSON.stringify({ s: `${'a'.repeat(50_000)}!` }))).toThrow('/s must match pattern')
  expect(read(of, '{"s": "aa"}')).toEqual({ s: 'aa' })
})

it('each pattern of a schema counts for itself, and names of properties have patterns too', () => {
  const of =
    '{"type":"object","properties":{"a":{"type":"string","pattern":"^a$"},"b":{"type":"string","pattern":"^b$"}},"patternProperties":{"^n_":{"type":"integer"}}}'
  expect(read(of, '{"a":"a","b":"b","n_x":1}')).toEqual({ a: 'a', b: 'b', n_x: 1n })
  expect(() => read(of, '{"a":"a","b":"a"}')).toThrow('/b must match pattern')
  expect(() => read(of, '{"n_x":"1"}')).toThrow('/n_x must be integer')
})

describe('what the column cannot hold is told to the model', () => {
  const of = (n: string) =>
    `{"type":"object","additionalProperties":false,"properties":{"o":{"type":"object","additionalProperties":false,"properties":{"n":${n}}}}}`

  it.each([
    ['{"type":"integer"}', '9223372036854775807', null],
    ['{"type":"integer"}', '3.0', null],
    ['{"type":"integer"}', '9223372036854775808', '/o/n is beyond the integers of 64 bits'],
    ['{"type":"integer"}', '-9223372036854775809', '/o/n is beyond the integers of 64 bits'],
    ['{"type":"integer"}', '1e25', '/o/n is beyond the integers of 64 bits'],
    ['{"type":"number"}', '1e999', '/o/n is beyond all floats'],
    ['{"type":"number"}', `1${'0'.repeat(400)}`, '/o/n is beyond all floats'],
    [
      '{"type":"array","items":{"type":"integer"}}',
      '[1, 99999999999999999999]',
      '/o/n/1 is beyond the integers of 64 bits',
    ],
    ['{"type":["integer","string"]}', '99999999999999999999', null],
    ['{"type":["number","string"]}', '1e999', '/o/n is beyond all floats'],
  ])('%s: %s', (schema, n, message) => {
    const act = () => read(of(schema), `{"o": {"n": ${n}}}`)
    if (message === null) expect(act).not.toThrow()
    else expect(act).toThrow(message)
  })
})

describe('schemas of other drafts', () => {
  it.each([
    [
      '{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"t":{"type":"array","items":[{"type":"string"},{"type":"integer"}],"additionalItems":false}}}',
      '{"t":["a",1]}',
      '{"t":["a","b"]}',
    ],
    [
      '{"properties":{"t":{"items":[{"type":"string"}],"additionalItems":{"type":"integer"}}}}',
      '{"t":["a",1]}',
      '{"t":["a","b"]}',
    ],
    [
      '{"properties":{"items":{"type":"array","items":{"type":"integer"}}}}',
      '{"items":[1]}',
      '{"items":["a"]}',
    ],
    [
      '{"$id":"https://x.example/s.json","properties":{"c":{"$ref":"https://x.example/s.json#/$defs/C"}},"$defs":{"C":{"enum":["red"]}}}',
      '{"c":"red"}',
      '{"c":"blue"}',
    ],
    [
      '{"$id":"https://x.example/s.json","properties":{"c":{"$ref":"s.json#/$defs/C"}},"$defs":{"C":{"enum":["red"]}}}',
      '{"c":"red"}',
      '{"c":"blue"}',
    ],
    [
      '{"properties":{"c":{"$ref":"color.json"}},"$defs":{"C":{"$id":"color.json","enum":["red"]}}}',
      '{"c":"red"}',
      '{"c":"blue"}',
    ],
    [
      '{"properties":{"c":{"$ref":"#color"}},"$defs":{"C":{"$anchor":"color","enum":["red"]}}}',
      '{"c":"red"}',
      '{"c":"blue"}',
    ],
    [
      '{"properties":{"c":{"$ref":"urn:x:c"}},"$defs":{"C":{"$id":"urn:x:c","enum":["red"]}}}',
      '{"c":"red"}',
      '{"c":"blue"}',
    ],
    [
      '{"definitions":{"C":{"enum":["red"]}},"properties":{"c":{"$ref":"#/definitions/C"}}}',
      '{"c":"red"}',
      '{"c":"blue"}',
    ],
    [
      '{"$id":"https://x.example/n.json","properties":{"next":{"$ref":"#"},"n":{"type":"integer"}}}',
      '{"next":{"n":1}}',
      '{"next":{"n":"a"}}',
    ],
    ['{"properties":{"a":{},"b":{}},"dependencies":{"a":["b"]}}', '{"a":1,"b":1}', '{"a":1}'],
    [
      '{"properties":{"a":{},"b":{}},"dependencies":{"a":{"properties":{"b":{"type":"integer"}}}}}',
      '{"a":1,"b":1}',
      '{"a":1,"b":"x"}',
    ],
    ['{"properties":{"n":{"minimum":1,"exclusiveMinimum":true}}}', '{"n":2}', '{"n":1}'],
    ['{"properties":{"n":{"maximum":1,"exclusiveMaximum":false}}}', '{"n":1}', '{"n":2}'],
  ])('%s takes %s', (text, good, bad) => {
    expect(read(text, good)).toEqual(parseJson(good))
    expect(codeOf(() => read(text, bad))).toBe('schema_failed')
  })

  it.each(['https://elsewhere.example/s.json', 'other.json', '#nowhere', 'file:///etc/passwd'])(
    'that refer to %s, out of the document, are refused with that reference and a next step',
    (ref) => {
      expect(() => structuredReader(schema(`{"properties":{"c":{"$ref":"${ref}"}}}`))).toThrow(
        `A JSON Schema cannot be used: "$ref": "${ref}" leads out of the document.`,
      )
    },
  )

  it('make the column that their own form makes', () => {
    const absolute = schema(
      '{"$id":"https://x.example/s.json","type":"object","properties":{"c":{"$ref":"https://x.example/s.json#/$defs/C"}},"$defs":{"C":{"type":"integer"}}}',
    )
    expect(structuredReader(absolute).type).toEqual({
      kind: 'struct',
      fields: [{ name: 'c', type: { kind: 'int' } }],
    })
  })
})

describe('what files have where the type of a structured column is open', () => {
  const string = { kind: 'string' }
  const float = { kind: 'float' }
  const decimal = String.raw`{"type":"string","pattern":"^(?!^[-+.]*$)[+-]?0*\\d*\\.?\\d*$"}`
  it.each([
    ['a text for a union of scalars', '{"anyOf":[{"type":"number"},{"type":"string"}]}', string],
    ['a text for a list of types', '{"type":["string","integer","null"]}', string],
    ['a float for a union of numbers', '{"anyOf":[{"type":"integer"},{"type":"number"}]}', float],
    ['a float for a decimal', `{"anyOf":[{"type":"number"},${decimal},{"type":"null"}]}`, float],
    [
      'a struct of the keys that occur for a dictionary',
      '{"type":"object","additionalProperties":{"type":"number"}}',
      { kind: 'struct', fields: [], further: float },
    ],
    [
      'a struct of all members for a union of objects',
      '{"oneOf":[{"type":"object","properties":{"x":{"type":"number"}}},{"type":"object","properties":{"y":{"type":"string"}}}]}',
      {
        kind: 'struct',
        fields: [
          { name: 'x', type: float },
          { name: 'y', type: string },
        ],
      },
    ],
  ])('is %s', (_what, of, type) => {
    const whole = schema(`{"type":"object","properties":{"a":${of}}}`)
    expect(storedTypeOfSchema(whole)).toEqual({ kind: 'struct', fields: [{ name: 'a', type }] })
  })

  it.each([
    ['everything is fixed', '{"type":"string"}'],
    ['a part is anything', '{}'],
    ['a part is a tuple', '{"type":"array","prefixItems":[{"type":"string"}]}'],
    [
      'a part is an object or a text',
      '{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]}',
    ],
  ])('is what the column is where %s', (_what, of) => {
    expect(storedTypeOfSchema(schema(`{"type":"object","properties":{"a":${of}}}`))).toBeUndefined()
  })
})

describe('members with names that every object of JavaScript knows', () => {
  const names = '"__proto__":{"type":"string"},"constructor":{"type":"integer"}'
  const closed = `{"type":"object","properties":{${names}},"required":["__proto__","constructor"],"additionalProperties":false}`

  it.each([
    ['{"__proto__":"a","constructor":1}', 'nothing thrown'],
    ['{"constructor":1}', 'schema_failed'],
    ['{"__proto__":"a"}', 'schema_failed'],
    ['{"__proto__":7,"constructor":1}', 'schema_failed'],
    ['{"__proto__":"a","constructor":"1"}', 'schema_failed'],
  ])('of %s: %s', (content, code) => {
    expect(codeOf(() => read(closed, content))).toBe(code)
  })

  it('are named in errors as they are called', () => {
    expect(() => read(closed, '{"__proto__":7,"constructor":1}')).toThrow('/__proto__ must be string')
  })

  it('may be what a reference leads through', () => {
    const text =
      '{"type":"object","properties":{"a":{"$ref":"#/$defs/__proto__"}},"$defs":{"__proto__":{"enum":["__proto__"]}}}'
    expect(codeOf(() => read(text, '{"a":"__proto__"}'))).toBe('nothing thrown')
    expect(codeOf(() => read(text, '{"a":"b"}'))).toBe('schema_failed')
  })
})
