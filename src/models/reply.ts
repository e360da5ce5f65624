/**
 * Reads replies. They are read from the text the journal keeps, live as on replay, so a better reader
 * can be had later without paying again. Which provider wrote a body is told by its shape.
 */
import { RowsmithError } from '../base/errors.ts'
import { type JsonObject, readBody } from './body.ts'
import type { EmbeddingReply, ImageReply, ModelReply, ModelRequest, Usage } from './contract.ts'
import { readAnthropicMessage } from './wire/anthropic-reply.ts'
import { readEmbeddings } from './wire/embedding-reply.ts'
import { readGeminiContent, readGeminiEmbeddings, readGeminiImages } from './wire/gemini-reply.ts'
import { readImages } from './wire/image-reply.ts'
import { readChatCompletion } from './wire/openai-reply.ts'

/** Reads a body of one shape; undefined for every other. */
type Reads<Reply> = (body: JsonObject) => Reply | undefined

/** Wire formats of chat, one reader each. */
const chatReaders: readonly Reads<ModelReply>[] = [
  readChatCompletion,
  readAnthropicMessage,
  readGeminiContent,
]
const embeddingReaders: readonly Reads<EmbeddingReply>[] = [readEmbeddings, readGeminiEmbeddings]
const imageReaders: readonly Reads<ImageReply>[] = [readImages, readGeminiImages]

const readers: { readonly [Kind in ModelRequest['kind']]: readonly Reads<{ readonly usage: Usage }>[] } = {
  chat: chatReaders,
  embedding: embeddingReaders,
  image: imageReaders,
}

/**
 * @param body the response body: JSON text of one object
 * @throws RowsmithError `server_error` when it is no chat reply (an endpoint never hands on such a body)
 */
export function readReply(body: string): ModelReply {
  return readAs(chatReaders, body, 'a chat completion')
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

/** What a kept body cost, whatever was asked. @throws RowsmithError `server_error` when it is no reply at all */
export function usageIn(body: string): Usage {
  return readAs([...readers.chat, ...readers.embedding, ...readers.image], body, 'an answer of a model').usage
}

function readAs<Reply>(readers: readonly Reads<Reply>[], body: string, what: string): Reply {
  const parsed = readBody(body)
  for (const read of parsed === undefined ? [] : readers) {
    const reply = read(parsed!)
    if (reply !== undefined) return reply
  }
  throw new RowsmithError('server_error', `A kept reply is not ${what}.`)
}
