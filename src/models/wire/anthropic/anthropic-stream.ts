/** A streamed message of the Anthropic format, put together. */
import { present } from '../../../base/errors/present.ts'
import { isObject, type JsonObject } from '../../body/body.ts'
import { finishReasonOf } from '../../body/finish-reasons.ts'
import { errorIn } from '../openai/openai-reply.ts'

type Draft = Record<string, unknown>

/** Undefined when the stream ended before its last event. Some proxies leave `message_stop` out: a reason to stop is an end, too. */
export function assembleAnthropic(events: readonly JsonObject[]): JsonObject | undefined {
  let message: Draft | undefined
  let isWhole = false
  const blocks = new Map<number, Draft>()
  /** Arguments of tools come as pieces of JSON text. */
  const inputs = new Map<number, string>()
  for (const event of events) {
    if (errorIn(event.error) !== undefined) return { type: 'error', error: event.error }
    const index = typeof event.index === 'number' ? event.index : 0
    switch (event.type) {
      case 'error':
        return { type: 'error', error: event }
      case 'message_start':
        if (isObject(event.message)) message = { ...event.message }
        break
      case 'content_block_start':
        if (isObject(event.content_block)) blocks.set(index, { ...event.content_block })
        break
      case 'content_block_delta': {
        if (!isObject(event.delta)) break
        const block = blocks.get(index) ?? blockOf(event.delta)
        if (block === undefined) break
        blocks.set(index, block)
        const { partial_json: json } = event.delta
        if (typeof json === 'string') inputs.set(index, `${inputs.get(index) ?? ''}${json}`)
        else addDelta(block, event.delta)
        break
      }
      case 'message_delta':
        if (message === undefined) break
        if (isObject(event.delta)) Object.assign(message, event.delta)
        isWhole ||= finishReasonOf(message.stop_reason) !== null
        if (isObject(event.usage)) message.usage = { ...(message.usage as object), ...event.usage }
        break
      case 'message_stop':
        isWhole = true
    }
  }
  if (message === undefined || !isWhole) return undefined
  for (const [index, json] of inputs) present(blocks.get(index), 'blocks').input = parsed(json)
  return { ...message, content: [...blocks.values()] }
}

/** The block of a piece that nothing began. */
function blockOf({ type }: JsonObject): Draft | undefined {
  const name = /^(text|thinking)_delta$/.exec(String(type))?.[1]
  return name === undefined ? undefined : { type: name, [name]: '' }
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
