import type { Http2Session, ServerHttp2Session } from 'node:http2'
import { createServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TransportFailure, TransportResponse } from '../../../src/models/http/transport.ts'
import { type UndiciTransportOptions, undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { opened } from '../../support/opened.ts'
import { type Arrived, pem, type SecureServer, secureServer } from './servers.ts'

const tls = { ca: pem('ca') }
const never = new AbortController().signal

type Ended = TransportResponse | TransportFailure

async function poster(options: UndiciTransportOptions = { tls }) {
  const transport = await opened(undiciTransport(options))
  return (url: string, body: string, signal = never, timeoutMs = 60_000): Promise<Ended> =>
    transport.post(url, { 'x-test': 'yes' }, body, signal, timeoutMs)
}

const echo = ({ answer, body }: Arrived): void => answer(200, body)
const words = (ended: Ended): string => ('body' in ended ? ended.body : `${ended.broken} (${ended.detail})`)
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`)

/** Holds requests until so many are there at once, then hands them over; what comes later is echoed. */
function together(count: number, act: (held: readonly Arrived[]) => void): (request: Arrived) => void {
  const held: Arrived[] = []
  return (request) => {
    if (held.length === count) return echo(request)
    held.push(request)
    if (held.length === count) act(held)
  }
}

function sessionsOf({ server }: SecureServer): ServerHttp2Session[] {
  const sessions: ServerHttp2Session[] = []
  server.on('session', (session) => sessions.push(session))
  return sessions
}

describe('HTTP/2', () => {
  it('is spoken where the server offers it, unless we are told not to', async () => {
    const versions: string[] = []
    const note = (request: Arrived): void => {
      versions.push(request.version)
      echo(request)
    }
    const old = await opened(secureServer(note, { http1: true }))
    const recent = await opened(secureServer(note))
    for (const options of [{ tls }, { tls, http2: false }]) {
      const post = await poster(options)
      for (const server of [old, recent]) expect(words(await post(server.url, 'hello'))).toBe('hello')
    }
    expect(versions).toEqual(['1.1', '2.0', '1.1', '1.1'])
    expect(old.connections()).toBe(2)
  })

  it('carries many requests on one connection at once, whose answers come in any order', async () => {
    const server = await opened(secureServer(together(80, (held) => [...held].reverse().forEach(echo))))
    const post = await poster()
    const bodies = numbers(80)
    expect((await Promise.all(bodies.map((body) => post(server.url, body)))).map(words)).toEqual(bodies)
    expect(words(await post(server.url, 'again'))).toBe('again')
    expect(server.connections()).toBe(1)
  })

  it('keeps to the number of requests that the server allows on a connection, and opens another for more', async () => {
    const settings = { maxConcurrentStreams: 4 }
    const server = await opened(
      secureServer(
        together(10, (held) => held.forEach(echo)),
        { settings },
      ),
    )
    const post = await poster()
    const bodies = numbers(10)
    expect((await Promise.all(bodies.map((body) => post(server.url, body)))).map(words)).toEqual(bodies)
    expect(server.connections()).toBe(3)
  })

  it('carries megabytes both ways', async () => {
    const server = await opened(secureServer(echo))
    const post = await poster()
    const bodies = ['a', 'b', 'c'].map((letter) => letter.repeat(3_000_000))
    const ended = await Promise.all(bodies.map((body) => post(server.url, body)))
    expect(ended.map(words)).toEqual(bodies)
  })

  it('gives up one request and leaves its neighbours alone', async () => {
    const both = Promise.withResolvers<readonly Arrived[]>()
    const server = await opened(secureServer(together(2, both.resolve)))
    const post = await poster()
    const abortInFlight = new AbortController()
    const given = post(server.url, 'a', abortInFlight.signal)
    const kept = post(server.url, 'b')
    const held = await both.promise
    abortInFlight.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    for (const request of held) if (request.body === 'b') echo(request)
    expect(words(await kept)).toBe('b')
  })

  it('connects anew after a request that got no word on a silent connection, and takes what still comes there', async () => {
    const both = Promise.withResolvers<readonly Arrived[]>()
    const server = await opened(secureServer(together(2, both.resolve)))
    const post = await poster()
    const patient = post(server.url, 'patient')
    const abortInFlight = new AbortController()
    const given = post(server.url, 'given up', abortInFlight.signal)
    const held = await both.promise
    abortInFlight.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    expect(words(await post(server.url, 'next'))).toBe('next')
    expect(server.connections()).toBe(2)
    for (const request of held) if (request.body === 'patient') echo(request)
    expect(words(await patient)).toBe('patient')
  })
})

describe('an HTTP/2 connection that ends', () => {
  /** Ten requests at once, what became of them, and of one afterwards. */
  async function tenWhen(act: (session: Http2Session, held: readonly Arrived[]) => void) {
    const arrivals: string[] = []
    const meet = together(10, (held) => act(sessions[0]!, held))
    const server = await opened(
      secureServer((request) => {
        arrivals.push(request.body)
        meet(request)
      }),
    )
    const sessions = sessionsOf(server)
    const post = await poster()
    const ended = await Promise.all(numbers(10).map((body) => post(server.url, body)))
    expect(words(await post(server.url, 'later'))).toBe('later')
    expect(arrivals.toSorted(), 'nothing is sent twice').toEqual([...numbers(10), 'later'].toSorted())
    return { ended: ended.map(words), connections: server.connections() }
  }

  it('fails every request on it as a reset, and the next connects again', async () => {
    const { ended, connections } = await tenWhen((session) => session.destroy())
    expect(ended).toEqual(Array(10).fill(expect.stringMatching(/^closed/)))
    expect(connections).toBe(2)
  })

  it('with a goodbye loses no answer: the server finishes what it began', async () => {
    const { ended, connections } = await tenWhen((session, held) => {
      session.goaway(0)
      setImmediate(() => held.forEach(echo))
    })
    expect(ended).toEqual(numbers(10))
    expect(connections).toBe(2)
  })

  it('tells the requests that a goodbye says were not looked at from those that may be paid for', async () => {
    const { ended } = await tenWhen((session, held) => {
      const fourth = held.find(({ body }) => body === '3')!
      session.goaway(0, fourth.stream.id)
      const begun = held.filter(({ stream }) => stream.id! <= fourth.stream.id!)
      setImmediate(() => begun.forEach(echo))
    })
    expect(ended.slice(0, 4)).toEqual(numbers(4))
    expect(ended.slice(4)).toEqual(Array(6).fill('unreachable (HTTP2_REFUSED_STREAM)'))
  })

  it('with an error fails what was under way on it', async () => {
    const { ended } = await tenWhen((session) => session.goaway(11))
    expect(ended).toEqual(Array(10).fill(expect.stringMatching(/^closed/)))
  })

  it('before its first words fails those who wait for it', async () => {
    const server = createServer(
      { key: pem('server-key'), cert: pem('server'), ALPNProtocols: ['h2'] },
      (socket) => socket.end(),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const post = await poster()
    const { port } = server.address() as { port: number }
    const ended = await Promise.all(['a', 'b'].map((body) => post(`https://127.0.0.1:${port}`, body)))
    expect(ended).toMatchObject([{ broken: 'closed' }, { broken: 'closed' }])
  })
})

describe('a reset HTTP/2 stream', () => {
  const server = (act: (request: Arrived) => void) =>
    opened(secureServer((request) => (request.body === 'struck' ? act(request) : echo(request))))

  it.each([
    ['refused unread', 7, 'unreachable (HTTP2_REFUSED_STREAM)'],
    ['broken by an error of the server', 2, 'closed (HTTP2_INTERNAL_ERROR)'],
    ['cancelled', 8, 'closed (HTTP2_CANCEL)'],
    ['told to calm down', 11, 'closed (HTTP2_ENHANCE_YOUR_CALM)'],
  ])('is a request %s; the others go on', async (_name, code, says) => {
    const { url, connections } = await server(({ stream }) => stream.close(code))
    const post = await poster()
    const ended = await Promise.all(['a', 'struck', 'b'].map((body) => post(url, body)))
    expect(ended.map(words)).toEqual(['a', says, 'b'])
    expect(words(await post(url, 'c'))).toBe('c')
    expect(connections()).toBe(1)
  })

  it('in the middle of an answer is no whole answer, whatever came', async () => {
    const { url } = await server(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.on('error', () => {})
      stream.write('{"half":', () => stream.destroy(new Error('died')))
    })
    const post = await poster()
    expect(words(await post(url, 'struck'))).toBe('closed (HTTP2_INTERNAL_ERROR)')
  })
})
