/**
 * The mark behind what the prompts of a column have in common: what stands before it is cached, and costs a tenth when it is read again.
 *
 * 1. There is one mark, at the last place up to which prompts are the same: in the first user message, else behind the system prompt,
 *    else behind the tools.
 * 2. It is left out where what stands before it is too short for the model to be cached.
 * 3. It changes no text. A message that is marked in its middle becomes two blocks.
 * 4. Who marks a request by `extra_body` does so alone.
 */
import { formatJson } from '../../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../../base/values/value.ts'
import type { ChatRequest } from '../../contract/contract.ts'
import type { Draft } from '../wire.ts'

/** Below so many tokens nothing is cached. */
const fewestTokens: readonly (readonly [model: RegExp, tokens: number])[] = [
  [/(opus|fable|mythos)-5/, 512],
  [/opus-4-7|haiku-3|3-(5-)?haiku/, 2048],
  [/opus-4-[56]|haiku-4-5/, 4096],
]
const fewestOfOthers = 1024

/** A token has hardly fewer. A mark that comes to nothing costs nothing, and one that lacks does. */
const charactersPerToken = 3

/** The end of a message may belong to what is the same in all of them: not worth a block of its own. */
const shortest = 400

export function markCommon(body: Draft, request: ChatRequest, time: '5m' | '1h'): void {
  const { common, model, extraBody = {} } = request
  if (
    common === undefined ||
    ['cache_control', 'system', 'messages', 'tools'].some((name) => name in extraBody)
  )
    return
  const fewest = charactersPerToken * (fewestTokens.find(([name]) => name.test(model))?.[1] ?? fewestOfOthers)
  const mark = { cache_control: { type: 'ephemeral', ...(time === '1h' ? { ttl: time } : {}) } }
  const tools = Array.isArray(body.tools) ? body.tools : []
  const toolsLength = tools.length === 0 ? 0 : formatJson(tools).length
  const system = typeof body.system === 'string' ? body.system : ''
  const upToSystem = toolsLength + system.length
  if (common.system && common.characters > 0 && upToSystem + common.characters >= fewest) {
    const isWorth = upToSystem < fewest || common.characters >= shortest
    if (isWorth && markMessage(body, common.characters, mark)) return
  }
  if (common.system && system !== '' && upToSystem >= fewest) {
    body.system = [{ type: 'text', text: system, ...mark }]
  } else if (toolsLength >= fewest) {
    body.tools = tools.map((tool, at) =>
      at === tools.length - 1 ? { ...(tool as ValueObject), ...mark } : tool,
    )
  }
}

/** @returns whether the first message begins with a text that could be marked */
function markMessage(body: Draft, characters: number, mark: ValueObject): boolean {
  const [first, ...others] = body.messages as readonly ValueObject[]
  const [block, ...blocks] = (first?.content ?? []) as readonly Value[]
  if (!isValueObject(block) || typeof block.text !== 'string') return false
  const end = lastBreak(block.text, characters)
  const [start, rest] = [block.text.slice(0, end), block.text.slice(end)]
  if (start.trim() === '') return false
  // A text of nothing but white space is refused.
  const divided: Value[] =
    rest.trim() === ''
      ? [{ ...block, ...mark }]
      : [
          { ...block, text: start, ...mark },
          { ...block, text: rest },
        ]
  body.messages = [{ ...first, content: [...divided, ...blocks] }, ...others]
  return true
}

/** Between two words, so that the tokens of both parts are those of the whole. */
function lastBreak(text: string, characters: number): number {
  if (characters >= text.length) return text.length
  for (let at = characters; at > 0; at--)
    if (/\s/.test(text.charAt(at)) && !/\s/.test(text.charAt(at - 1))) return at
  return characters
}
