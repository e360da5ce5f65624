import { present } from '../../base/errors/present.ts'
import { openAiVendor } from './openai-vendor.ts'
import { eventStream, halves, header, type Vendor, type VendorReply } from './vendor.ts'

interface Item {
  readonly type?: string
  readonly role?: string
  readonly content?: string | readonly { readonly text?: string }[]
  readonly name?: string
  readonly arguments?: string
  readonly output?: string
}

/** A server of the OpenAI Responses API. */
export const responsesVendor: Vendor = {
  odd: ['OpenAI responses'],
  answer: (reply) => JSON.stringify(responseOf(reply)),
  stream(reply) {
    const response = responseOf(reply)
    const started = { ...response, status: 'in_progress', output: [], usage: null }
    const texts = halves(reply.content).map((delta) => ({
      type: 'response.output_text.delta',
      output_index: 0,
      delta,
    }))
    const ended = {
      type: response.status === 'completed' ? 'response.completed' : 'response.incomplete',
      response,
    }
    const events = [{ type: 'response.created', response: started }, ...texts, ended]
    return eventStream(events.map((data) => ({ event: data.type, data })))
  },
  embeddings: present(openAiVendor.embeddings, 'embeddings'),
  understand(request) {
    const body = JSON.parse(request.body)
    const input: Item[] = body.input
    const systems = input.filter(({ role }) => role === 'system').map(saidBy)
    return {
      key: header(request, 'authorization')?.replace(/^Bearer /, '') ?? header(request, 'api-key'),
      model: body.model,
      system: systems.join('\n\n'),
      turns: input.filter(({ role }) => role !== 'system').map(saidBy),
      temperature: body.temperature ?? null,
      maxTokens: body.max_output_tokens ?? null,
      tools: (body.tools ?? []).map((tool: { name: string }) => tool.name),
    }
  },
  refusals: openAiVendor.refusals,
}

function responseOf(reply: VendorReply) {
  const { input, cached, output } = reply.usage
  const isCut = reply.finish === 'length' || reply.finish === 'content_filter'
  return {
    id: 'resp_1',
    object: 'response',
    status: isCut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: isCut
      ? { reason: reply.finish === 'length' ? 'max_output_tokens' : 'content_filter' }
      : null,
    model: 'm',
    output: itemsOf(reply),
    usage: {
      input_tokens: input,
      input_tokens_details: { cached_tokens: cached },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: input + output,
    },
  }
}

function itemsOf({ content, reasoning, toolCalls = [] }: VendorReply) {
  return [
    ...(reasoning === undefined
      ? []
      : [
          {
            id: 'rs_1',
            type: 'reasoning',
            summary: [{ type: 'summary_text', text: reasoning }],
            encrypted_content: 'c2VjcmV0',
          },
        ]),
    ...(content === ''
      ? []
      : [
          {
            id: 'msg_1',
            type: 'message',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: content, annotations: [] }],
          },
        ]),
    ...toolCalls.map(({ id, name, arguments: given }, index) => ({
      id: `fc_${index}`,
      type: 'function_call',
      call_id: id,
      name,
      arguments: JSON.stringify(given),
      status: 'completed',
    })),
  ]
}

function saidBy({ type, content = '', name, arguments: given, output }: Item): string {
  if (type === 'function_call') return `${name}(${given})`
  if (type === 'function_call_output') return output ?? ''
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('')
}
