/** Which batches a provider has: the calls of its wire format, and its requests as lines. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { formatJson } from '../../base/values/json.ts'
import type { BatchApi, BatchKind, BatchLine } from '../contract/batch.ts'
import type { ModelRequest } from '../contract/contract.ts'
import type { WireRequest } from '../wire/wire.ts'
import { wires } from '../wire/wires.ts'
import { anthropicBatches } from './anthropic-batches.ts'
import { BatchCalls } from './batch-calls.ts'
import { geminiBatches, isEmbedding } from './gemini-batches.ts'
import { type HttpEndpointOptions, headersOf, secretsOf } from './http-endpoint.ts'
import { type BatchFlavour, openAiBatches, openAiLine } from './openai-batches.ts'
import { RefusedSchemas } from './refused-schemas.ts'

/** Hosts that have words of their own for the files and batches of OpenAI. */
const flavours: readonly (readonly [RegExp, BatchFlavour])[] = [
  [/(^|\.)mistral\.ai$/, 'mistral'],
  [/(^|\.)groq\.com$/, 'groq'],
  [/\.azure\.com$/, 'azure'],
  [/(^|\.)together\.(xyz|ai)$/, 'together'],
]

/** @returns undefined where the way to the provider carries nothing but requests */
export function batchApi(options: HttpEndpointOptions): BatchApi | undefined {
  const { provider, model, dialect, transport, clock, baseUrl } = options
  if (transport.exchange === undefined) return undefined
  const wire = wires[dialect.wire]
  const calls = new BatchCalls({
    ...{ provider, model, transport, clock, headers: headersOf(options), hide: secretsOf(options) },
    urlOf: (route) => wire.urlOf(baseUrl, route),
  })
  const { hostname } = new URL(baseUrl)
  const flavour = flavours.find(([host]) => host.test(hostname))?.[1] ?? 'openai'
  const api = {
    openai: () => openAiBatches(calls, flavour, model),
    responses: () => openAiBatches(calls, flavour, model),
    anthropic: () => anthropicBatches(calls),
    gemini: () => geminiBatches(calls),
  }[dialect.wire]()
  const schemas = new RefusedSchemas()
  return {
    ...api,
    line(request, customId): BatchLine | undefined {
      if (request.kind === 'image') return undefined
      const encoded = encodedBy(() =>
        wire.encode(request, dialect, {
          streamed: false,
          enforcement: schemas.enforcementOf(request),
          cacheTime: '1h',
        }),
      )
      if (encoded === undefined) return undefined
      // A line of Gemini embeds one text, where a request alone may embed many.
      if (dialect.wire === 'gemini' && request.kind === 'embedding' && request.inputs.length !== 1)
        return undefined
      const { route, body } = encoded
      const ofOpenAi = (id: string, route: string, body: string) => openAiLine(flavour, id, route, body)
      const line = {
        anthropic: anthropicLine,
        gemini: geminiLine,
        openai: ofOpenAi,
        responses: ofOpenAi,
      }[dialect.wire]
      return { route, line: line(customId, route, formatJson(body)), kind: kindOf(request) }
    },
  }
}

function kindOf(request: ModelRequest): BatchKind {
  if (request.kind !== 'embedding') return 'chat'
  return request.encodingFormat === 'base64' ? 'embedding as text' : 'embedding'
}

function anthropicLine(customId: string, _route: string, body: string): string {
  return `{"custom_id":${JSON.stringify(customId)},"params":${body}}`
}

function geminiLine(customId: string, route: string, body: string): string {
  const request = isEmbedding(route) ? body.replace(/^\{"requests":\[(.*)\]\}$/s, '$1') : body
  return `{"request":${request},"metadata":{"key":${JSON.stringify(customId)}}}`
}

/** A request that the format has no words for is reported when it is sent alone. */
function encodedBy(encode: () => WireRequest): WireRequest | undefined {
  try {
    return encode()
  } catch (error) {
    if (RowsmithError.isInstance(error)) return undefined
    throw error
  }
}
