import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { structuredReader } from '../../../src/models/answer/structured.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** A schema, and a value that was made for it. */
interface Pair {
  readonly schema: Json
  readonly value: Json
}

function read(schema: Json, value: Json): unknown {
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 }
  const content = JSON.stringify(value)
  const shape = parseJson(JSON.stringify(schema)) as ValueObject
  const made = structuredReader(shape).read({ content, reasoning: null, finishReason: 'stop', usage })
  return JSON.parse(
    JSON.stringify(made, (_name, member) => (typeof member === 'bigint' ? Number(member) : member)),
  )
}

const scalar: fc.Arbitrary<Pair> = fc.oneof(
  fc.string({ maxLength: 3 }).map((value) => ({ schema: { type: 'string' }, value })),
  fc.integer({ min: -9, max: 9 }).map((value) => ({ schema: { type: 'integer' }, value })),
  fc.boolean().map((value) => ({ schema: { type: 'boolean' }, value })),
  fc.constantFrom('x', 'y').map((value) => ({ schema: { enum: ['x', 'y'] }, value })),
  fc.boolean().map((isNull) => ({ schema: { type: ['string', 'null'] }, value: isNull ? null : 'text' })),
)

const openness = fc.constantFrom<Json>({}, {}, { additionalProperties: false }, { minProperties: 1 })

/** Objects, lists, tuples, maps, unions, conjunctions and references, one inside the other. */
const { pair } = fc.letrec<{ pair: Pair; object: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    tie('object'),
    fc.tuple(tie('pair'), fc.nat(2)).map(([{ schema, value }, length]) => ({
      schema: { type: 'array', items: schema },
      value: Array.from({ length }, () => value),
    })),
    fc.tuple(tie('pair'), tie('pair')).map(([a, b]) => ({
      schema: { type: 'array', prefixItems: [a.schema, b.schema], items: false },
      value: [a.value, b.value],
    })),
    fc
      .tuple(tie('pair'), fc.constantFrom('additionalProperties', 'patternProperties'))
      .map(([{ schema, value }, by]) => ({
        schema: {
          type: 'object',
          properties: { own: true },
          [by]: by === 'patternProperties' ? { '^m': schema } : schema,
        } as Json,
        value: { m1: value, m2: value },
      })),
    fc
      .tuple(
        fc.array(tie('pair'), { minLength: 1, maxLength: 3 }),
        fc.nat(2),
        fc.constantFrom('anyOf', 'oneOf'),
      )
      .map(([pairs, chosen, by]) => ({
        schema: { [by]: pairs.map(({ schema }) => schema) },
        value: pairs[chosen % pairs.length]!.value,
      })),
    fc.tuple(tie('object'), tie('object')).map(([a, b]) => ({
      schema: { allOf: [a.schema, b.schema] },
      value: { ...(a.value as object), ...(b.value as object) },
    })),
    tie('pair').map(({ schema, value }) => ({
      schema: {
        $defs: { Other: { properties: { z: { type: 'null' } } } },
        anyOf: [{ type: 'null' }, schema],
      },
      value,
    })),
    tie('pair').map(({ schema, value }) => ({
      schema: { if: { required: ['q'] }, else: { properties: { q: true } }, allOf: [schema] },
      value,
    })),
  ) as fc.Arbitrary<Pair>,
  object: fc
    .tuple(
      fc.uniqueArray(
        fc.tuple(fc.constantFrom('a', 'b', 'c', 'kind'), tie('pair'), fc.constantFrom(0, 1, 2)),
        {
          maxLength: 4,
          selector: ([name]) => name,
        },
      ),
      openness,
    )
    .map(([members, more]) => ({
      schema: {
        type: 'object',
        properties: Object.fromEntries(members.map(([name, { schema }]) => [name, schema])),
        required: members.filter(([, , kind]) => kind === 2).map(([name]) => name),
        ...(more as object),
      } as Json,
      value: Object.fromEntries(
        members.filter(([, , kind]) => kind > 0).map(([name, { value }]) => [name, value]),
      ),
    })) as fc.Arbitrary<Pair>,
}))

const ajv = new Ajv2020({ strict: false, logger: false })
const isValid = ({ schema, value }: Pair): boolean => ajv.compile(schema as object)(value) === true

describe('pruning', () => {
  it('changes no value that was made for its schema: unions, conjunctions, maps, tuples, references', () => {
    fc.assert(
      fc.property(pair, (made) => {
        fc.pre(isValid(made))
        expect(read(made.schema, made.value)).toEqual(made.value)
      }),
      { numRuns: 40, endOnFailure: true },
    )
  })

  const node = {
    $ref: '#/$defs/Node',
    $defs: {
      Node: { anyOf: [{ $ref: '#/$defs/Add' }, { $ref: '#/$defs/Mul' }, { type: 'integer' }] },
      Add: {
        type: 'object',
        properties: { left: { $ref: '#/$defs/Node' }, up: { type: 'null' } },
        required: ['left'],
      },
      Mul: {
        type: 'object',
        properties: { left: { $ref: '#/$defs/Node' }, down: { type: 'null' } },
        required: ['left'],
      },
    },
  }

  it('takes no time to speak of with unions that contain themselves, however deep, and prunes them', () => {
    const tree = (depth: number, chatter: object): Json =>
      depth === 0 ? 1 : ({ left: tree(depth - 1, chatter), ...chatter } as Json)
    expect(read(node, tree(90, {}))).toEqual(tree(90, {}))
    expect(read(node, tree(90, { note: 'so it is' }))).toEqual(tree(90, {}))
  })

  it.each([
    [
      'both branches of an anyOf that a value fits',
      { anyOf: [{ properties: { a: true } }, { properties: { b: true } }] },
    ],
    [
      'the other of two unions',
      { anyOf: [{ properties: { a: true } }], oneOf: [{ properties: { b: true } }] },
    ],
    ['a branch that allows everything', { anyOf: [{ properties: { a: true } }, true] }],
    ['what a number of members needs', { properties: { a: true }, minProperties: 2 }],
    ['what other members need', { properties: { a: true }, dependentRequired: { a: ['b'] } }],
  ])('keeps the members of %s', (_what, schema) => {
    expect(read({ type: 'object', ...schema } as Json, { a: 1, b: 2 })).toEqual({ a: 1, b: 2 })
  })
})
