/**
 * The Gemini API: `models/MODEL:generateContent`, `:streamGenerateContent`, `:countTokens`, `:embedContent`, `:batchEmbedContents`.
 * Its fields are spelled in camel case or with underscores; both are read.
 */

import type { JsonSchema } from '../requested/instance.ts'
import {
  type ChatAnswer,
  type ChatFormat,
  type Choice,
  type EmbeddingsFormat,
  type FreeFormat,
  isObject,
  type JsonObject,
  type OfferedTool,
  objectsIn,
  plainChat,
  Refused,
  type RequestedChat,
  type StreamPart,
  type ToolChoice,
  textParts,
  texts,
  tokensOf,
  wholeNumber,
} from '../requested/requested.ts'
import { Conversation } from '../texts/conversation.ts'
import { impossibleChoice, outOfBounds } from './checks.ts'
import { logprobsOf } from './logprobs.ts'

/** What every route of the Gemini API has. */
export const google = {
  idHeader: 'x-request-id',
  error({ status, message }: Pick<Refused, 'status' | 'message'>): string {
    const name = statusNames[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
    return JSON.stringify({ error: { code: status, message, status: name } })
  },
} as const

const statusNames: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}

const finishReasons = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  content_filter: 'SAFETY',
  refusal: 'PROHIBITED_CONTENT',
} as const

export const geminiFormat: ChatFormat = {
  kind: 'chat',
  read,
  answer: (requested, answer) =>
    JSON.stringify(
      response(
        requested,
        answer,
        answer.choices.map((choice, index) => candidate(requested, choice, partsOf(choice), true, index)),
      ),
    ),
  events,
  ...google,
}

/** A field of either spelling: protobuf's JSON takes both. */
function field(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined
  return object[name] ?? object[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
}

function read(body: JsonObject, model: string | undefined, stream: boolean): RequestedChat | Refused {
  if (model === undefined) return new Refused('The path names no model.')
  const given = field(body, 'generationConfig')
  const settings = isObject(given) ? given : {}
  const setting = (name: string): unknown => field(settings, name)
  const wrong = outOfBounds(
    { maxOutputTokens: setting('maxOutputTokens'), candidateCount: setting('candidateCount'), ...settings },
    [
      ['maxOutputTokens', 1, Infinity, 'whole'],
      ['candidateCount', 1, 8, 'whole'],
      ['temperature', 0, 2],
    ],
  )
  if (wrong !== undefined) return wrong
  const conversation = readContents(body)
  if (conversation instanceof Refused) return conversation
  const tools = [field(body, 'tools')].flat().flatMap(readTools)
  const toolChoice = readToolChoice(field(field(body, 'toolConfig'), 'functionCallingConfig'))
  const impossible = impossibleChoice(toolChoice, tools)
  if (impossible !== undefined) return impossible
  const ownSchema = setting('responseSchema')
  const schema =
    setting('responseJsonSchema') ?? (ownSchema === undefined ? undefined : plainSchema(ownSchema))
  const mime = setting('responseMimeType')
  if (schema !== undefined && mime !== 'application/json' && mime !== 'text/x.enum') {
    return new Refused('generationConfig: a response schema needs the response MIME type application/json.')
  }
  const modalities = setting('responseModalities')
  return {
    ...plainChat,
    ...conversation,
    model,
    enforced: isObject(schema) ? schema : undefined,
    json: mime === 'application/json',
    tools,
    toolChoice,
    maxTokens: wholeNumber(setting('maxOutputTokens')),
    stops: texts(setting('stopSequences')),
    choices: wholeNumber(setting('candidateCount')) ?? 1,
    logprobs: setting('responseLogprobs') === true ? (wholeNumber(setting('logprobs')) ?? 0) : undefined,
    thinks: field(setting('thinkingConfig'), 'includeThoughts') === true,
    picture: Array.isArray(modalities) && modalities.includes('IMAGE'),
    stream,
    body,
  }
}

function readContents(body: JsonObject): Conversation | Refused {
  const { contents } = body
  if (!Array.isArray(contents) || contents.length === 0) return new Refused('contents is not specified')
  const conversation = new Conversation()
  conversation.add(textOf(field(body, 'systemInstruction')), 'user')
  conversation.lastText = ''
  for (const [index, content] of contents.entries()) {
    const role = isObject(content) ? (content.role ?? 'user') : undefined
    if (role !== 'user' && role !== 'model' && role !== 'function') {
      return new Refused(`contents[${index}].role: must be user or model`)
    }
    const parts = objectsIn(isObject(content) ? content.parts : undefined)
    if (parts.length === 0) return new Refused(`contents[${index}].parts: must not be empty`)
    conversation.add(textOf(content), role === 'model' ? 'model' : 'user')
    if (parts.some((part) => field(part, 'functionCall') !== undefined)) conversation.toolTurns++
  }
  return conversation
}

function readTools(tool: unknown): OfferedTool[] {
  return objectsIn(field(tool, 'functionDeclarations')).flatMap((declared) => {
    const { name } = declared
    if (typeof name !== 'string') return []
    const schema = field(declared, 'parametersJsonSchema') ?? plainSchema(declared.parameters)
    return [{ name, parameters: isObject(schema) ? schema : ({ type: 'object' } as JsonSchema) }]
  })
}

function readToolChoice(config: unknown): ToolChoice {
  const mode = String(field(config, 'mode') ?? 'AUTO').toUpperCase()
  if (mode === 'NONE') return 'none'
  if (mode !== 'ANY') return 'auto'
  const [only] = [field(config, 'allowedFunctionNames')].flat()
  return typeof only === 'string' ? { name: only } : 'required'
}

/** Gemini's own schemas name types in capitals, and spell keywords either way; names of properties stay. */
function plainSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(plainSchema)
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([given, value]) => {
      const key = given.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      if (key === 'type' && typeof value === 'string') return [key, value.toLowerCase()]
      if (!isObject(value) || (key !== 'properties' && key !== '$defs')) {
        return [key, key === 'enum' ? value : plainSchema(value)]
      }
      return [
        key,
        Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainSchema(member)])),
      ]
    }),
  )
}

function textOf(content: unknown): string {
  return objectsIn(isObject(content) ? content.parts : undefined)
    .map((part) => (typeof part.text === 'string' ? part.text : ''))
    .join('')
}

function partsOf({ text, thought, calls, pictures }: Choice): object[] {
  return [
    ...(thought === '' ? [] : [{ text: thought, thought: true }]),
    ...(text === '' ? [] : [{ text }]),
    ...pictures.map((png) => ({ inlineData: { mimeType: 'image/png', data: png.toString('base64') } })),
    ...calls.map(({ id, name, arguments: args }) => ({ functionCall: { id, name, args } })),
  ]
}

function candidate(
  requested: RequestedChat,
  choice: Choice,
  parts: object[],
  last: boolean,
  index = 0,
): object {
  const chosen = requested.logprobs === undefined ? [] : logprobsOf(choice.text, 0)
  return {
    content: { role: 'model', parts: parts.map((part) => spelled(requested, part)) },
    ...(last ? { finishReason: finishReasons[choice.finish] } : {}),
    ...(last && chosen.length > 0 ? probabilities(requested, choice) : {}),
    index,
  }
}

/** Of an enum, the word itself is the answer. */
function spelled({ body }: RequestedChat, part: object): object {
  if (field(field(body, 'generationConfig'), 'responseMimeType') !== 'text/x.enum' || !('text' in part))
    return part
  return { ...part, text: String(part.text).replaceAll(/^"|"$/g, '') }
}

function probabilities({ logprobs = 0 }: RequestedChat, { text }: Choice): object {
  const tokens = logprobsOf(text, logprobs) as {
    token: string
    logprob: number
    top_logprobs: typeof tokens
  }[]
  const entry = ({ token, logprob }: { token: string; logprob: number }) => ({
    token,
    logProbability: logprob,
  })
  return {
    avgLogprobs: tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length,
    logprobsResult: {
      chosenCandidates: tokens.map(entry),
      topCandidates: tokens.map(({ top_logprobs: top }) => ({ candidates: top.map(entry) })),
    },
  }
}

function response({ model }: RequestedChat, answer: ChatAnswer, candidates: object[]): object {
  const { id, promptTokens, cached, completionTokens, thoughtTokens, choices } = answer
  const isBlocked = choices[0].finish === 'refusal'
  return {
    ...(isBlocked ? { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } } : { candidates }),
    usageMetadata: {
      promptTokenCount: promptTokens,
      ...(cached === undefined ? {} : { cachedContentTokenCount: cached.read }),
      candidatesTokenCount: completionTokens - thoughtTokens,
      totalTokenCount: promptTokens + completionTokens,
      ...(thoughtTokens === 0 ? {} : { thoughtsTokenCount: thoughtTokens }),
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokens }],
    },
    modelVersion: model,
    responseId: id,
  }
}

function events(requested: RequestedChat, answer: ChatAnswer): StreamPart[] {
  return answer.choices.flatMap((choice, index) => {
    const event = (parts: object[], share: number, last: boolean): StreamPart => ({
      text: `data: ${JSON.stringify(response(requested, answer, [candidate(requested, choice, parts, last, index)]))}\r\n\r\n`,
      share,
    })
    const thoughts = [...textParts(choice.thought)].map(({ text }) =>
      event([{ text, thought: true }], 0, false),
    )
    const conversation = [...textParts(choice.text)].map(({ text, share }) => event([{ text }], share, false))
    return [...thoughts, ...conversation, event(partsOf({ ...choice, text: '', thought: '' }), 1, true)]
  })
}

export const geminiCountFormat: FreeFormat = {
  kind: 'free',
  answer(body, model) {
    const whole = field(body, 'generateContentRequest')
    const requested = read(isObject(whole) ? whole : body, model, false)
    if (requested instanceof Refused) return requested
    const tokenCount = tokensOf(requested.characters)
    return { totalTokens: tokenCount, promptTokensDetails: [{ modality: 'TEXT', tokenCount }] }
  },
  ...google,
}

export const geminiEmbeddingsFormat: EmbeddingsFormat = {
  kind: 'embeddings',
  read(body, model) {
    if (model === undefined) return new Refused('The path names no model.')
    const requests = Array.isArray(body.requests) ? objectsIn(body.requests) : [body]
    if (requests.length === 0) return new Refused('requests is not specified')
    if (requests.some(({ content }) => !isObject(content))) return new Refused('content is not specified')
    const inputs = requests.map(({ content }) => textOf(content))
    return {
      kind: 'embeddings',
      model,
      characters: inputs.reduce((sum, text) => sum + text.length, 0),
      lastText: inputs.at(-1) ?? '',
      inputs,
      dimensions: wholeNumber(field(requests[0], 'outputDimensionality')),
      base64: false,
      single: !Array.isArray(body.requests),
    }
  },
  answer({ single }, { vectors }) {
    const embeddings = vectors.map((vector) => ({ values: [...vector] }))
    return JSON.stringify(single ? { embedding: embeddings[0] } : { embeddings })
  },
  ...google,
}
