/**
 * A text at a web address that the user named: a config.
 *
 * 1. https, or http on loopback; so is every address that it leads on to. Another host than the one named must lie in the open.
 * 2. No key and no cookie goes along. An address with a user name or a password is refused, and none is reported with its query, which
 *    may hold a token.
 * 3. At most 1 MiB, 30 seconds, five redirects.
 * 4. The pages on which GitHub and Hugging Face show a file stand for the file.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { get } from './downloads.ts'
import { isPublicHost, PRIVATE_ADDRESS, publicLookup } from './public-hosts.ts'
import { Routes } from './routes.ts'
import type { TransportFailure, TransportResponse } from './transport.ts'

const MOST_BYTES = 1024 * 1024
const TIMEOUT_MS = 30_000
const MOST_REDIRECTS = 5

/** Whether what a user calls a file is a web address. */
export function isWebAddress(path: string): boolean {
  return /^https?:\/\//i.test(path)
}

/** The address as it may be shown: without query and fragment, which may hold a token. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address.replace(/[?#].*$/s, '')
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname}`
}

/**
 * @param env where proxies are looked up
 * @throws RowsmithError config_not_found
 */
export async function webText(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const own = new Routes({ env, http2: false })
  const open = new Routes({ env, http2: false, lookup: publicLookup })
  const first = fileBehind(requireUrl(address))
  const fail = (why: string): RowsmithError => notHad(address, why)
  try {
    let url = first
    for (let steps = 0; steps <= MOST_REDIRECTS; steps++) {
      const got = await fetchOnce(url, url.host === first.host ? own : open)
      if ('broken' in got) throw fail(wordsOf(got))
      const { location } = got.headers
      if (got.status < 300 || got.status > 399 || location === undefined) return textOf(got, fail)
      url = leadOn(location, url, first, fail)
    }
    throw fail(`leads on more than ${MOST_REDIRECTS} times`)
  } finally {
    await Promise.all([own.close(), open.close()])
  }
}

function fetchOnce(url: URL, routes: Routes): Promise<TransportResponse | TransportFailure> {
  const signal = new AbortController().signal
  return get(routes.to(url), {
    signal,
    timeoutMs: TIMEOUT_MS,
    accept: 'application/yaml, application/json, text/*',
    maxBytes: MOST_BYTES,
  })
}

/** @throws RowsmithError config_not_found for an address that is not fetched */
function requireUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) throw notHad(address, 'is no web address')
  if (url.username !== '' || url.password !== '')
    throw notHad(address, 'holds a user name or a password, which is never sent')
  if (!isSafe(url)) throw notHad(address, 'is not https, which alone says who answers')
  return url
}

function leadOn(location: string, from: URL, first: URL, fail: (why: string) => RowsmithError): URL {
  if (!URL.canParse(location, from.href)) throw fail('leads on to something that is no address')
  const next = new URL(location, from.href)
  if (!isSafe(next) || (isLoopback(next) && !isLoopback(first)))
    throw fail(`leads on to ${shownAddress(next.href)}, which is not https`)
  if (next.host !== first.host && !isLoopback(first) && !isPublicHost(next.hostname))
    throw fail('leads into this machine or a private network')
  return next
}

function isSafe(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname)
}

/** Rule 4. */
function fileBehind(url: URL): URL {
  const file = new URL(url)
  const parts = url.pathname.split('/')
  if (/^(www\.)?github\.com$/.test(url.hostname) && parts[3] === 'blob' && parts.length > 5) {
    file.hostname = 'raw.githubusercontent.com'
    file.pathname = [...parts.slice(0, 3), ...parts.slice(4)].join('/')
  }
  if (/^(www\.)?huggingface\.co$/.test(url.hostname)) {
    const at = ['datasets', 'spaces'].includes(parts[1] ?? '') ? 4 : 3
    if (parts[at] === 'blob') file.pathname = parts.with(at, 'raw').join('/')
  }
  return file
}

function textOf({ status, headers, body }: TransportResponse, fail: (why: string) => RowsmithError): string {
  if (status === 401 || status === 403)
    throw fail(`is not for everybody (HTTP ${status}), and no key is sent: download it`)
  if (status < 200 || status > 299) throw fail(`was answered with HTTP ${status}`)
  if (/^text\/html\b/i.test(headers['content-type'] ?? '')) throw fail('is a web page, not a config')
  return body
}

function wordsOf({ broken, detail }: TransportFailure): string {
  if (detail === PRIVATE_ADDRESS) return 'leads into this machine or a private network'
  return broken === 'too_large' ? 'is longer than 1 MiB' : `cannot be fetched: ${detail}`
}

function notHad(address: string, why: string): RowsmithError {
  const shown = shownAddress(address)
  return new RowsmithError('config_not_found', `${shown} ${why}`, {
    facts: { address: shown },
    nextStep: 'Check the address in a browser, or download the file and give its path.',
  })
}
