import { expect, test } from 'vitest'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import type { ModelColumn } from '../../../src/columns/column/column.ts'
import { compileOne, makeCell, reply, silent } from '../examples.ts'

const text = {
  name: 'review',
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt: 'Review {{ product }}.',
}
const structured = {
  ...text,
  column_type: 'llm-structured',
  output_format: { type: 'object', properties: { stars: { type: 'integer' } }, required: ['stars'] },
}

test('a text cell asks its prompt and strips the answer', async () => {
  const cell = await makeCell(compileOne(text), { product: 'tea' }, [reply('\n Good tea. \n')])
  expect(cell.value).toBe('Good tea.')
  const common = { system: true, characters: 'Review '.length }
  expect(cell.asked).toEqual([{ messages: [{ role: 'user', content: 'Review tea.' }], common }])
})

test.each([
  ['no system prompt', {}, { system: true, characters: 7 }],
  ['a fixed system prompt', { system_prompt: 'You sell.' }, { system: true, characters: 7 }],
  [
    'a system prompt with a reference',
    { system_prompt: 'You sell {{ product }}.' },
    { system: false, characters: 0 },
  ],
  ['a reference first', { prompt: '{{ product }}: review it.' }, { system: true, characters: 0 }],
  ['a tag first', { prompt: 'A{% if product %}B{% endif %}' }, { system: true, characters: 1 }],
])('a cell says how much of its prompt is the same in all rows: %s', async (_, more, common) => {
  const { asked } = await makeCell(compileOne({ ...text, ...more }), { product: 'tea' }, [reply('Good.')])
  expect(asked[0]!.common).toEqual(common)
})

test('a system prompt is a template too, and comes first; a blank one is none', async () => {
  const column = compileOne({ ...text, system_prompt: 'You sell {{ product }}.' })
  const { asked } = await makeCell(column, { product: 'tea' }, [reply('Good.')])
  expect(asked[0]!.messages).toEqual([
    { role: 'system', content: 'You sell tea.' },
    { role: 'user', content: 'Review tea.' },
  ])
  const blank = await makeCell(compileOne({ ...text, system_prompt: '  ' }), { product: 'tea' }, [
    reply('Good.'),
  ])
  expect(blank.asked[0]!.messages).toHaveLength(1)
})

test.each([
  ['', 'stop', 'empty_reply'],
  ['', null, 'empty_reply'],
  ['', 'content_filter', 'content_filtered'],
  ['', 'length', 'truncated'],
  ['The beginning of an answ', 'content_filter', 'content_filtered'],
  ['The beginning of an answ', 'length', 'truncated'],
  ['The beginning of an answ', 'error', 'server_error'],
  ['The beginning of an answ', 'abort', 'server_error'],
])('an answer %j that finished by %s fails the row with %s', async (content, finishReason, code) => {
  const column = compileOne(text, { max_conversation_restarts: 0 })
  const cell = await makeCell(column, { product: 'tea' }, [reply(content, finishReason)])
  expect(cell.error).toMatchObject({ code })
})

test('an answer that ended for a reason nobody knows is a value', async () => {
  const cell = await makeCell(compileOne(text), { product: 'tea' }, [reply('Good.', 'brand_new_reason')])
  expect(cell.value).toBe('Good.')
})

test('a text cell without an answer is asked again, each time in other words, and fails in the end', async () => {
  const column = compileOne(text, { max_conversation_restarts: 2 })
  const answers = [reply(''), reply(' '), { ...reply(''), reasoning: 'hm' }]
  const cell = await makeCell(column, { product: 'tea' }, answers)
  expect(cell.error).toMatchObject({
    code: 'empty_reply',
    message: 'The model thought, and answered nothing.',
  })
  expect(cell.asked.map(({ messages }) => messages[0]!.content)).toEqual([
    'Review tea.',
    'Review tea.\n\n(Attempt 2. The last answer could not be used: The model answered nothing.)',
    'Review tea.\n\n(Attempt 3. The last answer could not be used: The model answered nothing.)',
  ])
})

test('a text that was cut off or filtered is not asked for again', async () => {
  for (const finishReason of ['length', 'content_filter']) {
    const cell = await makeCell(compileOne(text), { product: 'tea' }, [reply('Goo', finishReason)])
    expect(cell.asked).toHaveLength(1)
  }
})

test('a call of a tool that was not offered is no answer', async () => {
  const toolCalls = [{ id: 'c', name: 'search', arguments: '{}' }]
  const calling = { ...reply('Let me look.', 'tool_calls'), toolCalls }
  const cell = await makeCell(compileOne(text), { product: 'tea' }, [calling, reply('Good.')])
  expect([cell.value, cell.asked.length]).toEqual(['Good.', 2])
})

test('an answer that was cut off is no value, however much of it came; the limit that would have done is suggested', async () => {
  const cut = { ...reply('A long rev', 'length'), usage: { ...reply('').usage, outputTokens: 700 } }
  const cell = await makeCell(compileOne(text), { product: 'tea' }, [cut])
  expect(cell.error).toMatchObject({
    code: 'truncated',
    message: 'The answer was cut off before its end, after 700 tokens: try max_tokens 1536.',
    facts: { output_tokens: 700, suggested_max_tokens: 1536 },
  })
  const thinking = { ...cut, content: '', reasoning: 'Let me see' }
  const silent = await makeCell(compileOne(text), { product: 'tea' }, [thinking])
  expect((silent.error as Error).message).toContain('before its first word, after 700 tokens of reasoning')
})

test('a cell that holds JSON text is read as what it spells', async () => {
  const column = compileOne({ ...text, prompt: 'Review {{ product.name }}.' })
  const { asked } = await makeCell(column, { product: '{"name": "tea"}' }, [reply('Good.')])
  expect(asked[0]!.messages[0]!.content).toBe('Review tea.')
})

test('a prompt may draw from the random stream of its cell: the same at every attempt', async () => {
  const column = compileOne({ ...text, prompt: '{{ products | random }}' })
  const row = { products: ['tea', 'milk', 'rum', 'gin', 'ale'] }
  const first = await makeCell(column, row, [reply('Good.')])
  const second = await makeCell(column, row, [reply('Good.')])
  expect(first.error).toBeUndefined()
  expect(second.asked).toEqual(first.asked)
})

test('a prompt that renders to nothing is never sent', async () => {
  const cell = await makeCell(compileOne({ ...text, prompt: '{{ product }}' }), { product: ' ' }, [])
  expect(cell.error).toMatchObject({ code: 'template_failed', message: 'The prompt rendered to nothing.' })
  expect(cell.asked).toEqual([])
})

test.each([text, structured])(
  'a prompt that cannot be rendered rejects, and never throws aside',
  async (config) => {
    const column = compileOne({ ...config, prompt: '{{ product.name.first }}' })
    const { run: make } = column as ModelColumn
    const making = make({
      row: { product: {} },
      random: keyedRandom(1n, 'c', 0),
      ...silent,
      request: async () => reply('Good.'),
    })
    await expect(making).rejects.toMatchObject({ code: 'template_failed' })
  },
)

test('a structured cell shows the schema, and reads the answer with integers as integers', async () => {
  const cell = await makeCell(compileOne(structured), { product: 'tea' }, [
    reply('```json\n{"stars": 4}\n```'),
  ])
  expect(cell.value).toEqual({ stars: 4n })
  const [prompt] = cell.asked
  expect(prompt!.responseSchema).toEqual(structured.output_format)
  expect(prompt!.messages[0]!.content).toMatch(/^Review tea\..*"stars"/s)
})

test('an answer that cannot be read restarts the conversation: the same prompt, with what was wrong behind it', async () => {
  const answers = [reply('no'), reply('```json\n{"stars": "many"}\n```'), reply('```json\n{"stars": 2}\n```')]
  const cell = await makeCell(compileOne(structured), { product: 'tea' }, answers)
  expect(cell.value).toEqual({ stars: 2n })
  expect(cell.asked).toHaveLength(3)
  const [first, second, third] = cell.asked.map(({ messages }) => messages[0]!.content as string)
  expect(second).toBe(
    `${first}\n\n(Attempt 2. The last answer could not be used: The answer has no \`\`\`json block and is not JSON.)`,
  )
  expect(third).toBe(`${first}\n\n(Attempt 3. The last answer could not be used: /stars must be integer.)`)
  for (const { formerMessages } of cell.asked.slice(1))
    expect(formerMessages).toEqual(cell.asked[0]!.messages)
})

test('no two requests of a cell are the same, however often the same is wrong', async () => {
  const answers = Array.from({ length: 6 }, () => reply('```json\n{"stars": "many"}\n```'))
  const cell = await makeCell(compileOne(structured), { product: 'tea' }, answers)
  expect(cell.error).toMatchObject({ code: 'schema_failed' })
  expect(new Set(cell.asked.map(({ messages }) => JSON.stringify(messages))).size).toBe(6)
})

test('what a model thinks in tags goes with a correction neither way, and stands where an earlier Rowsmith sent it', async () => {
  const column = compileOne(structured, { max_conversation_correction_steps: 1 })
  const thinking = { ...reply('no'), rawContent: '<think>hm</think>no', reasoning: 'hm' }
  const cell = await makeCell(column, { product: 'tea' }, [thinking, reply('{"stars": 1}')])
  expect(cell.asked[1]!.messages[1]).toEqual({ role: 'assistant', content: 'no' })
  expect(cell.asked[1]!.formerMessages![1]).toEqual({ role: 'assistant', content: '<think>hm</think>no' })
})

test('after the last restart the row fails with the reason of the last answer', async () => {
  const answers = [reply('no'), reply('no'), reply('```json\n{"stars": "many"}\n```')]
  const column = compileOne(structured, { max_conversation_restarts: 2 })
  const cell = await makeCell(column, { product: 'tea' }, answers)
  expect(cell.error).toMatchObject({ code: 'schema_failed' })
  expect(cell.asked).toHaveLength(3)
})

test('correction steps go on in the conversation, then it restarts without them', async () => {
  const column = compileOne(structured, {
    max_conversation_restarts: 1,
    max_conversation_correction_steps: 1,
  })
  const answers = [reply('first'), reply('second'), reply('third'), reply('fourth')]
  const cell = await makeCell(column, { product: 'tea' }, answers)
  expect(cell.error).toMatchObject({ code: 'parse_failed' })
  const [opening, corrected, again, correctedAgain] = cell.asked.map(({ messages }) => messages)
  expect(again![0]!.content).toContain(`${opening![0]!.content as string}\n\n(Attempt 2.`)
  expect(corrected).toHaveLength(3)
  expect(corrected![1]).toEqual({ role: 'assistant', content: 'first' })
  expect(corrected![2]!.role).toBe('user')
  expect(corrected![2]!.content).toContain('is not JSON')
  expect(correctedAgain![1]).toEqual({ role: 'assistant', content: 'third' })
})

test('an empty answer is not corrected but asked for anew', async () => {
  const column = compileOne(structured, { max_conversation_correction_steps: 1 })
  const cell = await makeCell(column, { product: 'tea' }, [reply(''), reply('```json\n{"stars": 1}\n```')])
  expect(cell.value).toEqual({ stars: 1n })
  expect(cell.asked[1]!.messages).toHaveLength(1)
})

test('a refusal by the provider is not asked about twice', async () => {
  const cell = await makeCell(compileOne(structured), { product: 'tea' }, [reply('', 'content_filter')])
  expect(cell.error).toMatchObject({ code: 'content_filtered' })
  expect(cell.asked).toHaveLength(1)
})

test('what asking throws ends the cell at once', async () => {
  const cell = await makeCell(compileOne(structured), { product: 'tea' }, [reply('no')])
  expect(cell.error).toMatchObject({ message: 'asked more often than expected' })
  expect(cell.asked).toHaveLength(2)
})
