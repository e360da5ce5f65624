/**
 * Reads replies. They are read from the text the journal keeps, live as on replay, so a better reader
 * can be had later without paying again. Which provider wrote a body is known by its shape.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { type JsonObject, noUsage, readBody, reportsUsage } from '../body/body.ts'
import { withoutEndMarks } from '../body/end-marks.ts'
import { endOf } from '../body/finish-reasons.ts'
import { divideThoughts } from '../body/thoughts.ts'
import type {
  EmbeddingReply,
  ImageReply,
  ModelReply,
  ModelRequest,
  Reading,
  Usage,
} from '../contract/contract.ts'
import { readAnthropicMessage } from './anthropic/anthropic-reply.ts'
import { readGeminiContent, readGeminiEmbeddings, readGeminiImages } from './gemini/gemini-reply.ts'
import { readEmbeddings } from './openai/embedding-reply.ts'
import { readImages } from './openai/image-reply.ts'
import { errorIn, errorOfChoice, readChatCompletion } from './openai/openai-reply.ts'
import { readResponse, readResponseImages } from './responses/responses-reply.ts'

/** Reads a body of one shape; undefined for every other. */
type Reads<Reply> = (body: JsonObject) => Reply | undefined

/** Wire formats of chat, one reader each. */
const chatReaders: readonly Reads<ModelReply>[] = [
  readChatCompletion,
  readAnthropicMessage,
  readGeminiContent,
  readResponse,
]
const embeddingReaders: readonly Reads<EmbeddingReply>[] = [readEmbeddings, readGeminiEmbeddings]
const imageReaders: readonly Reads<ImageReply>[] = [readImages, readGeminiImages, readResponseImages]

const readers: { readonly [Kind in ModelRequest['kind']]: readonly Reads<{ readonly usage: Usage }>[] } = {
  chat: chatReaders,
  embedding: embeddingReaders,
  image: imageReaders,
}

/**
 * @param body the response body: JSON text of one object
 * @param tags what becomes of thoughts in its text
 * @throws RowsmithError `server_error` when it is no chat reply (an endpoint never hands on such a body)
 */
export function readReply(body: string, tags: Reading = 'apart'): ModelReply {
  const reply = readAs(chatReaders, body, 'a chat completion')
  if (tags === 'keep') return reply
  if (tags === 'earlier') return earlierReading(reply)
  const divided = divideThoughts(reply.content)
  const { thoughts } = divided
  const answer = withoutEndMarks(divided.answer)
  if (thoughts === null && answer === reply.content) return reply
  const reasoning = [reply.reasoning, thoughts].filter((text) => text !== null).join('\n\n')
  return {
    ...reply,
    content: answer,
    rawContent: reply.content,
    reasoning: reasoning === '' ? null : reasoning,
  }
}

/** Of old, any text was a value that was not cut for its length. Datasets that hold such values are checked by it, and nothing is made so. */
function earlierReading(reply: ModelReply): ModelReply {
  const isCut = reply.finishReason === 'length' || reply.toolCalls !== undefined
  return isCut || reply.content.trim() === '' ? reply : { ...reply, finishReason: 'stop' }
}

/** @throws RowsmithError `server_error` when it holds no embeddings */
export function readEmbeddingReply(body: string): EmbeddingReply {
  return readAs(embeddingReaders, body, 'a list of embeddings')
}

/** @throws RowsmithError `server_error` when it holds no images */
export function readImageReply(body: string): ImageReply {
  return readAs(imageReaders, body, 'a list of images')
}

/** Whether a body answers a request of a kind. */
export function isReplyTo(kind: ModelRequest['kind'], body: JsonObject): boolean {
  return readers[kind].some((read) => read(body) !== undefined)
}

/** Why a body that answers a request is not whole: what the provider says of an error inside of it, else its finish reason. */
export function interruptionIn(
  kind: ModelRequest['kind'],
  body: JsonObject,
): { readonly error: JsonObject } | { readonly reason: string } | undefined {
  if (kind === 'embedding') return undefined
  const error = errorIn(body.error) ?? errorOfChoice(body)
  if (error !== undefined) return { error }
  for (const read of kind === 'chat' ? chatReaders : imageReaders) {
    const reason = read(body)?.finishReason ?? null
    if (reason !== null && endOf(reason) === 'interrupted') return { reason }
  }
  return undefined
}

/** What a stored body cost, whatever was requested. @throws RowsmithError `server_error` when it is no reply at all */
export function usageIn(body: string): Usage {
  return accountOf(body).usage
}

/** What a stored body cost, and how it ended where it is unknown what that means. */
export interface Account {
  readonly usage: Usage
  /** The provider's word; null where it gave none. Left out for an end that is known. */
  readonly unknownEnd?: string | null
}

/** @throws RowsmithError `server_error` when it is no reply at all */
export function accountOf(body: string): Account {
  const reply = readAs(anyReaders, body, 'an answer of a model')
  const isText = 'content' in reply
  const says = isText && (reply.content !== '' || reply.reasoning !== null)
  const usage = reportsUsage(readBody(body) ?? {}, says)
    ? reply.usage
    : ({ ...noUsage, usageUnknown: true } as const)
  const end = isText ? reply.finishReason : null
  return isText && endOf(end) === 'unknown' ? { usage, unknownEnd: end } : { usage }
}

const anyReaders: readonly Reads<ModelReply | EmbeddingReply | ImageReply>[] = [
  ...chatReaders,
  ...embeddingReaders,
  ...imageReaders,
]

function readAs<Reply>(readers: readonly Reads<Reply>[], body: string, what: string): Reply {
  const parsed = readBody(body)
  for (const read of readers) {
    const reply = parsed && read(parsed)
    if (reply !== undefined) return reply
  }
  throw new RowsmithError('server_error', `A stored reply is not ${what}.`)
}
