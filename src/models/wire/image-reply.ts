/**
 * Images that models made: those of an images route, and those that come along with, or inside of, a chat answer.
 */
import { isObject, type JsonObject } from '../body.ts'
import type { ImageReply, ReceivedImage } from '../contract.ts'
import { markedMedium, mediaIn } from '../detached-media.ts'
import { firstChoice, openAiUsage } from './openai-reply.ts'

/** Undefined when the body is neither an answer with images nor a chat answer; a chat answer without any has none. */
export function readImages(body: JsonObject): ImageReply | undefined {
  const usage = openAiUsage(body.usage)
  if (Array.isArray(body.data)) {
    const images = body.data.map(imageOf)
    return images.length > 0 && images.every(isFound) ? { images, usage } : undefined
  }
  const choice = firstChoice(body)
  if (choice === undefined || !isObject(choice.message)) return undefined
  const { images, content } = choice.message
  const blocks = [...(Array.isArray(images) ? images : []), ...(Array.isArray(content) ? content : [])]
  const found = blocks.map(imageOf).filter(isFound)
  if (found.length > 0) return { images: found, usage }
  return { images: typeof content === 'string' ? imagesInText(content) : [], usage }
}

function isFound(image: ReceivedImage | undefined): image is ReceivedImage {
  return image !== undefined
}

/** `{b64_json}`, `{url}`, `{image_url}` with or without an object around its address, or an address alone. */
function imageOf(item: unknown): ReceivedImage | undefined {
  if (typeof item === 'string') return imageAt(item)
  if (!isObject(item)) return undefined
  if (typeof item.b64_json === 'string' && item.b64_json !== '') {
    return keptImage(item.b64_json) ?? { kind: 'base64', mediaType: null, data: item.b64_json }
  }
  const address = isObject(item.image_url) ? item.image_url.url : (item.image_url ?? item.url)
  return typeof address === 'string' ? imageAt(address) : undefined
}

function keptImage(text: string): ReceivedImage | undefined {
  const medium = markedMedium(text)
  return medium === undefined ? undefined : { kind: 'kept', medium }
}

function imageAt(address: string): ReceivedImage | undefined {
  const kept = keptImage(address)
  if (kept !== undefined) return kept
  const data = /^data:(image\/[\w.+-]+)?(?:;[^,;]*)*;base64,/i.exec(address)
  if (data !== null)
    return { kind: 'base64', mediaType: data[1] ?? null, data: address.slice(data[0].length) }
  return /^https?:\/\//i.test(address) ? { kind: 'url', url: address } : undefined
}

/** Data addresses and links of Markdown images; else one link that is all of the text. */
function imagesInText(text: string): readonly ReceivedImage[] {
  const kept = mediaIn(text).map((medium): ReceivedImage => ({ kind: 'kept', medium }))
  if (kept.length > 0) return kept
  const inline = [...text.matchAll(/data:image\/[\w.+-]+;base64,[A-Za-z0-9+/=]+/g)].map(([found]) => found)
  const links = [...text.matchAll(/!\[[^\]]*\]\((https?:\/\/[^\s)]+)/g)].map(([, link]) => link!)
  const alone = /^\s*(https?:\/\/\S+)\s*$/.exec(text)?.[1]
  const addresses = inline.length > 0 ? inline : links.length > 0 ? links : alone === undefined ? [] : [alone]
  return addresses.map(imageAt).filter(isFound)
}
