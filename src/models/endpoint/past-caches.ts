/**
 * Requests past the caches of gateways: an answer of no use, stored there, would be given to every equal request.
 *
 * 1. Headers say so: of HTTP, and of Cloudflare's and Portkey's gateways. LiteLLM hears no header.
 * 2. So the body differs too: line ends behind the last words, one more at each try, which mean nothing to a model.
 * 3. Texts to embed stay as they are: a line end would be a part of what is embedded.
 */
import type { ChatMessage, ModelRequest } from '../contract/contract.ts'

export const pastCaches = {
  'cache-control': 'no-cache',
  'cf-aig-skip-cache': 'true',
  'x-portkey-cache-force-refresh': 'true',
}

/** The request as no cache knows it. @param tries answers of no use so far */
export function bypassCache(request: ModelRequest, tries: number): ModelRequest {
  const end = '\n'.repeat(tries)
  if (request.kind === 'image') return { ...request, prompt: `${request.prompt}${end}` }
  if (request.kind === 'embedding') return request
  const last = request.messages.findLastIndex(({ role }) => role === 'user')
  return {
    ...request,
    messages: request.messages.map((each, at) => (at === last ? withEnd(each, end) : each)),
  }
}

function withEnd(message: ChatMessage, end: string): ChatMessage {
  const { content } = message
  if (typeof content === 'string') return { ...message, content: `${content}${end}` }
  const last = content.findLastIndex(({ type }) => type === 'text')
  return {
    ...message,
    content: content.map((part, at) =>
      at === last && part.type === 'text' ? { ...part, text: `${part.text}${end}` } : part,
    ),
  }
}
