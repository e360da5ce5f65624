import { eventStream, halves, header, type Vendor, type VendorReply } from './vendor.ts'

interface Part {
  readonly text?: string
  readonly functionCall?: { readonly name: string; readonly args: object }
  readonly functionResponse?: { readonly response: { readonly result: string } }
}

const finishReasons = { stop: 'STOP', length: 'MAX_TOKENS', tool_calls: 'STOP', content_filter: 'SAFETY' }

/** A server of the Gemini API. */
export const geminiVendor: Vendor = {
  odd: ['Gemini'],
  answer: (reply) => JSON.stringify(response(partsOf(reply), reply, true)),
  stream(reply) {
    const pieces = partsOf(reply).flatMap((part) =>
      typeof part.text === 'string' ? halves(part.text).map((text) => ({ ...part, text })) : [part],
    )
    const last = pieces.length - 1
    return eventStream(pieces.map((part, index) => ({ data: response([part], reply, index === last) })))
  },
  embeddings: (vectors) => JSON.stringify({ embeddings: vectors.map((values) => ({ values })) }),
  understand(request) {
    const body = JSON.parse(request.body)
    const parts: Part[] = body.contents.flatMap(({ parts: said }: { parts: Part[] }) => said)
    const texts = (body.systemInstruction?.parts ?? []).map(({ text }: Part) => text)
    return {
      key: header(request, 'x-goog-api-key'),
      model: /models\/([^:]+):/.exec(request.url)?.[1] ?? '',
      system: texts.join('\n\n'),
      turns: parts.map(saidBy),
      temperature: body.generationConfig?.temperature ?? null,
      maxTokens: body.generationConfig?.maxOutputTokens ?? null,
      tools: (body.tools?.[0]?.functionDeclarations ?? []).map((tool: { name: string }) => tool.name),
    }
  },
  refusals: {
    wrongKey: refusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' },
    ]),
    unknownModel: refusal(404, 'NOT_FOUND', 'models/m is not found for API version v1beta'),
    exhausted: refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota. Please retry in 12h.', [
      { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }] },
    ]),
    tooFast: refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota. Please retry in 7s.', [
      { violations: [{ quotaId: 'GenerateRequestsPerMinutePerProjectPerModel' }] },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' },
    ]),
    tooLong: refusal(
      400,
      'INVALID_ARGUMENT',
      'The input token count exceeds: too many tokens, reduce the length',
    ),
    overloaded: refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  },
}

function response(parts: readonly object[], reply: VendorReply, isLast: boolean) {
  const { input, cached, output } = reply.usage
  return {
    candidates: [
      {
        content: { role: 'model', parts },
        index: 0,
        ...(isLast ? { finishReason: finishReasons[reply.finish] } : {}),
      },
    ],
    usageMetadata: {
      promptTokenCount: input,
      cachedContentTokenCount: cached,
      candidatesTokenCount: output,
      totalTokenCount: input + output,
    },
    modelVersion: 'm',
  }
}

function partsOf({ content, reasoning, toolCalls = [] }: VendorReply): Record<string, unknown>[] {
  return [
    ...(reasoning === undefined ? [] : [{ text: reasoning, thought: true }]),
    { text: content },
    ...toolCalls.map(({ id, name, arguments: args }) => ({
      functionCall: { id, name, args },
      thoughtSignature: 'c2lnbmVk',
    })),
  ]
}

function saidBy({ text, functionCall: call, functionResponse: result }: Part): string {
  if (call !== undefined) return `${call.name}(${JSON.stringify(call.args)})`
  return result === undefined ? (text ?? '') : result.response.result
}

function refusal(code: number, status: string, message: string, details: readonly object[] = []) {
  return { status: code, body: JSON.stringify({ error: { code, message, status, details } }) }
}
