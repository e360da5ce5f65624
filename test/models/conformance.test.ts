import { describe, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { undiciTransport } from '../../src/models/http/undici-transport.ts'
import { httpEndpoint } from '../../src/models/http-endpoint.ts'
import { dialectOf } from '../../src/models/wire/dialects.ts'
import { anthropicVendor } from '../../src/testing/providers/anthropic-vendor.ts'
import { type ProviderSubject, providerConformance } from '../../src/testing/providers/conformance.ts'
import { geminiVendor } from '../../src/testing/providers/gemini-vendor.ts'
import { openAiVendor } from '../../src/testing/providers/openai-vendor.ts'

const connectAs =
  (provider_type: Parameters<typeof dialectOf>[0]['provider_type']): ProviderSubject['connect'] =>
  (options) => {
    const transport = undiciTransport()
    const endpoint = httpEndpoint({
      provider: 'p',
      model: 'm',
      dialect: dialectOf({ provider_type, endpoint: options.baseUrl }),
      limit: 8,
      extraHeaders: {},
      transport,
      clock: systemClock,
      ...options,
    })
    return { endpoint, close: () => transport.close() }
  }

describe.each([
  ['openai', openAiVendor],
  ['azure', openAiVendor],
  ['vllm', openAiVendor],
  ['anthropic', anthropicVendor],
  ['gemini', geminiVendor],
] as const)('a provider of type %s', (type, vendor) => {
  for (const { name, run } of providerConformance({ connect: connectAs(type), vendor })) it(name, run)
})
