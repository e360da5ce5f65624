/**
 * Images that models made: those of an images route, and those that come along with, or inside of, a chat answer.
 */
import { base64Bytes, dataAddressesIn, readDataAddress } from '../../../base/text/data-address.ts'
import { mediaTypeOf } from '../../../base/text/media-type.ts'
import { isObject, type JsonObject } from '../../body/body.ts'
import { isGivenAsImage, markedMedium, mediaIn } from '../../body/detached-media.ts'
import { withoutThoughts } from '../../body/thoughts.ts'
import type { ImageReply, ReceivedImage } from '../../contract/contract.ts'
import { finishReasonIn, firstChoice, openAiUsage } from './openai-reply.ts'

/** Undefined when the body is neither an answer with images nor a chat answer; a chat answer without any has none. */
export function readImages(body: JsonObject): ImageReply | undefined {
  const usage = openAiUsage(body.usage)
  if (Array.isArray(body.data)) {
    // One that the provider held back has a place, and no image.
    const images = body.data.map(imageOf).filter(isFound)
    return images.length > 0 ? { images, finishReason: null, usage } : undefined
  }
  const choice = firstChoice(body)
  if (choice === undefined || !isObject(choice.message)) return undefined
  const { images, content } = choice.message
  const blocks = [...(Array.isArray(images) ? images : []), ...(Array.isArray(content) ? content : [])]
  const found = blocks.map(imageOf).filter(isFound)
  const finishReason = finishReasonIn(choice, choice.message)
  if (found.length > 0) return { images: found, finishReason, usage }
  const texts = typeof content === 'string' ? [content] : blocks.flatMap(textOf)
  return { images: texts.flatMap(imagesInText), finishReason, usage }
}

function isFound(image: ReceivedImage | undefined): image is ReceivedImage {
  return image !== undefined
}

function textOf(block: unknown): string[] {
  return isObject(block) && block.type === 'text' && typeof block.text === 'string' ? [block.text] : []
}

/** Where the base64 or the address of an image is, in the formats that are known; `source`, `inline_data` and the like lie around it. */
const base64Members = ['b64_json', 'data', 'image'] as const
const addressMembers = ['url', 'image_url', 'image'] as const
const wrappers = ['image_url', 'source', 'inline_data', 'inlineData', 'image'] as const

/** An address alone, or an object with an image in one of its members, or in an object around it. */
function imageOf(item: unknown): ReceivedImage | undefined {
  if (typeof item === 'string') return imageAt(item)
  if (!isObject(item) || item.type === 'thinking') return undefined
  for (const name of base64Members) {
    const found = imageInBase64(item[name], name === 'b64_json')
    if (found !== undefined) return found
  }
  for (const name of addressMembers) {
    const address = item[name]
    const found = typeof address === 'string' ? imageAt(address) : undefined
    if (found !== undefined) return found
  }
  return wrappers.map((name) => (isObject(item[name]) ? imageOf(item[name]) : undefined)).find(isFound)
}

/** @param isGiven as an image; else its bytes decide */
function imageInBase64(text: unknown, isGiven: boolean): ReceivedImage | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const at = imageAt(text)
  if (at !== undefined) return at
  const bytes = isGiven ? undefined : base64Bytes(text)
  const isImage = isGiven || (bytes !== undefined && mediaTypeOf(bytes)?.kind === 'image')
  return isImage ? { kind: 'base64', mediaType: null, data: text } : undefined
}

function imageAt(address: string): ReceivedImage | undefined {
  const medium = markedMedium(address)
  if (medium !== undefined) return { kind: 'stored', medium }
  const data = readDataAddress(address)
  if (data !== undefined)
    return { kind: 'base64', mediaType: data.mediaType, data: data.bytes.toString('base64') }
  const url = address.trim()
  return /^https?:\/\/\S+$/i.test(url) ? { kind: 'url', url } : undefined
}

/** What stands for an image in Markdown or HTML. Brackets in an address come in pairs. */
const pictures =
  /!\[[^\]]*\]\(\s*<?(https?:\/\/(?:[^\s()<>]|\([^\s()<>]*\))+)|<img\b[^>]*?\bsrc\s*=\s*["']?(https?:\/\/[^\s"'>]+)/gi
const addresses = /https?:\/\/(?:[^\s()<>"'`[\]]|\([^\s()<>]*\))+/gi
const imageName = /\.(?:png|jpe?g|gif|webp|avif|heic|bmp)$/i

/** Images in the text itself; else those it shows from elsewhere; else those it gives addresses of. Thoughts hold none. */
function imagesInText(text: string): readonly ReceivedImage[] {
  const visible = withoutThoughts(text)
  const stored = mediaIn(visible).map((medium): ReceivedImage => ({ kind: 'stored', medium }))
  if (stored.length > 0) return stored
  const inline = dataAddressesIn(visible).flatMap(({ mediaType, bytes }): ReceivedImage[] =>
    mediaTypeOf(bytes)?.kind === 'image' || isGivenAsImage(mediaType)
      ? [{ kind: 'base64', mediaType, data: bytes.toString('base64') }]
      : [],
  )
  if (inline.length > 0) return inline
  const shown = [...visible.matchAll(pictures)].map(([, markdown, html = '']) => markdown ?? plainHtml(html))
  return shown.length > 0 ? shown.map((url) => ({ kind: 'url', url })) : addressesIn(visible)
}

/** An address that names an image, or is all of the text, is one. One that is announced, or has a line of its own, is one perhaps. */
function addressesIn(text: string): readonly ReceivedImage[] {
  const found = [...text.matchAll(addresses)].map(({ 0: address, index }) => ({
    url: address.replace(/[.,;:!?*_]+$/, ''),
    isShown: /(?:^|[\n:])[\s*_]*[<[("]?$/.test(text.slice(0, index)),
  }))
  const named = found.filter(({ url }) => URL.canParse(url) && imageName.test(new URL(url).pathname))
  if (named.length > 0) return named.map(({ url }) => ({ kind: 'url', url }))
  return found
    .filter(({ isShown }) => isShown)
    .map(({ url }) => ({ kind: 'url', url, ...(text.trim() === url ? {} : { uncertain: true }) }))
}

function plainHtml(text: string): string {
  return text.replaceAll('&amp;', '&')
}
