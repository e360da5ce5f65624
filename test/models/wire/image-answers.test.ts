/** Answers with images as models and gateways write them, and the images that are kept of them. */
import { describe, expect, it } from 'vitest'
import { sha256 as hashOf } from '../../../src/base/numbers/hash.ts'
import { systemClock } from '../../../src/base/work/clock.ts'
import { detachMedia } from '../../../src/models/body/detached-media.ts'
import { withImagesFetched } from '../../../src/models/endpoint/fetched-images.ts'
import { readImageReply } from '../../../src/models/wire/reply.ts'
import { pngOf, smallGif } from '../../support/pngs.ts'

const png = pngOf('a picture that is long enough for several lines of base64, as mail has them')
const base64 = png.toString('base64')
const lines = base64.replaceAll(/(.{76})/g, '$1\r\n')
const ofUrls = png.toString('base64url')
const address = `data:image/png;base64,${base64}`
const cut = base64.slice(0, 80)
const svg = `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}`
const there = 'https://cdn.example/a.png?sig=1&x=2'

const route = (...data: unknown[]): object => ({ data })
const chat = (content: unknown, more: object = {}): object => ({
  choices: [{ message: { content, ...more }, finish_reason: 'stop' }],
})

/** What is kept of an answer: `png` for the picture, the extension of its mark for anything else. */
async function kept(answer: object): Promise<string[]> {
  const download = async (url: string) => ({
    status: url === there ? 200 : 404,
    base64: url === there ? base64 : '',
  })
  const clock = { ...systemClock, sleep: async () => {} }
  const signal = new AbortController().signal
  const options = { download, ownHost: 'h', signal, timeoutMs: 1, clock }
  const attempt = await withImagesFetched(JSON.stringify(answer), options)
  if (attempt.kind !== 'reply') return [attempt.failure.code]
  const body = await detachMedia(attempt.body, async (bytes) => hashOf(bytes))
  return readImageReply(body).images.map((image) => {
    if (image.kind !== 'stored') return image.kind
    const { sha256, extension } = image.medium
    return extension === 'png' && sha256 === hashOf(png) ? 'the picture' : extension
  })
}

describe('an answer is read', () => {
  it.each<[string, object]>([
    ['base64', route({ b64_json: base64 })],
    ['base64 in lines', route({ b64_json: lines })],
    ['a data address in place of base64', route({ b64_json: address })],
    ['a data address in lines', route({ url: `data:image/png;base64,${lines}` })],
    ['a data address in the alphabet of URLs', route({ url: `data:image/png;base64,${ofUrls}` })],
    [
      'a data address, percent-encoded',
      route({ url: `data:image/png;base64,${encodeURIComponent(base64)}` }),
    ],
    ['a data address in upper case', route({ url: `DATA:IMAGE/PNG;BASE64,${base64}` })],
    ['a data address without a type', route({ url: `data:;base64,${base64}` })],
    ['an address beside empty base64', route({ b64_json: '', url: there })],
    ['one of two, the other held back', route({ b64_json: null, revised_prompt: 'x' }, { b64_json: base64 })],
    [
      'an image of a chat, in lines',
      chat('', { images: [{ image_url: { url: `data:image/png;base64,${lines}` } }] }),
    ],
    ['an image of a chat, as a text', chat('', { images: [address] })],
    ['a block of Anthropic', chat([{ type: 'image', source: { type: 'base64', data: base64 } }])],
    ['a block of Anthropic with an address', chat([{ type: 'image', source: { type: 'url', url: there } }])],
    ['a block of Gemini', chat([{ inline_data: { mime_type: 'image/png', data: base64 } }])],
    ['a block of text', chat([{ type: 'text', text: `![x](${address})` }])],
    ['Markdown', chat(`Here: ![x](${address} "title"), as asked.`)],
    ['Markdown in lines', chat(`![x](data:image/png;base64,${lines})`)],
    ['Markdown in the alphabet of URLs', chat(`![x](data:image/png;base64,${ofUrls})`)],
    ['Markdown in angle brackets', chat(`![x](<${address}>)`)],
    ['HTML', chat(`<img alt="x" src='${address}'/>`)],
    ['an address without any brackets, and words', chat(`Here it is: ${address} and I hope it fits`)],
    ['bytes that are typed as something else', chat(`![x](data:application/octet-stream;base64,${base64})`)],
    ['a drawing in words beside it', chat(`![logo](${svg}) ![x](${address})`)],
    ['a link in Markdown', chat(`![x](${there})`)],
    ['a link in angle brackets', chat(`![x](<${there}>)`)],
    ['a link to load it down', chat(`[Download](${there})`)],
    ['a picture in HTML', chat(`<img src="${there.replace('&', '&amp;')}" width=9>`)],
    ['an address after words', chat(`Here is your image: ${there}`)],
    ['an address and a full stop', chat(`${there}.`)],
    [
      'another one that was thought of',
      chat(`<think>maybe data:image/png;base64,${cut}</think> ![x](${address})`),
    ],
    [
      'one after a whole one that was thought of',
      chat(`<think>![x](${svg}) ${address}x</think>![x](${address})`),
    ],
  ])('%s', async (_, answer) => {
    expect(await kept(answer)).toEqual(['the picture'])
  })

  it.each<[string, object, string[]]>([
    ['cut off, in base64', route({ b64_json: cut }), ['cut']],
    ['cut off, in a text', chat(`![x](data:image/png;base64,${cut}...)`), ['cut']],
    ['cut off, by an ellipsis', chat(`![x](data:image/png;base64,${cut}… and so on)`), ['cut']],
    ['a beginning and no more', route({ b64_json: base64.slice(0, 12) }), ['cut']],
    ['none', route({ b64_json: Buffer.from('words').toString('base64') }), ['bin']],
    [
      'two',
      chat(`![x](${address}) ![y](data:image/gif;base64,${smallGif.toString('base64')})`),
      ['the picture', 'gif'],
    ],
    ['only thought of', chat(`<think>![x](${address})</think> No.`), []],
    ['only thought of, and never ended', chat(`<think>![x](${address})`), []],
    ['thought of beside the answer', chat('No.', { reasoning_content: `![x](${address})` }), []],
    ['no address of an image', chat('I cannot draw. See https://x.example/help for more.'), []],
    ['an address that may be one, and is none', chat('Details: https://x.example/help'), ['url']],
    ['an address of an image that is gone', chat('![x](https://x.example/gone.png)'), ['image_unusable']],
  ])('that is %s', async (_, answer, expected) => {
    expect(await kept(answer)).toEqual(expected)
  })
})

it('an image inside a text ends where it ends, and one that stands alone keeps every byte', async () => {
  const more = Buffer.concat([png, Buffer.from('more')])
  const files: Uint8Array[] = []
  const keep = async (bytes: Uint8Array): Promise<string> => {
    files.push(Buffer.from(bytes))
    return hashOf(bytes)
  }
  await detachMedia(JSON.stringify(chat(`![x](data:image/png;base64,${more.toString('base64')})`)), keep)
  await detachMedia(JSON.stringify(route({ b64_json: more.toString('base64') })), keep)
  expect(files).toEqual([png, more])
})
