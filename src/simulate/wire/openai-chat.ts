/** The OpenAI API: `/chat/completions`, and `/completions`, the older way to ask for a text. */
import { present } from '../../base/errors/present.ts'
import {
  type ChatAnswer,
  type ChatFormat,
  type Choice,
  created,
  isObject,
  type JsonObject,
  type OfferedTool,
  objectsIn,
  plainChat,
  Refused,
  type RequestedChat,
  type StreamPart,
  type ToolCall,
  type ToolChoice,
  textParts,
  texts,
  wholeNumber,
} from '../requested/requested.ts'
import { Conversation } from '../texts/conversation.ts'
import { type Bound, impossibleChoice, outOfBounds } from './checks.ts'
import { logprobsOf } from './logprobs.ts'
import { openAi } from './openai-error.ts'

export const openAiChatFormat: ChatFormat = {
  kind: 'chat',
  read: readChat,
  answer: completion,
  events: chunks,
  ...openAi,
}

const bounds: readonly Bound[] = [
  ['n', 1, 128, 'whole'],
  ['max_tokens', 1, Infinity, 'whole'],
  ['max_completion_tokens', 1, Infinity, 'whole'],
  ['temperature', 0, 2],
  ['top_p', 0, 1],
  ['top_logprobs', 0, 20, 'whole'],
  ['frequency_penalty', -2, 2],
  ['presence_penalty', -2, 2],
]

function readChat(body: JsonObject, modelInPath: string | undefined): RequestedChat | Refused {
  const { response_format: format } = body
  const model = body.model || modelInPath
  if (typeof model !== 'string') return new Refused('"model" must be a string.', 'model')
  const wrong = outOfBounds(body, bounds) ?? wrongTogether(body)
  if (wrong !== undefined) return wrong
  const conversation = readMessages(body.messages)
  if (conversation instanceof Refused) return conversation
  const tools = [
    ...objectsIn(body.tools).flatMap(readTool),
    ...objectsIn(body.functions).flatMap(readFunction),
  ]
  const toolChoice = readToolChoice(body.tool_choice ?? body.function_call)
  const impossible = impossibleChoice(toolChoice, tools)
  if (impossible !== undefined) return impossible
  const named = isObject(format) && isObject(format.json_schema) ? format.json_schema : undefined
  if (isObject(format) && format.type === 'json_schema' && !isObject(named?.schema)) {
    return new Refused(
      'response_format: json_schema.schema is missing.',
      'response_format.json_schema.schema',
    )
  }
  return {
    ...plainChat,
    ...conversation,
    model,
    enforced: isObject(named?.schema) ? named.schema : undefined,
    json: isObject(format) && format.type === 'json_object',
    tools,
    toolChoice,
    maxTokens: wholeNumber(body.max_completion_tokens) ?? wholeNumber(body.max_tokens),
    stops: texts(body.stop),
    choices: wholeNumber(body.n) ?? 1,
    logprobs: body.logprobs === true ? (wholeNumber(body.top_logprobs) ?? 0) : undefined,
    thinks: wantsThoughts(body),
    picture: Array.isArray(body.modalities) && body.modalities.includes('image'),
    stream: body.stream === true,
    streamUsage: isObject(body.stream_options) && body.stream_options.include_usage === true,
    body,
  }
}

/** Fields that each may be right, and are wrong next to each other. */
function wrongTogether(body: JsonObject): Refused | undefined {
  const given = (field: string) => body[field] !== undefined && body[field] !== null
  if (given('stream_options') && body.stream !== true) {
    return new Refused('stream_options: is only allowed when stream is true.', 'stream_options')
  }
  if (given('top_logprobs') && body.logprobs !== true) {
    return new Refused('top_logprobs: is only allowed when logprobs is true.', 'top_logprobs')
  }
  if (given('max_tokens') && given('max_completion_tokens')) {
    return new Refused('max_tokens and max_completion_tokens cannot both be set.', 'max_tokens')
  }
  if (Array.isArray(body.stop) && body.stop.length > 4) {
    return new Refused('stop: at most 4 texts.', 'stop', 'array_above_max_length')
  }
  return undefined
}

/** OpenAI shows no thoughts; for vendors that do, requests ask in these ways. */
function wantsThoughts({ thinking, reasoning, chat_template_kwargs: template }: JsonObject): boolean {
  if (isObject(thinking)) return thinking.type === 'enabled'
  if (isObject(reasoning)) return reasoning.exclude !== true && reasoning.enabled !== false
  return isObject(template) && (template.enable_thinking === true || template.thinking === true)
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function']

function readMessages(messages: unknown): Conversation | Refused {
  if (!Array.isArray(messages) || messages.length === 0) {
    return new Refused('"messages" must be a list with a message in it.', 'messages')
  }
  const conversation = new Conversation()
  /** Calls of the turn before that have no result yet. */
  let open: readonly unknown[] = []
  for (let index = 0; index < messages.length; index++) {
    const message: unknown = messages[index]
    const wrong = wrongMessage(message, `messages[${index}]`, open)
    if (wrong !== undefined) return wrong
    const {
      role,
      content,
      tool_call_id: answered,
      tool_calls: called,
      function_call: old,
    } = message as JsonObject
    const by = role === 'tool' || role === 'function' ? 'tool' : role === 'assistant' ? 'model' : 'user'
    conversation.add(textOf(content) ?? '', by)
    if (role === 'tool') open = open.filter((id) => id !== answered)
    const calls = objectsIn(called)
    if (calls.length > 0) open = calls.map(({ id }) => id)
    if (calls.length > 0 || isObject(old)) conversation.toolTurns++
  }
  return open.length === 0 ? conversation : new Refused('The last tool calls have no answer.', 'messages')
}

/** @param open calls before it that have no result yet */
function wrongMessage(message: unknown, place: string, open: readonly unknown[]): Refused | undefined {
  const role = isObject(message) ? message.role : undefined
  if (!isObject(message) || typeof role !== 'string') {
    return new Refused(`${place}.role: must be a text.`, `${place}.role`, 'missing_required_parameter')
  }
  if (!roles.includes(role)) {
    const what = `${place}.role: ${JSON.stringify(role.slice(0, 40))} is none of ${roles.join(', ')}.`
    return new Refused(what, `${place}.role`, 'invalid_value')
  }
  if (textOf(message.content) === undefined) {
    const what = `${place}.content: must be a text or a list of parts.`
    return new Refused(what, `${place}.content`, 'invalid_type')
  }
  if (role === 'tool') {
    if (open.includes(message.tool_call_id)) return undefined
    return new Refused(
      `${place}: a tool message must answer a call of the assistant's message before it.`,
      place,
    )
  }
  if (open.length === 0) return undefined
  return new Refused(`${place}: the tool calls before it must be answered first, each by its id.`, place)
}

function readTool(tool: JsonObject): OfferedTool[] {
  if (!isObject(tool.custom)) return isObject(tool.function) ? readFunction(tool.function) : []
  const { name } = tool.custom
  return typeof name === 'string' ? [{ name, parameters: true, custom: true }] : []
}

function readFunction({ name, parameters }: JsonObject): OfferedTool[] {
  if (typeof name !== 'string') return []
  return [{ name, parameters: isObject(parameters) ? parameters : { type: 'object' } }]
}

function readToolChoice(choice: unknown): ToolChoice {
  if (choice === 'none' || choice === 'required') return choice
  if (!isObject(choice)) return 'auto'
  if (isObject(choice.allowed_tools)) return choice.allowed_tools.mode === 'required' ? 'required' : 'auto'
  const { name } = [choice.function, choice.custom].find(isObject) ?? choice
  return typeof name === 'string' ? { name } : 'auto'
}

/** Undefined for what is no content. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (content === undefined || content === null) return ''
  if (!Array.isArray(content)) return undefined
  return objectsIn(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('')
}

// Put together by hand: a benchmark's server must cost little.
function completion(requested: RequestedChat, answer: ChatAnswer): string {
  const choices = answer.choices.map(
    (choice, index) =>
      `{"index":${index},"message":${messageOf(requested, choice)},"logprobs":${logprobs(requested, choice)},"finish_reason":"${finishOf(requested, choice)}"}`,
  )
  return `${head(requested, answer, 'chat.completion')},"choices":[${choices.join(',')}],"usage":${usageOf(answer)}}`
}

function head({ model }: RequestedChat, { id }: ChatAnswer, object: string): string {
  return `{"id":"chatcmpl-${id}","object":"${object}","created":${created},"model":${JSON.stringify(model)}`
}

function usageOf({ promptTokens, cached, completionTokens, thoughtTokens }: ChatAnswer): string {
  const read = cached === undefined ? '' : `,"prompt_tokens_details":{"cached_tokens":${cached.read}}`
  const details =
    thoughtTokens === 0 ? '' : `,"completion_tokens_details":{"reasoning_tokens":${thoughtTokens}}`
  return `{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},"total_tokens":${promptTokens + completionTokens}${read}${details}}`
}

/** A refusal is a normal end there. */
function finishOf({ body }: RequestedChat, { finish, calls }: Choice): string {
  if (calls.length > 0 && isOfFunctions(body)) return 'function_call'
  return finish === 'refusal' ? 'stop' : finish
}

function messageOf({ body }: RequestedChat, { text, thought, refusal, calls, pictures }: Choice): string {
  const content = (calls.length > 0 || refusal !== null) && text === '' ? 'null' : JSON.stringify(text)
  const thinking = thought === '' ? '' : `,"reasoning_content":${JSON.stringify(thought)}`
  const called = calls.length === 0 ? '' : `,${calledOf(body, calls)}`
  const shown = pictures.length === 0 ? '' : `,"images":${JSON.stringify(pictures.map(wirePicture))}`
  return `{"role":"assistant","content":${content}${thinking},"refusal":${JSON.stringify(refusal)}${called}${shown}}`
}

function calledOf(body: JsonObject, calls: Choice['calls']): string {
  if (!isOfFunctions(body)) return `"tool_calls":${JSON.stringify(calls.map(wireCall))}`
  const [{ name, arguments: values } = present(undefined, 'calls')] = calls
  return `"function_call":${JSON.stringify({ name, arguments: JSON.stringify(values) })}`
}

/** `functions` came before `tools`: one call at a time, without an id. */
const isOfFunctions = (body: JsonObject): boolean => Array.isArray(body.functions) && body.tools === undefined

function wireCall({ id, name, custom, arguments: values }: ToolCall) {
  if (custom) return { id, type: 'custom', custom: { name, input: values } }
  return { id, type: 'function', function: { name, arguments: JSON.stringify(values) } }
}

function wirePicture(png: Buffer) {
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } }
}

function logprobs({ logprobs: alternatives }: RequestedChat, { text, refusal }: Choice): string {
  if (alternatives === undefined) return 'null'
  return JSON.stringify({ content: logprobsOf(text, alternatives), refusal: refusal === null ? null : [] })
}

function chunks(requested: RequestedChat, answer: ChatAnswer): StreamPart[] {
  const start = head(requested, answer, 'chat.completion.chunk')
  const usage = requested.streamUsage ? ',"usage":null' : ''
  const parts = answer.choices.flatMap((choice, index) => {
    const event = (delta: object, share: number, more: object = {}): StreamPart => {
      const part = { index, delta, logprobs: null, finish_reason: null, ...more }
      return { text: `data: ${start},"choices":[${JSON.stringify(part)}]${usage}}\n\n`, share }
    }
    return chunksOf(requested, choice, event)
  })
  if (requested.streamUsage) {
    parts.push({ text: `data: ${start},"choices":[],"usage":${usageOf(answer)}}\n\n`, share: 1 })
  }
  parts.push({ text: 'data: [DONE]\n\n', share: 1 })
  return parts
}

function chunksOf(
  requested: RequestedChat,
  choice: Choice,
  event: (delta: object, share: number, more?: object) => StreamPart,
): StreamPart[] {
  const { text, thought, refusal, calls, pictures } = choice
  const parts = [event({ role: 'assistant', content: '', refusal: null }, 0)]
  for (const { text: part } of textParts(thought)) parts.push(event({ reasoning_content: part }, 0))
  for (const { text: part, share } of textParts(text)) {
    const alternatives = requested.logprobs
    const entry =
      alternatives === undefined ? null : { content: logprobsOf(part, alternatives), refusal: null }
    parts.push(event({ content: part }, share, { logprobs: entry }))
  }
  if (refusal !== null) parts.push(event({ refusal }, 1))
  if (calls.length > 0) {
    const called = isOfFunctions(requested.body)
      ? JSON.parse(`{${calledOf(requested.body, calls)}}`)
      : { tool_calls: calls.map((call, index) => ({ index, ...wireCall(call) })) }
    parts.push(event(called, 1))
  }
  if (pictures.length > 0) parts.push(event({ images: pictures.map(wirePicture) }, 1))
  parts.push(event({}, 1, { finish_reason: finishOf(requested, choice) }))
  return parts
}

export const openAiCompletionsFormat: ChatFormat = {
  kind: 'chat',
  read(body, modelInPath) {
    const { prompt } = body
    const model = body.model || modelInPath
    if (typeof model !== 'string') return new Refused('"model" must be a string.', 'model')
    const wrong = outOfBounds(body, bounds)
    if (wrong !== undefined) return wrong
    const [only, ...others] = texts(prompt)
    if (only === undefined || others.length > 0) return new Refused('"prompt" must be one text.', 'prompt')
    const conversation = new Conversation()
    conversation.add(only, 'user')
    return {
      ...plainChat,
      ...conversation,
      model,
      maxTokens: wholeNumber(body.max_tokens) ?? 16,
      stops: texts(body.stop),
      choices: wholeNumber(body.n) ?? 1,
      stream: body.stream === true,
      streamUsage: isObject(body.stream_options) && body.stream_options.include_usage === true,
      body,
    }
  },
  answer: (requested, answer) => {
    const choices = answer.choices.map((choice, index) => ({ index, ...completed(choice) }))
    return `${completionHead(requested, answer)},"choices":${JSON.stringify(choices)},"usage":${usageOf(answer)}}`
  },
  events(requested, answer) {
    const start = completionHead(requested, answer)
    const parts = answer.choices.flatMap((choice, index) => {
      const event = (text: string, share: number, finish: string | null): StreamPart => ({
        text: `data: ${start},"choices":[${JSON.stringify({ index, text, logprobs: null, finish_reason: finish })}]}\n\n`,
        share,
      })
      const conversation = [...textParts(choice.text)].map(({ text, share }) => event(text, share, null))
      return [...conversation, event('', 1, completed(choice).finish_reason)]
    })
    const usage = `data: ${start},"choices":[],"usage":${usageOf(answer)}}\n\n`
    if (requested.streamUsage) parts.push({ text: usage, share: 1 })
    return [...parts, { text: 'data: [DONE]\n\n', share: 1 }]
  },
  ...openAi,
}

function completed({ text, finish }: Choice) {
  return {
    text,
    logprobs: null,
    finish_reason: finish === 'length' || finish === 'content_filter' ? finish : 'stop',
  }
}

function completionHead({ model }: RequestedChat, { id }: ChatAnswer): string {
  return `{"id":"cmpl-${id}","object":"text_completion","created":${created},"model":${JSON.stringify(model)}`
}
