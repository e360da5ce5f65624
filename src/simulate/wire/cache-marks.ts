/** Marks of the Anthropic API for what is to be cached: they decide what an answer costs, never what it is. */
import { type CacheMark, isObject, type JsonObject, objectsIn } from '../requested/requested.ts'

/** A body as it would be without marks, so that the answer to both is the same. */
export function withoutMarks(body: string): string {
  if (!body.includes('"cache_control"')) return body
  try {
    return JSON.stringify(unmarked(JSON.parse(body)))
  } catch {
    return body
  }
}

function unmarked(body: JsonObject): JsonObject {
  const { cache_control: _, system, tools, messages, ...rest } = body
  return {
    ...rest,
    ...(Array.isArray(messages) ? { messages: messages.map(unmarkedMessage) } : { messages }),
    ...(tools === undefined ? {} : { tools: objectsIn(tools).map(unmarkedBlock) }),
    ...(system === undefined ? {} : { system: Array.isArray(system) ? textIn(system) : system }),
  }
}

function unmarkedMessage(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message.content)) return message
  const content: JsonObject[] = []
  let isDivided = false
  for (const block of objectsIn(message.content)) {
    const text = isDivided && block.type === 'text' ? content.pop()?.text : undefined
    content.push(text === undefined ? unmarkedBlock(block) : { ...block, text: `${text}${block.text}` })
    isDivided = block.cache_control !== undefined && block.type === 'text'
  }
  return { ...message, content }
}

function unmarkedBlock({ cache_control: _, ...block }: JsonObject): JsonObject {
  return block
}

function textIn(blocks: readonly unknown[]): string {
  return objectsIn(blocks)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('')
}

const hourMs = 3_600_000

/** Marks among blocks that begin at this character of the prompt. */
export function marksIn(content: unknown, from: number): CacheMark[] {
  let end = from
  return objectsIn(content).flatMap(({ text, cache_control: mark }) => {
    if (typeof text === 'string') end += text.length
    return isObject(mark) ? [{ end, ttlMs: mark.ttl === '1h' ? hourMs : null }] : []
  })
}
