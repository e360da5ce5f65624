/** Media in results of tools, over every wire: where the vendor takes them, else words. */
import { describe, expect, it } from 'vitest'
import type { ChatMessage, ChatRequest, MediaPart } from '../../../src/models/contract/contract.ts'
import { encodeAnthropic } from '../../../src/models/wire/anthropic/anthropic-request.ts'
import { dialectOf } from '../../../src/models/wire/dialects.ts'
import { encodeGemini } from '../../../src/models/wire/gemini/gemini-request.ts'
import { encodeOpenAi } from '../../../src/models/wire/openai/openai-request.ts'

const media = (type: MediaPart['type'], mediaType: string): MediaPart => ({
  type,
  source: { kind: 'base64', mediaType, data: 'AAAA'.repeat(1000) },
})
const png = media('image', 'image/png')
const heic = media('image', 'image/heic')
const mp3 = media('audio', 'audio/mpeg')
const flac = media('audio', 'audio/flac')
const mp4 = media('video', 'video/mp4')

function requestOf(parts: readonly MediaPart[]): ChatRequest {
  const call = (id: string) => ({ id, name: 'shot', arguments: '{}' })
  const messages: ChatMessage[] = [
    { role: 'user', content: 'Look.' },
    { role: 'assistant', content: '', toolCalls: [call('a'), call('b')] },
    { role: 'tool', toolCallId: 'a', content: [{ type: 'text', text: 'seen' }, ...parts] },
    { role: 'tool', toolCallId: 'b', content: 'text alone' },
  ]
  return { kind: 'chat', provider: 'p', model: 'm', messages }
}

const dialect = dialectOf({ provider_type: 'openai', endpoint: 'https://api.openai.com/v1' } as never)

describe('a result of a tool with media', () => {
  it('is text alone in the OpenAI format, whose tool messages take no more; the media follow the last result', () => {
    const { body } = encodeOpenAi(requestOf([png, heic, mp3, flac, mp4]), dialect, {
      streamed: false,
      enforcement: 'strict',
    }) as never as {
      body: { messages: { role: string; content: unknown }[] }
    }
    expect(body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'user'])
    expect(body.messages[2]!.content).toBe(
      'seen\n[image/heic, 3 kB, left out]\n[audio/flac, 3 kB, left out]\n[video/mp4, 3 kB, left out]\n[image, audio: in the message after the results]',
    )
    expect(body.messages[3]!.content).toBe('text alone')
    expect((body.messages[4]!.content as { type: string }[]).map(({ type }) => type)).toEqual([
      'text',
      'image_url',
      'input_audio',
    ])
  })

  it('holds the four kinds of pictures in the Anthropic format, and words for all else', () => {
    const { body } = encodeAnthropic(requestOf([png, heic, mp3, mp4]), dialect, {
      streamed: false,
      enforcement: 'strict',
    }) as never as {
      body: { messages: { content: { content: { type: string; text?: string }[] }[] }[] }
    }
    const result = body.messages.at(-1)!.content[0]!.content
    expect(result.map(({ type, text }) => text ?? type)).toEqual([
      'seen',
      'image',
      '[image/heic, 3 kB, left out]',
      '[audio/mpeg, 3 kB, left out]',
      '[video/mp4, 3 kB, left out]',
    ])
  })

  it('goes as it is to Gemini, beside the result', () => {
    const { body } = encodeGemini(requestOf([png, heic, mp3, mp4]), dialect, {
      streamed: false,
      enforcement: 'strict',
    }) as never as {
      body: { contents: { parts: object[] }[] }
    }
    const kinds = body.contents.at(-1)!.parts.map((part) => Object.keys(part)[0])
    expect(kinds).toEqual([
      'functionResponse',
      'inlineData',
      'inlineData',
      'inlineData',
      'inlineData',
      'functionResponse',
    ])
  })
})

it.each([
  ['image/heic', heic],
  ['image/bmp', media('image', 'image/bmp')],
])(
  'an %s in a prompt is told before it is sent to Anthropic, which takes four types of images',
  (type, part) => {
    const messages: ChatMessage[] = [{ role: 'user', content: [part] }]
    const encode = () =>
      encodeAnthropic({ kind: 'chat', provider: 'p', model: 'm', messages }, dialect, {
        streamed: false,
        enforcement: 'strict',
      })
    expect(encode).toThrow(`no ${type} in a prompt, but PNG, JPEG, GIF and WebP`)
  },
)
