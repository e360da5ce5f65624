/** One question to one model, outside of a run: nothing is stored of it, and no dataset is touched. */
import { errorCodes } from '../base/errors/error-codes.ts'
import { RowsmithError } from '../base/errors/errors.ts'
import { allProviders } from '../config/files/providers.ts'
import { didYouMean } from '../config/reading/suggest.ts'
import type { Config, ModelConfig } from '../config/schema/schema.ts'
import { connectModels } from '../models/connect/connect.ts'
import type { ModelRequest, Prompt, Reading, Usage } from '../models/contract/contract.ts'
import { readTlsFiles } from '../models/http/tls.ts'
import { readEmbeddingReply, readReply } from '../models/wire/reply.ts'
import { type RunComponents, resolveComponents } from '../run/request/options.ts'
import type { CheckModelsOptions } from './check-models.ts'

/** What is requested in addition to the prompt. */
export interface AskOptions extends CheckModelsOptions {
  readonly systemPrompt?: string
}

/** What the model answered. */
export interface ModelAnswer {
  /** The text; null of an embedding model. */
  readonly content: string | null
  /** Its thoughts, where the provider separates them. */
  readonly reasoning: string | null
  readonly finishReason: string | null
  /** Of an embedding model; else null. */
  readonly vector: readonly number[] | null
  readonly usage: Usage
  readonly latencyMs: number
}

/** See `askModel` of the front door. */
export async function askModelOf(
  config: Config | readonly ModelConfig[],
  alias: string,
  prompt: string,
  options: AskOptions,
  components: RunComponents,
): Promise<ModelAnswer> {
  const { disk, clock, transport, languageModels } = resolveComponents(components)
  const given = 'columns' in config ? config.model_configs : config
  const model = modelCalled(alias, given, options.models ?? [])
  const providers = allProviders(options.providers ?? [])
  const signal = options.signal ?? new AbortController().signal
  const models = connectModels({
    models: [model],
    providers,
    env: options.env ?? process.env,
    tls: await readTlsFiles(
      disk,
      providers.filter(({ name }) => name === model.provider),
    ),
    transport,
    languageModels,
    clock,
  })
  try {
    const request = models.request(alias, promptOf(model, prompt, options.systemPrompt), Math.random)
    const since = clock.monotonic()
    const ended = await models.endpoint(alias).send(request, { effectKey: `ask:${alias}`, signal })
    const latencyMs = Math.round(clock.monotonic() - since)
    if (ended.kind !== 'reply') {
      const { code, message } = ended.failure
      throw new RowsmithError(code, message, { nextStep: errorCodes[code].nextStep, facts: { alias } })
    }
    return { ...answerIn(ended.body, request.kind, models.thoughtTags(alias)), latencyMs }
  } finally {
    await models.close()
  }
}

function modelCalled(
  alias: string,
  models: readonly ModelConfig[],
  choices: NonNullable<AskOptions['models']>,
): ModelConfig {
  const model = models.find((each) => each.alias === alias)
  const { provider, model: name } = choices.find((each) => each.alias === alias) ?? {}
  if (model !== undefined)
    return { ...model, provider: provider ?? model.provider, model: name ?? model.model }
  const names = models.map((each) => each.alias)
  throw new RowsmithError(
    'unknown_model_alias',
    `There is no model alias "${alias}"${didYouMean(alias, names)}`,
    {
      facts: { alias, aliases: names },
      nextStep:
        names.length === 0
          ? 'Name a config that has models, with --config FILE.'
          : `Name one of ${names.join(', ')}.`,
    },
  )
}

function promptOf(
  { alias, inference_parameters: { generation_type: type } }: ModelConfig,
  prompt: string,
  system?: string,
): Prompt {
  if (type === 'embedding') return { kind: 'embedding', inputs: [prompt] }
  if (type === 'image') {
    throw new RowsmithError('usage', `"${alias}" makes images, which only a column can hold`, {
      facts: { alias },
      nextStep: 'Put the prompt into an image column, and give `rowsmith preview CONFIG -n 1`.',
    })
  }
  const user = { role: 'user', content: prompt } as const
  return {
    kind: 'chat',
    messages: system === undefined ? [user] : [{ role: 'system', content: system }, user],
  }
}

function answerIn(body: string, kind: ModelRequest['kind'], tags: Reading): Omit<ModelAnswer, 'latencyMs'> {
  if (kind === 'embedding') {
    const { vectors, usage } = readEmbeddingReply(body)
    return { content: null, reasoning: null, finishReason: null, vector: vectors[0] ?? [], usage }
  }
  const { content, reasoning, finishReason, usage } = readReply(body, tags)
  return { content, reasoning, finishReason, vector: null, usage }
}
