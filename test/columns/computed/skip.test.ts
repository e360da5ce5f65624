import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import { toValue, type Value } from '../../../src/base/values/value.ts'
import { compile } from '../examples.ts'

const text = { column_type: 'llm-text', model_alias: 'writer', prompt: 'Write about {{ a }}.' }
const sampled = { name: 'a', column_type: 'sampler', sampler_type: 'uuid', params: {} }

/** Whether `when` skips a row; undefined when it cannot tell. */
function skips(when: string, a: Value): boolean | undefined {
  const { columns } = compile([sampled, { name: 'b', ...text, skip: { when } }])
  try {
    return columns[1]!.skip!.when!({ a }, keyedRandom(1n, 'b', 0))
  } catch (error) {
    expect(error).toMatchObject({ code: 'template_failed' })
    return undefined
  }
}

/** What Data Designer 0.9.6 makes of a condition and a value; one it cannot evaluate skips. */
const judged = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../fixtures/skip-when.json`, 'utf8'),
) as readonly [when: string, value: unknown, skipped: boolean][]

test.each(judged)('skip.when %s of %j is %s, as in the reference', (when, value, skipped) => {
  expect(skips(when, toValue(value)) ?? true).toBe(skipped)
})

test('integers and floats are told apart by no condition', () => {
  expect([skips('{{ a }}', 0n), skips('{{ a }}', 0), skips('{{ a }}', 2n), skips('{{ a }}', 0.5)]).toEqual([
    false,
    false,
    true,
    true,
  ])
})

describe('which columns have a rule', () => {
  it('only those of which a cell can be skipped: by their own condition, or along with what they are made from', () => {
    const { columns } = compile([
      sampled,
      { name: 'gate', ...text, skip: { when: '{{ a == "x" }}' } },
      { name: 'free', ...text },
      { name: 'along', ...text, prompt: 'On {{ gate }}' },
      { name: 'further', column_type: 'expression', expr: '{{ along }}' },
      { name: 'apart', ...text, prompt: 'On {{ gate }}', propagate_skip: false },
      { name: 'behind', column_type: 'expression', expr: '{{ apart }}' },
    ])
    expect(columns.map(({ name, skip }) => [name, skip?.along])).toEqual([
      ['a', undefined],
      ['gate', ['a']],
      ['free', undefined],
      ['along', ['gate']],
      ['further', ['along']],
      ['apart', undefined],
      ['behind', undefined],
    ])
  })

  it('what only the condition reads is waited for, and skips nothing by being skipped itself', () => {
    const { columns } = compile([
      sampled,
      { name: 'gate', ...text, skip: { when: '{{ a == "x" }}' } },
      { name: 'second', ...text, skip: { when: '{{ gate is not none }}' } },
    ])
    expect(columns[2]).toMatchObject({ reads: ['a', 'gate'], skip: { along: ['a'] } })
  })
})

test('a skip value is the same value in the type of its column', () => {
  const of = (column: object): Value | undefined =>
    compile([sampled, column as never]).columns[1]!.skip?.value
  const skip = (value: Value) => ({ skip: { when: '{{ a }}', value } })
  expect(of({ name: 'b', ...text, ...skip('none') })).toBe('none')
  expect(of({ name: 'b', ...text, ...skip(null) })).toBe(null)
  const expression = { name: 'b', column_type: 'expression', expr: '{{ a }}' }
  expect(of({ ...expression, dtype: 'float', ...skip(0n) })).toBe(0)
  expect(of({ ...expression, dtype: 'int', ...skip(true) })).toBe(1n)
  expect(of({ ...expression, dtype: 'str', ...skip(0n) })).toBe('0')
})
