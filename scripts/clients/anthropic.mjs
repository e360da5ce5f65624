import Anthropic from '@anthropic-ai/sdk'
import { all, deepEqual, equal, fitsWeather, ok, refusal, run, url, weather } from './checking.mjs'

const client = new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0 })
const messages = [{ role: 'user', content: 'Say something long about kettles.' }]
const base = { model: 'claude', max_tokens: 2000, messages }
const tools = [{ name: 'weather', input_schema: weather }]
const create = (more) => client.messages.create({ ...base, ...more })

await run('@anthropic-ai/sdk', {
  'a text, with the fields that the types demand': async () => {
    const reply = await create({})
    deepEqual(
      [reply.type, reply.role, reply.stop_reason, reply.stop_sequence],
      ['message', 'assistant', 'end_turn', null],
    )
    for (const field of [
      'cache_creation_input_tokens',
      'cache_read_input_tokens',
      'cache_creation',
      'server_tool_use',
      'service_tier',
    ]) {
      ok(reply.usage[field] !== undefined, field)
    }
    ok(reply._request_id.startsWith('req_'))
  },
  stop_sequences: async () => {
    const reply = await create({ stop_sequences: ['. '] })
    deepEqual([reply.stop_reason, reply.stop_sequence], ['stop_sequence', '. '])
    ok(!reply.content[0].text.includes('. '))
  },
  'thinking: a block with a signature': async () => {
    const reply = await create({ thinking: { type: 'enabled', budget_tokens: 1024 } })
    deepEqual(
      reply.content.map(({ type }) => type),
      ['thinking', 'text'],
    )
    ok(reply.content[0].thinking.length > 5 && reply.content[0].signature.length > 5)
  },
  'thinking, streamed': async () => {
    const stream = client.messages.stream({ ...base, thinking: { type: 'enabled', budget_tokens: 1024 } })
    const reply = await stream.finalMessage()
    deepEqual(
      reply.content.map(({ type }) => type),
      ['thinking', 'text'],
    )
    ok(reply.content[0].signature.length > 5)
  },
  'a stream': async () => {
    const events = await all(await create({ stream: true }))
    equal(events[0].message.usage.cache_read_input_tokens, 0)
    equal(events.at(-1).type, 'message_stop')
    ok(events.at(-2).usage.output_tokens > 1)
  },
  'tools: a use, its result, an answer': async () => {
    const first = await create({ tools })
    equal(first.stop_reason, 'tool_use')
    const use = first.content.find(({ type }) => type === 'tool_use')
    fitsWeather(use.input)
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'Sunny' }] }
    const last = await create({
      tools,
      messages: [...messages, { role: 'assistant', content: first.content }, result],
    })
    equal(last.stop_reason, 'end_turn')
  },
  'tools, streamed': async () => {
    const reply = await client.messages
      .stream({ ...base, tools, tool_choice: { type: 'any' } })
      .finalMessage()
    fitsWeather(reply.content[0].input)
  },
  'structured output': async () => {
    const reply = await create({ output_config: { format: { type: 'json_schema', schema: weather } } })
    fitsWeather(JSON.parse(reply.content[0].text))
  },
  countTokens: async () => {
    const { input_tokens } = await client.messages.countTokens({ model: 'claude', messages })
    equal(input_tokens, (await create({})).usage.input_tokens)
  },
  'the list of models, and one': async () => {
    const page = await client.models.list()
    deepEqual([page.data[0].type, page.has_more], ['model', false])
    ok(page.data[0].display_name !== undefined && Date.parse(page.data[0].created_at) > 0)
    equal((await client.models.retrieve('claude')).id, 'claude')
  },
  'bad requests are refused': async () => {
    const use = { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'weather', input: {} }] }
    for (const more of [
      { max_tokens: undefined },
      { max_tokens: 0 },
      { temperature: 2 },
      { messages: [] },
      { messages: [{ role: 'system', content: 'x' }] },
      { messages: [{ role: 'user', content: '' }] },
      { messages: [...messages, use, { role: 'user', content: 'x' }] },
      {
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'nobody', content: 'x' }] }],
      },
      { thinking: { type: 'enabled', budget_tokens: 5 } },
      { thinking: { type: 'enabled', budget_tokens: 3000 } },
      { tools, tool_choice: { type: 'tool', name: 'nobody' } },
    ]) {
      const error = await refusal(create(more))
      ok(error instanceof Anthropic.BadRequestError, JSON.stringify(more))
      equal(error.error.error.type, 'invalid_request_error')
    }
  },
  'a route that does not exist has an error of its shape': async () => {
    const error = await refusal(client.beta.skills.list())
    ok(error instanceof Anthropic.NotFoundError)
    deepEqual([error.error.type, error.error.error.type], ['error', 'not_found_error'])
  },
})
