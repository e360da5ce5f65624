import { type JsonObject, readBody } from '../body.ts'

/** Whether a body is a stream of server-sent events, by what its server says, or by its first word. One that is JSON is none. */
export function isEventStream(contentType: string | undefined, body: string): boolean {
  if (/^\s*\{/.test(body) && readBody(body) !== undefined) return false
  return /^text\/event-stream\b/i.test(contentType ?? '') || /^\s*(data|event|:)/.test(body)
}

export interface ReadStream {
  readonly events: readonly JsonObject[]
  /** Whether it ended with `[DONE]`. */
  readonly isDone: boolean
}

/**
 * The JSON objects of a stream of server-sent events (WHATWG HTML, 9.2), in order; an event named error, and llama.cpp's line
 * `error:`, have theirs in `error`. Comments, which keep connections awake,
 * and the closing `[DONE]` are no events. Undefined when an event is not whole: the stream broke off in it.
 */
export function readEvents(stream: string): ReadStream | undefined {
  const events: JsonObject[] = []
  let isDone = false
  for (const block of stream.replace(/^\ufeff/, '').split(/(?:\r\n|\n|\r){2,}/)) {
    const lines = block.split(/\r\n|\n|\r/)
    const data = lines.flatMap((line) => (line.startsWith('data:') ? [line.slice(5).trim()] : []))
    const isError = lines.some((line) => /^event:\s*error\b/i.test(line))
    for (const text of textsOf(data)) {
      if (text === '[DONE]') isDone = true
      if (text === '' || text === '[DONE]') continue
      const event = readBody(text)
      if (event === undefined && !isError) return undefined
      events.push(isError ? { type: 'error', error: event?.error ?? event ?? text } : event!)
    }
    const [, error] = /^error:\s*(\S.*)/m.exec(block) ?? []
    if (error !== undefined) events.push({ type: 'error', error: readBody(error) ?? error })
  }
  return { events, isDone }
}

/** Lines of one event are one text. Where they are not, a server left out the empty lines between events. */
function textsOf(lines: readonly string[]): readonly string[] {
  const text = lines.join('\n').trim()
  return lines.length > 1 && readBody(text) === undefined ? lines : [text]
}
