import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  effectKey,
  formatRecord,
  type JournalRecord,
  parseRecord,
  rowOfKey,
} from '../../../src/run/effects/journal-records.ts'

const text = fc.string({ unit: 'grapheme' })
const group = fc.nat()
const key = fc
  .tuple(fc.nat(), text, fc.nat(9))
  .map(([row, column, occurrence]) => effectKey(row, column, 'ab12', occurrence))

const frames: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    kind: fc.constant('group' as const),
    group,
    columns: fc.dictionary(
      text,
      fc.array(
        fc.oneof(text, fc.bigInt(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null)),
      ),
    ),
  }),
  fc.record({
    kind: fc.constant('intent' as const),
    group,
    key,
    model: text,
    most: fc.record({ input: fc.nat(), output: fc.nat() }),
  }),
  fc.record({
    kind: fc.constantFrom('reply' as const, 'reused' as const),
    group,
    key,
    model: text,
    time: fc.option(fc.record({ at: fc.nat(), ms: fc.nat() }), { nil: undefined }),
    body: fc.dictionary(text, text).map((object) => JSON.stringify(object)),
  }),
  fc.record({
    kind: fc.constant('failed' as const),
    group,
    key,
    model: text,
    code: fc.constant('server_error'),
    status: fc.option(fc.nat(599)),
    maybeCharged: fc.boolean(),
    time: fc.option(fc.record({ at: fc.nat(), ms: fc.nat() }), { nil: undefined }),
  }),
  fc.record({
    kind: fc.constant('drop' as const),
    group,
    failure: fc.record({ row: fc.nat(), column: text, code: fc.constant('truncated') }),
    attempts: fc.nat(),
    retry: fc.nat(),
    message: text,
  }),
  fc.record({
    kind: fc.constant('retry' as const),
    group,
    number: fc.nat(),
    cells: fc.array(fc.tuple(text, fc.array(fc.nat()))).map((cells) => new Map(cells)),
    written: fc.array(fc.nat()),
    answerTokens: fc.option(fc.nat(), { nil: undefined }),
  }),
)

describe('journal frames', () => {
  it('read back what was written, whatever names and bodies hold', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(parseRecord(formatRecord(frame))).toEqual(frame)
      }),
    )
  })

  it('are one line, also when the provider answered with indented JSON', () => {
    const body = JSON.stringify({ choices: [{ message: { content: 'a\nb' } }] }, null, 2)
    const line = formatRecord({ kind: 'reply', group: 0, key: '0/c/ab/0', model: 'm', body })
    expect(line).not.toContain('\n')
    const frame = parseRecord(line)
    expect(frame.kind === 'reply' && JSON.parse(frame.body)).toEqual(JSON.parse(body))
  })

  it('keep a column name out of the way of the body, also one that looks like its start', () => {
    const key = effectKey(7, 'x,"body":{', 'ff', 0)
    const frame: JournalRecord = { kind: 'reply', group: 1, key, model: 'p/,"body":', body: '{"id":"1"}' }
    expect(parseRecord(formatRecord(frame))).toEqual(frame)
    expect(rowOfKey(key)).toBe(7)
  })
})
