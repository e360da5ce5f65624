import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { systemClock } from '../../../src/base/work/clock.ts'
import { readText } from '../../../src/models/answer/answer-text.ts'
import { httpEndpoint } from '../../../src/models/endpoint/http-endpoint.ts'
import { type Dialect, dialectOf } from '../../../src/models/wire/dialects.ts'
import { readReply } from '../../../src/models/wire/reply.ts'
import type { OddAnswer } from '../../../src/testing/providers/odd-answer.ts'
import { oddAnswers } from '../../../src/testing/providers/odd-answers.ts'
import { sentFor } from '../../../src/testing/providers/odd-cases.ts'

const wires: { readonly [Section in keyof typeof oddAnswers]: Dialect['wire'] } = {
  'the OpenAI format': 'openai',
  'streams of the OpenAI format': 'openai',
  'the OpenAI format in other shapes': 'openai',
  'streams that are framed otherwise': 'openai',
  'Anthropic messages': 'anthropic',
  Gemini: 'gemini',
  'OpenAI responses': 'responses',
}

/** What becomes of an answer, from the wire to the value of a text column. */
async function outcome(wire: Dialect['wire'], odd: OddAnswer) {
  const { isStream, status, headers, text } = sentFor(odd)
  const endpoint = httpEndpoint({
    provider: 'p',
    model: 'm',
    dialect: { ...dialectOf({ provider_type: 'openai', endpoint: 'https://x.example/v1' }), wire },
    limit: 1,
    baseUrl: 'https://x.example/v1',
    apiKey: null,
    extraHeaders: {},
    timeoutMs: 1000,
    stallMs: isStream ? 1000 : null,
    transport: {
      post: async () => ({ status, headers, body: text }),
      close: async () => {},
    },
    clock: systemClock,
  })
  const messages = [{ role: 'user', content: 'Hello' }] as const
  const attempt = await endpoint.send(
    { kind: 'chat', provider: 'p', model: 'm', messages },
    { effectKey: 'k', signal: new AbortController().signal },
  )
  if (attempt.kind === 'failed') {
    const { action: verdict, code, maybeCharged } = attempt.failure
    const isAgain = verdict === 'retry' || verdict === 'wait'
    return isAgain ? { again: code, perhapsPaid: maybeCharged } : { row: code }
  }
  const { finishReason, reasoning, ...reply } = readReply(attempt.body)
  try {
    return { value: readText({ ...reply, finishReason, reasoning }), finishReason, reasoning }
  } catch (error) {
    if (RowsmithError.isInstance(error)) return { row: error.code }
    throw error
  }
}

describe.each(Object.entries(oddAnswers))('%s', (section, cases) => {
  it.each(cases.map((each) => [each.from, each] as const))('%s', async (_from, odd) => {
    expect(await outcome(wires[section as keyof typeof wires], odd)).toMatchObject(odd.expected)
  })
})
