/** The Gemini API: `models/MODEL:generateContent`, `:streamGenerateContent`, `:embedContent`, `:batchEmbedContents`. */
import {
  type AskedChat,
  type ChatAnswer,
  type ChatFormat,
  type EmbeddingsFormat,
  isObject,
  type JsonObject,
  type OfferedTool,
  type StreamPart,
  schemaTag,
  textParts,
  wholeNumber,
} from '../asked.ts'
import type { JsonSchema } from '../instance.ts'

function error(status: number, message: string): string {
  const name = statusNames[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
  return JSON.stringify({ error: { code: status, message, status: name } })
}

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
} as const

export const geminiFormat: ChatFormat = {
  kind: 'chat',
  read,
  answer: (asked, answer) => JSON.stringify(response(asked, answer, partsOf(answer), true)),
  events,
  error,
}

function read(body: JsonObject, model: string | undefined, stream: boolean): AskedChat | string {
  if (model === undefined) return 'The path names no model.'
  const { contents } = body
  if (!Array.isArray(contents) || contents.length === 0) return 'contents is not specified'
  let characters = textOf(body.systemInstruction).length
  let lastText = ''
  let schemaText: string | undefined
  let toolTurns = 0
  for (const content of contents) {
    const text = textOf(content)
    characters += text.length
    if (text !== '') lastText = text
    if (text.includes(schemaTag)) schemaText = text
    if (partsIn(content).some((part) => 'functionCall' in part)) toolTurns++
  }
  const settings = isObject(body.generationConfig) ? body.generationConfig : {}
  const calling =
    isObject(body.toolConfig) && isObject(body.toolConfig.functionCallingConfig)
      ? body.toolConfig.functionCallingConfig
      : {}
  const [only] = Array.isArray(calling.allowedFunctionNames) ? calling.allowedFunctionNames : []
  const schema = settings.responseJsonSchema ?? lowerTypes(settings.responseSchema)
  return {
    kind: 'chat',
    model,
    characters,
    lastText,
    schemaText,
    enforced: isObject(schema) ? schema : undefined,
    json: settings.responseMimeType === 'application/json',
    tools: Array.isArray(body.tools) ? body.tools.flatMap(readTools) : [],
    toolChoice:
      calling.mode === 'NONE'
        ? 'none'
        : calling.mode === 'ANY'
          ? typeof only === 'string'
            ? { name: only }
            : 'required'
          : 'auto',
    toolTurns,
    maxTokens: wholeNumber(settings.maxOutputTokens),
    picture: Array.isArray(settings.responseModalities) && settings.responseModalities.includes('IMAGE'),
    stream,
    streamUsage: true,
  }
}

function readTools(tool: unknown): OfferedTool[] {
  const declared = isObject(tool) && Array.isArray(tool.functionDeclarations) ? tool.functionDeclarations : []
  return declared.filter(isObject).flatMap(({ name, parameters, parametersJsonSchema }) => {
    if (typeof name !== 'string') return []
    const schema = parametersJsonSchema ?? lowerTypes(parameters)
    return [{ name, parameters: isObject(schema) ? schema : ({ type: 'object' } as JsonSchema) }]
  })
}

/** Gemini's own schemas name types in capitals. */
function lowerTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(lowerTypes)
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'type' && typeof value === 'string' ? value.toLowerCase() : lowerTypes(value),
    ]),
  )
}

function partsIn(content: unknown): JsonObject[] {
  return isObject(content) && Array.isArray(content.parts) ? content.parts.filter(isObject) : []
}

function textOf(content: unknown): string {
  return partsIn(content)
    .map((part) => (typeof part.text === 'string' ? part.text : ''))
    .join('')
}

function partsOf({ text, calls, pictures }: ChatAnswer): object[] {
  return [
    ...(text === '' ? [] : [{ text }]),
    ...pictures.map((png) => ({ inlineData: { mimeType: 'image/png', data: png.toString('base64') } })),
    ...calls.map(({ id, name, arguments: args }) => ({ functionCall: { id, name, args } })),
  ]
}

function response({ model }: AskedChat, answer: ChatAnswer, parts: object[], last: boolean) {
  const { id, promptTokens, completionTokens, finish } = answer
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        ...(last ? { finishReason: finishReasons[finish] } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: completionTokens,
      totalTokenCount: promptTokens + completionTokens,
    },
    modelVersion: model,
    responseId: id,
  }
}

function events(asked: AskedChat, answer: ChatAnswer): StreamPart[] {
  const event = (parts: object[], share: number, last: boolean): StreamPart => ({
    text: `data: ${JSON.stringify(response(asked, answer, parts, last))}\r\n\r\n`,
    share,
  })
  const texts = [...textParts(answer.text)].map(({ text, share }) => event([{ text }], share, false))
  return [...texts, event(partsOf({ ...answer, text: '' }), 1, true)]
}

export const geminiEmbeddingsFormat: EmbeddingsFormat = {
  kind: 'embeddings',
  read(body, model) {
    if (model === undefined) return 'The path names no model.'
    const requests = Array.isArray(body.requests) ? body.requests.filter(isObject) : [body]
    const inputs = requests.map(({ content }) => textOf(content))
    if (inputs.length === 0) return 'requests is not specified'
    return {
      kind: 'embeddings',
      model,
      characters: inputs.reduce((sum, text) => sum + text.length, 0),
      lastText: inputs.at(-1) ?? '',
      inputs,
      dimensions: wholeNumber(requests[0]?.outputDimensionality),
      base64: false,
      single: !Array.isArray(body.requests),
    }
  },
  answer({ single }, { vectors }) {
    const embeddings = vectors.map((vector) => ({ values: [...vector] }))
    return JSON.stringify(single ? { embedding: embeddings[0] } : { embeddings })
  },
  error,
}
