/**
 * Requests of the Gemini API: `generateContent`, `batchEmbedContents`, and `predict` for Imagen. The model is part of the
 * route, the key never is.
 */
import { RowsmithError } from '../../../base/errors/errors.ts'
import { define, isValueObject, type Value, type ValueObject } from '../../../base/values/value.ts'
import type {
  ChatMessage,
  ChatRequest,
  Content,
  ContentPart,
  EmbeddingRequest,
  ImageRequest,
  ModelRequest,
} from '../../contract/contract.ts'
import type { Dialect } from '../dialects.ts'
import { argumentsOf, type Draft, type EncodeOptions, type WireRequest } from '../wire.ts'

export function encodeGemini(
  request: ModelRequest,
  _dialect: Dialect,
  { streamed, enforcement }: EncodeOptions,
): WireRequest {
  const [method, body] = plainly(request)
  const enforced = enforcement !== 'none' && request.kind === 'chat' && addSchema(body, request)
  const isStreamed = streamed && request.kind === 'chat'
  const called = isStreamed ? 'streamGenerateContent?alt=sse' : method
  for (const [name, value] of Object.entries(request.extraBody ?? {})) {
    const own = body[name]
    // Settings of generation lie one level down: those given are laid over Rowsmith's.
    define(body, name, isValueObject(own) && isValueObject(value) ? { ...own, ...value } : value)
  }
  const route = `${modelPath(request.model)}:${called}`
  return { route, body, ...(enforced ? { enforced: 'schema' } : {}) }
}

/** `models/` may stand in the model id already, or another collection, as for tuned models. */
function modelPath(model: string): string {
  return /^[a-z]+\//i.test(model) ? model : `models/${model}`
}

function plainly(request: ModelRequest): [method: string, body: Draft] {
  switch (request.kind) {
    case 'chat':
      return ['generateContent', chatBody(request)]
    case 'embedding':
      return ['batchEmbedContents', embeddingBody(request)]
    case 'image':
      if (/imagen/i.test(request.model)) {
        if ((request.context ?? []).length > 0) {
          throw new RowsmithError('rejected_request', 'Imagen takes no images to start from.')
        }
        return ['predict', { instances: [{ prompt: request.prompt }], parameters: { sampleCount: 1n } }]
      }
      return ['generateContent', imageBody(request)]
  }
}

function chatBody(request: ChatRequest): Draft {
  const { messages, tools } = request
  const system = messages.flatMap(({ role, content }) => (role === 'system' ? partsOf(content) : []))
  const body: Draft = { contents: turns(messages) }
  if (system.length > 0) body.systemInstruction = { parts: system }
  if (tools !== undefined) {
    const functionDeclarations = tools.map(({ name, description, parameters }) => ({
      name,
      description,
      parametersJsonSchema: parameters,
    }))
    body.tools = [{ functionDeclarations }]
  }
  const config = generationConfig(request)
  if (Object.keys(config).length > 0) body.generationConfig = config
  return body
}

function generationConfig(request: ChatRequest): ValueObject {
  const { temperature, topP, maxTokens, tools, responseFormat } = request
  const config: Draft = {}
  if (temperature !== undefined) config.temperature = temperature
  if (topP !== undefined) config.topP = topP
  if (maxTokens !== undefined) config.maxOutputTokens = BigInt(maxTokens)
  // Many models refuse JSON together with tools: then the prompt alone requests it.
  if (responseFormat === undefined || tools !== undefined) return config
  config.responseMimeType = 'application/json'
  return config
}

function addSchema(body: Draft, { tools, responseFormat, responseSchema }: ChatRequest): boolean {
  if (tools !== undefined || responseFormat !== 'json_schema' || responseSchema === undefined) return false
  body.generationConfig = { ...(body.generationConfig as ValueObject), responseJsonSchema: responseSchema }
  return true
}

/** What follows from the same side is joined; results of tools are said by the user. */
function turns(messages: readonly ChatMessage[]): ValueObject[] {
  const toolNames = new Map(
    messages.flatMap((message) =>
      message.role === 'assistant'
        ? (message.toolCalls ?? []).map(({ id, name }) => [id, name] as const)
        : [],
    ),
  )
  const joined: { readonly role: string; readonly parts: Value[] }[] = []
  for (const message of messages) {
    if (message.role === 'system') continue
    const role = message.role === 'assistant' ? 'model' : 'user'
    const parts = messageParts(message, toolNames)
    const last = joined.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else joined.push({ role, parts })
  }
  return joined.map(({ role, parts }) => ({ role, parts }))
}

function messageParts(message: ChatMessage, toolNames: ReadonlyMap<string, string>): Value[] {
  switch (message.role) {
    case 'tool': {
      const name = toolNames.get(message.toolCallId) ?? message.toolCallId
      const { texts, media } = divided(message.content)
      const functionResponse = { id: message.toolCallId, name, response: { result: texts.join('') } }
      return [{ functionResponse }, ...media.map(part)]
    }
    case 'assistant': {
      // Thoughts are signed: the turn goes back part by part as it came.
      const carried = message.carried?.parts
      if (Array.isArray(carried)) return [...carried]
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        functionCall: { id, name, args: argumentsOf(text) },
      }))
      return [...partsOf(message.content).filter(isFilled), ...calls]
    }
    default:
      return partsOf(message.content)
  }
}

function isFilled(given: ValueObject): boolean {
  return given.text !== ''
}

function divided(given: Content): { texts: string[]; media: ContentPart[] } {
  if (typeof given === 'string') return { texts: [given], media: [] }
  return {
    texts: given.flatMap((each) => (each.type === 'text' ? [each.text] : [])),
    media: given.flatMap((each) => (each.type === 'text' ? [] : [each])),
  }
}

function partsOf(given: Content): ValueObject[] {
  return typeof given === 'string' ? [{ text: given }] : given.map(part)
}

function part(given: ContentPart): ValueObject {
  if (given.type === 'text') return { text: given.text }
  const { source } = given
  return source.kind === 'url'
    ? { fileData: { fileUri: source.url } }
    : { inlineData: { mimeType: source.mediaType, data: source.data } }
}

function embeddingBody({ model, inputs, dimensions }: EmbeddingRequest): Draft {
  const size = dimensions === undefined ? {} : { outputDimensionality: BigInt(dimensions) }
  const requests = inputs.map((text) => ({
    model: modelPath(model),
    content: { parts: [{ text }] },
    ...size,
  }))
  return { requests }
}

function imageBody({ prompt, context = [] }: ImageRequest): Draft {
  return {
    contents: [{ role: 'user', parts: [...context.map(part), { text: prompt }] }],
    generationConfig: { responseModalities: ['TEXT', 'IMAGE'] },
  }
}
