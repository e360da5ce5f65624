import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { type FetchOptions, withImagesFetched } from '../../../src/models/endpoint/fetched-images.ts'
import { readImageReply } from '../../../src/models/wire/reply.ts'
import { pngOf, smallGif } from '../../support/pngs.ts'

const png = pngOf('a').toString('base64')
const gif = smallGif.toString('base64')
type Download = FetchOptions['download']
type Got = Awaited<ReturnType<Download>>

function options(answers: Record<string, Got[]>) {
  const asked: string[] = []
  const download: Download = async (url) => {
    asked.push(url)
    const [next, ...later] = answers[url]!
    if (later.length > 0) answers[url] = later
    return next!
  }
  const clock = { ...systemClock, sleep: async () => {} }
  const signal = new AbortController().signal
  return { asked, options: { download, ownHost: 'h', signal, timeoutMs: 1, clock } }
}

const good = (base64: string): Got => ({ status: 200, base64 })
const at = 'https://cdn.example/a.png'
const longer = `${at}?size=2`
const usage = { input_tokens: 1, output_tokens: 2 }
const inChat = (message: object): object => ({ choices: [{ message }], usage })

describe('images that a provider gives as addresses', () => {
  it.each([
    ['on the images route', { data: [{ url: at }, { url: longer }], usage }],
    [
      'beside a chat answer',
      inChat({ images: [{ image_url: { url: at } }, { image_url: { url: longer } }] }),
    ],
    ['in a chat text', inChat({ content: `Here: ![one](${at}) and ![two](${longer})` })],
  ])('stand in the body themselves, once they were fetched: %s', async (_where, body) => {
    const { asked, options: given } = options({ [at]: [good(png)], [longer]: [good(gif)] })
    const attempt = await withImagesFetched(JSON.stringify(body), given)
    if (attempt.kind !== 'reply') throw new Error(attempt.failure.message)
    expect(readImageReply(attempt.body).images).toEqual([
      { kind: 'base64', mediaType: 'image/png', data: png },
      { kind: 'base64', mediaType: 'image/gif', data: gif },
    ])
    expect(asked).toEqual([at, longer])
    expect(attempt.body).not.toContain('cdn.example')
  })

  it('leave a body alone that holds its images', async () => {
    const body = JSON.stringify({ data: [{ b64_json: png }], note: at })
    expect(await withImagesFetched(body, options({}).options)).toEqual({ kind: 'reply', body })
  })

  it('are asked for again when their server stumbles, since they were paid for', async () => {
    const reset: Got = { broken: 'closed', detail: 'ECONNRESET' }
    const { asked, options: given } = options({ [at]: [reset, { status: 503, base64: '' }, good(png)] })
    expect(await withImagesFetched(JSON.stringify({ data: [{ url: at }] }), given)).toMatchObject({
      kind: 'reply',
    })
    expect(asked).toHaveLength(3)
  })

  it.each([
    ['gone', { status: 404, base64: '' }, 3, 'retry', 'the server there answered 404'],
    ['no image', good(Buffer.from('<html>').toString('base64')), 1, 'retry', 'what lies there is no image'],
    ['refused', { refused: 'it is no http or https URL' }, 1, 'drop', 'it is no http or https URL'],
  ] as const)('that are %s make the answer unusable', async (_what, got, times, verdict, why) => {
    const { asked, options: given } = options({ [at]: [got] })
    const attempt = await withImagesFetched(JSON.stringify({ data: [{ url: at }] }), given)
    expect(attempt).toMatchObject({
      failure: {
        code: 'image_unusable',
        action: verdict,
        message: `The provider gave an address in place of an image, and it cannot be fetched: ${why}.`,
        maybeCharged: true,
      },
    })
    expect(asked).toHaveLength(times)
  })
})
