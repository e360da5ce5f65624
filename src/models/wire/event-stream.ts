/**
 * Streams of answers: server-sent events (WHATWG HTML, 9.2) as servers really write them, JSON lines, and a JSON array of pieces.
 *
 * 1. What keeps a connection awake is no event: comments, `ping`, events of other names without JSON.
 * 2. Any other text that is no JSON is an event that is not whole: the stream broke off in it.
 */
import { isObject, type JsonObject, parseBody, readBody } from '../body/body.ts'

/** Whether a body is a stream, by what its server says, or by its first word. One that is a JSON object is none. */
export function isEventStream(contentType: string | undefined, body: string): boolean {
  if (/^\s*[{"]/.test(body) && readBody(body) !== undefined) return false
  if (/^text\/event-stream\b/i.test(contentType ?? '') || framed.test(body)) return true
  const pieces = /^\s*\[/.test(body) ? parseBody(body) : jsonLines(body)
  return Array.isArray(pieces) && pieces.some(isPiece)
}

/** A line of a stream of events. */
const framed = /^\s*(?:data|event|id|retry)?\s*:/

function isPiece(piece: unknown): boolean {
  return isObject(piece) && [piece.choices, piece.candidates].some(Array.isArray)
}

/** Undefined unless every line is an object, but perhaps the last one, which may have been cut. */
function jsonLines(body: string): readonly unknown[] | undefined {
  const lines = body.split('\n').filter((line) => line.trim() !== '')
  const read = lines.map((line) => readBody(line))
  return lines.length > 1 && read.slice(0, -1).every((line) => line !== undefined) ? read : undefined
}

export interface ReadStream {
  readonly events: readonly JsonObject[]
  /** Whether it ended with `[DONE]`. */
  readonly isDone: boolean
}

/**
 * The JSON objects of a stream, in order; an event named error, and llama.cpp's line `error:`, have theirs in `error`. The closing
 * `[DONE]` is no event. Undefined when an event is not whole: the stream broke off in it.
 */
export function readEvents(body: string): ReadStream | undefined {
  const stream = body.replace(/^\ufeff/, '')
  const array = /^\s*\[\s*\{/.test(stream) ? parseBody(stream) : undefined
  if (Array.isArray(array)) return { events: array.filter(isObject), isDone: false }
  const events: JsonObject[] = []
  let isDone = false
  for (const { texts, name, isError } of blocksOf(stream)) {
    for (const text of texts) {
      if (done.test(text)) isDone = true
      if (text === '' || done.test(text)) continue
      const event = readBody(text)
      if (event !== undefined) events.push(isError ? { type: 'error', error: event.error ?? event } : event)
      else if (isError) events.push({ type: 'error', error: text })
      else if (/^[{[]/.test(text) || (name === undefined && !awake.test(text))) return undefined
    }
  }
  return { events, isDone }
}

const done = /^"?\[?done\]?"?$/i

/** What servers say to keep a connection: a word, or the time. */
const awake = /^(?:ping|pong|keep-?alive|heartbeat|null|processing|[\d\s:.,TZ+-]+)$/i

interface Block {
  readonly texts: readonly string[]
  /** What the event is called, where that is no name for a part of an answer. */
  readonly name: string | undefined
  readonly isError: boolean
}

/** Blocks of lines with empty lines between them; without `data:`, each line is one. */
function* blocksOf(stream: string): Generator<Block> {
  if (!/^\s*(?:data|event)\s*:|^error:/m.test(stream)) {
    const texts = stream.split('\n').map((line) => line.trim())
    yield { texts: texts.filter((line) => !line.startsWith(':')), name: undefined, isError: false }
    return
  }
  for (const block of stream.split(/(?:\r\n|\n|\r){2,}/)) {
    const lines = block.split(/\r\n|\n|\r/)
    const data = lines.filter((line) => dataLine.test(line)).map((line) => line.replace(prefix, '').trim())
    const given = lines.map((line) => /^\s*event:\s*(\S+)/i.exec(line)?.[1]?.toLowerCase()).find(Boolean)
    const name = given === 'message' || given === 'data' ? undefined : given
    yield { texts: textsOf(data), name, isError: name === 'error' }
    const [, error] = /^error:\s*(\S.*)/m.exec(block) ?? []
    if (error !== undefined) yield { texts: [error], name: 'error', isError: true }
  }
}

/** Some gateways write it twice. */
const prefix = /^\s*(?:data:\s*)+/

/** What carries data. llama.cpp has sent an object without the prefix between events that have it. */
const dataLine = /^\s*(?:data:|\{)/

/** Lines of one event are one text. Where they are not, a server left out the empty lines between events. */
function textsOf(lines: readonly string[]): readonly string[] {
  const text = lines.join('\n').trim()
  return lines.length > 1 && readBody(text) === undefined ? lines : [text]
}
