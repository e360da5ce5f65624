/** Which path speaks which wire format. A base URL may stand before it, with or without its version. */
import type { WireFormat } from './asked.ts'
import { anthropicFormat } from './wire/anthropic.ts'
import { geminiEmbeddingsFormat, geminiFormat } from './wire/gemini.ts'
import { openAiChatFormat, openAiEmbeddingsFormat, openAiImagesFormat } from './wire/openai.ts'

export interface Found {
  readonly format: WireFormat
  readonly model: string | undefined
  /** The path itself asks for events. */
  readonly stream: boolean
}

const fixed: ReadonlyMap<string, WireFormat> = new Map<string, WireFormat>([
  ['chat/completions', openAiChatFormat],
  ['embeddings', openAiEmbeddingsFormat],
  ['images/generations', openAiImagesFormat],
  ['messages', anthropicFormat],
])

const byModel: ReadonlyMap<string, WireFormat> = new Map<string, WireFormat>([
  ['generateContent', geminiFormat],
  ['streamGenerateContent', geminiFormat],
  ['embedContent', geminiEmbeddingsFormat],
  ['batchEmbedContents', geminiEmbeddingsFormat],
])

const known = new Map<string, Found | undefined>()

/** @param path of a POST, without its query */
export function findRoute(path: string): Found | undefined {
  if (known.has(path)) return known.get(path)
  if (known.size >= 1024) known.clear()
  const found = lookUp(path)
  known.set(path, found)
  return found
}

function lookUp(path: string): Found | undefined {
  const [, rest = ''] = /^(?:\/v1|\/v1beta)?\/(.*)$/.exec(path) ?? []
  const format = fixed.get(rest)
  if (format !== undefined) return { format, model: undefined, stream: false }
  const [, model, action = ''] = /^models\/(.+):(\w+)$/.exec(rest) ?? []
  const named = byModel.get(action)
  if (named === undefined || model === undefined) return undefined
  return { format: named, model: decoded(model), stream: action === 'streamGenerateContent' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
