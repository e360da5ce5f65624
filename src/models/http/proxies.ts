/** Which proxy a URL is reached through, by the variables that curl and most others read. */
import { RowsmithError } from '../../base/errors/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for this URL, or null: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, else `ALL_PROXY`; in lower case first.
 * `NO_PROXY` lists what is reached directly: hosts, which stand for their subdomains too, with or without a port, or `*`.
 *
 * @throws RowsmithError `usage` for a proxy that is no http or https URL: a key must not leave by a way that was not meant
 */
export function proxyFor(url: URL, env: Environment): URL | null {
  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  for (const name of [`${scheme}_proxy`, 'all_proxy']) {
    const given = variable(env, name)
    if (given !== undefined) return isExcepted(url, env) ? null : parseProxy(name, given)
  }
  return null
}

function variable(env: Environment, name: string): string | undefined {
  const value = (env[name] ?? env[name.toUpperCase()])?.trim()
  return value === '' ? undefined : value
}

function parseProxy(name: string, given: string): URL {
  const text = given.includes('://') ? given : `http://${given}`
  const proxy = URL.canParse(text) ? new URL(text) : undefined
  if (proxy !== undefined && /^https?:$/.test(proxy.protocol)) return proxy
  throw new RowsmithError('usage', `The variable ${name.toUpperCase()} names no http or https proxy.`, {
    facts: { variable: name.toUpperCase() },
    nextStep: 'Set it to a URL like http://proxy.example:3128, or unset it.',
  })
}

function isExcepted(url: URL, env: Environment): boolean {
  const host = withoutBrackets(url.hostname.toLowerCase())
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const entries = (variable(env, 'no_proxy') ?? '').toLowerCase().split(/[,\s]+/)
  return entries.some((entry) => {
    if (entry === '*') return true
    const [, name = '', itsPort] =
      /^(.*?|\[.*\])(?::(\d+))?$/.exec(isBareIpv6(entry) ? `[${entry}]` : entry) ?? []
    if (itsPort !== undefined && itsPort !== port) return false
    const suffix = withoutBrackets(name.replace(/^\*?\./, ''))
    return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`))
  })
}

function isBareIpv6(entry: string): boolean {
  return /^[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*$/.test(entry)
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/** The `proxy-authorization` that goes with the user and password of its URL. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === '') return undefined
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
