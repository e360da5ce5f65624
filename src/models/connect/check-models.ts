/**
 * Probes on purpose: every alias gets the smallest question of its kind, all at once. A run never does this: its first
 * real requests are its probe.
 */

import { type ErrorCode, errorCodes } from '../../base/errors/error-codes.ts'
import { asRowsmithError } from '../../base/errors/errors.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { ModelConfig } from '../../config/schema/schema.ts'
import type { ModelRequest, Models, Prompt } from '../contract/contract.ts'
import { type ConnectOptions, connectModels } from './connect.ts'

/** The result of one alias. */
export interface ModelCheck {
  readonly alias: string
  readonly provider: string
  readonly model: string
  readonly kind: ModelRequest['kind']
  /** `skipped`: its `skip_health_check` says so. */
  readonly status: 'ok' | 'failed' | 'skipped'
  /** From sending to the end of the answer; null when nothing was sent. */
  readonly latency_ms: number | null
  readonly code: ErrorCode | null
  /** One sentence, without a key. */
  readonly message: string | null
  readonly next_step: string | null
}

export interface CheckModelsOptions extends Omit<ConnectOptions, 'clock'> {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Resolves when every alias was checked: what is wrong with one delays no other. @throws the signal's reason */
export function checkModels(options: CheckModelsOptions): Promise<ModelCheck[]> {
  return Promise.all(options.models.map((model) => checkModel(model, options)))
}

const kinds = { 'chat-completion': 'chat', embedding: 'embedding', image: 'image' } as const

const prompts: { readonly [Kind in ModelRequest['kind']]: Prompt } = {
  chat: { kind: 'chat', messages: [{ role: 'user', content: 'Hello!' }] },
  embedding: { kind: 'embedding', inputs: ['Hello!'] },
  image: { kind: 'image', prompt: 'A plain white square.' },
}

/** Enough for servers that refuse a bound too small for their reasoning. */
const answerTokens = 16

async function checkModel(model: ModelConfig, options: CheckModelsOptions): Promise<ModelCheck> {
  const { alias, provider } = model
  const kind = kinds[model.inference_parameters.generation_type]
  const nothing = { latency_ms: null, code: null, message: null, next_step: null }
  const base = { alias, provider, model: model.model, kind, ...nothing }
  if (model.skip_health_check) return { ...base, status: 'skipped' }
  let models: Models | undefined
  try {
    models = connectModels({ ...options, models: [model] })
    const request = smallest(models.request(alias, prompts[kind], () => 0.5))
    const since = options.clock.monotonic()
    const ended = await models
      .endpoint(alias)
      .send(request, { effectKey: `check:${alias}`, signal: options.signal })
    const latency = Math.round(options.clock.monotonic() - since)
    if (ended.kind === 'reply') return { ...base, status: 'ok', latency_ms: latency }
    const { code, message } = ended.failure
    return {
      ...base,
      status: 'failed',
      latency_ms: latency,
      code,
      message,
      next_step: errorCodes[code].nextStep,
    }
  } catch (error) {
    options.signal.throwIfAborted()
    const { code, message, nextStep } = asRowsmithError(error)
    return { ...base, status: 'failed', code, message, next_step: nextStep }
  } finally {
    await models?.close()
  }
}

function smallest(request: ModelRequest): ModelRequest {
  if (request.kind !== 'chat') return request
  return { ...request, maxTokens: Math.min(answerTokens, request.maxTokens ?? answerTokens) }
}
