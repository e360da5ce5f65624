import { expect, it, test } from 'vitest'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import { conform } from '../../../src/base/values/column-type.ts'
import type { CellResult, Column, ModelColumn } from '../../../src/columns/column/column.ts'
import type { ModelReply } from '../../../src/models/contract/contract.ts'
import { compile, reply, silent } from '../examples.ts'

const text = { name: 'review', column_type: 'llm-text', model_alias: 'writer', prompt: 'Review.' }
const code = { ...text, column_type: 'llm-code', code_lang: 'python' }
const fence = '```'

function said(role: string, words: string, reasoning: string | null = null) {
  return {
    role,
    content: [{ type: 'text', text: words, source: null }],
    reasoning_content: reasoning,
    tool_calls: null,
    tool_call_id: null,
  }
}

/** The columns of a config of one, and its cell. */
async function make(config: typeof text, answers: readonly ModelReply[], corrections = 0) {
  const { columns } = compile([config], {
    max_conversation_correction_steps: corrections,
    max_conversation_restarts: 1,
  })
  const left = [...answers]
  const column = columns[0] as ModelColumn
  const made = await column.run({
    ...silent,
    row: {},
    random: keyedRandom(1n, 'c', 0),
    request: async () => left.shift()!,
  })
  return { columns, made }
}

/** A value as its column stores it: undefined when it does not fit. */
function stored(columns: readonly Column[], made: CellResult, name: string) {
  return conform(columns.find((column) => column.name === name)!.type, made.sides![name]!)
}

it('is of all messages, or of the last one; reasoning stands beside what was said', async () => {
  const answer = { ...reply('Good.'), reasoning: ' Hm. ' }
  const all = await make({ ...text, system_prompt: 'Be brief.', with_trace: 'all_messages' } as typeof text, [
    answer,
  ])
  expect(stored(all.columns, all.made, 'review__trace')).toEqual([
    said('system', 'Be brief.'),
    said('user', 'Review.'),
    said('assistant', 'Good.', ' Hm. '),
  ])
  const last = await make({ ...text, with_trace: 'last_message' } as typeof text, [answer])
  expect(stored(last.columns, last.made, 'review__trace')).toEqual([said('assistant', 'Good.', ' Hm. ')])
})

it('holds corrections, and nothing of what stood before a new start', async () => {
  const answers = ['first', 'second', 'third', `${fence}python\nx\n${fence}`].map((content) => reply(content))
  const { columns, made } = await make({ ...code, with_trace: 'all_messages' } as typeof text, answers, 1)
  const trace = stored(columns, made, 'review__trace') as { role: string; content: { text: string }[] }[]
  expect(trace.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
  expect(trace[1]!.content[0]!.text).toBe('third')
  expect(made.value).toBe('x')
})

it.each([
  [' Because. ', 'Because.'],
  ['  ', null],
  [null, null],
])('reasoning %j is kept as %j', async (reasoning, kept) => {
  const { columns, made } = await make({ ...text, extract_reasoning_content: true } as typeof text, [
    { ...reply('Good.'), reasoning },
  ])
  expect(made.sides).toEqual({ review__reasoning_content: kept })
  expect(stored(columns, made, 'review__reasoning_content')).toBe(kept)
})

test('side columns stand behind their column, stay when it is dropped, and go when a processor says so', () => {
  const config = { ...text, with_trace: 'all_messages', extract_reasoning_content: true }
  const drops = (processors: readonly { readonly [key: string]: string | string[] }[], drop = false) =>
    compile([{ ...config, drop }], {}, { processors }).columns.map((column) => [column.name, column.drop])
  expect(drops([], true)).toEqual([
    ['review', true],
    ['review__trace', false],
    ['review__reasoning_content', false],
  ])
  expect(drops([{ name: 'd', processor_type: 'drop_columns', column_names: ['*__trace', 'x*'] }])).toEqual([
    ['review', false],
    ['review__trace', true],
    ['review__reasoning_content', false],
  ])
})
