/** What a simulated provider is asked and what it answers, whatever the wire format. */
import type { JsonSchema } from './instance.ts'

/** A tool that the model may call. */
export interface OfferedTool {
  readonly name: string
  readonly parameters: JsonSchema
}

interface AskedBase {
  readonly model: string
  /** Of all input together. */
  readonly characters: number
  /** The last message, or what stands for it. */
  readonly lastText: string
}

export interface AskedChat extends AskedBase {
  readonly kind: 'chat'
  /** The last message that shows a schema: in a conversation it need not be the last of all. */
  readonly schemaText: string | undefined
  /** The schema that the answer must follow. */
  readonly enforced: JsonSchema | undefined
  /** Any JSON object will do. */
  readonly json: boolean
  readonly tools: readonly OfferedTool[]
  /** Which tools may be called: any, none, at least one, or the one of this name. */
  readonly toolChoice: 'auto' | 'none' | 'required' | { readonly name: string }
  /** Turns of this conversation in which tools were called already. */
  readonly toolTurns: number
  readonly maxTokens: number | undefined
  /** The answer is to be a picture. */
  readonly picture: boolean
  /** As server-sent events. */
  readonly stream: boolean
  /** The stream ends with the usage; only some formats ask. */
  readonly streamUsage: boolean
}

export interface AskedEmbeddings extends AskedBase {
  readonly kind: 'embeddings'
  readonly inputs: readonly string[]
  readonly dimensions: number | undefined
  /** Vectors as base64 of little-endian floats of 32 bits. */
  readonly base64: boolean
  /** The request named one input, not a list. */
  readonly single: boolean
}

export interface AskedImages extends AskedBase {
  readonly kind: 'images'
  readonly count: number
}

export type Asked = AskedChat | AskedEmbeddings | AskedImages

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly arguments: unknown
}

export interface Tokens {
  readonly promptTokens: number
  readonly completionTokens: number
}

export interface ChatAnswer extends Tokens {
  readonly id: string
  readonly text: string
  readonly calls: readonly ToolCall[]
  /** PNG files. */
  readonly pictures: readonly Buffer[]
  readonly finish: 'stop' | 'length' | 'tool_calls' | 'content_filter'
}

export interface EmbeddingsAnswer extends Tokens {
  readonly vectors: readonly Float32Array[]
}

export interface ImagesAnswer extends Tokens {
  /** PNG files. */
  readonly pictures: readonly Buffer[]
}

/** A part of an event stream, and how much of the answer is out with it: 0 at its beginning, 1 at its end. */
export interface StreamPart {
  readonly text: string
  readonly share: number
}

interface Format {
  /** The body of an error. */
  error(status: number, message: string): string
}

export type JsonObject = Readonly<Record<string, unknown>>

/** A wire format: `read` gives what is asked, or a sentence about what is wrong with the body. */
export interface ChatFormat extends Format {
  readonly kind: 'chat'
  read(body: JsonObject, modelInPath: string | undefined, stream: boolean): AskedChat | string
  answer(asked: AskedChat, answer: ChatAnswer): string
  events(asked: AskedChat, answer: ChatAnswer): StreamPart[]
}

export interface EmbeddingsFormat extends Format {
  readonly kind: 'embeddings'
  read(body: JsonObject, modelInPath: string | undefined): AskedEmbeddings | string
  answer(asked: AskedEmbeddings, answer: EmbeddingsAnswer): string
}

export interface ImagesFormat extends Format {
  readonly kind: 'images'
  read(body: JsonObject): AskedImages | string
  answer(asked: AskedImages, answer: ImagesAnswer): string
}

export type WireFormat = ChatFormat | EmbeddingsFormat | ImagesFormat

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a token is worth in characters, roughly, for English. */
const charactersPerToken = 4

export function tokensOf(characters: number): number {
  return Math.max(1, Math.ceil(characters / charactersPerToken))
}

export const maxCharacters = (tokens: number): number => tokens * charactersPerToken

/** What stands before a schema in a prompt. */
export const schemaTag = '<response_schema>'

export function wholeNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 ? value : undefined
}

/** The words of a text with the space before each, a few at a time: what an event of a stream carries. */
export function* textParts(text: string, wordsPerPart = 8): Generator<{ text: string; share: number }> {
  const words = text.match(/\s*\S+|\s+$/g) ?? []
  for (let at = 0; at < words.length; at += wordsPerPart) {
    const last = Math.min(words.length, at + wordsPerPart)
    yield { text: words.slice(at, last).join(''), share: last / words.length }
  }
}
