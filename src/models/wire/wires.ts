/** The wire formats there are. */
import { anthropicBase, encodeAnthropic } from './anthropic/anthropic-request.ts'
import { assembleAnthropic } from './anthropic/anthropic-stream.ts'
import type { Dialect } from './dialects.ts'
import { encodeGemini } from './gemini/gemini-request.ts'
import { assembleGemini } from './gemini/gemini-stream.ts'
import { encodeOpenAi } from './openai/openai-request.ts'
import { assembleOpenAi } from './openai/openai-stream.ts'
import { encodeResponses } from './responses/responses-request.ts'
import { assembleResponses } from './responses/responses-stream.ts'
import { joinUrl, type Wire } from './wire.ts'

export const wires: { readonly [Name in Dialect['wire']]: Wire } = {
  openai: { encode: encodeOpenAi, assemble: assembleOpenAi, urlOf: joinUrl },
  responses: { encode: encodeResponses, assemble: assembleResponses, urlOf: joinUrl },
  anthropic: {
    encode: encodeAnthropic,
    assemble: assembleAnthropic,
    urlOf: (baseUrl, route) => joinUrl(anthropicBase(baseUrl), route),
  },
  gemini: { encode: encodeGemini, assemble: assembleGemini, urlOf: joinUrl },
}
