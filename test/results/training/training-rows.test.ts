/** Rows in the formats of trainers: what each record is, held against the schema of its format, and which rows have none. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { ColumnType } from '../../../src/base/values/column-type.ts'
import { formatJson } from '../../../src/base/values/json.ts'
import { toValue, type Value } from '../../../src/base/values/value.ts'
import type { DatasetColumn } from '../../../src/results/rows/columns.ts'
import { type TrainingFormat, trainingFormats } from '../../../src/results/training/training-formats.ts'
import { type TrainingOptions, TrainingRows } from '../../../src/results/training/training-rows.ts'

const text: ColumnType = { kind: 'string' }
const json: ColumnType = { kind: 'json' }
const int: ColumnType = { kind: 'int' }

/** What reads each format takes, and nothing else. */
const call = (args: z.ZodType) =>
  z.strictObject({
    id: z.string(),
    type: z.literal('function'),
    function: z.strictObject({ name: z.string().min(1), arguments: args }),
  })
const message = (args: z.ZodType) =>
  z.union([
    z.strictObject({
      role: z.enum(['system', 'user', 'assistant']),
      content: z.union([z.string().min(1), z.array(z.looseObject({ type: z.string() })).min(1)]),
    }),
    z.strictObject({
      role: z.literal('assistant'),
      content: z.union([z.string(), z.null()]),
      tool_calls: z.array(call(args)).min(1),
    }),
    z.strictObject({ role: z.literal('tool'), content: z.string(), tool_call_id: z.string() }),
  ])
const openAi = z.array(message(z.string())).min(2)
const trl = z.array(message(z.record(z.string(), z.unknown()))).min(1)
const tool = z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) })
const tools = z.union([z.array(tool), z.string(), z.null()]).optional()
const score = z.number().optional()
const schemas: Readonly<Record<TrainingFormat, z.ZodType>> = {
  'openai-chat': z.strictObject({ messages: openAi, tools }),
  sharegpt: z.strictObject({
    conversations: z.array(
      z.strictObject({
        from: z.enum(['system', 'human', 'gpt', 'function_call', 'observation']),
        value: z.string(),
      }),
    ),
    tools: z.union([z.string(), z.null()]).optional(),
  }),
  alpaca: z.strictObject({
    instruction: z.string().min(1),
    input: z.string(),
    output: z.string().min(1),
    system: z.string().optional(),
    history: z.array(z.tuple([z.string(), z.string()])).optional(),
  }),
  'prompt-completion': z.strictObject({ prompt: trl, completion: trl, tools }),
  dpo: z.strictObject({
    prompt: trl,
    chosen: trl,
    rejected: trl,
    score_chosen: score,
    score_rejected: score,
    tools,
  }),
  kto: z.strictObject({ prompt: trl, completion: trl, label: z.boolean(), tools }),
}

type Cells = Readonly<Record<string, unknown>>

/** The records of rows, whose columns have the given types, else JSON; and the reasons of those that were skipped. */
async function recordsOf(
  format: TrainingFormat,
  rows: readonly Cells[],
  options: TrainingOptions & {
    types?: Readonly<Record<string, ColumnType>>
    columns?: readonly string[]
  } = {},
) {
  const { types = {}, columns: further = [], ...training } = options
  const all: DatasetColumn[] = Object.keys(rows[0] ?? {}).map((name) => ({ name, type: types[name] ?? json }))
  const made = new TrainingRows(
    format,
    { all, further: all.filter(({ name }) => further.includes(name)) },
    training,
  )
  async function* slices() {
    yield rows.map((row) => toValue(row) as Readonly<Record<string, Value>>)
  }
  const records: unknown[] = []
  for await (const slice of made.rows(slices())) {
    for (const record of slice) {
      const members = made.columns.map(({ name }) => [name, record[name] ?? null] as const)
      // As a file has it.
      records.push(JSON.parse(formatJson(Object.fromEntries(members))))
    }
  }
  return { records, skipped: made.skipped, mapping: made.mapping, columns: made.columns }
}

const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown) => ({ role: 'assistant', content })
const system = (content: unknown) => ({ role: 'system', content })
const asks = (...ids: readonly string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({
    id,
    type: 'function',
    function: { name: 'find', arguments: `{"q": "${id}"}` },
  })),
})
const result = (id: string, content = 'found') => ({ role: 'tool', tool_call_id: id, content })
const find = { type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } }

const chat = [user('q'), assistant('a')]
const withTools = [user('q'), asks('x', 'y'), result('x'), result('y'), assistant('done')]

describe('records', () => {
  test.each<[string, TrainingFormat, Cells, unknown]>([
    ['text', 'openai-chat', { prompt: 'q', completion: 'a' }, { messages: chat }],
    ['the usual names', 'openai-chat', { question: 'q', answer: 'a' }, { messages: chat }],
    ['a number', 'openai-chat', { question: 'q', answer: 42 }, { messages: [user('q'), assistant('42')] }],
    [
      'a structured answer, as its JSON',
      'openai-chat',
      { question: 'q', answer: { n: 1.0, tags: ['ü'] } },
      { messages: [user('q'), assistant('{"n":1,"tags":["ü"]}')] },
    ],
    [
      'a system message of its own column',
      'openai-chat',
      { system: 'be brief', question: 'q', answer: 'a' },
      { messages: [system('be brief'), ...chat] },
    ],
    [
      'an empty system message',
      'openai-chat',
      { system: ' ', question: 'q', answer: 'a' },
      { messages: chat },
    ],
    ['messages', 'openai-chat', { messages: chat }, { messages: chat }],
    ['messages as JSON text', 'openai-chat', { messages: JSON.stringify(chat) }, { messages: chat }],
    [
      'messages of ShareGPT',
      'openai-chat',
      {
        conversations: [
          { from: 'system', value: 's' },
          { from: 'human', value: 'q' },
          { from: 'gpt', value: 'a' },
        ],
      },
      { messages: [system('s'), ...chat] },
    ],
    [
      'calls of ShareGPT',
      'openai-chat',
      {
        conversations: [
          { from: 'human', value: 'q' },
          { from: 'function_call', value: '{"name": "find", "arguments": {"q": 1}}' },
          { from: 'observation', value: 'found' },
          { from: 'gpt', value: 'a' },
        ],
      },
      {
        messages: [
          user('q'),
          {
            ...assistant(null),
            tool_calls: [
              { id: 'call_0', type: 'function', function: { name: 'find', arguments: '{"q":1}' } },
            ],
          },
          { role: 'tool', content: 'found', tool_call_id: 'call_0' },
          assistant('a'),
        ],
      },
    ],
    [
      'a trace, whose structs have every member',
      'openai-chat',
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'q', source: null }],
            reasoning_content: null,
            tool_calls: null,
            tool_call_id: null,
          },
          {
            role: 'assistant',
            content: [{ type: 'text', text: 'a', source: null }],
            reasoning_content: 'hm',
            tool_calls: null,
            tool_call_id: null,
          },
        ],
      },
      { messages: chat },
    ],
    [
      'an image',
      'openai-chat',
      {
        messages: [
          user([
            { type: 'text', text: 'what?' },
            {
              type: 'image',
              text: null,
              source: { type: 'url', media_type: 'image/png', url: 'https://a/b.png' },
            },
          ]),
          assistant('a cat'),
        ],
      },
      {
        messages: [
          user([
            { type: 'text', text: 'what?' },
            { type: 'image_url', image_url: { url: 'https://a/b.png' } },
          ]),
          assistant('a cat'),
        ],
      },
    ],
    [
      'tools',
      'openai-chat',
      { messages: withTools, tools: [find.function] },
      {
        messages: [
          user('q'),
          asks('x', 'y'),
          { role: 'tool', content: 'found', tool_call_id: 'x' },
          { role: 'tool', content: 'found', tool_call_id: 'y' },
          assistant('done'),
        ],
        tools: [find],
      },
    ],
    [
      'a call at the end',
      'openai-chat',
      { messages: [user('q'), asks('x')] },
      { messages: [user('q'), asks('x')] },
    ],
    [
      'other scripts and control characters',
      'openai-chat',
      { question: 'q\u0000\u2028日本😀', answer: '\ud83d' },
      { messages: [user('q\u0000\u2028日本😀'), assistant('\ud83d')] },
    ],
    [
      'ShareGPT with calls',
      'sharegpt',
      { messages: [system('s'), ...withTools], tools: [find] },
      {
        conversations: [
          { from: 'system', value: 's' },
          { from: 'human', value: 'q' },
          {
            from: 'function_call',
            value: '[{"name":"find","arguments":{"q":"x"}},{"name":"find","arguments":{"q":"y"}}]',
          },
          { from: 'observation', value: '["found","found"]' },
          { from: 'gpt', value: 'done' },
        ],
        tools: formatJson(toValue([find])),
      },
    ],
    [
      'an instruction',
      'alpaca',
      { instruction: 'do', output: 'done' },
      { instruction: 'do', input: '', output: 'done' },
    ],
    [
      'an instruction with all there is',
      'alpaca',
      { instruction: 'do', input: null, output: 'done', system: 's', history: [['a', 'b']] },
      { instruction: 'do', input: '', output: 'done', system: 's', history: [['a', 'b']] },
    ],
    [
      'a conversation as instruction',
      'alpaca',
      { messages: [system('s'), user('1'), assistant('2'), user('3'), assistant('4')] },
      { instruction: '3', input: '', output: '4', system: 's', history: [['1', '2']] },
    ],
    [
      'a conversation, before and from its last answer',
      'prompt-completion',
      {
        messages: [
          user('1'),
          assistant('2'),
          ...withTools.slice(0, 1),
          asks('x'),
          result('x'),
          assistant('4'),
        ],
      },
      {
        prompt: [user('1'), assistant('2'), user('q')],
        completion: [
          {
            ...assistant(null),
            tool_calls: [{ id: 'x', type: 'function', function: { name: 'find', arguments: { q: 'x' } } }],
          },
          { role: 'tool', content: 'found', tool_call_id: 'x' },
          assistant('4'),
        ],
      },
    ],
    [
      'a pair',
      'dpo',
      {
        prompt: chat.concat(user('more')),
        chosen: 'yes',
        rejected: [assistant('no')],
        score_chosen: 5,
        score_rejected: '2.5',
      },
      {
        prompt: [...chat, user('more')],
        chosen: [assistant('yes')],
        rejected: [assistant('no')],
        score_chosen: 5,
        score_rejected: 2.5,
      },
    ],
    [
      'a labelled answer',
      'kto',
      { prompt: 'q', completion: 'a', label: 'True' },
      { prompt: [user('q')], completion: [assistant('a')], label: true },
    ],
    [
      'a label that is a number',
      'kto',
      { prompt: 'q', completion: 'a', label: 0 },
      { prompt: [user('q')], completion: [assistant('a')], label: false },
    ],
  ])('of %s (%s)', async (_what, format, row, record) => {
    const { records, skipped } = await recordsOf(format, [row])
    expect(skipped).toEqual([])
    expect(records).toEqual([record])
    expect(schemas[format].safeParse(records[0]).error).toBeUndefined()
  })

  test('have the columns that were asked for next to their own', async () => {
    const { records, columns } = await recordsOf(
      'openai-chat',
      [{ prompt: 'q', completion: 'a', topic: 't' }],
      {
        columns: ['topic'],
        types: { topic: text },
      },
    )
    expect(records).toEqual([{ messages: chat, topic: 't' }])
    expect(columns).toEqual([
      { name: 'messages', type: json },
      { name: 'topic', type: text },
    ])
  })

  test('have tools as text where that was asked for', async () => {
    const { records } = await recordsOf('dpo', [{ prompt: 'q', chosen: 'a', rejected: 'b', tools: [find] }], {
      toolsAs: 'text',
    })
    expect(records).toMatchObject([{ tools: formatJson(toValue([find])) }])
  })
})

describe('a row is skipped, and counted by its reason', () => {
  test.each<[string, TrainingFormat, Cells]>([
    ['prompt is null', 'openai-chat', { prompt: null, completion: 'a' }],
    ['completion is null', 'openai-chat', { prompt: 'q', completion: null }],
    ['a message of the user is empty', 'openai-chat', { prompt: ' \n', completion: 'a' }],
    ['a message of the assistant is empty', 'openai-chat', { prompt: 'q', completion: '' }],
    ['a message of the assistant is empty', 'openai-chat', { messages: [user('q'), assistant([])] }],
    ['messages is null', 'openai-chat', { messages: null }],
    ['messages is no list of messages', 'openai-chat', { messages: 'hello' }],
    ['messages is no list of messages', 'openai-chat', { messages: [] }],
    ['messages is no list of messages', 'openai-chat', { messages: [1, 'x'] }],
    ['a message has an unknown role', 'openai-chat', { messages: [{ role: 'critic', content: 'x' }] }],
    ['a message has an unknown role', 'openai-chat', { messages: [{ role: 'constructor', content: 'x' }] }],
    ['there are no messages', 'openai-chat', { messages: [system('s')] }],
    [
      'a system message is not the first one',
      'openai-chat',
      { messages: [user('q'), system('s'), assistant('a')] },
    ],
    ['there are two system messages', 'openai-chat', { system: 's', messages: [system('t'), ...chat] }],
    [
      'the first message is not from the user',
      'openai-chat',
      { messages: [assistant('a'), user('q'), assistant('b')] },
    ],
    ['two messages of the user follow each other', 'openai-chat', { messages: [user('q'), ...chat] }],
    [
      'two messages of the assistant follow each other',
      'openai-chat',
      { messages: [...chat, assistant('b')] },
    ],
    ['the last message is not from the assistant', 'openai-chat', { messages: [...chat, user('q')] }],
    [
      'a tool call has no result',
      'openai-chat',
      { messages: [user('q'), asks('x', 'y'), result('x'), assistant('a')] },
    ],
    ['a tool result answers no call', 'openai-chat', { messages: [user('q'), result('x'), assistant('a')] }],
    [
      'a tool result answers no call',
      'openai-chat',
      { messages: [user('q'), asks('x'), result('z'), assistant('a')] },
    ],
    [
      'two tool calls have one id',
      'openai-chat',
      { messages: [user('q'), asks('x', 'x'), result('x'), result('x'), assistant('a')] },
    ],
    [
      'a tool call has no name',
      'openai-chat',
      { messages: [user('q'), { ...assistant(''), tool_calls: [{ id: 'x' }] }] },
    ],
    [
      'a message of the user has tool calls',
      'openai-chat',
      { messages: [{ ...asks('x'), role: 'user' }, assistant('a')] },
    ],
    ['tools are no list', 'openai-chat', { messages: chat, tools: 'find' }],
    ['a tool has no name', 'openai-chat', { messages: chat, tools: [{ type: 'function' }] }],
    [
      'a message has media without an address',
      'openai-chat',
      { messages: [user([{ type: 'image', source: { type: 'base64', url: null } }]), assistant('a')] },
    ],
    [
      'the arguments of a tool call are no JSON',
      'openai-chat',
      {
        messages: [
          user('q'),
          { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '{' } }] },
        ],
      },
    ],
    [
      'the arguments of a tool call are no JSON object',
      'prompt-completion',
      {
        messages: [
          user('q'),
          { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '[1]' } }] },
        ],
      },
    ],
    [
      'a message has media, which the format cannot hold',
      'sharegpt',
      { messages: [user([{ type: 'image_url', image_url: { url: 'u' } }]), assistant('a')] },
    ],
    [
      'a message has text next to tool calls',
      'sharegpt',
      { messages: [user('q'), { ...asks('x'), content: 'let me look' }] },
    ],
    ['there are tool calls, which the format cannot hold', 'alpaca', { messages: withTools }],
    ['instruction is empty', 'alpaca', { instruction: '', output: 'x' }],
    ['output is null', 'alpaca', { instruction: 'do', output: null }],
    ['history is no list of pairs of texts', 'alpaca', { instruction: 'do', output: 'x', history: [['a']] }],
    [
      'completion does not start with the assistant',
      'kto',
      { prompt: 'q', completion: [user('a')], label: true },
    ],
    ['label is neither true nor false', 'kto', { prompt: 'q', completion: 'a', label: 'maybe' }],
    ['label is neither true nor false', 'kto', { prompt: 'q', completion: 'a', label: null }],
    ['chosen equals rejected', 'dpo', { prompt: 'q', chosen: 'a', rejected: [assistant('a')] }],
    ['rejected is null', 'dpo', { prompt: 'q', chosen: 'a', rejected: null }],
    [
      'the scores are equal',
      'dpo',
      { prompt: 'q', chosen: 'a', rejected: 'b', score_chosen: 1, score_rejected: 1.0 },
    ],
    [
      'the scores are closer than the margin',
      'dpo',
      { prompt: 'q', chosen: 'a', rejected: 'b', score_chosen: 1, score_rejected: 2 },
    ],
    [
      'score_rejected is no number',
      'dpo',
      { prompt: 'q', chosen: 'a', rejected: 'b', score_chosen: 1, score_rejected: '' },
    ],
  ])('%s (%s)', async (reason, format, row) => {
    const fits: Record<TrainingFormat, Cells> = {
      'openai-chat': { messages: chat, prompt: 'q', completion: 'a' },
      sharegpt: { messages: chat },
      alpaca: { messages: chat, instruction: 'do', output: 'x' },
      'prompt-completion': { messages: chat },
      dpo: { prompt: 'q', chosen: 'a', rejected: 'b', score_chosen: 3, score_rejected: 1 },
      kto: { prompt: 'q', completion: 'a', label: true },
    }
    const good = Object.fromEntries(Object.keys(row).map((name) => [name, fits[format][name] ?? null]))
    const { records, skipped } = await recordsOf(format, [row, good, row])
    expect(records).toHaveLength(1)
    expect(skipped).toEqual([{ reason, rows: 2, first: 0 }])
    await expect(recordsOf(format, [good, row], { strict: true })).rejects.toMatchObject({
      code: 'export_unfit',
      message: `Row 1 of the export does not fit the format: ${reason}.`,
    })
    await expect(recordsOf(format, [row])).rejects.toMatchObject({ code: 'export_unfit' })
  })

  test('a margin skips pairs that are close', async () => {
    const pair = { prompt: 'q', chosen: 'a', rejected: 'b', score_chosen: 3, score_rejected: 2 }
    expect((await recordsOf('dpo', [pair], { minMargin: 1 })).records).toHaveLength(1)
    await expect(recordsOf('dpo', [pair], { minMargin: 1.5 })).rejects.toThrow(/closer than the margin/)
  })

  test('no rows at all are no error', async () => {
    const made = new TrainingRows(
      'kto',
      { all: ['prompt', 'completion', 'label'].map((name) => ({ name, type: json })), further: [] },
      {},
    )
    async function* none() {
      yield []
    }
    for await (const slice of made.rows(none())) expect(slice).toEqual([])
  })
})

describe('a mapping', () => {
  const row = {
    topic: 't',
    question: 'q',
    judged: { best: { text: 'a' }, worst: 'b', score: 3 },
    vector: [0.5],
    flag: true,
  }
  const types: Record<string, ColumnType> = {
    topic: text,
    question: text,
    judged: {
      kind: 'struct',
      fields: [
        { name: 'best', type: { kind: 'struct', fields: [{ name: 'text', type: text }] } },
        { name: 'worst', type: text },
        { name: 'score', type: int },
      ],
    },
    vector: { kind: 'list', element: { kind: 'float' } },
    flag: { kind: 'bool' },
  }

  test('leads into structs', async () => {
    const map = { chosen: 'judged.best.text', rejected: 'judged.worst', score_chosen: 'judged.score' }
    const { records, mapping } = await recordsOf('dpo', [row], { types, map })
    expect(records).toEqual([
      { prompt: [user('q')], chosen: [assistant('a')], rejected: [assistant('b')], score_chosen: 3 },
    ])
    expect(mapping).toEqual({ ...map, prompt: 'question' })
  })

  test.each<[string, TrainingFormat, Readonly<Record<string, string>>, string, RegExp]>([
    ['an unknown field', 'dpo', { answer: 'topic' }, 'usage', /no field "answer"; it has prompt, chosen/],
    ['a field of another format', 'kto', { chosen: 'topic' }, 'usage', /kto has no field "chosen"/],
    [
      'an unknown column',
      'kto',
      { prompt: 'nope' },
      'unknown_column',
      /no column "nope"; it has topic, question/,
    ],
    ['an unknown member', 'kto', { prompt: 'judged.nope' }, 'unknown_column', /no column "judged.nope"/],
    [
      'a list of numbers as text',
      'kto',
      { completion: 'vector' },
      'usage',
      /"vector" holds lists \(float\); the field completion takes text/,
    ],
    [
      'text as label',
      'kto',
      { prompt: 'question', completion: 'topic' },
      'usage',
      /No column was found for label/,
    ],
    ['a number as text of a label', 'kto', { label: 'vector' }, 'usage', /takes true or false/],
    ['nothing that fits', 'openai-chat', {}, 'usage', /needs messages, or prompt and completion/],
    ['fields of two choices', 'openai-chat', { messages: 'judged', prompt: 'topic' }, 'usage', /messages/],
    [
      'a flag as text',
      'openai-chat',
      { prompt: 'question', completion: 'flag' },
      'usage',
      /holds true and false/,
    ],
  ])('with %s is refused', async (_what, format, map, code, message) => {
    await expect(recordsOf(format, [row], { types, map })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  test('that could be two things is refused with both', async () => {
    const both = { messages: chat, prompt: 'q', completion: 'a' }
    await expect(recordsOf('openai-chat', [both])).rejects.toThrow(/Several fit/)
    expect((await recordsOf('openai-chat', [both], { map: { prompt: 'prompt' } })).records).toHaveLength(1)
    await expect(
      recordsOf('kto', [{ prompt: 'q', question: 'q', answer: 'a', label: true }]),
    ).rejects.toThrow(/prompt could be any of prompt, question/)
  })
})

test('every format has its schema', () => {
  expect(Object.keys(schemas)).toEqual([...trainingFormats])
})
