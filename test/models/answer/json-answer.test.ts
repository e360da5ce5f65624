import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { parseJson } from '../../../src/base/values/json.ts'
import { isValueObject } from '../../../src/base/values/value.ts'
import { readJsonAnswer } from '../../../src/models/answer/json-answer.ts'

const inside = 'Write ```json\\n{\\"q\\":1}\\n``` like so'
const whole = { a: 1n, b: 'Write ```json\n{"q":1}\n``` like so' }

describe('the JSON of an answer', () => {
  it.each([
    ['is whole, with a fence in a string', `{"a": 1, "b": "${inside}"}`, whole],
    [
      'is whole in a fence, with a fence in a string',
      `\`\`\`json\n{"a": 1, "b": "${inside}"}\n\`\`\``,
      whole,
    ],
    [
      'has lines of its own in a string',
      '{"a": 1, "b": "x\n```json\n{}\n```\ny"}',
      { a: 1n, b: 'x\n```json\n{}\n```\ny' },
    ],
    [
      'has lines of its own in a string in a fence',
      '```json\n{"a": 1, "b": "x\n```js\ny\n```\nz"}\n```',
      { a: 1n, b: 'x\n```js\ny\n```\nz' },
    ],
    [
      'stands before prose that speaks of a fence',
      '```json\n{"a":1}\n```\nI used ```json as you said.',
      { a: 1n },
    ],
    ['is in the last of two blocks', '```json\n{"a":0}\n```\n```json\n{"a":1}\n```', { a: 1n }],
    ['is not in a thought between lines', 'Here:\n<think>```json\n{"a":9}\n```</think>\n{"a":1}', { a: 1n }],
    ['is in a block of tildes', '~~~json\n{"a":1}\n~~~', { a: 1n }],
    ['is in a block of jsonc', '```jsonc\n{"a":1 /* one */}\n```', { a: 1n }],
    ['is in a block of json5', '```json5\n{a:1,}\n```', { a: 1n }],
    ['is in a block of another name', '```javascript\n{"a":1}\n```', { a: 1n }],
    ['is in a block that is indented', '1. Here:\n\n    ```json\n    {"a":1}\n    ```', { a: 1n }],
    ['is in a block of four', '````json\n{"a":1}\n````', { a: 1n }],
    ['begins on the line of its fence', '```json {"a":1}\n```', { a: 1n }],
    ['is on one line with both fences', '```json {"a":1} ```', { a: 1n }],
    ['is in single backticks', '`{"a":1}`', { a: 1n }],
    ['has prose before it', 'Sure, here it is: {"a":1}', { a: 1n }],
    ['has prose behind it', '{"a":1}\n\nI hope that helps [1]!', { a: 1n }],
    ['has prose with braces around it', 'For {name} it is {"a":1}.', { a: 1n }],
    ['is said twice alike', 'So {"a":1}. Again: {"a": 1}', { a: 1n }],
    ['ends with a mark of a template', '{"a":1}<|im_end|>', { a: 1n }],
    ['ends with several marks', '{"a":1}</s> <|eot_id|>\n', { a: 1n }],
    ['ends with a mark behind its fence', '```json\n{"a":1}\n```<|im_end|>', { a: 1n }],
    ["ends with DeepSeek's mark", '{"a":1}<｜end▁of▁sentence｜>', { a: 1n }],
    ['has a mark in a string', '{"a":"<|im_end|>"}', { a: '<|im_end|>' }],
    ['was written as a text in JSON', '"{\\"a\\": 1}"', { a: 1n }],
    ['was written as a text in JSON, in a fence', '```json\n"{\\"a\\": 1}"\n```', { a: 1n }],
    ['has all its quotes escaped', '{\\"a\\": 1}', { a: 1n }],
    ['has a byte order mark', '\ufeff{"a":1}', { a: 1n }],
    ['has a label without a fence', 'json\n{"a":1}', { a: 1n }],
  ])('%s', (_, content, value) => {
    const read = (given: unknown) => {
      if (isValueObject(given as never)) return given
      throw new RowsmithError('schema_failed', 'The answer must be object.')
    }
    expect(readJsonAnswer(content, read)).toEqual(value)
  })

  it.each([
    ['is not there', 'I cannot do that.'],
    ['is not closed', '{"a": 1, "b": [1, 2'],
    ['is not closed in its fence', '```json\n{"a": 1, "b": "and th'],
    ['lacks a value', '```json\n{"a":}\n```'],
    ['is cut off behind an object in it', '{"a": {"b": 1}'],
    ['is cut off behind an object in a list', 'Here: [{"a": 1}, {"a": 2'],
    ['cannot be read but for a part', '{"a" 1, "b": {"c": 2}}'],
    ['is two documents in prose', 'First {"a":1}, or rather {"a":2}.'],
    ['is two lines of documents', '{"a":1}\n{"a":2}'],
  ])('is none where it %s', (_, content) => {
    expect(() => readJsonAnswer(content, (value) => value)).toThrow(
      expect.objectContaining({ code: 'parse_failed' }),
    )
  })

  it('is the one that fits, where prose has others', () => {
    const read = (value: unknown) => {
      if (isValueObject(value as never) && 'score' in (value as object)) return value
      throw new RowsmithError('schema_failed', 'There is no score.')
    }
    expect(readJsonAnswer('Of {"name": "x"} and [1, 2] I think {"score": 5}.', read)).toEqual({ score: 5n })
    expect(() => readJsonAnswer('I think {"name": "x"}.', read)).toThrow('There is no score.')
  })

  it('is found in time that grows with its length alone', () => {
    const hard = [
      '{'.repeat(5_000),
      '{"a":'.repeat(5_000),
      '[{"'.repeat(5_000),
      '```json\n'.repeat(2_000),
      '`'.repeat(20_000),
      '"\\'.repeat(5_000),
    ]
    for (const content of hard) expect(() => readJsonAnswer(content, (value) => value)).toThrow()
    expect(readJsonAnswer(`${'{x} '.repeat(20)}{"a":1}`, (value) => value)).toEqual(parseJson('{"a":1}'))
  })
})
