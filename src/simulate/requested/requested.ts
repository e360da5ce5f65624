/** What a simulated provider is requested and what it answers, whatever the wire format. */
import type { JsonSchema } from './instance.ts'

/** A tool that the model may call. */
export interface OfferedTool {
  readonly name: string
  readonly parameters: JsonSchema
  /** It takes a free text, not values. */
  readonly custom?: boolean
}

interface RequestedBase {
  readonly model: string
  /** Of all input together. */
  readonly characters: number
  /** The last message, or what stands for it. */
  readonly lastText: string
}

/** Which tools may be called: any, none, at least one, or the one of this name. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

/** A start of a prompt that is to be cached. */
export interface CacheMark {
  /** In characters of the prompt. */
  readonly end: number
  /** Null: as long as the provider likes. */
  readonly ttlMs: number | null
}

export interface RequestedChat extends RequestedBase {
  readonly kind: 'chat'
  /** The last message that shows a schema: in a conversation it need not be the last of all. */
  readonly schemaText: string | undefined
  /** All that was said, one after the other. */
  readonly prompt: string
  /** Up to where the prompt is to be cached, and how long; undefined for formats that cache by themselves. */
  readonly marks: readonly CacheMark[] | undefined
  /** The language of the code block that was requested last. */
  readonly language: string | undefined
  /** The schema that the answer must follow. */
  readonly enforced: JsonSchema | undefined
  /** Any JSON object will do. */
  readonly json: boolean
  readonly tools: readonly OfferedTool[]
  readonly toolChoice: ToolChoice
  /** Turns of this conversation in which tools were called already. */
  readonly toolTurns: number
  readonly maxTokens: number | undefined
  /** Texts at which the answer ends, without them. */
  readonly stops: readonly string[]
  /** How many answers are wanted. */
  readonly choices: number
  /** For each token its logarithmic probability, and those of so many others; undefined: none. */
  readonly logprobs: number | undefined
  /** The answer shows what the model thought. */
  readonly thinks: boolean
  /** The answer is to be a picture. */
  readonly picture: boolean
  /** As server-sent events. */
  readonly stream: boolean
  /** The stream ends with the usage; only some formats ask. */
  readonly streamUsage: boolean
  /** The request itself, for formats whose replies repeat some of it. */
  readonly body: JsonObject
}

/** A chat that requests one text and nothing else. */
export const plainChat = {
  kind: 'chat',
  enforced: undefined,
  json: false,
  tools: [],
  toolChoice: 'auto',
  maxTokens: undefined,
  stops: [],
  choices: 1,
  logprobs: undefined,
  thinks: false,
  picture: false,
  stream: false,
  streamUsage: true,
  marks: undefined,
} as const

export interface RequestedEmbeddings extends RequestedBase {
  readonly kind: 'embeddings'
  readonly inputs: readonly string[]
  readonly dimensions: number | undefined
  /** Vectors as base64 of little-endian floats of 32 bits. */
  readonly base64: boolean
  /** The request named one input, not a list. */
  readonly single: boolean
}

export interface RequestedImages extends RequestedBase {
  readonly kind: 'images'
  readonly count: number
  /** As links, not as bytes. */
  readonly links: boolean
  readonly stream: boolean
  /** Unfinished pictures that a stream shows before each picture. */
  readonly partial: number
}

export type Requested = RequestedChat | RequestedEmbeddings | RequestedImages

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** Of a custom tool a text. */
  readonly arguments: unknown
  readonly custom: boolean
}

export interface Tokens {
  readonly promptTokens: number
  /** Of the prompt's tokens; left out where there is no cache. */
  readonly cached?: CachedTokens
  readonly completionTokens: number
}

/** Tokens of a prompt that were read from a cache, and that were written into it. */
export interface CachedTokens {
  readonly read: number
  readonly written: number
}

export interface Choice {
  readonly text: string
  /** Shown before the text; empty where none was wanted. */
  readonly thought: string
  /** Why the model will not answer. */
  readonly refusal: string | null
  readonly calls: readonly ToolCall[]
  /** PNG files. */
  readonly pictures: readonly Buffer[]
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'refusal'
  /** The text of `stops` that ended it. */
  readonly stoppedAt: string | null
}

export interface ChatAnswer extends Tokens {
  readonly id: string
  /** At least one. */
  readonly choices: readonly [Choice, ...Choice[]]
  /** Of the completion tokens, those of thoughts. */
  readonly thoughtTokens: number
}

export interface EmbeddingsAnswer extends Tokens {
  readonly vectors: readonly Float32Array[]
}

export interface ImagesAnswer extends Tokens {
  /** PNG files. */
  readonly pictures: readonly Buffer[]
  /** Where each can be fetched. */
  readonly links: readonly string[]
}

/** A part of an event stream, and how much of the answer is out with it: 0 at its beginning, 1 at its end. */
export interface StreamPart {
  readonly text: string
  readonly share: number
}

/** Why a request is refused. */
export class Refused {
  readonly message: string
  /** The field that is wrong, where the format says it. */
  readonly param: string | null
  readonly code: string | null
  readonly status: number

  constructor(message: string, param: string | null = null, code: string | null = null, status = 400) {
    this.message = message
    this.param = param
    this.code = code
    this.status = status
  }
}

interface Format {
  /** The header that names a request. */
  readonly idHeader: string
  /** The body of an error. */
  error(refused: Pick<Refused, 'status' | 'message'> & Partial<Refused>): string
}

export type JsonObject = Readonly<Record<string, unknown>>

/** A wire format: `read` gives what is requested, or what is wrong with the body. */
export interface ChatFormat extends Format {
  readonly kind: 'chat'
  read(body: JsonObject, modelInPath: string | undefined, stream: boolean): RequestedChat | Refused
  answer(requested: RequestedChat, answer: ChatAnswer): string
  events(requested: RequestedChat, answer: ChatAnswer): StreamPart[]
}

export interface EmbeddingsFormat extends Format {
  readonly kind: 'embeddings'
  read(body: JsonObject, modelInPath: string | undefined): RequestedEmbeddings | Refused
  answer(requested: RequestedEmbeddings, answer: EmbeddingsAnswer): string
}

export interface ImagesFormat extends Format {
  readonly kind: 'images'
  read(body: JsonObject): RequestedImages | Refused
  answer(requested: RequestedImages, answer: ImagesAnswer): string
  events(requested: RequestedImages, answer: ImagesAnswer): StreamPart[]
}

/** Answered at once, for nothing: counts of tokens, moderations. */
export interface FreeFormat extends Format {
  readonly kind: 'free'
  answer(body: JsonObject, modelInPath: string | undefined): object | Refused
}

export type WireFormat = ChatFormat | EmbeddingsFormat | ImagesFormat | FreeFormat

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const none: readonly never[] = []

/** The objects of a list; of anything else none. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : none
}

/** What a token is worth in characters, roughly, for English. */
export const charactersPerToken = 4

export function tokensOf(characters: number): number {
  return Math.max(1, Math.ceil(characters / charactersPerToken))
}

export const maxCharacters = (tokens: number): number => tokens * charactersPerToken

/** When all answers were made, in seconds since 1970: repeatable answers have no other time. */
export const created = Date.UTC(2026, 0, 1) / 1000

export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined
}

/** The texts of a field that holds one or several. */
export function texts(value: unknown): readonly string[] {
  if (value === undefined) return none
  return [value].flat().filter((text): text is string => typeof text === 'string' && text !== '')
}

/** An event of a stream whose events have names. */
export function namedEvent(type: string, more: object, share: number): StreamPart {
  return { text: `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`, share }
}

/** The words of a text with the space before each, a few at a time: what an event of a stream carries. */
export function* textParts(text: string, wordsPerPart = 8): Generator<{ text: string; share: number }> {
  const words = text.match(/\s*\S+|\s+$/g) ?? []
  for (let at = 0; at < words.length; at += wordsPerPart) {
    const last = Math.min(words.length, at + wordsPerPart)
    yield { text: words.slice(at, last).join(''), share: last / words.length }
  }
}
