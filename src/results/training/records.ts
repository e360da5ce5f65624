/**
 * A row of a dataset as the record of a training format.
 *
 * Rules:
 *   1. Arguments of tool calls are JSON text in `openai-chat`, as the API has them, and objects in the formats of TRL, as chat
 *      templates want them.
 *   2. ShareGPT has one turn for all calls of a message and one for all their results: user turns and model turns alternate there too.
 *   3. A pair with equal scores, or with equal answers, shows no preference: there is no record of it.
 */

import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, memberOf, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import { requireConversation } from './conversation-rules.ts'
import type { FieldMapping } from './mapping.ts'
import {
  conversationIn,
  listGiven,
  type Message,
  messagesIn,
  plainMessage,
  type ToolCall,
  textOf,
  UnfitRow,
  withoutNulls,
} from './messages.ts'
import type { Field, ToolsAs, TrainingFormat } from './training-formats.ts'

export interface RecordOptions {
  readonly toolsAs: ToolsAs
  /** The least difference of the scores of a pair. */
  readonly minMargin: number
}

/** Makes the records of one format. */
export class RecordMaker {
  readonly #format: TrainingFormat
  readonly #mapping: FieldMapping
  readonly #options: RecordOptions

  constructor(format: TrainingFormat, mapping: FieldMapping, options: RecordOptions) {
    this.#format = format
    this.#mapping = mapping
    this.#options = options
  }

  /** @throws UnfitRow */
  recordOf(row: Row): ValueObject {
    const value = (field: Field): Value => this.#mapping.valueIn(row, field)
    switch (this.#format) {
      case 'openai-chat':
        return {
          messages: this.#conversation(value).map((each) => chatMessage(each, 'text')),
          ...this.#tools(value),
        }
      case 'sharegpt':
        return { conversations: turnsOf(this.#conversation(value)), ...this.#tools(value) }
      case 'alpaca':
        return this.#mapping.fields.has('messages')
          ? instructionOf(this.#conversation(value))
          : instruction(value)
      case 'prompt-completion': {
        const [prompt, completion] = split(this.#conversation(value))
        return { prompt: forTrl(prompt), completion: forTrl(completion), ...this.#tools(value) }
      }
      case 'dpo':
        return { ...this.#pair(value), ...this.#tools(value) }
      case 'kto': {
        const [prompt, completion] = this.#answered(value, 'completion')
        return {
          prompt: forTrl(prompt),
          completion: forTrl(completion),
          label: labelOf(value('label')),
          ...this.#tools(value),
        }
      }
    }
  }

  /** The whole conversation of a row. */
  #conversation(value: (field: Field) => Value): Message[] {
    if (!this.#mapping.fields.has('messages')) return this.#answered(value, 'completion').flat()
    const messages = conversationIn(value('messages'), 'messages')
    const whole = [...systemOf(value('system'), messages), ...messages]
    requireConversation(whole)
    return whole
  }

  #answered(
    value: (field: Field) => Value,
    answer: 'completion' | 'chosen' | 'rejected',
  ): [prompt: Message[], answer: Message[]] {
    const request = messagesIn(value('prompt'), 'user', 'prompt')
    const prompt = [...systemOf(value('system'), request), ...request]
    const completion = messagesIn(value(answer), 'assistant', answer)
    if (completion[0]?.role !== 'assistant') throw new UnfitRow(`${answer} does not start with the assistant`)
    requireConversation([...prompt, ...completion])
    return [prompt, completion]
  }

  /** Rule 3. */
  #pair(value: (field: Field) => Value): ValueObject {
    const [prompt, chosen] = this.#answered(value, 'chosen')
    const [, rejected] = this.#answered(value, 'rejected')
    if (formatJson(forTrl(chosen)) === formatJson(forTrl(rejected)))
      throw new UnfitRow('chosen equals rejected')
    const scores: Record<string, Value> = {}
    for (const field of ['score_chosen', 'score_rejected'] as const) {
      if (this.#mapping.fields.has(field)) scores[field] = scoreOf(value(field), field)
    }
    const { score_chosen: more, score_rejected: less } = scores
    if (typeof more === 'number' && typeof less === 'number') {
      if (more === less) throw new UnfitRow('the scores are equal')
      if (more - less < this.#options.minMargin) throw new UnfitRow('the scores are closer than the margin')
    }
    return { prompt: forTrl(prompt), chosen: forTrl(chosen), rejected: forTrl(rejected), ...scores }
  }

  #tools(value: (field: Field) => Value): ValueObject {
    if (!this.#mapping.fields.has('tools')) return {}
    const given = value('tools')
    if (given === null) return { tools: null }
    const list = listGiven(given)
    if (list === undefined) throw new UnfitRow('tools are no list')
    const tools = list.map(toolOf)
    const asText = this.#format === 'sharegpt' || this.#options.toolsAs === 'text'
    return { tools: asText ? formatJson(tools) : tools }
  }
}

/** The system message of its own column; none where the conversation has one already. */
function systemOf(value: Value, messages: readonly Message[]): Message[] {
  const text = value === null ? '' : textOf(value)
  if (text.trim() === '') return []
  if (messages[0]?.role === 'system') throw new UnfitRow('there are two system messages')
  return [plainMessage('system', text)]
}

/** Before and from the last turn of the assistant, tool calls included. */
function split(messages: readonly Message[]): [prompt: Message[], completion: Message[]] {
  const at = messages.findLastIndex(({ role }) => role === 'user') + 1
  return [messages.slice(0, at), messages.slice(at)]
}

function forTrl(messages: readonly Message[]): ValueObject[] {
  return messages.map((message) => chatMessage(message, 'object'))
}

function chatMessage(message: Message, argumentsAs: 'text' | 'object'): ValueObject {
  const { role, content, toolCalls, toolCallId } = message
  const calls = toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: argumentsOf(call, argumentsAs) },
  }))
  return {
    role,
    content: role === 'tool' ? (content ?? '') : content === '' && calls.length > 0 ? null : content,
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(role === 'tool' ? { tool_call_id: toolCallId } : {}),
  }
}

/** Rule 1. */
function argumentsOf({ arguments: given }: ToolCall, as: 'text' | 'object'): Value {
  let object: Value = given
  if (typeof given === 'string') {
    try {
      object = given.trim() === '' ? {} : parseJson(given)
    } catch {
      throw new UnfitRow('the arguments of a tool call are no JSON')
    }
  }
  if (!isValueObject(object)) throw new UnfitRow('the arguments of a tool call are no JSON object')
  if (as === 'object') return withoutNullsOfStructs(given, object)
  return typeof given === 'string' && given.trim() !== '' ? given : formatJson(object)
}

/** Text says itself what is null; a struct of Parquet has every member in every row. */
function withoutNullsOfStructs(given: Value, object: Value): Value {
  return typeof given === 'string' ? object : withoutNulls(object)
}

/** Rule 2. */
function turnsOf(messages: readonly Message[]): ValueObject[] {
  const turns: ValueObject[] = []
  let results: string[] = []
  const endResults = (): void => {
    if (results.length === 0) return
    const [only, ...others] = results
    const value = only !== undefined && others.length === 0 ? only : formatJson(results)
    turns.push({ from: 'observation', value })
    results = []
  }
  for (const { role, content, toolCalls } of messages) {
    if (role === 'tool') {
      results.push(plainContent(content))
      continue
    }
    endResults()
    if (toolCalls.length === 0) {
      turns.push({
        from: { system: 'system', user: 'human', assistant: 'gpt' }[role],
        value: plainContent(content),
      })
      continue
    }
    if (plainContent(content).trim() !== '') throw new UnfitRow('a message has text next to tool calls')
    const calls = toolCalls.map((call) => ({ name: call.name, arguments: argumentsOf(call, 'object') }))
    turns.push({
      from: 'function_call',
      value: formatJson(calls.length === 1 ? present(calls[0], 'tool calls') : calls),
    })
  }
  endResults()
  return turns
}

/** Content of a format that has text alone. */
function plainContent(content: Message['content']): string {
  if (content === null) return ''
  if (typeof content === 'string') return content
  throw new UnfitRow('a message has media, which the format cannot hold')
}

function instruction(value: (field: Field) => Value): ValueObject {
  const required = (field: Field): string => {
    const given = value(field)
    if (given === null) throw new UnfitRow(`${field} is null`)
    const text = textOf(given)
    if (text.trim() === '') throw new UnfitRow(`${field} is empty`)
    return text
  }
  const optional = (field: Field): string => {
    const given = value(field)
    return given === null ? '' : textOf(given)
  }
  return {
    instruction: required('instruction'),
    input: optional('input'),
    output: required('output'),
    system: optional('system'),
    history: historyOf(value('history')),
  }
}

function historyOf(value: Value): Value {
  if (value === null) return []
  const pairs = listGiven(value)
  const isPair = (pair: Value): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string')
  if (pairs === undefined || !pairs.every(isPair)) throw new UnfitRow('history is no list of pairs of texts')
  return pairs
}

/** A conversation without tools: its last turn, and the turns before as history. */
function instructionOf(messages: readonly Message[]): ValueObject {
  const system = messages[0]?.role === 'system' ? plainContent(messages[0].content) : ''
  const turns = messages.filter(({ role }) => role !== 'system')
  if (turns.some(({ role, toolCalls }) => role === 'tool' || toolCalls.length > 0))
    throw new UnfitRow('there are tool calls, which the format cannot hold')
  const texts = turns.map(({ content }) => plainContent(content))
  const [instruction, output] = texts.slice(-2)
  const history: Value[] = []
  for (let at = 0; at + 3 < texts.length; at += 2) history.push(texts.slice(at, at + 2))
  return {
    instruction: present(instruction, 'turns'),
    input: '',
    output: present(output, 'turns'),
    system,
    history,
  }
}

function scoreOf(value: Value, field: string): number {
  const score = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value ?? Number.NaN)
  if (!Number.isFinite(score)) throw new UnfitRow(`${field} is no number`)
  return score
}

function labelOf(value: Value): boolean {
  const text = String(value).toLowerCase()
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new UnfitRow('label is neither true nor false')
}

/** A tool in the form of OpenAI, without what Parquet structs have as null. */
function toolOf(given: Value): Value {
  const tool = withoutNulls(given)
  if (isValueObject(tool) && isValueObject(memberOf(tool, 'function') ?? null))
    return { type: 'function', ...tool }
  if (isValueObject(tool) && typeof memberOf(tool, 'name') === 'string')
    return { type: 'function', function: tool }
  throw new UnfitRow('a tool has no name')
}
