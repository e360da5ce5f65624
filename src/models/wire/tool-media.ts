/**
 * Media in results of tools: each format carries some of them. What it does not carry is described in words, where it stood.
 */
import type { ChatMessage, Content, ContentPart, MediaPart } from '../contract/contract.ts'

/** A tool's result as a text, and what goes along with it. */
interface DividedResult {
  readonly text: string
  readonly media: readonly MediaPart[]
}

/** @param carries whether the format can send a piece along */
function dividedResult(content: Content, carries: (part: MediaPart) => boolean): DividedResult {
  if (typeof content === 'string') return { text: content, media: [] }
  const media = content.filter((part): part is MediaPart => part.type !== 'text' && carries(part))
  const texts = content.flatMap((part) =>
    part.type === 'text' ? [part.text] : carries(part) ? [] : [leftOut(part)],
  )
  return { text: texts.join('\n'), media }
}

/** The same content with words for the pieces that a format does not carry. */
export function carriedContent(content: Content, carries: (part: MediaPart) => boolean): Content {
  if (typeof content === 'string') return content
  return content.map(
    (part): ContentPart =>
      part.type === 'text' || carries(part) ? part : { type: 'text', text: leftOut(part) },
  )
}

/** Messages in which a user message with the media of tool results stands behind the last of them, for formats whose results are text. */
export function withMediaBehind(
  messages: readonly ChatMessage[],
  carries: (part: MediaPart) => boolean,
): readonly ChatMessage[] {
  const changed: ChatMessage[] = []
  let waiting: ContentPart[] = []
  for (const message of messages) {
    if (message.role !== 'tool') {
      if (waiting.length > 0) changed.push({ role: 'user', content: waiting })
      waiting = []
      changed.push(message)
      continue
    }
    const { text, media } = dividedResult(message.content, carries)
    changed.push({
      ...message,
      content: media.length === 0 ? text : [text, seeBelow(media)].filter(Boolean).join('\n'),
    })
    if (media.length === 0) continue
    waiting.push({ type: 'text', text: `From the result of call ${message.toolCallId}:` }, ...media)
  }
  if (waiting.length > 0) changed.push({ role: 'user', content: waiting })
  return changed
}

function seeBelow(media: readonly MediaPart[]): string {
  return `[${media.map(({ type }) => type).join(', ')}: in the message after the results]`
}

/** Pictures that every vendor takes. */
export function isPlainImage({ type, source }: MediaPart): boolean {
  if (type !== 'image') return false
  return source.kind === 'url' || /^image\/(png|jpeg|gif|webp)$/.test(source.mediaType)
}

/** Sounds that the OpenAI format has a name for. */
export function isPlainSound({ type, source }: MediaPart): boolean {
  return (
    type === 'audio' && source.kind === 'base64' && /^audio\/(mpeg|mp3|wav|x-wav)$/.test(source.mediaType)
  )
}

function leftOut({ type, source }: MediaPart): string {
  if (source.kind === 'url') return `[${type}, left out]`
  const bytes = Math.floor((source.data.length * 3) / 4)
  return `[${source.mediaType}, ${bytes < 1000 ? `${bytes} bytes` : `${Math.round(bytes / 1000)} kB`}, left out]`
}
