/** A streamed message of the Anthropic format, put together. */
import { isObject, type JsonObject } from '../body.ts'

type Draft = Record<string, unknown>

/** Undefined when the stream ended before its last event. */
export function assembleAnthropic(events: readonly JsonObject[]): JsonObject | undefined {
  let message: Draft | undefined
  let isWhole = false
  const blocks = new Map<number, Draft>()
  /** Arguments of tools come as pieces of JSON text. */
  const inputs = new Map<number, string>()
  for (const event of events) {
    const index = typeof event.index === 'number' ? event.index : 0
    switch (event.type) {
      case 'error':
        return { type: 'error', error: event.error }
      case 'message_start':
        if (isObject(event.message)) message = { ...event.message }
        break
      case 'content_block_start':
        if (isObject(event.content_block)) blocks.set(index, { ...event.content_block })
        break
      case 'content_block_delta': {
        const block = blocks.get(index)
        if (block === undefined || !isObject(event.delta)) break
        const { partial_json: json } = event.delta
        if (typeof json === 'string') inputs.set(index, `${inputs.get(index) ?? ''}${json}`)
        else addDelta(block, event.delta)
        break
      }
      case 'message_delta':
        if (message === undefined) break
        if (isObject(event.delta)) Object.assign(message, event.delta)
        if (isObject(event.usage)) message.usage = { ...(message.usage as object), ...event.usage }
        break
      case 'message_stop':
        isWhole = true
    }
  }
  if (message === undefined || !isWhole) return undefined
  for (const [index, json] of inputs) blocks.get(index)!.input = parsed(json)
  return { ...message, content: [...blocks.values()] }
}

/** `text`, `thinking` and `signature` grow; citations are collected. */
function addDelta(block: Draft, { type: _type, citation, ...delta }: JsonObject): void {
  if (citation !== undefined) {
    block.citations = [...(Array.isArray(block.citations) ? block.citations : []), citation]
  }
  for (const [name, piece] of Object.entries(delta)) {
    if (typeof piece === 'string')
      block[name] = `${typeof block[name] === 'string' ? block[name] : ''}${piece}`
  }
}

/** Arguments that were cut off are none: the message says `max_tokens`. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}
