/**
 * Names and values of the semantic conventions for generative AI, as of semantic-conventions-genai 1.42.0-dev
 * (https://github.com/open-telemetry/semantic-conventions-genai); the older ones are those of semantic-conventions 1.41.
 */
import type { Attributes } from '@opentelemetry/api'
import type { ProviderConfig } from '../../config/files/providers.ts'
import { isObject, readBody } from '../body/body.ts'
import type { ChatRequest, ModelRequest, Usage } from '../contract/contract.ts'

/** Whose names are used. */
export interface Conventions {
  readonly current: boolean
  readonly older: boolean
}

/**
 * By the environment variable that the conventions have for it, a list with commas: `gen_ai/older` for the names of 1.41, `gen_ai/dup` for
 * both.
 */
export function conventionsOf(optIn: string | undefined): Conventions {
  const optedIn = (optIn ?? '').split(',').map((word) => word.trim())
  const older = optedIn.includes('gen_ai/older')
  const both = optedIn.includes('gen_ai/dup')
  return { current: both || !older, older: both || older }
}

export const optInVariable = 'OTEL_SEMCONV_STABILITY_OPT_IN'

export function schemaUrlOf({ current }: Conventions): string {
  return `https://opentelemetry.io/schemas/${current ? 'gen-ai-dev/1.42.0-dev' : '1.41.0'}`
}

/** Providers that the conventions know, by the end of their host. */
const hosts: readonly (readonly [host: string, name: string])[] = [
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
  ['openai.azure.com', 'azure.ai.openai'],
  ['cognitiveservices.azure.com', 'azure.ai.openai'],
  ['services.ai.azure.com', 'azure.ai.inference'],
  ['models.ai.azure.com', 'azure.ai.inference'],
  ['inference.ai.azure.com', 'azure.ai.inference'],
  ['amazonaws.com', 'aws.bedrock'],
  ['generativelanguage.googleapis.com', 'gcp.gemini'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['-aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['cohere.ai', 'cohere'],
  ['cohere.com', 'cohere'],
  ['deepseek.com', 'deepseek'],
  ['groq.com', 'groq'],
  ['ml.cloud.ibm.com', 'ibm.watsonx.ai'],
  ['mistral.ai', 'mistral_ai'],
  ['moonshot.ai', 'moonshot_ai'],
  ['moonshot.cn', 'moonshot_ai'],
  ['perplexity.ai', 'perplexity'],
  ['api.x.ai', 'x_ai'],
]

/** Providers whose kind is one that the conventions know, wherever they are reached. */
const kinds: { readonly [Kind in ProviderConfig['provider_type']]?: string } = {
  openai: 'openai',
  azure: 'azure.ai.openai',
  anthropic: 'anthropic',
  gemini: 'gcp.gemini',
}

/** Who is requested, and where. @param provider undefined for a model object that stands in for one */
export function whoOf(name: string, provider: ProviderConfig | undefined): Attributes {
  const url =
    provider === undefined || !URL.canParse(provider.endpoint) ? undefined : new URL(provider.endpoint)
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? ''
  const known = hosts.find(
    ([end]) => host === end || host.endsWith(end.startsWith('-') ? end : `.${end}`),
  )?.[1]
  const kind = provider === undefined ? name : (kinds[provider.provider_type] ?? provider.provider_type)
  const port = url === undefined || url.port === '' ? defaultPort(url?.protocol) : Number(url.port)
  return {
    'gen_ai.provider.name': known ?? kind,
    ...(host === '' ? {} : { 'server.address': host }),
    ...(host === '' || port === undefined ? {} : { 'server.port': port }),
  }
}

function defaultPort(protocol: string | undefined): number | undefined {
  return protocol === 'https:' ? 443 : protocol === 'http:' ? 80 : undefined
}

/** What of a request is reported: settings, never words. */
export function parametersOf(request: ModelRequest, streams: boolean): Attributes {
  const body = isObject(request.extraBody) ? request.extraBody : {}
  return {
    ...(request.kind === 'chat' ? chatParameters(request, streams) : {}),
    ...(request.kind === 'image' ? { 'gen_ai.output.type': 'image' } : {}),
    ...(request.kind === 'embedding' && request.dimensions !== undefined
      ? { 'gen_ai.embeddings.dimension.count': request.dimensions }
      : {}),
    ...numbers(body, {
      seed: 'gen_ai.request.seed',
      top_k: 'gen_ai.request.top_k',
      n: 'gen_ai.request.choice.count',
      frequency_penalty: 'gen_ai.request.frequency_penalty',
      presence_penalty: 'gen_ai.request.presence_penalty',
    }),
    ...(typeof body.reasoning_effort === 'string'
      ? { 'gen_ai.request.reasoning.level': body.reasoning_effort }
      : {}),
    ...stopsOf(body.stop),
  }
}

function chatParameters(request: ChatRequest, streams: boolean): Attributes {
  const { temperature, topP, maxTokens, responseSchema, responseFormat } = request
  return {
    'gen_ai.output.type': responseSchema === undefined && responseFormat === undefined ? 'text' : 'json',
    ...(temperature === undefined ? {} : { 'gen_ai.request.temperature': temperature }),
    ...(topP === undefined ? {} : { 'gen_ai.request.top_p': topP }),
    ...(maxTokens === undefined ? {} : { 'gen_ai.request.max_tokens': maxTokens }),
    ...(streams ? { 'gen_ai.request.stream': true } : {}),
  }
}

function numbers(
  body: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): Attributes {
  const report: Attributes = {}
  for (const [key, name] of Object.entries(names)) {
    const value = body[key]
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number === 'number' && !(key === 'n' && number === 1)) report[name] = number
  }
  return report
}

/** Stop sequences are words of the user's: how many there are is reported, not which. */
function stopsOf(stop: unknown): Attributes {
  const count = Array.isArray(stop) ? stop.length : stop === undefined || stop === null ? 0 : 1
  return count === 0 ? {} : { 'rowsmith.request.stop_sequences': count }
}

/** The id of a response and the model that it names, as the vendors write them. */
export function responseOf(body: string): Attributes {
  const { id, responseId, model, modelVersion } = readBody(body) ?? {}
  const [said, by] = [id ?? responseId, model ?? modelVersion]
  return {
    ...(typeof said === 'string' ? { 'gen_ai.response.id': said } : {}),
    ...(typeof by === 'string' ? { 'gen_ai.response.model': by } : {}),
  }
}

/** Embeddings have no output tokens; parts that are 0 are left out. */
export function usageOf(usage: Usage, kind: ModelRequest['kind']): Attributes {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens = 0, reasoningTokens } = usage
  return {
    'gen_ai.usage.input_tokens': inputTokens,
    ...(kind === 'embedding' ? {} : { 'gen_ai.usage.output_tokens': outputTokens }),
    ...(cachedInputTokens === 0 ? {} : { 'gen_ai.usage.cache_read.input_tokens': cachedInputTokens }),
    ...(cacheWriteTokens === 0 ? {} : { 'gen_ai.usage.cache_write.input_tokens': cacheWriteTokens }),
    ...(reasoningTokens === 0 ? {} : { 'gen_ai.usage.reasoning.output_tokens': reasoningTokens }),
  }
}
