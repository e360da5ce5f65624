import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readReply } from '../../../src/models/wire/reply.ts'
import { asking, type Json, pngSide } from '../support.ts'

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 3 } },
  required: ['city', 'days'],
}
const user = (content: string) => ({ role: 'user', content })

/** The data of server-sent events. */
const dataOf = (body: string): Json[] =>
  body
    .split(/\r?\n\r?\n/)
    .filter((event) => event !== '')
    .map((event) => /^data: (.*)$/m.exec(event)![1]!)
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)))

const simulator = asking({ words: 30 })
async function streamed(path: string, body: object): Promise<Json[]> {
  const response = await simulator.post(path, body)
  if ('broken' in response) throw new Error(response.broken)
  expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'text/event-stream' } })
  return dataOf(response.body)
}

describe('the OpenAI chat route', () => {
  const path = '/v1/chat/completions'

  it('cuts a text at max_tokens, and says so', async () => {
    const body = { model: 'm', messages: [user('x')], max_completion_tokens: 5 }
    const reply = readReply(JSON.stringify(await simulator.json(path, body)))
    expect(reply).toMatchObject({ finishReason: 'length', usage: { outputTokens: 5 } })
    expect(reply.content).toHaveLength(20)
  })

  it('streams the text it would give at once, with the usage last when asked', async () => {
    const body = { model: 'm', messages: [user('x')] }
    const events = await streamed(path, { ...body, stream: true, stream_options: { include_usage: true } })
    expect(events.at(-1)).toBe('[DONE]')
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 1 } })
    expect(events.at(-3).choices[0].finish_reason).toBe('stop')
    const text = events.slice(0, -2).map((event) => event.choices[0].delta.content ?? '')
    expect(text.join('').split(/\s+/)).toHaveLength(30)
    expect(text.length).toBeGreaterThan(4)
  })

  it('gives any object in JSON mode, and a picture when one is wanted', async () => {
    const json = await simulator.json(path, {
      model: 'm',
      messages: [user('x')],
      response_format: { type: 'json_object' },
    })
    expect(JSON.parse(json.choices[0].message.content)).toHaveProperty('answer')
    const drawn = await simulator.json(path, { model: 'm', messages: [user('x')], modalities: ['image'] })
    const [image] = drawn.choices[0].message.images
    expect(image.image_url.url).toMatch(/^data:image\/png;base64,/)
    expect(pngSide(image.image_url.url.split(',')[1])).toBe(32)
  })

  it('keeps to the schema of a conversation when the last message shows none', async () => {
    const schema = '{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}'
    const messages = [
      user(`Give <response_schema>${schema}</response_schema>`),
      { role: 'assistant', content: 'No.' },
      user('That was no JSON.'),
    ]
    const { choices } = await simulator.json(path, { model: 'm', messages })
    expect(Object.keys(JSON.parse(choices[0].message.content))).toEqual(['a'])
  })

  it('sees text in lists of parts', async () => {
    const parts = [{ type: 'text', text: 'Give <response_schema>{"type":"integer"}</response_schema>' }]
    const { choices } = await simulator.json(path, {
      model: 'm',
      messages: [{ role: 'user', content: parts }],
    })
    expect(choices[0].message.content).toMatch(/^\d+$/)
  })
})

/** One conversation: the model is asked, its calls are answered, until it says something. */
async function turns(scenario: object, talk: Talk, prompt: string, more: object = {}): Promise<Json[][]> {
  const asked = asking(scenario)
  const history: Json[] = [talk.user(prompt)]
  const called: Json[][] = []
  for (let turn = 0; turn < 20; turn++) {
    const answer = await asked.json(talk.path, talk.body(history, more))
    const calls = talk.calls(answer)
    if (calls.length === 0) return called
    called.push(calls)
    history.push(...talk.results(answer, calls))
  }
  throw new Error('It never stopped.')
}

interface Talk {
  readonly path: string
  user(text: string): Json
  body(history: Json[], more: object): object
  /** Name and arguments. */
  calls(answer: Json): Json[]
  results(answer: Json, calls: Json[]): Json[]
}

const openAi: Talk = {
  path: '/v1/chat/completions',
  user,
  body: (messages, more) => ({
    model: 'm',
    messages,
    tools: ['weather', 'clock'].map((name) => ({ type: 'function', function: { name, parameters } })),
    ...more,
  }),
  calls: ({ choices: [{ message, finish_reason }] }) => {
    expect(finish_reason).toBe(message.tool_calls === undefined ? 'stop' : 'tool_calls')
    return (message.tool_calls ?? []).map((call: Json) => [
      call.function.name,
      JSON.parse(call.function.arguments),
    ])
  },
  results: ({ choices: [{ message }] }) => [
    message,
    ...message.tool_calls.map(({ id }: Json) => ({ role: 'tool', tool_call_id: id, content: 'Sunny' })),
  ],
}

const anthropic: Talk = {
  path: '/v1/messages',
  user,
  body: (messages, more) => ({
    model: 'm',
    max_tokens: 500,
    messages,
    tools: ['weather', 'clock'].map((name) => ({ name, input_schema: parameters })),
    ...more,
  }),
  calls: ({ content, stop_reason }) => {
    const calls = content.filter(({ type }: Json) => type === 'tool_use')
    expect(stop_reason).toBe(calls.length === 0 ? 'end_turn' : 'tool_use')
    return calls.map(({ name, input }: Json) => [name, input])
  },
  results: ({ content }) => [
    { role: 'assistant', content },
    {
      role: 'user',
      content: content.map(({ id }: Json) => ({ type: 'tool_result', tool_use_id: id, content: 'Sunny' })),
    },
  ],
}

const gemini: Talk = {
  path: '/v1beta/models/m:generateContent',
  user: (text) => ({ role: 'user', parts: [{ text }] }),
  body: (contents, more) => ({
    contents,
    tools: [{ functionDeclarations: ['weather', 'clock'].map((name) => ({ name, parameters })) }],
    ...more,
  }),
  calls: ({ candidates: [{ content }] }) =>
    content.parts.flatMap(({ functionCall: call }: Json) =>
      call === undefined ? [] : [[call.name, call.args]],
    ),
  results: ({ candidates: [{ content }] }, calls) => [
    content,
    {
      role: 'user',
      parts: calls.map(([name]) => ({ functionResponse: { name, response: { sky: 'Sunny' } } })),
    },
  ],
}

describe.each([
  ['OpenAI', openAi, { tool_choice: 'none' }, { tool_choice: 'required' }],
  ['Anthropic', anthropic, { tool_choice: { type: 'none' } }, { tool_choice: { type: 'any' } }],
  [
    'Gemini',
    gemini,
    { toolConfig: { functionCallingConfig: { mode: 'NONE' } } },
    { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
  ],
] as const)('a model that is given tools, as %s has it,', (_name, talk, none, any) => {
  it('calls one with arguments that fit, then answers', async () => {
    const called = await turns({}, talk, 'x')
    expect(called).toHaveLength(1)
    const [[[name, values]]] = called as [[[string, Json]]]
    expect(['weather', 'clock']).toContain(name)
    expect(Object.keys(values)).toEqual(['city', 'days'])
    expect([1, 2, 3]).toContain(values.days)
  })

  it('calls those that the prompt names', async () => {
    const called = await turns({}, talk, 'Ask weather and clock.')
    expect(called.map((turn) => turn.map(([name]) => name))).toEqual([['weather', 'clock']])
  })

  it('calls as many for as many turns as the scenario says', async () => {
    const called = await turns({ tools: { turns: 3, calls: 2 } }, talk, 'Ask the clock.')
    expect(called.map((turn) => turn.map(([name]) => name))).toEqual(Array(3).fill(['clock', 'clock']))
    expect(await turns({ tools: { turns: 0 } }, talk, 'Ask the clock.')).toEqual([])
  })

  it('keeps to what the request says of tools', async () => {
    expect(await turns({}, talk, 'x', none)).toEqual([])
    expect(await turns({ tools: { turns: 0 } }, talk, 'x', any)).toHaveLength(1)
  })
})

describe('the Anthropic route', () => {
  const path = '/v1/messages'

  it('answers, follows a schema, cuts at max_tokens', async () => {
    const plain = await simulator.json(path, { model: 'm', max_tokens: 500, messages: [user('x')] })
    expect(plain).toMatchObject({ type: 'message', stop_reason: 'end_turn', usage: { input_tokens: 1 } })
    expect(plain.content[0].text.split(/\s+/)).toHaveLength(30)
    const config = { output_config: { format: { type: 'json_schema', schema: parameters } } }
    const shaped = await simulator.json(path, {
      model: 'm',
      max_tokens: 500,
      messages: [user('x')],
      ...config,
    })
    expect(Object.keys(JSON.parse(shaped.content[0].text))).toEqual(['city', 'days'])
    const cut = await simulator.json(path, { model: 'm', max_tokens: 3, messages: [user('x')] })
    expect(cut).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 3 } })
  })

  it('streams the text, and tool calls, in its own events', async () => {
    const body = { model: 'm', max_tokens: 500, messages: [user('x')], stream: true }
    const events = await streamed(path, body)
    const text = events.flatMap(({ type, delta }) => (type === 'content_block_delta' ? [delta.text] : []))
    expect(text.join('').split(/\s+/)).toHaveLength(30)
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      ...text.map(() => 'content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    const called = await streamed(path, { ...anthropic.body([user('x')], {}), stream: true })
    const [block] = called.filter(({ type }) => type === 'content_block_start')
    expect(block.content_block).toMatchObject({ type: 'tool_use', input: {} })
  })

  it('has errors of its own shape', async () => {
    const failing = asking({ faults: [{ fault: 'status', status: 529 }] })
    const response = await failing.post(path, { model: 'm', max_tokens: 5, messages: [user('x')] })
    expect(response).toMatchObject({ status: 529, body: expect.stringContaining('overloaded_error') })
    expect(await simulator.post(path, { model: 'm', messages: [user('x')] })).toMatchObject({
      status: 400,
      body: expect.stringContaining('max_tokens: field required'),
    })
  })
})

describe('the Gemini routes', () => {
  const contents = [{ role: 'user', parts: [{ text: 'x' }] }]

  it('answer, follow schemas with types in capitals, draw', async () => {
    const path = '/v1beta/models/gem:generateContent'
    const plain = await simulator.json(path, { contents })
    expect(plain).toMatchObject({ modelVersion: 'gem', usageMetadata: { promptTokenCount: 1 } })
    expect(plain.candidates[0].finishReason).toBe('STOP')
    const responseSchema = { type: 'OBJECT', properties: { a: { type: 'INTEGER' } }, required: ['a'] }
    const config = { responseMimeType: 'application/json', responseSchema }
    const shaped = await simulator.json(path, { contents, generationConfig: config })
    expect(JSON.parse(shaped.candidates[0].content.parts[0].text).a).toEqual(expect.any(Number))
    const drawn = await simulator.json(path, {
      contents,
      generationConfig: { responseModalities: ['IMAGE'] },
    })
    const [, { inlineData }] = drawn.candidates[0].content.parts
    expect(pngSide(inlineData.data)).toBe(32)
  })

  it('stream', async () => {
    const events = await streamed('/v1beta/models/gem:streamGenerateContent', { contents })
    const text = events
      .flatMap(({ candidates }) => candidates[0].content.parts)
      .map((part) => part.text ?? '')
    expect(text.join('').split(/\s+/)).toHaveLength(30)
    expect(events.at(-1).candidates[0].finishReason).toBe('STOP')
  })

  it('give another model another answer, since its name stands in the path alone', async () => {
    const [one, two] = await Promise.all(
      ['a', 'b'].map((model) => simulator.json(`/v1beta/models/${model}:generateContent`, { contents })),
    )
    expect(one.candidates).not.toEqual(two.candidates)
  })

  it('embed one text or several', async () => {
    const content = { parts: [{ text: 'a red kettle' }] }
    const one = await simulator.json('/v1beta/models/e:embedContent', { content, outputDimensionality: 8 })
    const several = await simulator.json('/v1beta/models/e:batchEmbedContents', {
      requests: [{ content, outputDimensionality: 8 }, { content }],
    })
    expect(one.embedding.values).toHaveLength(8)
    expect(several.embeddings).toEqual([one.embedding, one.embedding])
  })
})

describe('embeddings', () => {
  const embed = async (input: unknown, more: object = {}): Promise<number[][]> => {
    const { data } = await simulator.json('/v1/embeddings', { model: 'e', input, ...more })
    return data.map(({ embedding }: Json) => embedding)
  }
  const dot = (a: number[], b: number[]): number =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0)

  it('have length 1, are equal for equal texts, and near for texts that share words', async () => {
    const [kettle, same, near, far] = await embed([
      'a red kettle with a lid',
      'a red kettle with a lid',
      'a blue kettle with a lid',
      'quarterly tax returns',
    ])
    expect(kettle).toHaveLength(256)
    expect(dot(kettle!, kettle!)).toBeCloseTo(1, 5)
    expect(same).toEqual(kettle)
    expect(dot(kettle!, near!)).toBeGreaterThan(0.6)
    expect(Math.abs(dot(kettle!, far!))).toBeLessThan(0.4)
  })

  it('come in the dimensions and the encoding asked for', async () => {
    const [plain] = await embed('x', { dimensions: 12 })
    expect(plain).toHaveLength(12)
    const [encoded] = (await embed('x', { dimensions: 12, encoding_format: 'base64' })) as unknown as string[]
    const bytes = Buffer.from(encoded!, 'base64')
    expect(Array.from({ length: 12 }, (_, at) => bytes.readFloatLE(4 * at))).toEqual(plain)
  })
})

describe('images', () => {
  it('are PNG files, the same for the same prompt, as many as asked for', async () => {
    const draw = async (prompt: string, n = 1): Promise<string[]> => {
      const { data } = await simulator.json('/v1/images/generations', { model: 'i', prompt, n })
      return data.map(({ b64_json }: Json) => b64_json)
    }
    const [cat, second] = await draw('a cat', 2)
    expect(second).not.toBe(cat)
    expect(await draw('a cat', 2)).toEqual([cat, second])
    expect(await draw('a dog')).not.toContain(cat)
    expect(pngSide(cat!)).toBe(32)
  })

  it('decode to as many pixels as their size says', async () => {
    const { data } = await asking({ images: { pixels: 300 } }).json('/v1/images/generations', { prompt: 'x' })
    const bytes = Buffer.from(data[0].b64_json, 'base64')
    const at = bytes.indexOf('IDAT')
    const pixels = inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4)))
    expect(pixels).toHaveLength(300 * 301)
    expect(bytes.subarray(-8).toString('hex')).toBe('49454e44ae426082')
  })
})

describe('lengths of answers', () => {
  const lengths = async (scenario: object, prompt: (row: number) => string): Promise<number[]> => {
    const asked = asking(scenario)
    const counts: number[] = []
    for (let row = 0; row < 2000; row++) {
      const { choices } = await asked.json('/v1/chat/completions', {
        model: 'm',
        messages: [user(prompt(row))],
      })
      counts.push(choices[0].message.content.split(/\s+/).length)
    }
    return counts
  }

  it('are lognormal, around a median that depends on the prompt', async () => {
    const scenario = {
      words: { median: 40, sigma: 0.6 },
      replies: [{ prompt: 'in detail', words: { median: 120, sigma: 0.3 } }],
    }
    const all = await lengths(scenario, (row) => (row % 2 === 0 ? `Row ${row}` : `Row ${row}, in detail`))
    const logs = (odd: number) => all.flatMap((count, row) => (row % 2 === odd ? [Math.log(count)] : []))
    for (const [odd, median, sigma] of [
      [0, 40, 0.6],
      [1, 120, 0.3],
    ] as const) {
      const drawn = logs(odd)
      const mean = drawn.reduce((sum, log) => sum + log, 0) / drawn.length
      const spread = Math.sqrt(drawn.reduce((sum, log) => sum + (log - mean) ** 2, 0) / drawn.length)
      expect(mean).toBeCloseTo(Math.log(median), 1)
      expect(Math.abs(spread - sigma)).toBeLessThan(0.05)
    }
  })
})
