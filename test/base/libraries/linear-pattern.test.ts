import { describe, expect, it } from 'vitest'
import { linearPattern, PatternTooSlow } from '../../../src/base/libraries/linear-pattern.ts'

const samples = [
  '',
  'a',
  'aa',
  'A',
  'ab',
  'b',
  '\n',
  '\r',
  '\u2028',
  ' ',
  '\u00a0',
  '\ufeff',
  '\v',
  '-',
  '_',
  '.',
  '[',
  ']',
  '^',
  'é',
  'Ω',
  '😀',
  '\u0001',
  '\u0000',
  '\b',
  '12',
  '2026-08-07',
  'some.person@example.com',
  'a\nb',
  'x y',
  'AB-12',
  '/',
  '\\',
  '{',
  '𝒳y',
  '\ud83d',
]

describe('a pattern that a user gives', () => {
  it.each([
    '^a+$',
    '.',
    '^.$',
    '\\s',
    '^\\S+$',
    '[\\s,]',
    '[^\\s]',
    '[\\S\\n]',
    '\\u00e9',
    '\\u{1F600}',
    '\\uD83D\\uDE00',
    '^[\\u{1F600}-\\u{1F64F}]$',
    '\\cA',
    '\\0',
    '[\\b]',
    '\\bb',
    '[^]',
    '[]',
    '[[]',
    '[\\]]',
    '[\\w.-]',
    '\\p{L}',
    '\\P{L}',
    '\\p{Script=Greek}',
    '\\p{gc=Lu}',
    '^\\d{4}-\\d{2}-\\d{2}$',
    '^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$',
    '(?<year>\\d{4})',
    '^(?:a|b)*$',
    '^(a+)+$',
    'a$',
    '\\/',
    '\\\\',
    '\\{',
    '[^a-z]',
    '[a\\-z]',
    '^\\x41',
    '^$',
    '^(?=.*a)(?!b)',
    '(a)\\1',
    '(?<=x )y',
    '^.{1,3000}$',
  ])('%s finds what JavaScript finds', (source) => {
    const native = new RegExp(source, 'u')
    const pattern = linearPattern(source)
    expect(samples.filter((text) => pattern.test(text))).toEqual(samples.filter((text) => native.test(text)))
  })

  it.each([
    ['(?i)^abc$', 'ABC'],
    ['\\Aab\\z', 'ab'],
    ['(?P<n>a)b', 'ab'],
    ['a\\_b', 'a_b'],
  ])('%s, which JavaScript refuses, is read as RE2 reads it', (source, text) => {
    expect(linearPattern(source).test(text)).toBe(true)
    expect(linearPattern(source).test('x')).toBe(false)
  })

  it.each(['(', '[a', 'a{2,1}', '*', '(?<n>'])('%s is none', (source) => {
    expect(() => linearPattern(source)).toThrow(SyntaxError)
  })

  it.each(['^(a+)+$', '^(a|a)*$', '^(.*a){12}$', '^([a-zA-Z]+)*$', '(x+x+)+y'])(
    '%s takes linear time',
    (source) => {
      const pattern = linearPattern(source)
      expect(pattern.isLinear).toBe(true)
      expect(pattern.test(`${'a'.repeat(50_000)}!`)).toBe(false)
    },
  )

  it('that looks ahead is given up at a deadline, with an error that names it', () => {
    const pattern = linearPattern('^(?=a)(a+)+$', 60_000)
    expect(pattern.isLinear).toBe(false)
    expect(pattern.test('aaa')).toBe(true)
    const hurried = linearPattern('^(?=a)(a+)+$', 50)
    expect(() => hurried.test(`${'a'.repeat(60)}!`)).toThrow(PatternTooSlow)
  })
})
