import { eventStream, halves, header, type Vendor, type VendorReply } from './vendor.ts'

interface Block {
  readonly type: string
  readonly text?: string
  readonly name?: string
  readonly input?: object
  readonly content?: string | readonly Block[]
}

const stopReasons = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

/** A server of the Anthropic messages format. */
export const anthropicVendor: Vendor = {
  odd: ['Anthropic messages'],
  answer: (reply) =>
    JSON.stringify({
      ...opening(reply),
      content: blocksOf(reply),
      stop_reason: stopReasons[reply.finish],
      usage: { ...inputOf(reply), output_tokens: reply.usage.output },
    }),
  stream(reply) {
    const events: { type: string; [member: string]: unknown }[] = [
      {
        type: 'message_start',
        message: { ...opening(reply), content: [], usage: { ...inputOf(reply), output_tokens: 1 } },
      },
      { type: 'ping' },
    ]
    for (const [index, block] of blocksOf(reply).entries()) {
      const { start, deltas } = piecesOf(block)
      events.push({ type: 'content_block_start', index, content_block: start })
      for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta })
      events.push({ type: 'content_block_stop', index })
    }
    events.push({
      type: 'message_delta',
      delta: { stop_reason: stopReasons[reply.finish], stop_sequence: null },
      usage: { output_tokens: reply.usage.output },
    })
    events.push({ type: 'message_stop' })
    return eventStream(events.map((data) => ({ event: data.type, data })))
  },
  understand(request) {
    const body = JSON.parse(request.body)
    const blocks: Block[] = body.messages.flatMap(({ content }: { content: Block[] }) => content)
    return {
      key: header(request, 'x-api-key'),
      model: body.model,
      system: body.system ?? '',
      turns: blocks.map(saidBy),
      temperature: body.temperature ?? null,
      maxTokens: body.max_tokens ?? null,
      tools: (body.tools ?? []).map((tool: { name: string }) => tool.name),
    }
  },
  refusals: {
    wrongKey: refusal(401, 'authentication_error', 'invalid x-api-key'),
    unknownModel: refusal(404, 'not_found_error', 'model: m'),
    exhausted: refusal(
      400,
      'invalid_request_error',
      'Your credit balance is too low to access the Anthropic API.',
    ),
    tooFast: {
      ...refusal(429, 'rate_limit_error', 'This request would exceed your rate limit'),
      headers: { 'retry-after': '7' },
    },
    tooLong: refusal(400, 'invalid_request_error', 'prompt is too long: 213462 tokens > 200000 maximum'),
    overloaded: refusal(529, 'overloaded_error', 'Overloaded'),
  },
}

function opening(_reply: VendorReply) {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    stop_reason: null,
    stop_sequence: null,
  }
}

/** What the cache held is counted apart. */
function inputOf({ usage: { input, cached } }: VendorReply) {
  return { input_tokens: input - cached, cache_read_input_tokens: cached, cache_creation_input_tokens: 0 }
}

function blocksOf({ content, reasoning, toolCalls = [] }: VendorReply): Record<string, unknown>[] {
  return [
    ...(reasoning === undefined ? [] : [{ type: 'thinking', thinking: reasoning, signature: 'c2lnbmVk' }]),
    ...(content === '' ? [] : [{ type: 'text', text: content }]),
    ...toolCalls.map(({ id, name, arguments: input }) => ({ type: 'tool_use', id, name, input })),
  ]
}

function piecesOf(block: Record<string, unknown>): { start: object; deltas: object[] } {
  switch (block.type) {
    case 'thinking':
      return {
        start: { ...block, thinking: '', signature: '' },
        deltas: [
          ...halves(String(block.thinking)).map((thinking) => ({ type: 'thinking_delta', thinking })),
          { type: 'signature_delta', signature: block.signature },
        ],
      }
    case 'tool_use':
      return {
        start: { ...block, input: {} },
        deltas: halves(JSON.stringify(block.input)).map((json) => ({
          type: 'input_json_delta',
          partial_json: json,
        })),
      }
    default:
      return {
        start: { ...block, text: '' },
        deltas: halves(String(block.text)).map((text) => ({ type: 'text_delta', text })),
      }
  }
}

function saidBy(block: Block): string {
  switch (block.type) {
    case 'tool_use':
      return `${block.name}(${JSON.stringify(block.input)})`
    case 'tool_result':
      return typeof block.content === 'string' ? block.content : (block.content ?? []).map(saidBy).join('')
    default:
      return block.text ?? ''
  }
}

function refusal(status: number, type: string, message: string) {
  return { status, body: JSON.stringify({ type: 'error', error: { type, message } }) }
}
