/**
 * How providers differ who speak the same wire format: one row each. A provider's row is that of its `provider_type`; with
 * type `openai`, that of the host its endpoint names, else `compatible`, which takes nothing for granted.
 */
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { StructuredMode } from '../contract/contract.ts'
import type { Enforcer } from '../schema/strict-schema.ts'

export interface Dialect {
  readonly wire: 'openai' | 'responses' | 'anthropic' | 'gemini'
  /** The header that carries the key; in `authorization` after the word Bearer. */
  readonly keyHeader: 'authorization' | 'api-key' | 'x-api-key' | 'x-goog-api-key'
  /** What it can be requested. */
  readonly kinds: readonly ('chat' | 'embedding' | 'image')[]
  /** The member of a chat request that bounds the answer. */
  readonly tokenLimit: 'max_tokens' | 'max_completion_tokens'
  /** How it is made to answer in JSON, unless its `structured_output` says otherwise. */
  readonly structured: StructuredMode
  /** Whose rules a schema has to meet to be enforced strictly. */
  readonly enforcer: Enforcer
  /** Sent with every embedding request, unless its extra body says otherwise. */
  readonly embedding: Readonly<Record<string, string>>
  /** Whether images on the images route must be requested as bytes: addresses expire, and a stored answer must not. */
  readonly imageBytes: boolean
  /** What a chat that is to make images says in addition. */
  readonly imageModalities: readonly string[]
}

const compatible: Dialect = {
  wire: 'openai',
  keyHeader: 'authorization',
  kinds: ['chat', 'embedding', 'image'],
  tokenLimit: 'max_tokens',
  structured: 'prompt',
  enforcer: 'openai',
  embedding: {},
  imageBytes: false,
  imageModalities: [],
}

const openai: Dialect = {
  ...compatible,
  tokenLimit: 'max_completion_tokens',
  structured: 'json_schema',
  imageBytes: true,
}

const dialects = {
  openai,
  azure: { ...openai, keyHeader: 'api-key', enforcer: 'azure' },
  // Guided decoding enforces any schema, strict or not.
  vllm: { ...compatible, structured: 'json_schema' },
  // Its retrieval models refuse a request that does not say what the text is for.
  nim: { ...compatible, embedding: { input_type: 'query' } },
  ollama: { ...compatible, structured: 'json_schema' },
  openrouter: { ...compatible, imageModalities: ['image', 'text'] },
  anthropic: {
    ...compatible,
    wire: 'anthropic',
    keyHeader: 'x-api-key',
    kinds: ['chat'],
    enforcer: 'anthropic',
  },
  gemini: { ...compatible, wire: 'gemini', keyHeader: 'x-goog-api-key', structured: 'json_object' },
  simulator: compatible,
} as const satisfies Record<ProviderConfig['provider_type'], Dialect>

const hosts: readonly (readonly [RegExp, Dialect])[] = [
  [/^api\.openai\.com$/, dialects.openai],
  [/\.(openai|services\.ai)\.azure\.com$/, dialects.azure],
  [/\.api\.nvidia\.com$/, dialects.nim],
  [/^openrouter\.ai$/, dialects.openrouter],
  [/:11434$/, dialects.ollama],
]

/** Which row a provider has. One that speaks the Responses API does all else as it would. */
export function dialectOf({
  api,
  ...provider
}: Pick<ProviderConfig, 'provider_type' | 'endpoint' | 'api'>): Dialect {
  const dialect = knownDialect(provider)
  return api === 'responses' && dialect.wire === 'openai' ? { ...dialect, wire: 'responses' } : dialect
}

function knownDialect({
  provider_type,
  endpoint,
}: Pick<ProviderConfig, 'provider_type' | 'endpoint'>): Dialect {
  if (provider_type !== 'openai') return dialects[provider_type]
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  const known = hosts.find(([host]) => url !== undefined && (host.test(url.hostname) || host.test(url.host)))
  return known?.[1] ?? compatible
}
