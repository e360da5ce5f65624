/** Responses of the OpenAI Responses API: a list of items that a model put out. */
import { toValue } from '../../../base/values/value.ts'
import { isObject, type JsonObject } from '../../body/body.ts'
import { markedMedium } from '../../body/detached-media.ts'
import { finishReasonOf } from '../../body/finish-reasons.ts'
import type { ImageReply, ModelReply, ReceivedImage, ToolCall } from '../../contract/contract.ts'
import { openAiUsage } from '../openai/openai-reply.ts'

/** Undefined when the body is no response, or one that failed: then its error says why. */
export function readResponse(body: JsonObject): ModelReply | undefined {
  const output = outputOf(body)
  if (output === undefined) return undefined
  const toolCalls = output.flatMap(toolCallOf)
  const messages = output.filter(({ type }) => type === 'message')
  const parts = messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? [{ type: 'output_text', text: content }]
      : Array.isArray(content)
        ? content
        : [],
  )
  const reasoning = output
    .filter(({ type }) => type === 'reasoning')
    .map(thoughtsOf)
    .filter((text) => text !== '')
  return {
    content: parts
      .map((part) =>
        isObject(part) && (part.type === 'output_text' || part.type === 'text') ? stringOf(part.text) : '',
      )
      .join('')
      .toWellFormed(),
    reasoning: reasoning.length === 0 ? null : reasoning.join('\n\n').toWellFormed(),
    finishReason: finishReason(
      body,
      toolCalls.length > 0,
      parts.some((part) => isObject(part) && part.type === 'refusal'),
    ),
    ...(toolCalls.length === 0 ? {} : { toolCalls, carried: { output: toValue(output) } }),
    usage: openAiUsage(body.usage),
  }
}

/** Images that the tool of the API made. Undefined when the body is no response. */
export function readResponseImages(body: JsonObject): ImageReply | undefined {
  const output = outputOf(body)
  if (output === undefined) return undefined
  const images = output.flatMap((item): ReceivedImage[] => {
    if (item.type !== 'image_generation_call' || typeof item.result !== 'string' || item.result === '')
      return []
    const medium = markedMedium(item.result)
    if (medium !== undefined) return [{ kind: 'stored', medium }]
    return [{ kind: 'base64', mediaType: null, data: item.result }]
  })
  return { images, finishReason: finishReason(body, false, false), usage: openAiUsage(body.usage) }
}

function outputOf({ object, status, output }: JsonObject): readonly JsonObject[] | undefined {
  const isResponse = object === 'response' || (object === undefined && typeof status === 'string')
  if (!isResponse || status === 'failed' || !Array.isArray(output)) return undefined
  return output.filter(isObject)
}

function finishReason(
  { status, incomplete_details: details, output }: JsonObject,
  calls: boolean,
  refused: boolean,
): string | null {
  if (refused) return 'content_filter'
  const isCut =
    Array.isArray(output) &&
    output.some((item) => isObject(item) && item.type === 'message' && item.status === 'incomplete')
  const finish = finishReasonOf(isObject(details) ? (details.reason ?? status) : status)
  const reason = isCut && finish === 'stop' ? 'incomplete' : finish
  return calls && reason === 'stop' ? 'tool_calls' : reason
}

/** Summaries are what models show of their thoughts; open ones show them whole. */
function thoughtsOf({ summary, content }: JsonObject): string {
  for (const list of [content, summary]) {
    const text = Array.isArray(list)
      ? list.map((each) => (isObject(each) ? stringOf(each.text) : '')).join('\n\n')
      : ''
    if (text !== '') return text
  }
  return ''
}

function toolCallOf(item: JsonObject, place: number): ToolCall[] {
  if (item.type !== 'function_call' || typeof item.name !== 'string') return []
  const id = stringOf(item.call_id) || `call_${place}`
  const text = typeof item.arguments === 'string' ? item.arguments : JSON.stringify(item.arguments ?? {})
  return [{ id, name: item.name.toWellFormed(), arguments: text.toWellFormed() }]
}

function stringOf(given: unknown): string {
  return typeof given === 'string' ? given : ''
}
