import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  embedMany,
  generateImage,
  generateObject,
  generateText,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from 'ai'
import { z } from 'zod'
import { all, equal, ok, run, url } from './checking.mjs'

const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: 'none' })
const compatible = createOpenAICompatible({
  name: 'simulator',
  baseURL: `${url}/v1`,
  includeUsage: true,
  supportsStructuredOutputs: true,
})
const plain = createOpenAICompatible({ name: 'simulator', baseURL: `${url}/v1` })
const anthropic = createAnthropic({ baseURL: `${url}/v1`, apiKey: 'none' })
const google = createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, apiKey: 'none' })

const models = {
  'openai (responses)': openai('gpt-4o'),
  'openai (responses, reasoning)': openai('gpt-5'),
  'openai.chat': openai.chat('gpt-4o'),
  'openai-compatible': compatible('m'),
  anthropic: anthropic('claude-sonnet-4-5'),
  google: google('gemini-2.5-flash'),
}
const prompt = 'Say something about kettles.'
const schema = z.object({
  city: z.string(),
  days: z.int(),
  inner: z.object({ tags: z.array(z.string()) }),
})
const weather = tool({
  description: 'tells it',
  inputSchema: z.object({ city: z.string() }),
  execute: async () => 'Sunny',
})
const maxRetries = 0

for (const [name, model] of Object.entries(models)) {
  await run(`AI SDK, ${name}`, {
    'a text': async () => {
      const reply = await generateText({ model, prompt, maxRetries })
      ok(reply.text.length > 20 && reply.usage.outputTokens > 0)
      equal(reply.finishReason, 'stop')
    },
    'a text streamed': async () => {
      const reply = streamText({ model, prompt, maxRetries })
      ok((await reply.text).length > 20)
      ok((await reply.usage).outputTokens > 0)
    },
    'an object': async () => {
      const { object } = await generateObject({ model, prompt, schema, maxRetries })
      ok(Number.isInteger(object.days) && Array.isArray(object.inner.tags))
    },
    'an object streamed': async () => {
      const { object, partialObjectStream } = streamObject({ model, prompt, schema, maxRetries })
      ok((await all(partialObjectStream)).length > 0)
      equal(typeof (await object).city, 'string')
    },
    'tools over two steps': async () => {
      const reply = await generateText({
        model,
        prompt,
        tools: { weather },
        stopWhen: stepCountIs(3),
        maxRetries,
      })
      equal(reply.steps.length, 2)
      ok(reply.text.length > 20)
    },
    'tools streamed over two steps': async () => {
      const reply = streamText({ model, prompt, tools: { weather }, stopWhen: stepCountIs(3), maxRetries })
      ok((await reply.text).length > 20)
      equal((await reply.steps).length, 2)
    },
  })
}

await run('AI SDK, the rest', {
  embeddings: async () => {
    for (const model of [
      openai.textEmbeddingModel('e'),
      compatible.textEmbeddingModel('e'),
      google.textEmbeddingModel('e'),
    ]) {
      equal((await embedMany({ model, values: ['a', 'b'], maxRetries })).embeddings.length, 2)
    }
  },
  'an object where the schema stands in the prompt': async () => {
    const told = `${prompt} Answer in JSON by this schema: ${JSON.stringify(z.toJSONSchema(schema))}`
    const { object } = await generateObject({ model: plain('m'), prompt: told, schema, maxRetries })
    ok(Number.isInteger(object.days))
  },
  'a picture': async () => {
    const { image } = await generateImage({
      model: openai.image('gpt-image-1'),
      prompt,
      maxRetries,
    })
    equal(image.mediaType, 'image/png')
  },
  'reasoning of Anthropic': async () => {
    const providerOptions = { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } }
    const reply = await generateText({ model: models.anthropic, prompt, providerOptions, maxRetries })
    ok(reply.reasoningText.length > 5)
  },
  'reasoning of OpenAI': async () => {
    const providerOptions = { openai: { reasoningSummary: 'auto' } }
    const reply = await generateText({ model: openai('gpt-5'), prompt, providerOptions, maxRetries })
    ok(reply.reasoningText.length > 5)
  },
})
