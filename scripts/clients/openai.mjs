import OpenAI, { AzureOpenAI } from 'openai'
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { all, deepEqual, equal, fitsWeather, ok, refusal, run, url, weather } from './checking.mjs'

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 })
const model = 'gpt-4o'
const messages = [{ role: 'user', content: 'Say something long about kettles.' }]
const tools = [{ type: 'function', function: { name: 'weather', parameters: weather } }]
const flat = [{ type: 'function', name: 'weather', parameters: weather, strict: true }]
const Answer = z.object({ city: z.string(), days: z.int() })
const chat = (more) => client.chat.completions.create({ model, messages, ...more })
const respond = (more) => client.responses.create({ model, input: 'Say something about kettles.', ...more })

await run('openai (npm), chat', {
  'a text, with the fields that the types demand': async () => {
    const reply = await chat({})
    const [choice] = reply.choices
    ok(choice.message.content.length > 20)
    equal(choice.message.refusal, null)
    equal(choice.logprobs, null)
    equal(choice.finish_reason, 'stop')
    ok(reply.created > 1.7e9 && reply.usage.total_tokens > 0)
    ok(reply._request_id.startsWith('req_'))
  },
  'n: 2 gives two answers that differ': async () => {
    const { choices } = await chat({ n: 2 })
    deepEqual(
      choices.map(({ index }) => index),
      [0, 1],
    )
    ok(choices[0].message.content !== choices[1].message.content)
  },
  'n: 2 streamed': async () => {
    const events = await all(await chat({ n: 2, stream: true }))
    deepEqual([...new Set(events.map(({ choices }) => choices[0].index))], [0, 1])
  },
  'stop ends the text': async () => {
    const whole = (await chat({})).choices[0].message.content
    const [first] = (await chat({ stop: ['. '] })).choices
    ok(!first.message.content.includes('. ') && whole.includes('. '))
    equal(first.finish_reason, 'stop')
  },
  'logprobs of every token, with alternatives': async () => {
    const [{ logprobs, message }] = (await chat({ logprobs: true, top_logprobs: 3 })).choices
    equal(logprobs.content.map(({ token }) => token).join(''), message.content)
    equal(logprobs.content[0].top_logprobs.length, 3)
    ok(logprobs.content[0].logprob <= 0 && logprobs.refusal === null)
  },
  'a stream, with usage': async () => {
    const events = await all(await chat({ stream: true, stream_options: { include_usage: true } }))
    ok(events.length > 4 && events.at(-1).usage.total_tokens > 0)
  },
  'stream helper gathers the text': async () => {
    const text = await client.chat.completions.stream({ model, messages }).finalContent()
    ok(text.length > 20)
  },
  'json_schema, parsed by zod': async () => {
    const reply = await client.chat.completions.parse({
      model,
      messages,
      response_format: zodResponseFormat(Answer, 'answer'),
    })
    equal(typeof reply.choices[0].message.parsed.days, 'number')
  },
  'json_object follows the schema in the text of the prompt': async () => {
    const content = `Answer as JSON by this schema:\n${JSON.stringify(weather, null, 2)}`
    const reply = await chat({
      messages: [{ role: 'user', content }],
      response_format: { type: 'json_object' },
    })
    fitsWeather(JSON.parse(reply.choices[0].message.content))
  },
  'json_object follows an example in the prompt': async () => {
    const content = 'Answer in JSON like {"name": "Bob", "age": 3, "tags": ["x"]}'
    const reply = await chat({
      messages: [{ role: 'user', content }],
      response_format: { type: 'json_object' },
    })
    const { name, age, tags } = JSON.parse(reply.choices[0].message.content)
    ok(typeof name === 'string' && Number.isInteger(age) && Array.isArray(tags))
  },
  'tools: a call, its result, an answer': async () => {
    const first = (await chat({ tools })).choices[0]
    equal(first.finish_reason, 'tool_calls')
    const [call] = first.message.tool_calls
    fitsWeather(JSON.parse(call.function.arguments))
    const result = { role: 'tool', tool_call_id: call.id, content: 'Sunny' }
    const last = (await chat({ tools, messages: [...messages, first.message, result] })).choices[0]
    equal(last.finish_reason, 'stop')
  },
  runTools: async () => {
    const runner = client.chat.completions.runTools({
      model,
      messages,
      tools: [
        {
          type: 'function',
          function: { name: 'weather', parameters: weather, parse: JSON.parse, function: () => 'Sunny' },
        },
      ],
    })
    ok((await runner.finalContent()).length > 20)
  },
  'a custom tool is called with a text': async () => {
    const custom = [{ type: 'custom', custom: { name: 'shell', description: 'runs it' } }]
    const [choice] = (await chat({ tools: custom, tool_choice: 'required' })).choices
    equal(choice.message.tool_calls[0].type, 'custom')
    equal(typeof choice.message.tool_calls[0].custom.input, 'string')
  },
  'functions, the older way': async () => {
    const [choice] = (
      await chat({
        functions: [{ name: 'weather', parameters: weather }],
        function_call: { name: 'weather' },
      })
    ).choices
    equal(choice.finish_reason, 'function_call')
    fitsWeather(JSON.parse(choice.message.function_call.arguments))
  },
  'a role that does not exist is refused': async () => {
    const error = await refusal(chat({ messages: [{ role: 'banana', content: 'x' }] }))
    ok(error instanceof OpenAI.BadRequestError)
    deepEqual([error.param, error.code], ['messages[0].role', 'invalid_value'])
  },
  'a tool message without a call is refused': async () => {
    const stray = [
      { role: 'user', content: 'x' },
      { role: 'tool', tool_call_id: 'a', content: 'x' },
    ]
    ok((await refusal(chat({ messages: stray }))) instanceof OpenAI.BadRequestError)
  },
  'a call without a result is refused': async () => {
    const tool_calls = [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }]
    const open = [...messages, { role: 'assistant', tool_calls }, { role: 'user', content: 'x' }]
    ok((await refusal(chat({ messages: open }))) instanceof OpenAI.BadRequestError)
  },
  'bad values are refused, each with its field': async () => {
    for (const [more, param] of [
      [{ temperature: 3 }, 'temperature'],
      [{ n: 0 }, 'n'],
      [{ max_tokens: 0 }, 'max_tokens'],
      [{ messages: [] }, 'messages'],
      [{ messages: 'x' }, 'messages'],
      [{ top_logprobs: 2 }, 'top_logprobs'],
      [{ stream_options: { include_usage: true } }, 'stream_options'],
      [{ tool_choice: 'required' }, 'tool_choice'],
      [{ tools, tool_choice: { type: 'function', function: { name: 'nobody' } } }, 'tool_choice'],
      [
        { response_format: { type: 'json_schema', json_schema: { name: 'x' } } },
        'response_format.json_schema.schema',
      ],
    ]) {
      const error = await refusal(chat(more))
      deepEqual([error.status, error.param, error.type], [400, param, 'invalid_request_error'])
    }
  },
  'the Azure client': async () => {
    const azure = new AzureOpenAI({
      endpoint: url,
      apiKey: 'none',
      apiVersion: '2024-10-21',
      deployment: 'mine',
    })
    const reply = await azure.chat.completions.create({ messages, model: '' })
    ok(reply.choices[0].message.content.length > 20)
  },
})

await run('openai (npm), responses', {
  'a text, with the fields that the types demand': async () => {
    const reply = await respond({ instructions: 'Be brief.', metadata: { a: 'b' } })
    ok(reply.output_text.length > 20)
    deepEqual(
      [reply.object, reply.status, reply.error, reply.incomplete_details],
      ['response', 'completed', null, null],
    )
    deepEqual([reply.instructions, reply.metadata, reply.tool_choice], ['Be brief.', { a: 'b' }, 'auto'])
    deepEqual([reply.temperature, reply.top_p, reply.parallel_tool_calls, reply.tools], [1, 1, true, []])
    ok(
      reply.usage.input_tokens_details.cached_tokens === 0 &&
        reply.usage.output_tokens_details.reasoning_tokens === 0,
    )
    ok(reply._request_id.startsWith('req_'))
  },
  'structured, parsed by zod': async () => {
    const reply = await client.responses.parse({
      model,
      input: 'x',
      text: { format: zodTextFormat(Answer, 'answer') },
    })
    equal(typeof reply.output_parsed.days, 'number')
  },
  'tools: a call, its result, an answer': async () => {
    const first = await respond({ tools: flat })
    const [call] = first.output.filter(({ type }) => type === 'function_call')
    fitsWeather(JSON.parse(call.arguments))
    const result = { type: 'function_call_output', call_id: call.call_id, output: 'Sunny' }
    const last = await respond({
      tools: flat,
      input: [{ role: 'user', content: 'x' }, ...first.output, result],
    })
    ok(last.output_text.length > 20)
  },
  'previous_response_id goes on with what was said': async () => {
    const first = await respond({ tools: flat })
    const { call_id } = first.output[0]
    const input = [{ type: 'function_call_output', call_id, output: 'Sunny' }]
    const last = await respond({ tools: flat, previous_response_id: first.id, input })
    ok(last.output_text.length > 20)
    equal(last.previous_response_id, first.id)
    ok(last.usage.input_tokens >= first.usage.input_tokens)
  },
  'an unknown previous_response_id is refused': async () => {
    const error = await refusal(respond({ previous_response_id: 'resp_nobody' }))
    deepEqual([error.status, error.code], [400, 'previous_response_not_found'])
  },
  'max_output_tokens leaves it incomplete': async () => {
    const reply = await respond({ max_output_tokens: 16 })
    deepEqual([reply.status, reply.incomplete_details], ['incomplete', { reason: 'max_output_tokens' }])
  },
  'reasoning shows its summary, and counts': async () => {
    const reply = await respond({
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    })
    equal(reply.output[0].type, 'reasoning')
    ok(reply.output[0].summary[0].text.length > 5 && reply.output[0].encrypted_content.length > 5)
    ok(reply.usage.output_tokens_details.reasoning_tokens > 0)
  },
  'the events of a stream, in their order': async () => {
    const events = await all(await respond({ stream: true, reasoning: { summary: 'auto' } }))
    deepEqual(
      events.map(({ sequence_number: number }) => number),
      events.map((_, index) => index),
    )
    const types = [...new Set(events.map(({ type }) => type.replace('response.', '')))]
    deepEqual(types, [
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
  },
  'stream helper gathers text and calls': async () => {
    const text = await client.responses.stream({ model, input: 'x' }).finalResponse()
    ok(text.output_text.length > 20)
    const called = await client.responses.stream({ model, input: 'x', tools: flat }).finalResponse()
    fitsWeather(JSON.parse(called.output[0].arguments))
  },
  'a custom tool, at once and streamed': async () => {
    const tools = [{ type: 'custom', name: 'shell' }]
    const reply = await respond({ tools, tool_choice: 'required' })
    deepEqual([reply.output[0].type, typeof reply.output[0].input], ['custom_tool_call', 'string'])
    const types = (await all(await respond({ tools, stream: true }))).map(({ type }) => type)
    ok(types.includes('response.custom_tool_call_input.done'))
  },
  'bad requests are refused': async () => {
    for (const more of [
      { input: [] },
      { input: [{ role: 'banana', content: 'x' }] },
      { input: [{ type: 'function_call_output', call_id: 'nobody', output: 'x' }] },
      { max_output_tokens: 1 },
      { temperature: 9 },
      { text: { format: { type: 'json_schema', name: 'x' } } },
      { tool_choice: { type: 'web_search_preview' } },
    ]) {
      ok((await refusal(respond(more))) instanceof OpenAI.BadRequestError, JSON.stringify(more))
    }
  },
})

await run('openai (npm), the rest', {
  'embeddings, floats and base64': async () => {
    const reply = await client.embeddings.create({ model: 'e', input: ['a', 'b'], dimensions: 8 })
    equal(reply.data.length, 2)
    equal(reply.data[1].embedding.length, 8)
    const floats = await client.embeddings.create({
      model: 'e',
      input: [1, 2, 3],
      encoding_format: 'float',
      dimensions: 8,
    })
    equal(floats.data[0].embedding.length, 8)
  },
  'a picture as bytes, with its usage': async () => {
    const reply = await client.images.generate({ model: 'gpt-image-1', prompt: 'a kettle', n: 2 })
    ok(reply.data.length === 2 && reply.data[0].b64_json.startsWith('iVBOR'))
    ok(reply.usage.input_tokens_details.text_tokens > 0)
  },
  'a picture as a link that can be followed': async () => {
    const reply = await client.images.generate({
      model: 'dall-e-3',
      prompt: 'a kettle',
      response_format: 'url',
    })
    const picture = await fetch(reply.data[0].url)
    equal(picture.headers.get('content-type'), 'image/png')
    equal(Buffer.from(await picture.arrayBuffer()).toString('latin1', 1, 4), 'PNG')
  },
  'a picture streamed': async () => {
    const events = await all(
      await client.images.generate({ model: 'gpt-image-1', prompt: 'x', stream: true, partial_images: 2 }),
    )
    deepEqual(
      events.map(({ type }) => type.replace('image_generation.', '')),
      ['partial_image', 'partial_image', 'completed'],
    )
    ok(events[2].usage.total_tokens > 0)
  },
  'the list of models, and one': async () => {
    equal((await client.models.list()).data[0].object, 'model')
    equal((await client.models.retrieve('gpt-4o')).id, 'gpt-4o')
  },
  completions: async () => {
    const reply = await client.completions.create({ model: 'm', prompt: 'Once', max_tokens: 5, n: 2 })
    deepEqual(
      [reply.choices.length, reply.choices[0].finish_reason, reply.object],
      [2, 'length', 'text_completion'],
    )
    ok((await all(await client.completions.create({ model: 'm', prompt: 'Once', stream: true }))).length > 1)
  },
  moderations: async () => {
    const reply = await client.moderations.create({ input: ['a', 'b'] })
    deepEqual(
      reply.results.map(({ flagged }) => flagged),
      [false, false],
    )
  },
  'a route that does not exist is no missing model': async () => {
    const error = await refusal(client.fineTuning.jobs.list())
    ok(error instanceof OpenAI.NotFoundError)
    equal(error.code, 'unknown_url')
  },
})
