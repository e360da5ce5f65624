import { describe, it } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { httpEndpoint } from '../../../src/models/endpoint/http-endpoint.ts'
import { undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { dialectOf } from '../../../src/models/wire/dialects.ts'
import { anthropicVendor } from '../../../src/testing/providers/anthropic-vendor.ts'
import { type ProviderSubject, providerConformance } from '../../../src/testing/providers/conformance.ts'
import { geminiVendor } from '../../../src/testing/providers/gemini-vendor.ts'
import { openAiVendor } from '../../../src/testing/providers/openai-vendor.ts'
import { responsesVendor } from '../../../src/testing/providers/responses-vendor.ts'

type Provider = Parameters<typeof dialectOf>[0]

const connectAs =
  (provider_type: Provider['provider_type'], api: Provider['api'] = 'chat'): ProviderSubject['connect'] =>
  (options) => {
    const transport = undiciTransport()
    const endpoint = httpEndpoint({
      provider: 'p',
      model: 'm',
      dialect: dialectOf({ provider_type, api, endpoint: options.baseUrl }),
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

describe.each(['openai', 'azure'] as const)('a provider of type %s that speaks the Responses API', (type) => {
  const subject = { connect: connectAs(type, 'responses'), vendor: responsesVendor }
  for (const { name, run } of providerConformance(subject)) it(name, run)
})
