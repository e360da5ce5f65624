import { describe, expect, it } from 'vitest'
import { proxyAuthorization, proxyFor } from '../../../src/models/http/proxies.ts'

function hrefFor(url: string, env: Record<string, string>): string | null {
  return proxyFor(new URL(url), env)?.origin ?? null
}

describe('the proxy for a URL', () => {
  const both = { HTTP_PROXY: 'http://plain:3128', HTTPS_PROXY: 'http://tunnel:3129' }

  it.each([
    ['http://api.example/v1', both, 'http://plain:3128'],
    ['https://api.example/v1', both, 'http://tunnel:3129'],
    ['https://api.example/v1', { HTTP_PROXY: 'http://plain:3128' }, null],
    ['http://api.example/v1', { HTTPS_PROXY: 'http://tunnel:3129' }, null],
    ['https://api.example/v1', { ALL_PROXY: 'http://all:1' }, 'http://all:1'],
    ['https://api.example/v1', { ...both, ALL_PROXY: 'http://all:1' }, 'http://tunnel:3129'],
    [
      'https://api.example/v1',
      { https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:1' },
      'http://lower:1',
    ],
    ['https://api.example/v1', { HTTPS_PROXY: 'proxy.example:8080' }, 'http://proxy.example:8080'],
    ['https://api.example/v1', { HTTPS_PROXY: 'https://secure:443' }, 'https://secure'],
    ['https://api.example/v1', { HTTPS_PROXY: '' }, null],
    ['https://api.example/v1', {}, null],
  ])('is, for %s with %o, %s', (url, env, proxy) => {
    expect(hrefFor(url, env)).toBe(proxy)
  })

  it.each([
    ['https://api.example/v1', 'api.example', true],
    ['https://api.example/v1', 'API.Example', true],
    ['https://api.example/v1', 'example', true],
    ['https://api.example/v1', '.example', true],
    ['https://api.example/v1', '*.example', true],
    ['https://notexample/v1', 'example', false],
    ['https://api.example/v1', 'other, api.example', true],
    ['https://api.example/v1', 'other api.example', true],
    ['https://api.example/v1', 'api.example:443', true],
    ['https://api.example/v1', 'api.example:8443', false],
    ['https://api.example:8443/v1', 'api.example:8443', true],
    ['http://127.0.0.1:8000/v1', '127.0.0.1', true],
    ['http://127.0.0.1:8000/v1', '127.0.0.1:8000', true],
    ['http://[::1]:8000/v1', '::1', true],
    ['http://[::1]:8000/v1', '[::1]:8000', true],
    ['http://[::1]:8000/v1', '[::1]:8001', false],
    ['https://api.example/v1', '*', true],
    ['https://api.example/v1', '', false],
    ['https://api.example/v1', ' , ,', false],
    ['https://api.example/v1', '.', false],
  ])('is none for %s when NO_PROXY is "%s": %s', (url, exceptions, direct) => {
    const env = { ALL_PROXY: 'http://all:1', NO_PROXY: exceptions }
    expect(hrefFor(url, env)).toBe(direct ? null : 'http://all:1')
  })

  it.each(['socks5://host:1080', 'http://', 'not a url'])(
    'is refused when it is "%s", and not quoted',
    (proxy) => {
      const env = { HTTPS_PROXY: proxy }
      expect(() => hrefFor('https://api.example', env)).toThrow(
        'The variable HTTPS_PROXY names no http or https proxy.',
      )
    },
  )

  it('is given the user and password of its URL', () => {
    expect(proxyAuthorization(new URL('http://proxy'))).toBeUndefined()
    const authorization = proxyAuthorization(new URL('http://zo%C3%AB:p%40ss@proxy'))
    expect(authorization).toBe(`Basic ${Buffer.from('zoë:p@ss').toString('base64')}`)
  })
})
