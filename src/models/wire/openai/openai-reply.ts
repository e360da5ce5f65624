/**
 * Chat completions of the OpenAI wire format, and of everybody who speaks it in a way of their own.
 */
import { present } from '../../../base/errors/present.ts'
import { toValue } from '../../../base/values/value.ts'
import { isObject, type JsonObject, tokenCount, usageGiven } from '../../body/body.ts'
import { endOf, finishReasonOf } from '../../body/finish-reasons.ts'
import type { ModelReply, ToolCall, Usage } from '../../contract/contract.ts'

/** Undefined when the body is no chat completion. */
export function readChatCompletion(completion: JsonObject): ModelReply | undefined {
  const choice = firstChoice(completion)
  if (choice === undefined) return undefined
  const message = present(messageOf(choice), 'messages of choices')
  const content = textOf(message.content)
  const toolCalls = toolCallsOf(message)
  return {
    content,
    reasoning: reasoningOf(message),
    finishReason: finishReasonIn(choice, message),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    ...carriedOf(message),
    usage: openAiUsage(usageGiven(completion)),
  }
}

/** The first choice, when there is one to read. */
export function firstChoice(completion: JsonObject): JsonObject | undefined {
  const choice: unknown = Array.isArray(completion.choices) ? completion.choices[0] : undefined
  return isObject(choice) && messageOf(choice) !== undefined ? choice : undefined
}

/** Gateways put the whole message into `delta`, or say it in `text`, as completions of old; with a reason to stop it is whole. */
function messageOf(choice: JsonObject): JsonObject | undefined {
  const { message, delta, text, finish_reason: reason } = choice
  if (isObject(message)) return message
  if (finishReasonOf(reason) === null) return undefined
  if (isObject(delta)) return delta
  const visible = typeof message === 'string' ? message : text
  return typeof visible === 'string' ? { content: visible } : undefined
}

/** What went wrong with a choice, where the provider says so inside of it: OpenRouter does, after a part of the text. */
export function errorOfChoice(completion: JsonObject): JsonObject | undefined {
  const choice = firstChoice(completion)
  return choice === undefined ? undefined : errorIn(memberBehind(choice, 'error'))
}

/** A member of a choice. LiteLLM keeps what its upstream said beyond the format in `provider_specific_fields`. */
function memberBehind(choice: JsonObject, name: string): unknown {
  const { provider_specific_fields: behind } = choice
  return choice[name] ?? (isObject(behind) ? behind[name] : undefined)
}

/** An error that says something; `{code: 0, message: ""}` and `{code: 200, message: "success"}` say that there is none. */
export function errorIn(error: unknown): JsonObject | undefined {
  if (typeof error === 'string' && error.trim() !== '') return { message: error }
  if (!isObject(error) || Object.values(error).every((each) => each === null || each === '')) return undefined
  const { code, message = '' } = error
  const isNone = /^(0|200|ok|success)$/i.test(String(code)) && /^(|ok|success)$/i.test(String(message ?? ''))
  return isNone ? undefined : error
}

/**
 * Text, null, one block, or a list of blocks whose text is joined; thoughts among them are none. What is no text in JSON, such as the object
 * that a gateway has parsed already, is written as JSON.
 */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content.toWellFormed()
  if (typeof content === 'number' || typeof content === 'boolean') return String(content)
  if (isObject(content)) {
    const isBlock = typeof content.type === 'string' || content.text !== undefined
    return isBlock || Object.keys(content).length === 0 ? textOf([content]) : JSON.stringify(content)
  }
  if (!Array.isArray(content)) return ''
  return content
    .map((block) => (isThought(block) ? '' : blockText(block)))
    .join('')
    .toWellFormed()
}

function blockText(block: unknown): string {
  if (typeof block === 'string') return block
  if (!isObject(block)) return ''
  const { text, content } = block
  const visible = [text, isObject(text) ? text.value : undefined, content].find(
    (each) => typeof each === 'string',
  )
  return typeof visible === 'string' ? visible : ''
}

/** Magistral's parts, and others by their type: `thinking`, `reasoning`, `reasoning.text`. */
function isThought(block: unknown): block is JsonObject {
  if (!isObject(block)) return false
  const { type, thought } = block
  return (
    thought === true || (typeof type === 'string' && /^(?:redacted_)?(?:think|reason|thought)/i.test(type))
  )
}

/** The words of a thought: a text, or a list of blocks. */
function thoughtText(block: JsonObject): string {
  for (const given of [block.thinking, block.reasoning, block.text, block.summary, block.content]) {
    if (typeof given === 'string') return given
    if (Array.isArray(given)) return given.map(blockText).join('')
  }
  return ''
}

const reasoningMembers = [
  'reasoning',
  'reasoning_content',
  'thinking',
  'reasoning_text',
  'thinking_content',
  'thought',
  'thoughts',
] as const

/** In a member of its own, else in blocks of the content, else in the details of OpenRouter. */
function reasoningOf(message: JsonObject): string | null {
  for (const name of reasoningMembers) {
    const given = message[name]
    const text = isObject(given) ? thoughtText(given) : given
    if (typeof text === 'string' && text !== '') return text.toWellFormed()
  }
  for (const blocks of [message.content, message.reasoning_details]) {
    if (!Array.isArray(blocks)) continue
    const text = blocks.filter(isThought).map(thoughtText).join('')
    if (text !== '') return text.toWellFormed()
  }
  return null
}

/** OpenRouter wants the signed reasoning of a turn that calls tools back, as it gave it. */
function carriedOf(message: JsonObject): Pick<ModelReply, 'carried'> {
  const { reasoning_details: details } = message
  return Array.isArray(details) && details.length > 0
    ? { carried: { reasoning_details: toValue(details) } }
    : {}
}

/**
 * Arguments that are no text are written as text; a call without an id gets one that its place gives. The function may stand in the call
 * itself, and the one call of servers of old in `function_call`.
 */
function toolCallsOf({ tool_calls: given, function_call: single }: JsonObject): ToolCall[] {
  const calls = Array.isArray(given) && given.length > 0 ? given : [single]
  return calls.flatMap((call, index): ToolCall[] => {
    if (!isObject(call)) return []
    const called = isObject(call.function) ? call.function : call
    if (typeof called.name !== 'string' || called.name === '') return []
    const { name, arguments: given } = called
    const text = typeof given === 'string' ? given : JSON.stringify(given ?? {})
    const id = typeof call.id === 'string' && call.id !== '' ? call.id : `call_${index}`
    return [{ id, name: name.toWellFormed(), arguments: text.toWellFormed() }]
  })
}

/** A refusal and an error win over what the reason says, and a provider behind a gateway that says more than stop. */
export function finishReasonIn(choice: JsonObject, { refusal, content }: JsonObject): string | null {
  if (errorIn(memberBehind(choice, 'error')) !== undefined) return 'error'
  const refused =
    Array.isArray(content) && content.some((block) => isObject(block) && block.type === 'refusal')
  const isText = isObject(refusal) ? Object.keys(refusal).length > 0 : Boolean(refusal)
  if (refused || isText) return 'content_filter'
  const reason = finishReasonOf(choice.finish_reason ?? choice.finishReason ?? choice.finish_details)
  const native = finishReasonOf(memberBehind(choice, 'native_finish_reason'))
  const isWhole = (end: string | null) => ['complete', 'unknown'].includes(endOf(end))
  return isWhole(reason) && !isWhole(native) && endOf(native) !== 'tool_call' ? native : reason
}

/** Cached tokens are part of the input, and reasoning of the output, also where a provider counts it apart. */
export function openAiUsage(usage: unknown): Usage {
  const given: JsonObject = isObject(usage) ? usage : {}
  const inputTokens = tokenCount(given.prompt_tokens ?? given.input_tokens ?? given.promptTokens)
  const answered = tokenCount(given.completion_tokens ?? given.output_tokens ?? given.completionTokens)
  const inputDetails = given.prompt_tokens_details ?? given.input_tokens_details
  const read = detail(inputDetails, 'cached_tokens') || tokenCount(given.prompt_cache_hit_tokens)
  const cachedInputTokens = Math.min(inputTokens, read)
  // Gateways in front of Anthropic's models report it, OpenRouter in the details, LiteLLM by Anthropic's name.
  const written = detail(inputDetails, 'cache_write_tokens') || tokenCount(given.cache_creation_input_tokens)
  const cacheWriteTokens = Math.min(inputTokens - cachedInputTokens, written)
  const reasoning = detail(given.completion_tokens_details ?? given.output_tokens_details, 'reasoning_tokens')
  const apart = reasoning > 0 && given.total_tokens === inputTokens + answered + reasoning
  const outputTokens = apart ? answered + reasoning : answered
  return {
    inputTokens,
    cachedInputTokens,
    ...(cacheWriteTokens === 0 ? {} : { cacheWriteTokens }),
    outputTokens,
    reasoningTokens: Math.min(outputTokens, reasoning),
  }
}

function detail(details: unknown, name: string): number {
  return isObject(details) ? tokenCount(details[name]) : 0
}
