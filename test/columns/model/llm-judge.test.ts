import { describe, expect, it, test } from 'vitest'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { compileOne, makeCell, reply } from '../examples.ts'

const judge = {
  name: 'quality',
  column_type: 'llm-judge',
  model_alias: 'writer',
  prompt: 'Judge {{ review }}.',
  scores: [
    {
      name: 'Clarity',
      description: 'How clear it is.',
      options: { '1': 'muddled', '2': 'fair', '10': 'clear' },
    },
    { name: 'Tone', description: 'How it sounds.', options: { warm: 'kind words', Cold: 'none' } },
  ],
}

const strings = { kind: 'string' }

async function read(answer: string, config: ValueObject = judge) {
  const column = compileOne(config, { max_conversation_restarts: 0 })
  return makeCell(column, { review: 'tea' }, [reply(answer)])
}

test('its type is a struct of scores in the order of the config, each with its reasoning', () => {
  const { type } = compileOne(judge)
  const score = (kind: string) => ({
    kind: 'struct',
    fields: [
      { name: 'reasoning', type: strings },
      { name: 'score', type: { kind } },
    ],
  })
  expect(type).toEqual({
    kind: 'struct',
    fields: [
      { name: 'Clarity', type: score('int') },
      { name: 'Tone', type: score('string') },
    ],
  })
})

test('the prompt carries what is scored, and what each option means', async () => {
  const { asked } = await read('{}')
  const text = String(asked[0]!.messages[0]!.content)
  expect(text).toMatch(/^Judge tea\./)
  expect(text).toContain('How clear it is.')
  expect(text).toContain('10: clear')
  expect(asked[0]!.responseSchema).toMatchObject({ required: ['Clarity', 'Tone'] })
})

describe('a judgement', () => {
  const tone = '"Tone":{"score":"warm","reasoning":"r"}'
  it.each([
    ['10', 10n],
    ['10.0', 10n],
    ['"10"', 10n],
    ['" 2 "', 2n],
    ['"1.0"', 1n],
  ])('takes %s for an option that is a number', async (given, score) => {
    const cell = await read(`{"Clarity":{"reasoning":"r","score":${given}},${tone}}`)
    expect(cell.value).toEqual({
      Clarity: { reasoning: 'r', score },
      Tone: { reasoning: 'r', score: 'warm' },
    })
  })

  it.each([
    ['" Warm "', 'warm'],
    ['"COLD"', 'Cold'],
  ])('takes %s for an option that is a text', async (given, score) => {
    const answer = `{"Clarity":{"reasoning":"r","score":1},"Tone":{"reasoning":"r","score":${given}}}`
    expect((await read(answer)).value).toMatchObject({ Tone: { score } })
  })

  it('leaves out what nobody asked for', async () => {
    const answer = `{"overall":3,"Clarity":{"reasoning":"r","score":1,"note":"x"},${tone}}`
    expect((await read(answer)).value).toEqual({
      Clarity: { reasoning: 'r', score: 1n },
      Tone: { reasoning: 'r', score: 'warm' },
    })
  })

  it.each([
    [`{${tone}}`, 'There is no score "Clarity".'],
    [`{"Clarity":3,${tone}}`, 'There is no score "Clarity".'],
    [`{"Clarity":{"score":1},${tone}}`, 'Score "Clarity" has no "reasoning" that is a text.'],
    [`{"Clarity":{"reasoning":"r","score":3},${tone}}`, 'Score "Clarity" is none of 1, 2, 10.'],
    [`{"Clarity":{"reasoning":"r","score":true},${tone}}`, 'Score "Clarity" is none of 1, 2, 10.'],
    [`{"Clarity":{"reasoning":"r","score":1.5},${tone}}`, 'Score "Clarity" is none of 1, 2, 10.'],
    [`{"Clarity":{"reasoning":"r"},${tone}}`, 'Score "Clarity" is none of 1, 2, 10.'],
    ['[]', 'The answer is not an object of scores.'],
  ])('%s is refused, and the model told why', async (answer, message) => {
    expect((await read(answer)).error).toMatchObject({ code: 'schema_failed', message })
  })

  it('has texts for scores as soon as one option is no integer', async () => {
    const mixed = { ...judge, scores: [{ name: 'S', description: 'd', options: { '1': 'a', '2+': 'b' } }] }
    expect((await read('{"S":{"reasoning":"r","score":1}}', mixed)).value).toEqual({
      S: { reasoning: 'r', score: '1' },
    })
  })
})
