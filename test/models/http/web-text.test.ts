/** Configs at web addresses, from a server on loopback. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../src/index.ts'
import { webText } from '../../../src/models/http/web-text.ts'

const config = 'columns: [{name: a, column_type: expression, expr: "{{ 1 }}"}]'
const seen: { path: string; headers: IncomingHttpHeaders }[] = []
const server = createServer((request, response) => {
  const path = request.url ?? ''
  seen.push({ path, headers: request.headers })
  const lead = (location: string) => response.writeHead(302, { location }).end()
  if (path.startsWith('/config.yaml')) response.end(config)
  else if (path === '/bad.yaml') response.end('columns: [{name: a, column_type: nothing}]')
  else if (path === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  else if (path === '/secret') response.writeHead(401).end()
  else if (path === '/moved') lead('/config.yaml')
  else if (path === '/round') lead('/round')
  else if (path === '/plain') lead('http://example.com/config.yaml')
  else if (path === '/file') lead('file:///etc/passwd')
  else if (path === '/long') response.end('#'.repeat(1024 * 1024 + 1))
  else response.writeHead(404).end()
})
let at = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('a config at a web address', () => {
  it('is read, without a key or a cookie, also where it was moved to', async () => {
    for (const path of ['/config.yaml?token=abc', '/moved']) {
      const { columns } = await loadConfig(`${at}${path}`)
      expect(columns.map(({ name }) => name)).toEqual(['a'])
    }
    expect(seen.flatMap(({ headers }) => Object.keys(headers))).not.toContain('authorization')
    expect(seen.flatMap(({ headers }) => Object.keys(headers))).not.toContain('cookie')
  })

  it('is told with its address when it is wrong, and without the query', async () => {
    await expect(loadConfig(`${at}/bad.yaml?token=abc`)).rejects.toMatchObject({ code: 'config_not_found' })
    const failure = await loadConfig(`${at}/bad.yaml`).catch((error) => error)
    expect(failure).toMatchObject({ code: 'config_invalid' })
    expect(failure.message).toContain(`${at}/bad.yaml:1`)
  })

  it.each([
    ['/page', 'is a web page, not a config'],
    ['/secret', 'is not for everybody (HTTP 401), and no key is sent: download it'],
    ['/nowhere?token=abc', 'was answered with HTTP 404'],
    ['/round', 'leads on more than 5 times'],
    ['/plain', 'leads on to http://example.com/config.yaml, which is not https'],
    ['/file', 'leads on to null/etc/passwd, which is not https'],
    ['/long', 'is longer than 1 MiB'],
  ])('%s is refused: it %s', async (path, why) => {
    await expect(webText(`${at}${path}`, {})).rejects.toMatchObject({
      code: 'config_not_found',
      message: `${at}${path.replace(/\?.*/, '')} ${why}`,
    })
  })

  it.each([
    ['http://example.com/c.yaml', /is not https/],
    [
      'https://user:word@example.com/c.yaml',
      /^https:\/\/example.com\/c.yaml holds a user name or a password/,
    ],
    ['https://', /is no web address/],
  ])('%s is not asked for', async (address, message) => {
    await expect(webText(address, {})).rejects.toMatchObject({ message: expect.stringMatching(message) })
  })

  it('is never code, which would be run', async () => {
    await expect(loadConfig(`${at}/config.ts`)).rejects.toMatchObject({ code: 'usage' })
  })
})
