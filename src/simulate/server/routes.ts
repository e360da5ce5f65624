/**
 * Which path speaks which wire format. A base URL may stand before it as vendors have it: with or without its version, below
 * `/api` (OpenRouter) or `/openai` (Azure, Gemini), with a deployment's name (Azure) or a project's (Vertex AI).
 */
import { Refused, type WireFormat } from '../requested/requested.ts'
import { anthropic, anthropicCountFormat, anthropicFormat } from '../wire/anthropic.ts'
import { geminiCountFormat, geminiEmbeddingsFormat, geminiFormat, google } from '../wire/gemini.ts'
import { openAiChatFormat, openAiCompletionsFormat } from '../wire/openai-chat.ts'
import { openAi } from '../wire/openai-error.ts'
import { openAiEmbeddingsFormat, openAiImagesFormat, openAiModerationsFormat } from '../wire/openai-media.ts'
import { openAiResponsesFormat } from '../wire/openai-responses.ts'

export interface Found {
  readonly format: WireFormat
  readonly model: string | undefined
  /** The path itself requests events. */
  readonly stream: boolean
}

export type Vendor = 'openai' | 'anthropic' | 'google'

const fixed: ReadonlyMap<string, WireFormat> = new Map<string, WireFormat>([
  ['chat/completions', openAiChatFormat],
  ['responses', openAiResponsesFormat],
  ['completions', openAiCompletionsFormat],
  ['embeddings', openAiEmbeddingsFormat],
  ['images/generations', openAiImagesFormat],
  ['moderations', openAiModerationsFormat],
  ['messages', anthropicFormat],
  ['messages/count_tokens', anthropicCountFormat],
])

const byModel: ReadonlyMap<string, WireFormat> = new Map<string, WireFormat>([
  ['generateContent', geminiFormat],
  ['streamGenerateContent', geminiFormat],
  ['countTokens', geminiCountFormat],
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

const version = '(?:/v1(?:alpha|beta1?)?)?'
const base = new RegExp(
  `^(?:/api)?(?:/openai)?${version}(?:/openai)?(?:/deployments/(?<deployment>[^/]+))?/(?<rest>.*)$`,
)

function lookUp(path: string): Found | undefined {
  const { deployment, rest = '' } = base.exec(path)?.groups ?? {}
  const format = fixed.get(rest)
  if (format !== undefined) return { format, model: deployment && decoded(deployment), stream: false }
  const [, model, action = ''] =
    /^(?:projects\/[^/]+\/locations\/[^/]+\/publishers\/[^/]+\/)?models\/(.+):(\w+)$/.exec(rest) ?? []
  const named = byModel.get(action)
  if (named === undefined || model === undefined) return undefined
  return { format: named, model: decoded(model), stream: action === 'streamGenerateContent' }
}

const models = new RegExp(`^(?:/api)?(?:/openai)?${version}(?:/openai)?/models(?:/(?<id>.+))?$`)

/** Whether a GET requests models: for the list, or for the one named. */
export function modelsRequested(path: string): { readonly id: string | undefined } | undefined {
  const found = models.exec(path)
  if (found === null) return undefined
  const id = found.groups?.id
  return { id: id === undefined ? undefined : decoded(id) }
}

/** Which vendor's client uses a path that vendors share, or one that no vendor has. */
export function vendorOf(path: string, headers: Readonly<Record<string, unknown>>): Vendor {
  if ('anthropic-version' in headers || /\/messages(?:\/|$)/.test(path)) return 'anthropic'
  if ('x-goog-api-key' in headers || (/^\/v1(?:alpha|beta)/.test(path) && !path.includes('/openai/')))
    return 'google'
  return 'openai'
}

const vendors = { openai: openAi, anthropic, google } as const

/** The body of an error at no route of Rowsmith. */
export function vendorError(vendor: Vendor, status: number, message: string): string {
  return vendors[vendor].error(new Refused(message, null, status === 404 ? 'unknown_url' : null, status))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
