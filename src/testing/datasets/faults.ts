/** Faults of models by name, for scripted answers. */
import type { TransportFailure, TransportResponse } from '../../models/http/transport.ts'

const faults = {
  /** HTTP 429. */
  rate_limited: () => refusal(429, 'Too many requests'),
  /** HTTP 500. */
  server_error: () => refusal(500, 'Internal error'),
  /** HTTP 503. */
  overloaded: () => refusal(503, 'Overloaded'),
  /** HTTP 401: ends the run. */
  key_refused: () => refusal(401, 'Invalid API key'),
  /** HTTP 400: costs the row. */
  bad_request: () => refusal(400, 'Invalid request'),
  /** No answer in time. */
  timeout: (): TransportFailure => ({ broken: 'timeout', detail: 'no answer in time' }),
  /** The connection ends before the answer. */
  connection_lost: (): TransportFailure => ({ broken: 'closed', detail: 'ECONNRESET' }),
  /** The answer is empty. */
  empty: () => chatAnswer({ content: '' }),
  /** The answer ends at the limit of tokens. */
  cut_off: () => chatAnswer({ content: '{"cut', finishReason: 'length' }),
  /** The provider does not answer this prompt. */
  content_filtered: () => chatAnswer({ content: '', finishReason: 'content_filter' }),
  /** Prose where JSON was requested. */
  not_json: () => chatAnswer({ content: 'I would rather not.' }),
} as const

export type FaultName = keyof typeof faults
export const faultNames = Object.keys(faults) as readonly FaultName[]

const mark = Symbol('fault')

/** What a scripted model does in place of an answer. */
export interface Fault {
  readonly [mark]: FaultName
}

/** A fault, as one of the answers of a script. @example run(reviews, { rows: 1, answers: { review: [fault('rate_limited'), 'Good.'] } }) */
export function fault(name: FaultName): Fault {
  return { [mark]: name }
}

export function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && mark in value
}

export function responseOf(given: Fault): TransportResponse | TransportFailure {
  return faults[given[mark]]()
}

/** A chat completion as an OpenAI-compatible server sends it. */
export function chatAnswer(reply: {
  readonly content: string
  readonly finishReason?: 'stop' | 'length' | 'content_filter' | undefined
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
}): TransportResponse {
  const { content, finishReason = 'stop', inputTokens = 10, outputTokens = 10 } = reply
  return json(200, {
    choices: [{ message: { role: 'assistant', content }, finish_reason: finishReason }],
    usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens },
  })
}

function refusal(status: number, message: string): TransportResponse {
  return json(status, { error: { message } })
}

function json(status: number, body: object): TransportResponse {
  return { status, headers: {}, body: JSON.stringify(body) }
}
