import { expect, it } from 'vitest'
import { beginning } from '../../../src/base/text/beginning.ts'

it.each([
  ['abc', 2, 'ab'],
  ['abc', 9, 'abc'],
  ['a🙂b', 2, 'a'],
  ['a🙂b', 3, 'a🙂'],
  ['a\udc00b', 2, 'a\udc00'],
])('the beginning of %j within %d is never half of a character', (text, most, begins) => {
  expect(beginning(text, most)).toBe(begins)
})
