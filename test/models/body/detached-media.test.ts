import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { detachMedia, markedMedium, mediaIn } from '../../../src/models/body/detached-media.ts'
import { readImageReply } from '../../../src/models/wire/reply.ts'
import { pngOf, smallGif } from '../../support/pngs.ts'

const png = pngOf('a')
const gif = smallGif
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const mark = (bytes: Uint8Array, extension: string): string => `rowsmith-media:${hashOf(bytes)}.${extension}`

/** A body without its images, and the files they became. */
async function detached(body: unknown) {
  const files: Buffer[] = []
  const text = await detachMedia(JSON.stringify(body), async (bytes) => {
    files.push(Buffer.from(bytes))
    return hashOf(bytes)
  })
  return { text, body: JSON.parse(text), files }
}

describe('images of a reply', () => {
  it('leave an images route with a mark in their place', async () => {
    const { body, files, text } = await detached({ data: [{ b64_json: png.toString('base64') }], created: 1 })
    expect(body).toEqual({ data: [{ b64_json: mark(png, 'png') }], created: 1 })
    expect(files).toEqual([png])
    expect(mediaIn(text)).toEqual([{ sha256: hashOf(png), extension: 'png' }])
    expect(readImageReply(text).images).toEqual([
      { kind: 'stored', medium: { sha256: hashOf(png), extension: 'png' } },
    ])
  })

  it('leave chat answers, wherever they are in them, once each', async () => {
    const url = `data:image/png;base64,${png.toString('base64')}`
    const message = { content: `![a](${url}) and ![b](${url})`, images: [{ image_url: { url } }] }
    const { body, files } = await detached({ choices: [{ message }] })
    expect(files).toEqual([png])
    expect(body.choices[0].message).toEqual({
      content: `![a](${mark(png, 'png')}) and ![b](${mark(png, 'png')})`,
      images: [{ image_url: { url: mark(png, 'png') } }],
    })
  })

  it('leave inline data of other formats when their bytes are those of an image, and nothing else does', async () => {
    const parts = [
      { inlineData: { mimeType: 'image/gif', data: gif.toString('base64') } },
      { inlineData: { mimeType: 'text/plain', data: Buffer.from('words').toString('base64') } },
      { data: 'plain words', text: gif.toString('base64') },
    ]
    const { body, files } = await detached({ parts })
    expect(files).toEqual([gif])
    expect(body.parts[0].inlineData.data).toBe(mark(gif, 'gif'))
    expect(body.parts.slice(1)).toEqual(parts.slice(1))
  })

  it('that are none are kept as what they are', async () => {
    const { body } = await detached({ data: [{ b64_json: Buffer.from('no image').toString('base64') }] })
    expect(body.data[0].b64_json).toBe(mark(Buffer.from('no image'), 'bin'))
  })

  it('change nothing of a body without any', async () => {
    const body = '{ "data": [ {"url": "https://x.example/a.png"} ], "n": 1.0 }'
    expect(await detachMedia(body, () => Promise.reject(new Error('kept')))).toBe(body)
  })
})

it('only a whole mark stands for a medium', () => {
  const whole = mark(png, 'png')
  expect(markedMedium(whole)).toEqual({ sha256: hashOf(png), extension: 'png' })
  for (const other of [`${whole}x!`, ` ${whole}`, 'rowsmith-media:12.png', '']) {
    expect(markedMedium(other)).toBeUndefined()
  }
})
