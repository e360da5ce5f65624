import { describe, expect, test } from 'vitest'
import { literally, wildcard } from '../../../src/base/text/pattern.ts'

const everySign = String.raw`\^$.*+?()[]{}|/-a`

describe('a text in a regular expression', () => {
  test('matches itself, whatever signs it holds', () => {
    expect(new RegExp(`^${literally(everySign)}$`).test(everySign)).toBe(true)
    expect(new RegExp(`^${literally('a.c')}$`).test('abc')).toBe(false)
  })
})

describe('a pattern', () => {
  test.each([
    ['a*', 'a', true],
    ['a*', 'ab\nc', true],
    ['*_id', 'user_id', true],
    ['*_id', 'user_ids', false],
    ['a.*', 'ab', false],
    ['*', '', true],
    [everySign, everySign.replace('*', 'anything'), true],
  ])('%j and %j', (pattern, text, matches) => {
    expect(wildcard(pattern).test(text)).toBe(matches)
  })
})
