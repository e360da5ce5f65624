import { describe, expect, it } from 'vitest'
import { textOf } from '../../../src/tools/call/result.ts'

class Point {
  x = 1
}
class Money {
  toJSON() {
    return '5 EUR'
  }
}
const holding: Record<string, unknown> = {}
holding.a = { b: holding }

describe('what a function tool returns', () => {
  it.each<[string, unknown, string]>([
    ['a text', 'a', 'a'],
    ['nothing', undefined, ''],
    ['an optional member', { a: undefined, b: 1 }, '{"b":1}'],
    ['an optional item', [undefined, 1], '[null,1]'],
    ['holes', Array.from([1, 0, 3]).map((each) => each || undefined), '[1,null,3]'],
    ['an address', new URL('http://a/b'), '"http://a/b"'],
    ['a moment', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a moment that is none', [new Date(Number.NaN)], '[null]'],
    ['an object with toJSON', [new Money()], '["5 EUR"]'],
    ['an instance with members', new Point(), '{"x":1}'],
    ['no number', Number.NaN, 'null'],
    ['what is not finite', { a: Number.POSITIVE_INFINITY }, '{"a":null}'],
    ['a bigint', { id: 9007199254740993n }, '{"id":9007199254740993}'],
    ['a float that is whole', { a: 1.5, b: 2 }, '{"a":1.5,"b":2}'],
    ['boxed values', [Object(1), Object('a'), Object(true)], '[1,"a",true]'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['half a character', '\ud83d', '\ufffd'],
  ])('%s is told to the model as JSON has it', (_, returned, told) => {
    expect(textOf(returned)).toBe(told)
  })

  it.each<[unknown, string]>([
    [new Map(), 'a Map'],
    [{ a: { b: [new Set()] } }, 'a Set at a.b[0]'],
    [new Response('x'), 'a Response'],
    [new Headers(), 'a Headers'],
    [new URLSearchParams('a=1'), 'an URLSearchParams'],
    [new RangeError('x'), 'a RangeError'],
    [/x/, 'a RegExp'],
    [Buffer.from('x'), 'a Buffer of bytes'],
    [{ data: new Uint8Array(1) }, 'an Uint8Array of bytes at data'],
    [[Promise.resolve()], 'a Promise at [0]'],
    [(function* () {})(), 'a generator'],
    [{ f: () => 1 }, 'a function at f'],
    [[Symbol('x')], 'a symbol at [0]'],
    [holding, 'something that holds itself at a.b'],
  ])('is refused by its name and its path: %#', (returned, why) => {
    expect(() => textOf(returned)).toThrow(new TypeError(why))
  })
})
