/**
 * One model behind an OpenAI-compatible `/chat/completions`: builds the body, sends it once, has the ending classed.
 * No `response_format` is sent: many servers refuse it, and the prompt carries the schema.
 */
import type { Clock } from '../base/clock.ts'
import { formatJson } from '../base/json.ts'
import { define, type Value } from '../base/value.ts'
import { redact } from './api-key.ts'
import { classify } from './classify.ts'
import type { Attempt, ChatRequest, Endpoint } from './contract.ts'
import type { Transport } from './transport.ts'

/** The header that carries the effect key, so that a server can tell what was asked twice. */
export const EFFECT_HEADER = 'x-rowsmith-effect'

export interface OpenAiChatOptions {
  readonly provider: string
  readonly model: string
  /** Requests in flight at once. */
  readonly limit: number
  /** Base URL, with or without a slash at the end; `/chat/completions` is added. */
  readonly baseUrl: string
  readonly apiKey: string | null
  readonly extraHeaders: Readonly<Record<string, string>>
  /** Deadline of one request. */
  readonly timeoutMs: number
  readonly transport: Transport
  readonly clock: Clock
}

export function openAiChat(options: OpenAiChatOptions): Endpoint {
  const { provider, model, limit, timeoutMs, transport, clock } = options
  const url = chatUrl(options.baseUrl)
  const secrets = Object.values(options.extraHeaders)
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json',
  }
  if (options.apiKey !== null) {
    headers.authorization = `Bearer ${options.apiKey}`
    secrets.push(options.apiKey)
  }
  for (const [name, value] of Object.entries(options.extraHeaders)) headers[name.toLowerCase()] = value
  const hide = (text: string): string => redact(text, secrets)
  return {
    provider,
    model,
    limit,
    async send(request, { effectKey, signal }): Promise<Attempt> {
      const sent = { ...headers, [EFFECT_HEADER]: effectKey }
      const result = await transport.post(url, sent, chatBody(request), signal, timeoutMs)
      return classify(result, clock.now(), hide)
    },
  }
}

/** The request body. Members of `extraBody` win over what stands in the body already. */
function chatBody(request: ChatRequest): string {
  const body: Record<string, Value> = {
    model: request.model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
  }
  if (request.temperature !== undefined) body.temperature = request.temperature
  if (request.topP !== undefined) body.top_p = request.topP
  if (request.maxTokens !== undefined) body.max_tokens = BigInt(request.maxTokens)
  for (const [name, value] of Object.entries(request.extraBody ?? {})) define(body, name, value)
  return formatJson(body)
}

function chatUrl(baseUrl: string): string {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`
  return url.href
}
