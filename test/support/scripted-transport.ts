import type { Components } from '../../src/index.ts'

type Transport = ReturnType<NonNullable<Components['transport']>>
type Response = Awaited<ReturnType<Transport['post']>>

export interface Asked {
  readonly key: string
  readonly prompt: string
  /** How often this key was asked before. */
  readonly before: number
  /** How long the answer may be. */
  readonly maxTokens: number | undefined
}

/** A chat completion with that text, as an OpenAI-compatible endpoint answers. */
export function answer(content: string, finishReason = 'stop'): Response {
  const body = JSON.stringify({
    choices: [{ message: { role: 'assistant', content }, finish_reason: finishReason }],
    usage: { prompt_tokens: 10, completion_tokens: 5 },
  })
  return { status: 200, headers: {}, body }
}

export function failure(status: number, message = 'no', headers: Record<string, string> = {}): Response {
  return { status, headers, body: JSON.stringify({ error: { message } }) }
}

/** A provider inside the test: `reply` decides, `asked` remembers every request by its effect key, `answered` the keys whose answer arrived. */
export function scriptedTransport(reply: (asked: Asked) => Response | Promise<Response>) {
  const asked: Asked[] = []
  const answered: string[] = []
  const count = new Map<string, number>()
  const transport: Transport = {
    async post(_url, headers, body, signal) {
      const key = headers['x-rowsmith-effect'] ?? ''
      const parsed = JSON.parse(body) as {
        messages?: { content: string }[]
        prompt?: string
        max_tokens?: number
      }
      const before = count.get(key) ?? 0
      count.set(key, before + 1)
      const prompt = parsed.messages?.at(-1)?.content ?? parsed.prompt ?? ''
      const request = { key, prompt, before, maxTokens: parsed.max_tokens }
      asked.push(request)
      const ended = await reply(request)
      signal.throwIfAborted()
      answered.push(key)
      return ended
    },
    close: async () => {},
  }
  return {
    asked,
    answered,
    components: { transport: () => transport, statistics: null } satisfies Components,
  }
}
