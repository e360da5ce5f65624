import { expect, test } from 'vitest'
import { formatJson, parseJson } from '../../../src/base/values/json.ts'
import { merged, objectOf, received, sendable, toValue } from '../../../src/base/values/value.ts'

const texts: [about: string, text: string][] = [
  ['numbers among names', '{"b":1,"2022":2,"country":3,"2021":4}'],
  ['numbers at every depth', '[{"10":[{"2":1,"1":2}],"9":{"x":{"3":null,"0":true}}}]'],
  ['names of every prototype', '{"toString":1,"2":1,"__proto__":{"1":2,"0":1},"constructor":2}'],
  ['text that looks like a name', '{"a":"\\"2\\":","12":"x\\"12\\":","1":"\\\\"}'],
  ['a name that is a number only in other spellings', '{"02":1,"1":2,"1.0":3,"-1":4,"0":5}'],
]

test.each(texts)('JSON is written in the order in which it was read: %s', (_about, text) => {
  expect(formatJson(parseJson(text))).toBe(text)
  expect(formatJson(received(structuredClone(sendable(parseJson(text)))))).toBe(text)
  expect(formatJson(toValue(parseJson(text)))).toBe(text)
  expect(
    JSON.stringify(parseJson(text), (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
  ).toBe(text)
})

test('a name spelled with escapes has its place, and of two with one name the later value counts', () => {
  expect(formatJson(parseJson('{"\\u0032":1, "1" :2,"2":3}'))).toBe('{"2":3,"1":2}')
})

test('an object with names such as 2022 is one that programs can use as any other', () => {
  const row = objectOf([
    ['b', 1n],
    ['2', 2n],
    ['1', 3n],
  ]) as Record<string, unknown>
  row['0'] = 4n
  delete row['2']
  expect(Object.keys(row)).toEqual(['b', '1', '0'])
  expect(row['2']).toBeUndefined()
  expect('1' in row).toBe(true)
  expect(formatJson(merged({ z: 1n }, row as { b: bigint }, { b: 5n }))).toBe('{"z":1,"b":5,"1":3,"0":4}')
})

class Price {
  readonly amount = 1
}
const circle: Record<string, unknown> = {}
circle.self = [circle]

const noData: [about: string, value: unknown, place: RegExp][] = [
  ['a map', { a: [1, new Map()] }, /^a\[1\] is a Map: give Object\.fromEntries/],
  ['a set', new Set(), /^it is a Set: give Array\.from/],
  ['a promise', { answer: Promise.resolve(1) }, /^answer is a promise: await it/],
  ['an error', { e: new Error('x') }, /^e is an instance of Error/],
  ['an instance of a class', { p: { q: new Price() } }, /^p\.q is an instance of Price/],
  ['a boxed number', { n: Object(1) }, /^n is an instance of Number/],
  ['a URL', [new URL('https://example.com')], /^\[0\] is an instance of URL/],
  ['bytes', { b: new Uint8Array(2) }, /^b is a Uint8Array: give Array\.from/],
  ['a regular expression', { r: /x/ }, /^r is an instance of RegExp/],
  ['a function', { f: () => 1 }, /^f is a function/],
  ['a symbol', { f: Symbol('x') }, /^f is a symbol/],
  ['nothing in a list', { l: [1, undefined] }, /^l\[1\] is undefined/],
  ['a hole in a list', { l: new Array(1) }, /^l\[0\] is undefined/],
  ['a date that is no time', { d: new Date('x') }, /^d is a Date that is no time/],
  ['a circle', circle, /nested too deeply, or contains itself/],
]

test.each(noData)('%s is no data, and its place is told', (_about, value, place) => {
  expect(() => toValue(value)).toThrow(place)
})

test('objects without a prototype, dates, and members that are undefined are data', () => {
  const bare = Object.assign(Object.create(null), { a: 1, b: undefined, c: new Date(0) })
  expect(toValue(bare)).toEqual({ a: 1n, c: '1970-01-01T00:00:00.000Z' })
})
