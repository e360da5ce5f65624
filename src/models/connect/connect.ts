/**
 * From the aliases of a config to endpoints that can be requested: keys resolved, limits and deadlines settled.
 * Sends nothing: the first real request is the probe.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { present } from '../../base/errors/present.ts'
import type { Value, ValueObject } from '../../base/values/value.ts'
import { type Clock, systemClock } from '../../base/work/clock.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import { didYouMean } from '../../config/reading/suggest.ts'
import type { InferenceParameters, ModelConfig } from '../../config/schema/schema.ts'
import { aiSdkEndpoint } from '../ai-sdk/ai-sdk-endpoint.ts'
import type { AiSdkModel } from '../ai-sdk/ai-sdk-model.ts'
import { resolveApiKey } from '../contract/api-key.ts'
import type { BatchApi, BatchingModels } from '../contract/batch.ts'
import type {
  ChatMessage,
  ChatPrompt,
  ChatRequest,
  EmbeddingRequest,
  Endpoint,
  EndpointRates,
  ModelRequest,
  Prompt,
  StructuredMode,
  ThoughtTags,
} from '../contract/contract.ts'
import { batchApi } from '../endpoint/batch-api.ts'
import { httpEndpoint } from '../endpoint/http-endpoint.ts'
import type { TlsMaterial } from '../http/tls.ts'
import type { Transport } from '../http/transport.ts'
import { type Dialect, dialectOf } from '../wire/dialects.ts'

/** As the reference's. It bounds the whole request here. */
const DEFAULT_TIMEOUT_SECONDS = 60

export interface ConnectOptions {
  /** The aliases in use, and no others: each of their providers needs a key. */
  readonly models: readonly ModelConfig[]
  readonly providers: readonly ProviderConfig[]
  /** Where keys are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Model objects of the AI SDK that answer in place of the provider, by alias; that provider need not be defined. */
  readonly languageModels?: Readonly<Record<string, AiSdkModel>>
  /** What the TLS files of providers hold, by provider name; see `readTlsFiles`. */
  readonly tls?: ReadonlyMap<string, TlsMaterial>
  /** Called once per provider in use, with the requests that may be in flight there at once. */
  transport(provider: ProviderConfig, connections: number, network: Network): Transport
  readonly clock?: Clock
}

/** What a transport may need in addition. */
interface Network {
  /** Where the proxies are named. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly tls: TlsMaterial | null
}

/**
 * @throws RowsmithError `unknown_provider`, `missing_api_key`, `config_invalid` (an endpoint that is no URL,
 *   an alias for what its provider does not make)
 */
export function connectModels(options: ConnectOptions): BatchingModels {
  const { models, env, languageModels = {}, clock = systemClock } = options
  const [handed, sent] = partition(models, ({ alias }) => Object.hasOwn(languageModels, alias))
  const providers = new Map(options.providers.map((provider) => [provider.name, provider]))
  const transports: Transport[] = []
  const endpoints = new Map<string, Endpoint>()
  const batches = new Map<string, BatchApi | undefined>()
  for (const user of handed) {
    const { alias, provider, model } = user
    const [limit, timeoutMs] = [sharedLimit([user]), 1000 * sharedTimeout([user])]
    const languageModel = present(languageModels[alias], 'language models')
    endpoints.set(alias, aiSdkEndpoint({ provider, model, limit, timeoutMs, languageModel, clock }))
  }
  for (const [name, users] of Map.groupBy(sent, ({ provider }) => provider)) {
    const provider =
      providers.get(name) ?? unknownProvider(name, present(users[0], 'users'), providers.keys())
    const dialect = dialectOf(provider)
    for (const user of users) requireKind(user, dialect, provider)
    const baseUrl = baseUrlOf(provider)
    const apiKey = resolveApiKey(name, provider.api_key, env)
    const byModel = Map.groupBy(users, ({ model }) => model)
    const limits = new Map([...byModel].map(([model, aliases]) => [model, sharedLimit(aliases)]))
    const transport = options.transport(provider, sum(limits.values()), {
      env,
      tls: options.tls?.get(name) ?? null,
    })
    transports.push(transport)
    for (const [model, aliases] of byModel) {
      const about = {
        provider: name,
        model,
        dialect,
        limit: present(limits.get(model), 'limits'),
        baseUrl,
        apiKey,
        extraHeaders: provider.extra_headers ?? {},
        timeoutMs: 1000 * sharedTimeout(aliases),
        stallMs: provider.stall_timeout === undefined ? null : 1000 * provider.stall_timeout,
        transport,
        clock,
      }
      const connected = httpEndpoint(about)
      const api = batchApi(about)
      for (const { alias } of aliases) batches.set(alias, api)
      const endpoint = { ...connected, rates: ratesOf(provider, model, connected.limit) }
      for (const { alias } of aliases) endpoints.set(alias, endpoint)
    }
  }
  return modelsOf(options, { endpoints, batches, transports })
}

/** What is known of each alias, and what is closed in the end. */
interface Connected {
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly batches: ReadonlyMap<string, BatchApi | undefined>
  readonly transports: readonly Transport[]
}

function modelsOf(
  { models, providers }: ConnectOptions,
  { endpoints, batches, transports }: Connected,
): BatchingModels {
  const providerOf = (name: string) => providers.findLast((provider) => provider.name === name)
  const recipes = new Map(models.map((model) => [model.alias, new Recipe(model, providerOf(model.provider))]))
  const recipeOf = (alias: string): Recipe => recipes.get(alias) ?? unknownAlias(alias, recipes.keys())
  return {
    request: (alias, prompt, draw) => recipeOf(alias).request(prompt, draw),
    structuredMode: (alias) => recipeOf(alias).mode,
    thoughtTags: (alias) => recipeOf(alias).thoughtTags,
    batches: (alias) => batches.get(alias),
    endpoint: (alias) => endpoints.get(alias) ?? unknownAlias(alias, endpoints.keys()),
    async close() {
      await Promise.all(transports.map((transport) => transport.close()))
    },
  }
}

/** What an alias adds to a prompt. */
class Recipe {
  readonly #model: ModelConfig
  readonly #extraBody: ValueObject | null
  readonly mode: StructuredMode
  readonly thoughtTags: ThoughtTags

  /** @param provider undefined for a model object that stands in for one */
  constructor(model: ModelConfig, provider: ProviderConfig | undefined) {
    this.#model = model
    this.mode =
      provider === undefined ? 'prompt' : (provider.structured_output ?? dialectOf(provider).structured)
    this.thoughtTags = model.thought_tags ?? 'apart'
    const providersBody = provider?.extra_body ?? null
    const own = model.inference_parameters.extra_body
    this.#extraBody = own === null && providersBody === null ? null : { ...own, ...providersBody }
  }

  request(prompt: Prompt, draw: () => number): ModelRequest {
    const { provider, model } = this.#model
    const base = { provider, model, ...(this.#extraBody === null ? {} : { extraBody: this.#extraBody }) }
    const wellFormed = withWellFormedText(prompt)
    switch (wellFormed.kind) {
      case 'chat':
        return { ...base, ...this.#bodyFor(wellFormed), ...this.#chat(wellFormed, draw), kind: 'chat' }
      case 'embedding':
        return { ...base, ...wellFormed, ...this.#embedding() }
      case 'image':
        return { ...base, ...wellFormed }
    }
  }

  /** The extra body wins over the request: a setting of its own gives way to that of the prompt. */
  #bodyFor({ maxTokens, temperature, topP, extraBody }: ChatPrompt): Pick<ChatRequest, 'extraBody'> {
    if (this.#extraBody === null) return extraBody === undefined ? {} : { extraBody }
    const limit = maxTokens === undefined ? undefined : BigInt(maxTokens)
    const own: readonly (readonly [string, Value | undefined])[] = [
      ['max_tokens', limit],
      ['max_completion_tokens', limit],
      ['max_output_tokens', limit],
      ['temperature', temperature],
      ['top_p', topP],
    ]
    const said = own.flatMap(([name, value]) =>
      value !== undefined && name in (this.#extraBody ?? {}) ? [[name, value] as const] : [],
    )
    if (said.length === 0 && extraBody === undefined) return {}
    return { extraBody: { ...this.#extraBody, ...Object.fromEntries(said), ...extraBody } }
  }

  /** Draws temperature first, then top_p, and only what is a distribution. */
  #chat(prompt: ChatPrompt, draw: () => number): Omit<ChatRequest, 'kind' | 'provider' | 'model'> {
    const parameters = this.#model.inference_parameters
    const chat = parameters.generation_type === 'chat-completion' ? parameters : undefined
    const temperature = prompt.temperature ?? drawn(chat?.temperature ?? null, draw)
    const topP = prompt.topP ?? drawn(chat?.top_p ?? null, draw)
    const { messages, responseSchema, tools, common, maxTokens = chat?.max_tokens ?? null } = prompt
    return {
      messages,
      ...(responseSchema === undefined ? {} : { responseSchema }),
      ...(responseSchema === undefined || this.mode === 'prompt' ? {} : { responseFormat: this.mode }),
      ...(tools === undefined || tools.length === 0 ? {} : { tools }),
      ...(temperature === null ? {} : { temperature }),
      ...(topP === null ? {} : { topP }),
      ...(maxTokens === null ? {} : { maxTokens }),
      ...(common === undefined ? {} : { common }),
    }
  }

  /** What an alias that is not set up for embeddings leaves to the provider. */
  #embedding(): Pick<EmbeddingRequest, 'encodingFormat' | 'dimensions'> {
    const parameters = this.#model.inference_parameters
    if (parameters.generation_type !== 'embedding') return {}
    const { encoding_format: encodingFormat, dimensions } = parameters
    return { encodingFormat, ...(dimensions === null ? {} : { dimensions }) }
  }
}

/** Lone surrogates cannot be sent, nor stored. */
function withWellFormedText(prompt: Prompt): Prompt {
  switch (prompt.kind) {
    case 'chat':
      return { ...prompt, messages: prompt.messages.map(wellFormedMessage) }
    case 'embedding':
      return { ...prompt, inputs: prompt.inputs.map((text) => text.toWellFormed()) }
    case 'image':
      return { ...prompt, prompt: prompt.prompt.toWellFormed() }
  }
}

function wellFormedMessage(message: ChatMessage): ChatMessage {
  const { content } = message
  if (typeof content === 'string') return { ...message, content: content.toWellFormed() }
  const parts = content.map((part) =>
    part.type === 'text' ? { ...part, text: part.text.toWellFormed() } : part,
  )
  return { ...message, content: parts }
}

type ChatParameters = Extract<InferenceParameters, { generation_type: 'chat-completion' }>

function drawn(parameter: ChatParameters['temperature'], draw: () => number): number | null {
  if (parameter === null || typeof parameter === 'number') return parameter
  if (parameter.distribution_type === 'uniform') {
    const { low, high } = parameter.params
    return low + (high - low) * draw()
  }
  const { values, weights } = parameter.params
  if (weights === null) return present(values[Math.floor(draw() * values.length)], 'values')
  let rest = draw() * sum(weights)
  for (const [index, weight] of weights.entries()) {
    rest -= weight
    if (rest < 0) return present(values[index], 'values')
  }
  return present(values.at(-1), 'values')
}

/** A model without a weight of its own has the weight of its limit, as in Data Designer. */
function ratesOf({ limits }: ProviderConfig, model: string, limit: number): EndpointRates | undefined {
  if (limits === undefined) return undefined
  const own = limits.models[model]
  return {
    provider: { requestsPerMinute: limits.requests_per_minute, tokensPerMinute: limits.tokens_per_minute },
    model: {
      requestsPerMinute: own?.requests_per_minute ?? null,
      tokensPerMinute: own?.tokens_per_minute ?? null,
    },
    weight: own?.weight ?? limit,
  }
}

/** Aliases of one model share its slots: the most careful of them decides. */
function sharedLimit(aliases: readonly ModelConfig[]): number {
  return Math.min(...aliases.map(({ inference_parameters }) => inference_parameters.max_parallel_requests))
}

/** Aliases of one model share its deadline: the most patient of them decides. */
function sharedTimeout(aliases: readonly ModelConfig[]): number {
  return Math.max(
    ...aliases.map(({ inference_parameters }) => inference_parameters.timeout ?? DEFAULT_TIMEOUT_SECONDS),
  )
}

const generationKinds = { 'chat-completion': 'chat', embedding: 'embedding', image: 'image' } as const

/** @throws RowsmithError `config_invalid` for an alias whose provider has no such requests */
function requireKind(user: ModelConfig, { kinds }: Dialect, provider: ProviderConfig): void {
  const kind = generationKinds[user.inference_parameters.generation_type]
  if (kinds.includes(kind)) return
  const message = `Model alias "${user.alias}" is for ${kind} requests, which provider "${provider.name}" (${provider.provider_type}) does not take.`
  const nextStep = `Use another provider for it; this one takes ${kinds.join(', ')} requests.`
  throw new RowsmithError('config_invalid', message, {
    facts: { alias: user.alias, provider: provider.name },
    nextStep,
  })
}

/** The in-process transport looks at no URL. */
const SIMULATOR_URL = 'http://simulator.invalid/v1'

/** Where a provider's requests go. */
function baseUrlOf({ name, provider_type, endpoint }: ProviderConfig): string {
  if (provider_type === 'simulator') return SIMULATOR_URL
  if (!URL.canParse(endpoint)) {
    throw new RowsmithError('config_invalid', `The endpoint of provider "${name}" is not a URL.`, {
      facts: { provider: name },
    })
  }
  return endpoint
}

function unknownProvider(name: string, user: ModelConfig, known: Iterable<string>): never {
  const names = [...known]
  throw new RowsmithError(
    'unknown_provider',
    `Model alias "${user.alias}" names provider "${name}", which is not defined${didYouMean(name, names)}`,
    { facts: { alias: user.alias, provider: name, known: names } },
  )
}

function unknownAlias(alias: string, known: Iterable<string>): never {
  const names = [...known]
  throw new RowsmithError(
    'unknown_model_alias',
    `No model has the alias "${alias}"${didYouMean(alias, names)}`,
    { facts: { alias, known: names } },
  )
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
