import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isPublicHost } from '../../../src/models/http/public-hosts.ts'
import { type UndiciTransportOptions, undiciTransport } from '../../../src/models/http/undici-transport.ts'
import { opened } from '../../support/opened.ts'
import { scriptedServer } from '../scripted-server.ts'
import { pem, proxy } from './servers.ts'

const bytes = Buffer.from([0x89, 0, 0xff, 0xfe, 10])

async function downloads(options: UndiciTransportOptions = {}) {
  const transport = await opened(undiciTransport(options))
  return (url: string, ownHost = '127.0.0.1') =>
    transport.download!(url, ownHost, new AbortController().signal, 60_000)
}

describe('what lies at an address that a provider gave', () => {
  it('is fetched from the provider itself, byte by byte, through redirects, with no header of ours', async () => {
    const server = await opened(
      scriptedServer((request, response) => {
        if (request.url === '/first') response.writeHead(302, { location: '/second?a=b' }).end()
        else response.end(request.url === '/second?a=b' ? bytes : 'nothing')
      }),
    )
    const download = await downloads()
    expect(await download(`${server.url}/first`)).toEqual({ status: 200, base64: bytes.toString('base64') })
    expect(Object.keys(server.headers[0]!).toSorted()).toEqual(['accept', 'connection', 'host'])
  })

  it('is fetched over https with the authorities of the provider', async () => {
    const server = createServer({ key: pem('server-key'), cert: pem('server') }, (_, response) =>
      response.end(bytes),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await (await downloads({ tls: { ca: pem('ca') } }))(url)).toMatchObject({ status: 200 })
    expect(await (await downloads())(url)).toMatchObject({ broken: 'untrusted' })
  })

  it('is not asked for where it leads into this machine or a private network, by number, by name, or by a redirect', async () => {
    const server = await opened(
      scriptedServer((_request, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end()),
    )
    const download = await downloads()
    const { port } = new URL(server.url)
    const refused = { refused: 'it leads into this machine or a private network' }
    for (const host of ['127.0.0.1', 'localhost', '169.254.169.254', '[::1]', 'metadata.internal']) {
      expect(await download(`http://${host}:${port}/`, 'api.example'), host).toEqual(refused)
    }
    expect(server.headers).toEqual([])
    expect(await download(server.url)).toEqual(refused)
    for (const url of ['ftp://x.example/', 'file:///etc/passwd', 'nonsense']) {
      expect(await download(url)).toEqual({ refused: 'it is no http or https URL' })
    }
  })

  it('is not asked for in circles, and takes the proxy of the environment', async () => {
    const server = await opened(
      scriptedServer((_request, response) => response.writeHead(307, { location: '/' }).end()),
    )
    const between = await opened(proxy())
    const download = await downloads({ env: { HTTP_PROXY: between.url } })
    expect(await download(server.url)).toEqual({ refused: 'it leads on more than 5 times' })
    expect(between.asked).toEqual(Array(6).fill(`GET ${server.url}/`))
  })
})

it.each([
  ['8.8.8.8', true],
  ['cdn.example', true],
  ['[2606:4700::1111]', true],
  ['10.1.2.3', false],
  ['172.31.0.1', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['[::]', false],
  ['[::ffff:127.0.0.1]', false],
  ['[::ffff:10.0.0.1]', false],
  ['[fd00::1]', false],
  // 6to4, NAT64, Teredo, mapped and compatible addresses, of what is private or public.
  ['[2002:7f00:1::]', false],
  ['[2002:c0a8:101::1]', false],
  ['[2002:808:808::1]', true],
  ['[64:ff9b::7f00:1]', false],
  ['[64:ff9b::10.0.0.1]', false],
  ['[64:ff9b::8.8.8.8]', true],
  ['[64:ff9b:1::8.8.8.8]', false],
  ['[2001:0:7f00:1::1]', false],
  ['[::127.0.0.1]', false],
  ['[::ffff:8.8.8.8]', true],
  ['[::ffff:0:127.0.0.1]', false],
  ['[::1]', false],
  ['[fec0::1]', false],
  ['[100::1]', false],
  ['[2001:db8::1]', false],
  ['[2a00:1450:4001::1]', true],
  ['169.254.169.254', false],
  ['168.63.129.16', false],
  ['0x7f.1', false],
  ['2130706433', false],
  ['[fe80::1]', false],
  ['localhost', false],
  ['a.localhost.', false],
])('whether %s lies in the open is %s', (host, expected) => {
  expect(isPublicHost(new URL(`http://${host}`).hostname)).toBe(expected)
})
