/**
 * A model in the hands of a function of the user's: one question with settings of its own, tools, and a reader of the answer.
 *
 * Rules:
 *   1. Settings stand in the request, and so in its hash: the same call with other settings is another answer.
 *   2. Every answer is an effect, those that could not be read too: made again, the function gets the same.
 *   3. A call without options is a single question, as it always was.
 */
import { errorCodes } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import { thrownWords } from '../../base/errors/thrown-words.ts'
import { isValueObject, toValue, type ValueObject } from '../../base/values/value.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import type { FunctionModel, Generated, GenerateOptions } from '../../code/functions.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import { readText } from '../../models/answer/answer-text.ts'
import type { ChatMessage, ChatPrompt, ModelReply } from '../../models/contract/contract.ts'
import type { Requests } from '../column/column.ts'
import { conversationLimits, converse } from '../model/conversation.ts'
import { ToolTurns } from '../model/tool-turns.ts'

/** What a call may use of the config. */
export interface ModelUse {
  /** Tool aliases that the function declares. */
  readonly toolAliases: readonly string[]
  readonly runConfig: RunConfig
  /** An error about the function, with the words. */
  readonly failed: (what: string) => RowsmithError
}

export function functionModel(cell: Requests, alias: string, use: ModelUse): FunctionModel {
  function generate(prompt: string | ChatPrompt): Promise<ModelReply>
  function generate<T>(prompt: string | ChatPrompt, options: GenerateOptions<T>): Promise<Generated<T>>
  function generate<T>(prompt: string | ChatPrompt, options?: GenerateOptions<T>): Promise<ModelReply> {
    const chatPrompt: ChatPrompt =
      typeof prompt === 'string' ? { messages: [{ role: 'user', content: prompt }] } : prompt
    // Rule 3.
    return options === undefined
      ? cell.request(chatPrompt, alias)
      : generateWith(cell, alias, chatPrompt, options, use)
  }
  return {
    generate,
    embed: (inputs) => cell.embed({ inputs }, alias),
    image: (prompt) => cell.image({ prompt }, alias),
  }
}

async function generateWith<T>(
  cell: Requests,
  alias: string,
  { messages, ...prompt }: ChatPrompt,
  options: GenerateOptions<T>,
  use: ModelUse,
): Promise<Generated<T>> {
  const { systemPrompt, toolAlias, parse } = options
  const settings = { ...prompt, ...settingsOf(options, use) }
  const system: readonly ChatMessage[] =
    systemPrompt === undefined ? [] : [{ role: 'system', content: systemPrompt }]
  const requests = {
    request: (more: ChatPrompt) => cell.request(more, alias),
    perform: cell.perform.bind(cell),
  }
  const turns = toolAlias === undefined ? null : new ToolTurns(requests, toolboxOf(cell, toolAlias, use))
  const defaults = conversationLimits(use.runConfig, 'all')
  const limits = {
    ...defaults,
    corrections: countOf(options, 'corrections', use) ?? defaults.corrections,
    restarts: countOf(options, 'restarts', use) ?? defaults.restarts,
  }
  let parsed: T | undefined
  const { reply } = await converse([...system, ...messages], parse === undefined ? once : limits, {
    request: async (turn) => {
      const whole = { ...settings, ...turn }
      return turns === null ? { reply: await requests.request(whole), between: [] } : turns.request(whole)
    },
    read: (answer) => {
      parsed = parse === undefined ? (answer.content as T) : readWith(parse, answer)
      return null
    },
  })
  return { ...reply, parsed: parsed as T }
}

/** Without a reader every answer can be read. */
const once = { corrections: 0, restarts: 0, again: 'all' } as const

/** What the reader throws is reported to the model; without a further request it is the result on the row. */
function readWith<T>(parse: (content: string) => T, reply: ModelReply): T {
  // An answer that was cut off, filtered or is empty is none.
  const content = readText(reply)
  try {
    return parse(content)
  } catch (error) {
    if (RowsmithError.isInstance(error) && errorCodes[error.code].class === 'row') throw error
    throw new RowsmithError('function_failed', `The answer cannot be read: ${thrownWords(error)}.`, {
      cause: error,
    })
  }
}

function settingsOf<T>(options: GenerateOptions<T>, use: ModelUse): Omit<ChatPrompt, 'messages'> {
  const maxTokens = countOf(options, 'maxTokens', use, 1)
  const temperature = numberOf(options, 'temperature', 2, use)
  const topP = numberOf(options, 'topP', 1, use)
  const extraBody = bodyOf(options.extraBody, use)
  return {
    ...withoutUndefined({ maxTokens, temperature, topP, extraBody }),
  }
}

function countOf<T>(
  options: GenerateOptions<T>,
  name: 'maxTokens' | 'corrections' | 'restarts',
  { failed }: ModelUse,
  least = 0,
): number | undefined {
  const value = options[name]
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return value
  throw failed(`${name} must be a whole number of at least ${least}, not ${value}`)
}

function numberOf<T>(
  options: GenerateOptions<T>,
  name: 'temperature' | 'topP',
  most: number,
  { failed }: ModelUse,
): number | undefined {
  const value = options[name]
  if (value === undefined || (Number.isFinite(value) && value >= 0 && value <= most)) return value
  throw failed(`${name} must be a number from 0 to ${most}, not ${value}`)
}

function bodyOf(given: GenerateOptions['extraBody'], { failed }: ModelUse): ValueObject | undefined {
  if (given === undefined) return undefined
  let body: unknown
  try {
    body = toValue(given)
  } catch (error) {
    throw failed(`extraBody is no data: ${thrownWords(error)}`)
  }
  if (isValueObject(body as never)) return body as ValueObject
  throw failed('extraBody must be an object')
}

function toolboxOf(cell: Requests, alias: string, { toolAliases, failed }: ModelUse) {
  if (toolAliases.includes(alias)) return cell.tools(alias)
  throw failed(`it uses the tools of "${alias}", and does not declare them: toolAliases: ['${alias}']`)
}
