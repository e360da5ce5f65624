/** Requests as the AI SDK takes them, specification v2 to v4. Plain JavaScript values: integers are numbers. */
import { formatJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import type {
  ChatMessage,
  ChatRequest,
  Content,
  ContentPart,
  EmbeddingRequest,
} from '../contract/contract.ts'

/** What a call of `doGenerate` is given, but for the signal and the headers. */
export function callOf(request: ChatRequest, provider: string): object {
  const { messages, tools, temperature, topP, maxTokens, responseFormat, responseSchema, extraBody } = request
  return {
    prompt: promptOf(messages),
    ...withoutUndefined({ maxOutputTokens: maxTokens, temperature, topP }),
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map(({ name, description, parameters }) => ({
            type: 'function',
            name,
            description,
            inputSchema: plain(parameters),
          })),
        }),
    ...(responseFormat === undefined
      ? {}
      : {
          responseFormat: {
            type: 'json',
            ...(responseFormat === 'json_schema' && responseSchema !== undefined
              ? { schema: plain(responseSchema) }
              : {}),
          },
        }),
    ...(extraBody === undefined ? {} : { providerOptions: { [provider]: plain(extraBody) } }),
  }
}

/** What a call of `doEmbed` is given, but for the signal and the headers. */
export function embeddingCallOf(
  { inputs, dimensions, extraBody }: EmbeddingRequest,
  provider: string,
): object {
  const size = dimensions === undefined ? {} : { dimensions }
  const options = { ...size, ...(extraBody === undefined ? {} : (plain(extraBody) as object)) }
  return { values: [...inputs], providerOptions: { [provider]: options } }
}

function promptOf(messages: readonly ChatMessage[]): object[] {
  const toolNames = new Map(
    messages.flatMap((message) =>
      message.role === 'assistant'
        ? (message.toolCalls ?? []).map(({ id, name }) => [id, name] as const)
        : [],
    ),
  )
  return messages.map((message) => messageOf(message, toolNames))
}

function messageOf(message: ChatMessage, toolNames: ReadonlyMap<string, string>): object {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: textOf(message.content) }
    case 'user':
      return { role: 'user', content: partsOf(message.content) }
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        type: 'tool-call',
        toolCallId: id,
        toolName: name,
        input: argumentsOf(text),
      }))
      const texts = partsOf(message.content).filter((part) => !('text' in part) || part.text !== '')
      return {
        role: 'assistant',
        content: [...reasoningOf(message.carried?.reasoning_details), ...texts, ...calls],
      }
    }
    case 'tool': {
      const { toolCallId, content } = message
      const toolName = toolNames.get(toolCallId) ?? toolCallId
      const output = { type: 'text', value: textOf(content) }
      return { role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] }
    }
  }
}

/** What `ai-sdk-result.ts` carried: reasoning, with what its provider signed it with. */
function reasoningOf(carried: Value | undefined): object[] {
  if (!Array.isArray(carried)) return []
  return (plain(carried) as { text?: string; providerMetadata?: object }[]).map(
    ({ text = '', providerMetadata }) => ({
      type: 'reasoning',
      text,
      ...(providerMetadata === undefined ? {} : { providerOptions: providerMetadata }),
    }),
  )
}

function partsOf(content: Content): object[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(part)
}

function part(given: ContentPart): object {
  if (given.type === 'text') return { type: 'text', text: given.text }
  const { type, source } = given
  return source.kind === 'url'
    ? { type: 'file', mediaType: `${type}/*`, data: new URL(source.url) }
    : { type: 'file', mediaType: source.mediaType, data: source.data }
}

function textOf(content: Content): string {
  if (typeof content === 'string') return content
  return content.map((each) => (each.type === 'text' ? each.text : '')).join('')
}

function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

function plain(value: Value): unknown {
  return JSON.parse(formatJson(value))
}
