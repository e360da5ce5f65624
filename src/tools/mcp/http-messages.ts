/** What a server sends over HTTP, made into messages that the official transports can take (`messages.ts`). */

import { isAnswerTo, messageMax, messagesIn, noAnswer, overlongAnswer, unanswered } from '../call/messages.ts'
import { BoundedLines } from './bounded-lines.ts'

/** Called when a stream ends: the id of its last event where it has to be taken up again for an answer, else nothing. */
type OnEnd = (unfinished: string | undefined) => void

/** `fetch` for the official transports: answers in JSON and in events hold nothing that they would choke on. */
export function fetchMessages(url: string | URL, init?: RequestInit): Promise<Response> {
  return fetchFitting(url, init, requestIn(init), () => {})
}

/**
 * The same for one session over streamable HTTP. An answer is waited for as long as a stream is there that may carry it; where
 * none is, it is missing.
 */
export function fetchOfSession(): typeof fetchMessages {
  const unfinished = new Map<string, { readonly requestId: unknown; tries: number }>()
  let opening: Promise<unknown> = Promise.resolve()
  let open = 0
  const onEndOf =
    (requestId: unknown): OnEnd =>
    (id) => {
      if (id !== undefined) unfinished.set(id, { requestId, tries: 0 })
    }
  const listen = async (url: string | URL, init: RequestInit): Promise<Response> => {
    const token = new Headers(init.headers).get('last-event-id') ?? ''
    const taken = unfinished.get(token)
    const onEnd = onEndOf(taken?.requestId)
    const response = await fetchFitting(url, init, taken?.requestId, (id) => {
      open--
      onEnd(id)
    })
    if (response.ok) open++
    if (taken === undefined) return response
    taken.tries++
    // The official client tries twice.
    const isGivenUp = !response.ok && (response.status < 500 || taken.tries > 1)
    if (response.ok || isGivenUp) unfinished.delete(token)
    if (!isGivenUp) return response
    await response.body?.cancel()
    return new Response(eventOf(unanswered(taken.requestId)), {
      headers: { 'content-type': 'text/event-stream' },
    })
  }
  return async (url, init = {}) => {
    if (init.method === 'GET') {
      const listening = listen(url, init)
      opening = listening.catch(() => {})
      return listening
    }
    const requestId = requestIn(init)
    const response = await fetchFitting(url, init, requestId, onEndOf(requestId))
    if (requestId === undefined || response.status !== 202) return response
    await opening
    if (open > 0) return response
    await response.body?.cancel()
    return Response.json(unanswered(requestId))
  }
}

async function fetchFitting(
  url: string | URL,
  init: RequestInit | undefined,
  requestId: unknown,
  onEnd: OnEnd,
): Promise<Response> {
  const response = await fetch(url, init)
  const type = response.headers.get('content-type') ?? ''
  if (!response.ok || response.body === null) return response
  if (/\btext\/event-stream\b/.test(type))
    return withBody(response, response.body.pipeThrough(fittingEvents(requestId, onEnd)))
  if (!/\bapplication\/json\b/.test(type)) return response
  const text = await boundedText(response.body)
  const messages = text.length > messageMax ? (overlongAnswer(text.slice(0, 300)) ?? [{}]) : messagesIn(text)
  if (messages === undefined)
    return withBody(response, requestId === undefined ? text : JSON.stringify(noAnswer(requestId, text)))
  const isOver = requestId === undefined || messages.some((message) => isAnswerTo(message, requestId))
  const all = isOver ? messages : [...messages, unanswered(requestId)]
  return withBody(response, JSON.stringify(all.length === 1 ? all[0] : all))
}

/** The id of the request that is sent; undefined for what has no answer. */
function requestIn({ method, body }: RequestInit = {}): unknown {
  if (method !== 'POST' || typeof body !== 'string') return undefined
  const { id, method: requestId } = Object(JSON.parse(body)) as Readonly<Record<string, unknown>>
  return requestId === undefined ? undefined : id
}

function withBody({ status, headers }: Response, body: string | ReadableStream<Uint8Array>): Response {
  const others = [...headers].filter(([name]) => !/^content-(length|encoding)$/.test(name))
  return new Response(body, { status, headers: others })
}

async function boundedText(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const part of body) {
    text += decoder.decode(part, { stream: true })
    if (text.length > messageMax) break
  }
  return text
}

/**
 * An event stream whose messages fit, an event each. Other events stay as they are.
 *
 * @param requestId id of the request that the stream answers; undefined for one that carries what it likes
 */
function fittingEvents(requestId: unknown, onEnd: OnEnd): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let events = ''
  const reader = new EventReader(requestId, (text) => {
    events += text
  })
  type Controller = TransformStreamDefaultController<Uint8Array>
  const pass = (text: string, controller: Controller, isOver = false): void => {
    reader.append(text)
    if (isOver && reader.isMissing) events += eventOf(unanswered(requestId))
    if (events !== '') controller.enqueue(encoder.encode(events))
    events = ''
  }
  return new TransformStream({
    transform: (chunk, controller) => pass(decoder.decode(chunk, { stream: true }), controller),
    flush: (controller) => {
      pass(decoder.decode(), controller, true)
      onEnd(reader.unfinished)
    },
  })
}

/** Reads events, whose lines end in any of three ways and whose data may stand in several lines. */
class EventReader {
  readonly #lines: BoundedLines
  readonly #emit: (text: string) => void
  #endedInReturn = false
  #fields: string[] = []
  #data: string[] = []
  #length = 0
  #isMessage = true
  readonly #requestId: unknown
  #isAnswered = false
  #lastId: string | undefined

  /** @param emit gets events, with the blank lines that end them */
  constructor(requestId: unknown, emit: (text: string) => void) {
    this.#requestId = requestId
    this.#emit = emit
    this.#lines = new BoundedLines(
      (line) => (line === '' ? this.#endEvent() : this.#take(line)),
      (beginning) => this.#take(beginning, true),
    )
  }

  append(text: string): void {
    const rest = this.#endedInReturn && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') this.#endedInReturn = text.endsWith('\r')
    this.#lines.append(rest.replaceAll(/\r\n?/g, '\n'))
  }

  /** Whether the answer has not come, nor will come over a stream that is taken up again. */
  get isMissing(): boolean {
    return this.#isWaitedFor && this.#lastId === undefined
  }

  /** The event after which the stream has to be taken up again. */
  get unfinished(): string | undefined {
    return this.#isWaitedFor ? this.#lastId : undefined
  }

  get #isWaitedFor(): boolean {
    return this.#requestId !== undefined && !this.#isAnswered
  }

  #take(line: string, isOverlong = false): void {
    if (!line.startsWith('data:')) {
      this.#lastId = /^id: ?(.*\S.*)$/.exec(line)?.[1] ?? this.#lastId
      if (line.startsWith('event:')) this.#isMessage = line.slice('event:'.length).trim() === 'message'
      this.#fields.push(`${line}\n`)
      return
    }
    if (this.#length > messageMax) return
    this.#data.push(line.slice('data:'.length).replace(/^ /, ''))
    this.#length += line.length
    if (!isOverlong && this.#length <= messageMax) return
    // Reported at once: its end may never come.
    this.#length = Number.POSITIVE_INFINITY
    const [answer] = overlongAnswer(this.#data.join('\n').slice(0, 300)) ?? []
    this.#data = []
    if (answer === undefined) return
    this.#isAnswered ||= isAnswerTo(answer, this.#requestId)
    this.#emit(eventOf(answer))
  }

  #endEvent(): void {
    const [fields, data] = [this.#fields, this.#data]
    const messages = this.#isMessage && data.length > 0 ? messagesIn(data.join('\n')) : undefined
    this.#fields = []
    this.#data = []
    this.#length = 0
    this.#isMessage = true
    const before = fields.join('')
    this.#isAnswered ||= messages?.some((message) => isAnswerTo(message, this.#requestId)) ?? false
    if (messages === undefined) this.#emit(`${before}${data.map((each) => `data: ${each}\n`).join('')}\n`)
    else this.#emit(before + messages.map(eventOf).join(''))
  }
}

function eventOf(message: unknown): string {
  return `data: ${JSON.stringify(message)}\n\n`
}
