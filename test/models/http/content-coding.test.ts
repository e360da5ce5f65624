import type { IncomingMessage, ServerResponse } from 'node:http'
import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MAX_RESPONSE_BYTES } from '../../../src/models/http/exchange.ts'
import { undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { opened } from '../../support/opened.ts'
import { scriptedServer } from '../scripted-server.ts'

const never = new AbortController().signal
const text = '{"said":"Grüße, 世界"}'

async function answered(act: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = await opened(scriptedServer(act))
  const transport = await opened(undiciTransport())
  return transport.post(server.url, {}, '{}', never, 60_000, null)
}

const coded = (coding: string, bytes: Buffer, status = 200) =>
  answered((_request, response) => response.writeHead(status, { 'content-encoding': coding }).end(bytes))

describe('an answer in a content coding', () => {
  it.each([
    ['gzip', zlib.gzipSync(text)],
    ['x-gzip', zlib.gzipSync(text)],
    ['GZIP', zlib.gzipSync(text)],
    ['br', zlib.brotliCompressSync(text)],
    ['zstd', zlib.zstdCompressSync(text)],
    ['deflate', zlib.deflateSync(text)],
    ['deflate', zlib.deflateRawSync(text)],
    ['identity', Buffer.from(text)],
    ['utf-8', Buffer.from(text)],
    ['none', Buffer.from(text)],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(text))],
  ])('is read: %s', async (coding, bytes) => {
    expect(await coded(coding, bytes)).toMatchObject({ status: 200, body: text })
  })

  it('that nobody knows is named', async () => {
    expect(await coded('snappy', Buffer.from('x'))).toEqual({
      broken: 'unreadable',
      detail: 'it came in the content coding "snappy", which was not requested',
    })
  })

  it('that is none is no answer', async () => {
    expect(await coded('br', Buffer.from([0, 255, 3, 1]))).toMatchObject({ broken: 'unreadable' })
  })

  it('that breaks off is read as far as it goes, also where only its end is missing', async () => {
    const cut = await coded('gzip', zlib.gzipSync(text).subarray(0, 20))
    expect(cut).toMatchObject({ status: 200, body: '{"said":"' })
    for (const [coding, bytes] of [
      ['gzip', zlib.gzipSync(text)],
      ['deflate', zlib.deflateSync(text)],
    ] as const) {
      expect(await coded(coding, bytes.subarray(0, -4))).toMatchObject({ body: text })
    }
  })

  it('with something else behind its end is read up to there, if it is whole', async () => {
    const whole = zlib.gzipSync(text)
    const named = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]),
      Buffer.from('a\0'),
      whole.subarray(10),
    ])
    for (const bytes of [whole, named])
      expect(await coded('gzip', Buffer.concat([bytes, Buffer.from('\r\n<!-- x -->')]))).toMatchObject({
        body: text,
      })
    const altered = Buffer.from(whole.map((byte, at) => (at === whole.length - 6 ? byte ^ 1 : byte)))
    expect(await coded('gzip', Buffer.concat([altered, Buffer.from('x')]))).toMatchObject({
      broken: 'unreadable',
    })
  })

  it('that a server only speaks of is none', async () => {
    for (const coding of ['gzip', 'br', 'zstd', 'deflate']) {
      expect(await coded(coding, Buffer.from(text))).toMatchObject({ status: 200, body: text })
    }
  })

  it('that a server does not speak of is known by its first bytes', async () => {
    for (const bytes of [zlib.gzipSync(text), zlib.zstdCompressSync(text)]) {
      expect(await answered((_request, response) => response.end(bytes))).toMatchObject({ body: text })
    }
  })

  it('leaves a refusal its status, whatever its body', async () => {
    expect(await coded('snappy', Buffer.from('x'), 429)).toMatchObject({ status: 429, body: '' })
  })

  it('that unfolds to more than any answer is given up', async () => {
    const bomb = zlib.gzipSync(Buffer.alloc(MAX_RESPONSE_BYTES + 1))
    expect(bomb.length).toBeLessThan(100_000)
    expect(await coded('gzip', bomb)).toMatchObject({ broken: 'too_large' })
  })
})

it.each([
  ['iso-8859-1', Buffer.from('{"said":"Grüße"}', 'latin1')],
  ['"UTF-16LE"', Buffer.from('{"said":"Grüße"}', 'utf16le')],
  ['nobody-knows', Buffer.from('{"said":"Grüße"}')],
])('an answer in the charset %s is read', async (charset, bytes) => {
  const type = `application/json; charset=${charset}`
  const asked = answered((_request, response) => response.writeHead(200, { 'content-type': type }).end(bytes))
  expect(await asked).toMatchObject({ body: '{"said":"Grüße"}' })
})

it('a byte order mark before an answer is no part of it', async () => {
  expect(await answered((_request, response) => response.end(`\ufeff${text}`))).toMatchObject({ body: text })
  const wide = Buffer.from(`\ufeff${text}`, 'utf16le')
  for (const bytes of [wide, Buffer.from(wide).swap16()]) {
    expect(await answered((_request, response) => response.end(bytes))).toMatchObject({ body: text })
  }
})
