/** A streamed response of the OpenAI Responses API: its last event holds all of it. */
import { isObject, type JsonObject } from '../../body/body.ts'
import { errorIn } from '../openai/openai-reply.ts'

const last = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled'])

/** Undefined when the stream ended before its last event. */
export function assembleResponses(events: readonly JsonObject[]): JsonObject | undefined {
  const failed = events.find(({ type, error }) => type === 'error' || errorIn(error) !== undefined)
  if (failed !== undefined) return { error: errorIn(failed.error) ?? failed }
  const end = events.findLast(({ type }) => typeof type === 'string' && last.has(type))
  if (end === undefined || !isObject(end.response)) return undefined
  const { response } = end
  if (Array.isArray(response.output) && response.output.length > 0) return response
  const done = events.filter(({ type, item }) => type === 'response.output_item.done' && isObject(item))
  done.sort((a, b) => Number(a.output_index ?? 0) - Number(b.output_index ?? 0))
  return { ...response, output: done.length > 0 ? done.map(({ item }) => item) : saidIn(events) }
}

/** Gateways that put nothing into the last event said it in pieces before. */
function saidIn(events: readonly JsonObject[]): JsonObject[] {
  const texts = events.flatMap(({ type, delta }) =>
    type === 'response.output_text.delta' && typeof delta === 'string' ? [delta] : [],
  )
  const whole = events.find(({ type }) => type === 'response.output_text.done')?.text
  const text = texts.length > 0 ? texts.join('') : whole
  if (typeof text !== 'string') return []
  return [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] }]
}
