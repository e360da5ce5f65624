/** What a server sends over HTTP, made into messages that the official transports can take (`messages.ts`). */
import { messageMax, messagesIn, overlongAnswer } from './messages.ts'

/** `fetch` for the official transports: answers in JSON and in events hold nothing that they would choke on. */
export async function fetchMessages(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  const type = response.headers.get('content-type') ?? ''
  if (!response.ok || response.body === null) return response
  if (/\btext\/event-stream\b/.test(type))
    return withBody(response, response.body.pipeThrough(fittingEvents()))
  if (!/\bapplication\/json\b/.test(type)) return response
  const text = await boundedText(response.body)
  const messages = text.length > messageMax ? [overlongAnswer(text.slice(0, 300)) ?? {}] : messagesIn(text)
  if (messages === undefined) return withBody(response, text)
  return withBody(response, JSON.stringify(messages.length === 1 ? messages[0] : messages))
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

/** Lines of an event stream: those with data that is a message hold one that fits, those with noise are left out. */
function fittingEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  let rest = ''
  let isMessage = true
  const fitted = (line: string): string => {
    if (line.startsWith('event:')) isMessage = line.slice('event:'.length).trim() === 'message'
    if (line.trim() === '') isMessage = true
    if (!line.startsWith('data:') || !isMessage) return `${line}\n`
    const data = line.slice('data:'.length).trim()
    if (data.length > messageMax) return `data: ${JSON.stringify(overlongAnswer(data.slice(0, 300)) ?? {})}\n`
    const messages = messagesIn(data)
    return messages?.length === 1 ? `data: ${JSON.stringify(messages[0])}\n` : `${line}\n`
  }
  return new TransformStream({
    transform(chunk, controller) {
      rest += decoder.decode(chunk, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop()!
      if (rest.length > messageMax) rest = rest.slice(0, messageMax + 1)
      if (lines.length > 0) controller.enqueue(encoder.encode(lines.map(fitted).join('')))
    },
    flush(controller) {
      if (rest !== '') controller.enqueue(encoder.encode(fitted(rest)))
    },
  })
}
