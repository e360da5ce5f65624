/**
 * The model that is not there: from a chat request to the response an obedient provider would give. Pure, but for the
 * counter of `serial`.
 *
 * 1. `repeatable`: the answer depends on the seed and the request body, and on nothing else: not on order, not on time.
 * 2. `serial`: every answer also carries `#S<number>`, never given twice by one simulator; in structured answers inside
 *    a string when the schema leaves one free. The reply's `id` carries it too.
 * 3. Asked for a schema (`response_format`, or `<response_schema>` in the prompt), it answers with an instance.
 */
import { hash } from 'node:crypto'
import { Dice } from './dice.ts'
import { instanceOf, type JsonSchema } from './instance.ts'
import { prose } from './prose.ts'

type Answers = 'repeatable' | 'serial'

export interface SimulatedModelOptions {
  /** Words per free text. @default 60 */
  readonly words?: number
  /** @default 0 */
  readonly seed?: bigint
  /** @default 'repeatable' */
  readonly answers?: Answers
}

interface SimulatedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly promptTokens: number
  readonly completionTokens: number
}

/** Takes the body of a `POST /chat/completions`. */
export type SimulatedModel = (body: string) => SimulatedResponse

const DEFAULT_WORDS = 60
/** Words of a free text inside a structured answer: fields are shorter than letters. */
const WORDS_PER_FIELD = 15
/** What a token is worth in characters, roughly, for English. */
const CHARACTERS_PER_TOKEN = 4
const jsonHeaders = { 'content-type': 'application/json' }

export function simulatedModel(options: SimulatedModelOptions = {}): SimulatedModel {
  const { words = DEFAULT_WORDS, seed = 0n, answers = 'repeatable' } = options
  const salt = `${seed}\n${words}\n`
  const schemas = new SchemaCache()
  let given = 0
  return (body) => {
    const request = readRequest(body)
    if (typeof request === 'string') {
      return {
        status: 400,
        headers: jsonHeaders,
        body: errorBody(request),
        promptTokens: 0,
        completionTokens: 0,
      }
    }
    const digest = hash('sha256', salt + body, 'buffer')
    const dice = new Dice(digest)
    const serial = answers === 'serial' ? { text: `#S${++given}`, used: false } : undefined
    const asked = schemas.of(request)
    let content: string
    if (asked === undefined) content = prose(words, dice)
    else {
      const field = Math.min(words, WORDS_PER_FIELD)
      const instance = instanceOf(asked.schema, { dice, words: field, ...(serial && { serial }) })
      content = asked.fenced
        ? `\`\`\`json\n${JSON.stringify(instance, null, 2)}\n\`\`\``
        : JSON.stringify(instance)
    }
    // Text after a fence does no harm; bare JSON must stay alone.
    if (serial !== undefined && !serial.used && (asked === undefined || asked.fenced)) {
      content += asked === undefined ? ` ${serial.text}` : `\n${serial.text}`
    }
    const id = serial === undefined ? digest.toString('hex', 0, 12) : `${serial.text.slice(1).toLowerCase()}`
    const promptTokens = tokens(request.characters)
    const completionTokens = tokens(content.length)
    return {
      status: 200,
      headers: jsonHeaders,
      body: completion(id, request.model, content, promptTokens, completionTokens),
      promptTokens,
      completionTokens,
    }
  }
}

/** The body of an error, in the shape of the OpenAI API. */
export function errorBody(message: string): string {
  return JSON.stringify({ error: { message, type: 'invalid_request_error', code: null } })
}

function completion(id: string, model: string, content: string, prompt: number, answer: number): string {
  const choice = `{"index":0,"message":{"role":"assistant","content":${JSON.stringify(content)}},"finish_reason":"stop"}`
  const usage = `{"prompt_tokens":${prompt},"completion_tokens":${answer},"total_tokens":${prompt + answer}}`
  return `{"id":"chatcmpl-${id}","object":"chat.completion","created":0,"model":${JSON.stringify(model)},"choices":[${choice}],"usage":${usage}}`
}

interface ReadRequest {
  readonly model: string
  /** Of all messages together. */
  readonly characters: number
  readonly lastText: string
  readonly enforced: JsonSchema | undefined
}

/** The parts of a request that matter here, or what is wrong with it. */
function readRequest(body: string): ReadRequest | string {
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return 'The body is not JSON.'
  }
  if (!isObject(request)) return 'The body is not a JSON object.'
  const { model, messages, response_format: format } = request
  if (typeof model !== 'string' || model === '') return '"model" must be a string.'
  if (!Array.isArray(messages) || messages.length === 0)
    return '"messages" must be a list with a message in it.'
  let characters = 0
  let lastText = ''
  for (const message of messages) {
    if (!isObject(message) || typeof message.role !== 'string') return 'A message has no "role".'
    lastText = textOf(message.content)
    characters += lastText.length
  }
  const named = isObject(format) && isObject(format.json_schema) ? format.json_schema.schema : undefined
  const enforced = isObject(named) ? named : undefined
  return { model, characters, lastText, enforced }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((block) => (isObject(block) && typeof block.text === 'string' ? block.text : ''))
    .join('')
}

interface AskedSchema {
  readonly schema: JsonSchema
  /** Whether the answer goes into a fence. */
  readonly fenced: boolean
}

const OPEN = '<response_schema>'
const CLOSE = '</response_schema>'

/** Schemas of prompts, read once: a column sends the same one with every row. */
class SchemaCache {
  readonly #known = new Map<string, JsonSchema | undefined>()

  of(request: ReadRequest): AskedSchema | undefined {
    if (request.enforced !== undefined) return { schema: request.enforced, fenced: false }
    const text = request.lastText
    const start = text.lastIndexOf(OPEN)
    const end = start < 0 ? -1 : text.indexOf(CLOSE, start)
    if (end < 0) return undefined
    const schema = this.#read(text.slice(start + OPEN.length, end))
    return schema === undefined ? undefined : { schema, fenced: text.includes('```json') }
  }

  #read(text: string): JsonSchema | undefined {
    if (this.#known.has(text)) return this.#known.get(text)
    if (this.#known.size >= 64) this.#known.clear()
    let schema: JsonSchema | undefined
    try {
      const parsed: unknown = JSON.parse(text)
      schema = isObject(parsed) ? parsed : undefined
    } catch {
      schema = undefined
    }
    this.#known.set(text, schema)
    return schema
  }
}

function tokens(characters: number): number {
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
