import { isObject, type JsonObject, readBody } from '../body.ts'

/** Whether a body is a stream of server-sent events, by what its server says, or by its first word. */
export function isEventStream(contentType: string | undefined, body: string): boolean {
  return /^text\/event-stream\b/i.test(contentType ?? '') || /^\s*(data|event|:)/.test(body)
}

export interface ReadStream {
  readonly events: readonly JsonObject[]
  /** Whether it ended with `[DONE]`. */
  readonly isDone: boolean
}

/**
 * The JSON objects of a stream of server-sent events (WHATWG HTML, 9.2), in order. Comments, which keep connections awake,
 * and the closing `[DONE]` are no events. Undefined when an event is not whole: the stream broke off in it.
 */
export function readEvents(stream: string): ReadStream | undefined {
  const events: JsonObject[] = []
  let isDone = false
  for (const block of stream.replace(/^\ufeff/, '').split(/(?:\r\n|\n|\r){2,}/)) {
    const data = block
      .split(/\r\n|\n|\r/)
      .flatMap((line) => (line.startsWith('data:') ? [line.slice(5).replace(/^ /, '')] : []))
      .join('\n')
      .trim()
    if (data === '[DONE]') isDone = true
    if (data === '' || data === '[DONE]') continue
    const event = readBody(data)
    if (!isObject(event)) return undefined
    events.push(event)
  }
  return { events, isDone }
}
