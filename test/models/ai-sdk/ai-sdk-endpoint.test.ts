import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { aiSdkEndpoint } from '../../../src/models/ai-sdk/ai-sdk-endpoint.ts'
import type { AiSdkModel } from '../../../src/models/ai-sdk/ai-sdk-model.ts'
import type { Endpoint, ModelRequest } from '../../../src/models/contract/contract.ts'
import { readReply } from '../../../src/models/wire/reply.ts'
import { type ProviderSubject, providerConformance } from '../../../src/testing/providers/conformance.ts'
import { openAiVendor } from '../../../src/testing/providers/openai-vendor.ts'

function endpointOf(languageModel: AiSdkModel, timeoutMs = 60_000): Endpoint {
  return aiSdkEndpoint({ provider: 'p', model: 'm', limit: 8, timeoutMs, languageModel, clock: systemClock })
}

const connect: ProviderSubject['connect'] = ({ baseUrl, apiKey, timeoutMs }) => {
  const provider = createOpenAICompatible({ name: 'vendor', baseURL: baseUrl, apiKey })
  const chat = endpointOf(provider('m'), timeoutMs)
  const embedding = endpointOf(provider.embeddingModel('m'), timeoutMs)
  const send: Endpoint['send'] = (request, options) =>
    (request.kind === 'embedding' ? embedding : chat).send(request, options)
  return { endpoint: { ...chat, send }, close: async () => {} }
}

describe('a model object of the AI SDK, over HTTP', () => {
  // The object is asked for whole answers, since it offers no way to time their pieces, and shows no body that it cannot read.
  const { stream: _, odd: _odd, ...vendor } = openAiVendor
  for (const { name, run } of providerConformance({ connect, vendor })) it(name, run)
})

describe('a model object of specification v2', () => {
  const request: ModelRequest = {
    kind: 'chat',
    provider: 'p',
    model: 'm',
    messages: [
      { role: 'system', content: 'Be kind.' },
      {
        role: 'user',
        content: [
          { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } },
          { type: 'text', text: 'What is it?' },
        ],
      },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'c', name: 'look', arguments: '{"at":1}' }],
        carried: { reasoning_details: [{ text: 'Hm.', providerMetadata: { v: { signature: 's' } } }] },
      },
      { role: 'tool', toolCallId: 'c', content: 'a cat' },
    ],
    responseFormat: 'json_schema',
    responseSchema: { type: 'object', minProperties: 1n },
    extraBody: { seed: 7n },
  }

  it('is given the whole request, and its answer reads as any other', async () => {
    let given: Record<string, unknown> = {}
    const languageModel = {
      specificationVersion: 'v2',
      provider: 'vendor.chat',
      modelId: 'm',
      async doGenerate(options: Record<string, unknown>) {
        given = options
        return {
          content: [
            { type: 'reasoning', text: 'I see.', providerMetadata: { v: { signature: 't' } } },
            { type: 'text', text: 'A cat.' },
          ],
          finishReason: 'length',
          usage: { inputTokens: 5, outputTokens: 9, reasoningTokens: 4, cachedInputTokens: 2 },
          response: { headers: { 'X-RateLimit-Remaining': '3', 'X-RateLimit-Reset': '20' } },
        }
      },
    }
    const signal = new AbortController().signal
    const attempt = await endpointOf(languageModel).send(request, { effectKey: 'k', signal })
    expect(given).toMatchObject({
      prompt: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'file', mediaType: 'image/png', data: 'aGk=' },
            { type: 'text', text: 'What is it?' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.', providerOptions: { v: { signature: 's' } } },
            { type: 'tool-call', toolCallId: 'c', toolName: 'look', input: { at: 1 } },
          ],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              toolCallId: 'c',
              toolName: 'look',
              output: { type: 'text', value: 'a cat' },
            },
          ],
        },
      ],
      responseFormat: { type: 'json', schema: { type: 'object', minProperties: 1 } },
      providerOptions: { vendor: { seed: 7 } },
      headers: { 'x-rowsmith-effect': 'k' },
    })
    // What is left of a limit is told by answers, too.
    expect(attempt.limits).toMatchObject([{ remaining: 3, reset: { afterMs: 20_000 } }])
    expect(attempt.kind === 'reply' && readReply(attempt.body)).toEqual({
      content: 'A cat.',
      reasoning: 'I see.',
      finishReason: 'length',
      carried: { reasoning_details: [{ text: 'I see.', providerMetadata: { v: { signature: 't' } } }] },
      usage: { inputTokens: 5, cachedInputTokens: 2, outputTokens: 9, reasoningTokens: 4 },
    })
  })
})
