import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import { repairJson } from '../../../src/models/answer/repair-json.ts'

describe('JSON as models write it', () => {
  it.each([
    ['{"a": 1,}', '{"a": 1}'],
    ['[1, 2,\n]', '[1, 2]'],
    ["{'a': 'it''s'}".replace("''", "\\'"), '{"a": "it\'s"}'],
    ['{“a”: “b”}', '{"a": "b"}'],
    ['{a: True, b_2: False, c: None}', '{"a": true, "b_2": false, "c": null}'],
    ['{"a": "two\nlines\tand a tab"}', '{"a": "two\\nlines\\tand a tab"}'],
    ['{"a": "C:\\data \\d+"}', '{"a": "C:\\\\data \\\\d+"}'],
    ['{"a": 1 // one\n /* two */, "b": 2 # three\n}', '{"a": 1, "b": 2}'],
    ['{"a": 1\n "b": [1\n 2]\n}', '{"a": 1, "b": [1, 2]}'],
    ['{"a": +1, "b": .5, "c": 2., "d": -.25e3}', '{"a": 1, "b": 0.5, "c": 2.0, "d": -0.25e3}'],
    ['\ufeff{\u00a0"a": 1}', '{"a": 1}'],
    ['{\'say "hi"\': 1}', '{"say \\"hi\\"": 1}'],
    ['{"a": "He said "hi" to me", "b": 1}', '{"a": "He said \\"hi\\" to me", "b": 1}'],
    ['{"a": "the "best" tea"}', '{"a": "the \\"best\\" tea"}'],
  ])('%j means %j', (slip, meant) => {
    expect(parseJson(repairJson(slip))).toEqual(parseJson(meant))
  })

  it.each([
    '{"a":}',
    '{"a": 1',
    '{"a": "b',
    '[1, 2',
    '{"a" 1}',
    '[NaN]',
    '{"a": undefined}',
    '[1 2]',
    '{"a": 1}}',
    '{,}',
    '[1,,2]',
    '["a" 1, "b"]',
    '["a" "b", "c"]',
    '{"a": "x" + "y"}',
    '{"a" 1, "b": {"c": 2}}',
  ])('%j stays what it is: nothing is made up', (broken) => {
    expect(() => parseJson(repairJson(broken))).toThrow(SyntaxError)
  })

  it('leaves JSON the value it has', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 2), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent)
        expect(parseJson(repairJson(text))).toEqual(parseJson(text))
      }),
    )
  })

  it('takes time in proportion to the text, whatever it is', () => {
    for (const text of [
      '"\\'.repeat(50_000),
      '/*'.repeat(50_000),
      '{'.repeat(100_000),
      "'a".repeat(50_000),
    ]) {
      const startedAt = process.cpuUsage().user
      repairJson(text)
      expect(process.cpuUsage().user - startedAt).toBeLessThan(5_000_000)
    }
  })
})
