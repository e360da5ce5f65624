import { describe, expect, it, onTestFinished } from 'vitest'
import { startSimulator } from '../../../src/simulate/server/server.ts'
import { asking, type Json } from '../support.ts'

const simulator = asking({ words: 30 })
const user = (content: string) => ({ role: 'user', content })
const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 3 } },
  required: ['city', 'days'],
}
const paths = {
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
  messages: '/v1/messages',
  gemini: '/v1beta/models/gem:generateContent',
} as const
type Route = keyof typeof paths

const plain: Readonly<Record<Route, Json>> = {
  chat: { model: 'm', messages: [user('x')] },
  responses: { model: 'm', input: 'x' },
  messages: { model: 'm', max_tokens: 2000, messages: [user('x')] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
}
const ask = (route: Route, more: object = {}) => simulator.json(paths[route], { ...plain[route], ...more })

/** The events of a stream. */
async function streamed(path: string, body: object): Promise<Json[]> {
  const response = await simulator.post(path, body)
  if ('broken' in response) throw new Error(response.broken)
  return response.body
    .split('\n\n')
    .flatMap((event) => /^data: (\{.*)$/m.exec(event)?.[1] ?? [])
    .map((data) => JSON.parse(data))
}

const call = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }
const use = { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'weather', input: {} }] }
const parts = [{ text: 'x' }]

/** Requests that the vendors refuse with 400. */
const bad: readonly [Route, string, object][] = [
  ['chat', 'a role that is none', { messages: [{ role: 'banana', content: 'x' }] }],
  ['chat', 'content that is a number', { messages: [{ role: 'user', content: 5 }] }],
  ['chat', 'a result without a call', { messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] }],
  [
    'chat',
    'a call without a result',
    { messages: [user('x'), { role: 'assistant', tool_calls: [call] }, user('x')] },
  ],
  ['chat', 'a temperature of 3', { temperature: 3 }],
  ['chat', 'a temperature that is a text', { temperature: '1' }],
  ['chat', 'no answers at all', { n: 0 }],
  ['chat', 'half a token', { max_tokens: 0.5 }],
  ['chat', 'two limits', { max_tokens: 5, max_completion_tokens: 5 }],
  ['chat', 'five stops', { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['chat', 'alternatives without logprobs', { top_logprobs: 2 }],
  ['chat', 'stream options without a stream', { stream_options: { include_usage: true } }],
  ['chat', 'a tool that must be called and is not there', { tool_choice: 'required' }],
  ['chat', 'a schema that is missing', { response_format: { type: 'json_schema', json_schema: {} } }],
  ['responses', 'no input', { input: [] }],
  ['responses', 'a role that is none', { input: [{ role: 'tool', content: 'x' }] }],
  ['responses', 'a result without a call', { input: [{ type: 'function_call_output', call_id: 'a' }] }],
  ['responses', 'a response of somebody else', { previous_response_id: 'resp_1' }],
  ['responses', 'a tool of the vendor that must be called', { tool_choice: { type: 'web_search' } }],
  ['responses', 'fewer tokens than it takes', { max_output_tokens: 5 }],
  ['messages', 'a role that is none', { messages: [{ role: 'system', content: 'x' }] }],
  ['messages', 'an empty text', { messages: [user('')] }],
  ['messages', 'a use without a result', { messages: [user('x'), use, user('x')] }],
  [
    'messages',
    'a result without a use',
    { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'b' }] }] },
  ],
  ['messages', 'a temperature of 2', { temperature: 2 }],
  ['messages', 'too little to think with', { thinking: { type: 'enabled', budget_tokens: 5 } }],
  ['messages', 'a tool that is not there', { tool_choice: { type: 'tool', name: 'nobody' } }],
  ['gemini', 'a role that is none', { contents: [{ role: 'banana', parts }] }],
  ['gemini', 'no parts', { contents: [{ role: 'user', parts: [] }] }],
  ['gemini', 'a schema without its MIME type', { generationConfig: { responseSchema: schema } }],
  [
    'gemini',
    'a function that is not there',
    { tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['nobody'] } } },
  ],
]

describe('a request that a vendor refuses', () => {
  it.each(bad)('on the route %s is refused: %s', async (route, _what, more) => {
    const response = await simulator.post(paths[route], { ...plain[route], ...more })
    expect(response).toMatchObject({ status: 400 })
    const { error } = JSON.parse((response as { body: string }).body)
    if (route === 'gemini') expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    else expect(error.type).toBe('invalid_request_error')
  })

  it('names the field and the kind of fault, as OpenAI does', async () => {
    const response = await simulator.post(paths.chat, { ...plain.chat, messages: [{ role: 'banana' }] })
    const { error } = JSON.parse((response as { body: string }).body)
    expect(error).toMatchObject({ param: 'messages[0].role', code: 'invalid_value' })
  })
})

describe('an answer', () => {
  it('comes as often as it is wanted, each another', async () => {
    const texts = (await ask('chat', { n: 3 })).choices.map(({ message }: Json) => message.content)
    expect(new Set(texts).size).toBe(3)
    const { candidates } = await ask('gemini', { generationConfig: { candidate_count: 2 } })
    expect(candidates.map(({ index }: Json) => index)).toEqual([0, 1])
    const both = await streamed(paths.chat, { ...plain.chat, n: 2, stream: true })
    expect(new Set(both.map(({ choices }) => choices[0].index))).toEqual(new Set([0, 1]))
  })

  it('ends before the text that the request stops at, and says so', async () => {
    const chat = await ask('chat', { stop: '. ' })
    expect(chat.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: expect.not.stringContaining('. ') },
    })
    const message = await ask('messages', { stop_sequences: ['nowhere', '. '] })
    expect(message).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: '. ' })
    const { candidates } = await ask('gemini', { generationConfig: { stop_sequences: ['. '] } })
    expect(candidates[0].content.parts[0].text).not.toContain('. ')
  })

  it('tells the probability of every token', async () => {
    const { choices } = await ask('chat', { logprobs: true, top_logprobs: 2 })
    const [{ message, logprobs }] = choices
    expect(logprobs.content.map(({ token }: Json) => token).join('')).toBe(message.content)
    expect(logprobs.content[0].top_logprobs).toHaveLength(2)
  })

  it('shows thoughts where they are asked for, and counts them', async () => {
    const message = await ask('messages', { thinking: { type: 'enabled', budget_tokens: 1024 } })
    expect(message.content.map(({ type }: Json) => type)).toEqual(['thinking', 'text'])
    expect(message.content[0].signature).not.toBe('')
    const config = { generation_config: { thinking_config: { include_thoughts: true } } }
    const { candidates, usageMetadata } = await ask('gemini', config)
    expect(candidates[0].content.parts[0].thought).toBe(true)
    expect(usageMetadata.thoughtsTokenCount).toBeGreaterThan(0)
    const { output, usage } = await ask('responses', { reasoning: { summary: 'auto' } })
    expect(output.map(({ type }: Json) => type)).toEqual(['reasoning', 'message'])
    expect(usage.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
    const deepSeek = await ask('chat', { thinking: { type: 'enabled' } })
    expect(deepSeek.choices[0].message.reasoning_content).not.toBe('')
  })

  it('follows the fuller schema of the prompt where a gateway enforces half of it', async () => {
    const { days: _, ...half } = schema.properties
    const cut = { type: 'object', properties: { ...half, days: { type: 'integer' } } }
    const content = `Answer. <response_schema>${JSON.stringify(schema)}</response_schema>`
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema: cut } }
    for (let row = 0; row < 20; row++) {
      const { choices } = await ask('chat', { messages: [user(`${row} ${content}`)], response_format })
      expect([1, 2, 3]).toContain(JSON.parse(choices[0].message.content).days)
    }
  })

  it.each([
    ['a schema', `Answer in JSON by this schema:\n${JSON.stringify(schema, null, 2)}\nNothing else.`],
    ['an example', 'Answer in JSON as in {"city": "Rome {EU}", "days": 3}, please.'],
  ])('in JSON follows %s in the words of the prompt', async (_what, prompt) => {
    const format = { response_format: { type: 'json_object' } }
    const { choices } = await ask('chat', { messages: [user(prompt)], ...format })
    const value = JSON.parse(choices[0].message.content)
    expect([Object.keys(value), Number.isInteger(value.days)]).toEqual([['city', 'days'], true])
  })

  it('is in a fence where a schema in the words of the prompt asks for a code block', async () => {
    const prompt = `Return JSON in a \`\`\`json codeblock by ${JSON.stringify(schema)}`
    const { choices } = await ask('chat', { messages: [user(prompt)] })
    expect(choices[0].message.content).toMatch(/^```json\n\{[^`]*"city"[^`]*```$/)
  })

  it('is code for the prompt of Data Designer, also when it is asked again', async () => {
    const prompt =
      'Sort a list.\n\n* Your response must be code written in python.\n* Give it in markdown code fences.'
    const { choices } = await ask('chat', { messages: [user(prompt)] })
    expect(choices[0].message.content).toMatch(/^```python\ndef /)
    const again = [user(prompt), { role: 'assistant', content: 'No.' }, user('There was no block.')]
    const second = await ask('chat', { messages: again })
    expect(second.choices[0].message.content).toMatch(/^```python\n/)
  })

  it('is a refusal where the scenario says so, in the words of each vendor', async () => {
    const refusing = asking({ faults: [{ fault: 'refusal' }] })
    const answer = (route: Route) => refusing.json(paths[route], plain[route])
    expect((await answer('chat')).choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: null, refusal: expect.stringContaining('cannot') },
    })
    expect((await answer('responses')).output[0].content[0].type).toBe('refusal')
    expect(await answer('messages')).toMatchObject({ stop_reason: 'refusal', content: [] })
    expect(await answer('gemini')).toMatchObject({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } })
  })

  it('names its request in a header', async () => {
    expect(await simulator.post(paths.chat, plain.chat)).toMatchObject({
      headers: { 'x-request-id': expect.stringMatching(/^req_/) },
    })
    expect(await simulator.post(paths.messages, plain.messages)).toMatchObject({
      headers: { 'request-id': expect.stringMatching(/^req_/) },
    })
  })
})

describe('tools', () => {
  it('of the custom kind get a text', async () => {
    const tools = [{ type: 'custom', custom: { name: 'shell' } }]
    const { choices } = await ask('chat', { tools, tool_choice: 'required' })
    expect(choices[0].message.tool_calls[0]).toMatchObject({
      type: 'custom',
      custom: { name: 'shell', input: expect.any(String) },
    })
  })

  it('of Gemini are read in either spelling', async () => {
    const declared = { type: 'OBJECT', properties: { n: { type: 'ARRAY', min_items: 4 } }, required: ['n'] }
    const { candidates } = await ask('gemini', {
      tools: [{ function_declarations: [{ name: 'count', parameters: declared }] }],
    })
    const { args, name } = candidates[0].content.parts[0].functionCall
    expect([name, args.n.length >= 4]).toEqual(['count', true])
  })
})

describe('the Responses API', () => {
  const tools = [{ type: 'function', name: 'weather', parameters: schema }]

  it('gives a text, a structured answer, a call and the answer after it', async () => {
    const text = await ask('responses', { instructions: 'Be brief.' })
    expect(text).toMatchObject({
      object: 'response',
      status: 'completed',
      error: null,
      instructions: 'Be brief.',
    })
    expect(text.output[0].content[0]).toMatchObject({ type: 'output_text', annotations: [] })
    const format = { type: 'json_schema', name: 'x', schema, strict: true }
    const shaped = await ask('responses', { text: { format } })
    expect(Object.keys(JSON.parse(shaped.output[0].content[0].text))).toEqual(['city', 'days'])
    const called = await ask('responses', { tools })
    const [{ call_id, ...first }] = called.output
    expect(first).toMatchObject({ type: 'function_call', name: 'weather', status: 'completed' })
    const result = { type: 'function_call_output', call_id, output: 'Sunny' }
    const [last] = (await ask('responses', { tools, input: [user('x'), ...called.output, result] })).output
    expect(last.type).toBe('message')
  })

  it('goes on from an earlier response by its id alone', async () => {
    const called = await ask('responses', { tools })
    const result = { type: 'function_call_output', call_id: called.output[0].call_id, output: 'Sunny' }
    const body = { tools, previous_response_id: called.id, input: [result] }
    const later = await asking({ words: 30 }).json(paths.responses, { ...plain.responses, ...body })
    expect(later.output[0].type).toBe('message')
    expect(later.previous_response_id).toBe(called.id)
  })

  it('is incomplete where the tokens did not suffice', async () => {
    const reply = await ask('responses', { max_output_tokens: 16 })
    expect(reply).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 16 },
    })
  })

  it('streams the same response in numbered events', async () => {
    const body = { ...plain.responses, reasoning: { summary: 'auto' } }
    const events = await streamed(paths.responses, { ...body, stream: true })
    expect(events.map(({ sequence_number: number }) => number)).toEqual([...events.keys()])
    const kinds = [...new Set(events.map(({ type }) => type.replace('response.', '')))]
    expect(kinds).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'completed',
    ])
    const text = events.flatMap(({ type, delta }) => (type === 'response.output_text.delta' ? [delta] : []))
    expect(events.at(-1).response.output[1].content[0].text).toBe(text.join(''))
    const called = await streamed(paths.responses, { ...plain.responses, tools, stream: true })
    expect(called.map(({ type }) => type)).toContain('response.function_call_arguments.done')
  })
})

describe('pictures', () => {
  const path = '/v1/images/generations'

  it('stream, unfinished ones first', async () => {
    const events = await streamed(path, { model: 'm', prompt: 'x', stream: true, partial_images: 2 })
    expect(events.map(({ type }) => type.replace('image_generation.', ''))).toEqual([
      'partial_image',
      'partial_image',
      'completed',
    ])
  })

  it('are linked to where that is wanted: inside the process with their bytes', async () => {
    const { data, usage } = await simulator.json(path, { model: 'm', prompt: 'x', response_format: 'url' })
    expect(data[0].url).toMatch(/^data:image\/png;base64,/)
    expect(usage.input_tokens_details).toEqual({ text_tokens: 1, image_tokens: 0 })
  })
})

describe('the routes over HTTP', () => {
  async function served() {
    const server = await startSimulator({ words: 10 })
    onTestFinished(() => server.close())
    return async (method: string, path: string, headers: object = {}, body?: object) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, body: (await response.json()) as Json }
    }
  }
  const anthropic = { 'anthropic-version': '2023-06-01' }

  it('list models and describe one in the shape of the vendor who is asked', async () => {
    const get = await served()
    expect((await get('GET', '/v1/models')).body).toMatchObject({
      object: 'list',
      data: [{ id: 'simulated' }],
    })
    expect((await get('GET', '/v1/models/org%2Fany')).body).toMatchObject({ object: 'model', id: 'org/any' })
    expect((await get('GET', '/v1/models', anthropic)).body).toMatchObject({
      data: [{ type: 'model', display_name: 'simulated' }],
      has_more: false,
    })
    expect((await get('GET', '/v1beta/models')).body.models[0].name).toBe('models/simulated')
    expect((await get('GET', '/v1beta/models/gem')).body.name).toBe('models/gem')
  })

  it('tell of a path that is none in the shape of the vendor, and never of a missing model', async () => {
    const get = await served()
    const { status, body } = await get('POST', '/v1/fine_tuning/jobs', {}, {})
    expect([status, body.error.code]).toEqual([404, 'unknown_url'])
    const messages = await get('GET', '/v1/messages/nothing', anthropic)
    expect([messages.status, messages.body.error.type]).toEqual([404, 'not_found_error'])
    const gemini = await get('GET', '/v1beta/cachedContents/x')
    expect([gemini.status, gemini.body.error.status]).toEqual([404, 'NOT_FOUND'])
    expect((await get('DELETE', '/v1/models')).status).toBe(404)
  })

  it('count tokens and judge texts without being counted', async () => {
    const get = await served()
    const counted = await get(
      'POST',
      '/v1/messages/count_tokens',
      {},
      { model: 'm', messages: [user('12345')] },
    )
    expect(counted.body).toEqual({ input_tokens: 2 })
    const gemini = await get('POST', '/v1beta/models/m:countTokens', {}, plain.gemini)
    expect(gemini.body).toMatchObject({ totalTokens: 1 })
    const judged = await get('POST', '/v1/moderations', {}, { input: ['a', 'b'] })
    expect(judged.body.results).toHaveLength(2)
    expect((await get('GET', '/stats')).body.requests).toBe(0)
  })

  it.each([
    ['Azure', '/openai/deployments/mine/chat/completions'],
    ['Azure, version 1', '/openai/v1/chat/completions'],
    ['OpenRouter', '/api/v1/chat/completions'],
    ['Gemini for clients of OpenAI', '/v1beta/openai/chat/completions'],
  ])('lie where %s has them', async (_vendor, path) => {
    const get = await served()
    const { body } = await get('POST', path, {}, { model: 'm', messages: [user('x')] })
    expect(body.object).toBe('chat.completion')
  })

  it('take a deployment of Azure for the model', async () => {
    const get = await served()
    const path = '/openai/deployments/mine/chat/completions'
    expect((await get('POST', path, {}, { messages: [user('x')] })).body.model).toBe('mine')
  })

  it('link to pictures that can be fetched', async () => {
    const server = await startSimulator({})
    onTestFinished(() => server.close())
    const body = JSON.stringify({ model: 'm', prompt: 'x', n: 2, response_format: 'url' })
    const made = await fetch(`${server.url}/v1/images/generations`, { method: 'POST', body })
    const { data } = (await made.json()) as Json
    for (const { url } of data) {
      const picture = await fetch(url)
      expect(picture.headers.get('content-type')).toBe('image/png')
      expect(Buffer.from(await picture.arrayBuffer()).toString('latin1', 1, 4)).toBe('PNG')
    }
  })
})
