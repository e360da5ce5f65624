import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type UndiciTransportOptions, undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { opened } from '../../support/opened.ts'
import { scriptedServer } from '../scripted-server.ts'
import { type Arrived, pem, proxy, secureServer } from './servers.ts'

afterEach(() => {
  vi.useRealTimers()
})

const never = new AbortController().signal

async function poster(options: UndiciTransportOptions) {
  const transport = await opened(undiciTransport(options))
  return (
    url: string,
    more: { signal?: AbortSignal; timeoutMs?: number; stallMs?: number; body?: string } = {},
  ) =>
    transport.post(
      url,
      { 'x-test': 'yes' },
      more.body ?? '{}',
      more.signal ?? never,
      more.timeoutMs ?? 60_000,
      more.stallMs ?? null,
    )
}

const tls = { ca: pem('ca') }
const echo = (request: Arrived): void => request.answer(200, request.body)

describe('HTTPS', () => {
  it('is spoken with a server whose certificate a CA of ours signed', async () => {
    const server = await opened(secureServer(echo))
    const post = await poster({ tls })
    expect(await post(`${server.url}/v1`, { body: 'Grüße' })).toMatchObject({ status: 200, body: 'Grüße' })
  })

  it('stops at a certificate that nobody vouches for, before anything was sent', async () => {
    const arrived: Arrived[] = []
    const server = await opened(secureServer((request) => arrived.push(request)))
    const post = await poster({})
    expect(await post(server.url)).toMatchObject({ broken: 'untrusted' })
    expect(arrived).toEqual([])
  })

  it('says what to change in the endpoint where the other side does not speak TLS', async () => {
    const server = await opened(scriptedServer((_request, response) => response.end('fine')))
    const post = await poster({})
    for (const http2 of [true, false]) {
      const older = await poster({ http2 })
      expect(await older(server.url.replace('http:', 'https:'))).toMatchObject({
        broken: 'wrong_scheme',
        detail: expect.stringContaining('use http:// in the endpoint'),
      })
    }
    expect(await post(server.url)).toMatchObject({ status: 200 })
  })

  it('is told from a server that answers plain HTTP with a TLS alert', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(alert))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const post = await poster({})
    expect(await post(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).toMatchObject({
      broken: 'wrong_scheme',
      detail: expect.stringContaining('use https:// in the endpoint'),
    })
  })

  it('shows a client certificate where the server wants one', async () => {
    const server = await opened(
      secureServer(echo, { ca: pem('ca'), requestCert: true, rejectUnauthorized: true }),
    )
    const known = await poster({ tls: { ...tls, cert: pem('client'), key: pem('client-key') } })
    expect(await known(server.url)).toMatchObject({ status: 200 })
    const unknown = await poster({ tls })
    expect(await unknown(server.url)).toHaveProperty('broken')
  })
})

describe('a proxy of the environment', () => {
  it('is asked for a tunnel to an https server, with the credentials of its URL, and sees no header of ours', async () => {
    const seen: Arrived[] = []
    const server = await opened(
      secureServer((request) => {
        seen.push(request)
        echo(request)
      }),
    )
    const between = await opened(proxy())
    const address = between.url.replace('://', '://me:secret@')
    const post = await poster({ tls, env: { HTTPS_PROXY: address } })
    expect(await post(`${server.url}/v1`, { body: 'hello' })).toMatchObject({ status: 200, body: 'hello' })
    expect(between.asked).toEqual([`CONNECT ${new URL(server.url).host}`])
    expect(between.authorizations).toEqual([`Basic ${Buffer.from('me:secret').toString('base64')}`])
    expect(seen[0]?.headers).toMatchObject({ 'x-test': 'yes' })
    expect(seen[0]?.headers['proxy-authorization']).toBeUndefined()
  })

  it('is asked for the whole URL of an http server, over connections that are kept', async () => {
    const server = await opened(scriptedServer((_request, response) => response.end('fine')))
    const between = await opened(proxy())
    const address = between.url.replace('://', '://me:secret@')
    const post = await poster({ env: { http_proxy: address } })
    for (let time = 0; time < 2; time++)
      expect(await post(`${server.url}/v1?a=b`)).toMatchObject({ body: 'fine' })
    expect(between.asked).toEqual(Array(2).fill(`POST ${server.url}/v1?a=b`))
    expect(between.authorizations[0]).toMatch(/^Basic /)
    expect(server.headers[0]).toMatchObject({ host: new URL(server.url).host, 'x-test': 'yes' })
  })

  it('is passed by for those in NO_PROXY', async () => {
    const server = await opened(scriptedServer((_request, response) => response.end('fine')))
    const between = await opened(proxy())
    const post = await poster({ env: { HTTP_PROXY: between.url, NO_PROXY: '127.0.0.1' } })
    expect(await post(server.url)).toMatchObject({ body: 'fine' })
    expect(between.asked).toEqual([])
  })

  it('tells when it wants credentials, or reaches nobody', async () => {
    const closed = await opened(proxy(407))
    const strict = await poster({ env: { ALL_PROXY: closed.url } })
    expect(await strict('https://api.invalid/v1')).toMatchObject({ status: 407 })
    expect(await strict('http://api.invalid/v1')).toMatchObject({ status: 407 })
    const lost = await opened(proxy(503))
    const post = await poster({ env: { ALL_PROXY: lost.url } })
    expect(await post('https://api.invalid/v1')).toEqual({
      broken: 'unreachable',
      detail: 'the proxy answered 503',
    })
  })
})

describe('time', () => {
  it('is enough for an answer after 15 minutes when the time-out is longer, and no other time-out cuts in', async () => {
    const arrived = Promise.withResolvers<() => void>()
    const server = await opened(
      scriptedServer((_request, response) => arrived.resolve(() => response.end('at last'))),
    )
    const post = await poster({})
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    })
    const asked = post(server.url, { timeoutMs: 1_000_000 })
    const answer = await arrived.promise
    for (let minute = 0; minute < 15; minute++) vi.advanceTimersByTime(60_000)
    answer()
    expect(await asked).toMatchObject({ status: 200, body: 'at last' })
    const again = post(server.url, { timeoutMs: 1_000_000 })
    await vi.waitFor(() => expect(server.bodies).toHaveLength(2))
    vi.advanceTimersByTime(1_000_000)
    expect(await again).toEqual({ broken: 'timeout', detail: 'no complete answer within 1000 s' })
  })

  it('is given to a model that thinks; silence in the middle of an answer ends it', async () => {
    const wrote = Promise.withResolvers<void>()
    let write = (_text: string): void => {}
    const server = await opened(
      scriptedServer((_request, response) => {
        write = (text) => void response.write(text)
        wrote.resolve()
      }),
    )
    const post = await poster({})
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = post(server.url, { timeoutMs: 900_000, stallMs: 30_000 })
    await wrote.promise
    // Nothing has come yet: only the deadline counts.
    vi.advanceTimersByTime(600_000)
    const before = vi.getTimerCount()
    write('data: one\n\n')
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(before + 1))
    vi.advanceTimersByTime(30_000)
    const ended = await asked
    expect(ended).toMatchObject({ broken: 'timeout' })
    expect('detail' in ended && ended.detail).toContain('no byte for 30 s')
  })
})

it('an answer that may be streamed is timed part by part, without the pings before them; any other is not', async () => {
  const server = await opened(
    scriptedServer((_request, response) => {
      response.write(': still waiting\n\n', () => response.end('fine'))
    }),
  )
  const post = await poster({})
  expect(await post(server.url, { stallMs: 60_000 })).toMatchObject({ partsMs: [expect.any(Number)] })
  expect(await post(server.url)).not.toHaveProperty('partsMs')
})
