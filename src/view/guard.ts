/**
 * Who may ask the page's server, and what a browser may do with its answers.
 *
 * Rules:
 *   1. The Host header is exactly the server's own: a name that an attacker lets point here (DNS rebinding) is answered with 421.
 *   2. A request that another page made is refused: by its Origin, or by what the browser says in Sec-Fetch-Site.
 *   3. Every path below /api needs the token, compared in constant time. It is never a cookie: cookies go to every port.
 *   4. Only GET: this server changes nothing. `dev` also takes POST, at paths of its own and with JSON, which no other page can send
 *      without a preflight.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Why a request is refused. */
interface Refused {
  readonly status: 401 | 403 | 405 | 415 | 421
  readonly message: string
}

interface GuardedServer {
  readonly port: number
  readonly token: string
  /** Paths that take POST. @default none */
  readonly posts?: RegExp | undefined
}

/** @param path as it was parsed for the routes; undefined for what is no path */
export function refusedRequest(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  path: string | undefined,
  { port, token, posts }: GuardedServer,
): Refused | undefined {
  const { host = '', origin, authorization = '' } = headers
  const site = headers['sec-fetch-site']
  if (![`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(host)) {
    return { status: 421, message: 'This server answers at its own address only.' }
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, message: 'Another page may not ask this server.' }
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, message: 'Another page may not ask this server.' }
  }
  const mayPost = method === 'POST' && path !== undefined && posts?.test(path) === true
  if (method !== 'GET' && !mayPost) return { status: 405, message: 'This server changes nothing: GET only.' }
  if (path?.startsWith('/api/') && !isSame(authorization, `Bearer ${token}`)) {
    return {
      status: 401,
      message: 'The token is missing or wrong: open the address that the command printed.',
    }
  }
  if (mayPost && headers['content-type'] !== 'application/json') {
    return { status: 415, message: 'This takes application/json only.' }
  }
  return undefined
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest())
  return one !== undefined && other !== undefined && timingSafeEqual(one, other)
}

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  'media-src blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** Of every answer. */
export const safeHeaders = {
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}
