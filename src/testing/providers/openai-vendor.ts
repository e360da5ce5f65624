import { eventStream, halves, header, type Vendor, type VendorReply } from './vendor.ts'

interface Message {
  readonly role: string
  readonly content: string | readonly { readonly text?: string }[] | null
  readonly tool_calls?: readonly {
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
}

/** A server of the OpenAI chat completions format. */
export const openAiVendor: Vendor = {
  odd: [
    'the OpenAI format',
    'streams of the OpenAI format',
    'the OpenAI format in other shapes',
    'streams that are framed otherwise',
  ],
  answer: (reply) =>
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message: messageOf(reply), finish_reason: reply.finish }],
      usage: usageOf(reply),
    }),
  stream(reply) {
    const chunk = (delta: object, finish: string | null = null) => ({
      data: {
        id: 'chatcmpl-1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta, finish_reason: finish }],
      },
    })
    const calls = (reply.toolCalls ?? []).flatMap(({ id, name, arguments: given }, index) => {
      const [first, second] = halves(JSON.stringify(given))
      return [
        chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: first } }] }),
        chunk({ tool_calls: [{ index, function: { arguments: second } }] }),
      ]
    })
    return eventStream([
      chunk({ role: 'assistant', content: '' }),
      ...(reply.reasoning === undefined
        ? []
        : halves(reply.reasoning).map((text) => chunk({ reasoning_content: text }))),
      ...halves(reply.content).map((text) => chunk({ content: text })),
      ...calls,
      chunk({}, reply.finish),
      {
        data: {
          id: 'chatcmpl-1',
          object: 'chat.completion.chunk',
          model: 'm',
          choices: [],
          usage: usageOf(reply),
        },
      },
      { data: '[DONE]' },
    ])
  },
  embeddings: (vectors) =>
    JSON.stringify({
      object: 'list',
      model: 'm',
      data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
      usage: { prompt_tokens: 3, total_tokens: 3 },
    }),
  understand(request) {
    const body = JSON.parse(request.body)
    const messages: Message[] = body.messages
    const said = messages.filter(({ role }) => role !== 'system')
    return {
      key: header(request, 'authorization')?.replace(/^Bearer /, '') ?? header(request, 'api-key'),
      model: body.model,
      system: messages
        .filter(({ role }) => role === 'system')
        .map(textOf)
        .join('\n\n'),
      turns: said.flatMap((message) => [
        ...(textOf(message) === '' ? [] : [textOf(message)]),
        ...(message.tool_calls ?? []).map((call) => `${call.function.name}(${call.function.arguments})`),
      ]),
      temperature: body.temperature ?? null,
      maxTokens: body.max_completion_tokens ?? body.max_tokens ?? null,
      tools: (body.tools ?? []).map((tool: { function: { name: string } }) => tool.function.name),
    }
  },
  refusals: {
    wrongKey: refusal(401, 'Incorrect API key provided', 'invalid_api_key'),
    unknownModel: refusal(404, 'The model `m` does not exist', 'model_not_found'),
    exhausted: refusal(429, 'You exceeded your current quota, please check your plan', 'insufficient_quota'),
    tooFast: {
      ...refusal(429, 'Rate limit reached', 'rate_limit_exceeded'),
      headers: { 'retry-after': '7' },
    },
    tooLong: refusal(400, 'The maximum context length is 8192 tokens', 'context_length_exceeded'),
    overloaded: refusal(503, 'The server is overloaded', 'server_error'),
  },
}

function messageOf({ content, reasoning, toolCalls }: VendorReply) {
  return {
    role: 'assistant',
    content,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(given) },
          })),
        }),
  }
}

function usageOf({ usage: { input, cached, output } }: VendorReply) {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
  }
}

function textOf({ content }: Message): string {
  if (typeof content === 'string') return content
  return (content ?? []).map(({ text = '' }) => text).join('')
}

function refusal(status: number, message: string, code: string) {
  return { status, body: JSON.stringify({ error: { message, type: 'error', code } }) }
}
