import { ApiError, FunctionCallingConfigMode, GoogleGenAI, Type } from '@google/genai'
import { all, deepEqual, equal, fitsWeather, ok, refusal, run, url, weather } from './checking.mjs'

const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } })
const base = { model: 'gemini', contents: 'Say something long about kettles.' }
const ask = (config) => client.models.generateContent({ ...base, config })
const tools = [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: weather }] }]

/** As a client in another language spells it. */
async function post(body) {
  const response = await fetch(`${url}/v1beta/models/gemini:generateContent`, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

await run('@google/genai', {
  'a text': async () => {
    const reply = await ask({})
    ok(reply.text.length > 20 && reply.usageMetadata.totalTokenCount > 0 && reply.responseId.length > 0)
    equal(reply.candidates[0].finishReason, 'STOP')
  },
  'a stream': async () => {
    const events = await all(await client.models.generateContentStream(base))
    ok(events.length > 2 && events.map(({ text }) => text ?? '').join('').length > 20)
  },
  'a schema of JSON Schema, and one of its own': async () => {
    fitsWeather(
      JSON.parse((await ask({ responseMimeType: 'application/json', responseJsonSchema: weather })).text),
    )
    const own = {
      type: Type.OBJECT,
      properties: { a: { type: Type.INTEGER }, b: { anyOf: [{ type: Type.STRING }] } },
    }
    const value = JSON.parse((await ask({ responseMimeType: 'application/json', responseSchema: own })).text)
    ok(Number.isInteger(value.a) && typeof value.b === 'string')
  },
  'a word of an enum': async () => {
    const reply = await ask({
      responseMimeType: 'text/x.enum',
      responseSchema: { type: Type.STRING, enum: ['red', 'blue'] },
    })
    ok(['red', 'blue'].includes(reply.text))
  },
  'candidateCount, stopSequences, logprobs': async () => {
    const reply = await ask({ candidateCount: 2, stopSequences: ['. '], responseLogprobs: true, logprobs: 2 })
    deepEqual(
      reply.candidates.map(({ index }) => index),
      [0, 1],
    )
    ok(!reply.candidates[0].content.parts[0].text.includes('. '))
    equal(reply.candidates[0].logprobsResult.topCandidates[0].candidates.length, 2)
  },
  thoughts: async () => {
    const reply = await ask({ thinkingConfig: { includeThoughts: true } })
    equal(reply.candidates[0].content.parts[0].thought, true)
    ok(reply.usageMetadata.thoughtsTokenCount > 0)
  },
  'functions: a call, its response, an answer': async () => {
    const config = { tools, toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } } }
    const first = await ask(config)
    const [call] = first.functionCalls
    fitsWeather(call.args)
    const contents = [
      { role: 'user', parts: [{ text: 'x' }] },
      first.candidates[0].content,
      { role: 'user', parts: [{ functionResponse: { name: call.name, response: { sky: 'Sunny' } } }] },
    ]
    const last = await client.models.generateContent({ model: 'gemini', contents, config: { tools } })
    ok(last.text.length > 20)
  },
  'fields with underscores: schema, tools, system instruction': async () => {
    const contents = [{ role: 'user', parts: [{ text: 'x' }] }]
    const generation_config = {
      response_mime_type: 'application/json',
      response_json_schema: weather,
      max_output_tokens: 999,
    }
    const shaped = await post({
      contents,
      generation_config,
      system_instruction: { parts: [{ text: 'Be brief.' }] },
    })
    fitsWeather(JSON.parse(shaped.body.candidates[0].content.parts[0].text))
    const declared = [
      {
        function_declarations: [
          {
            name: 'weather',
            parameters: {
              type: 'OBJECT',
              properties: { n: { type: 'ARRAY', min_items: 4, items: { type: 'INTEGER' } } },
            },
          },
        ],
      },
    ]
    const called = await post({
      contents,
      tools: declared,
      tool_config: { function_calling_config: { mode: 'any', allowed_function_names: ['weather'] } },
    })
    ok(called.body.candidates[0].content.parts[0].functionCall.args.n.length >= 4)
  },
  embeddings: async () => {
    const reply = await client.models.embedContent({
      model: 'e',
      contents: ['a', 'b'],
      config: { outputDimensionality: 8 },
    })
    deepEqual(
      reply.embeddings.map(({ values }) => values.length),
      [8, 8],
    )
  },
  countTokens: async () => {
    equal((await client.models.countTokens(base)).totalTokens, (await ask({})).usageMetadata.promptTokenCount)
  },
  'the list of models, and one': async () => {
    const [model] = await all(await client.models.list())
    ok(model.name.startsWith('models/') && model.supportedActions.includes('generateContent'))
    equal((await client.models.get({ model: 'gemini' })).name, 'models/gemini')
  },
  'bad requests are refused': async () => {
    const parts = [{ text: 'x' }]
    for (const body of [
      {},
      { contents: [] },
      { contents: [{ role: 'banana', parts }] },
      { contents: [{ role: 'user', parts: [] }] },
      { contents: [{ parts }], generationConfig: { temperature: 5 } },
      { contents: [{ parts }], generationConfig: { responseSchema: { type: 'OBJECT' } } },
      {
        contents: [{ parts }],
        toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['nobody'] } },
      },
    ]) {
      const { status, body: told } = await post(body)
      deepEqual([status, told.error.status], [400, 'INVALID_ARGUMENT'], JSON.stringify(body))
    }
  },
  'a route that does not exist has an error of its shape': async () => {
    const error = await refusal(client.caches.get({ name: 'cachedContents/x' }))
    ok(error instanceof ApiError)
    equal(error.status, 404)
    ok(error.message.includes('NOT_FOUND'))
  },
})
