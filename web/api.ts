/** Requests to the server. The token came in the fragment of the address; it is in no address afterwards, and in no cookie. */
const tokenName = 'rowsmith-token'
/** Where the dataset is that the page shows: of several that a server has, one. */
let base = ''

/** @param path `save/3/`; what is requested with a leading slash is not below it */
export function useDataset(path: string): void {
  base = path
}

/** Takes the token out of the address. @returns false without one */
export function takeToken(): boolean {
  const found = /[#&]token=([\w-]+)/.exec(location.hash)?.[1]
  if (found !== undefined) {
    sessionStorage.setItem(tokenName, found)
    history.replaceState(null, '', `${location.pathname}${location.search}`)
  }
  return sessionStorage.getItem(tokenName) !== null
}

export class ApiError extends Error {
  readonly next: string

  constructor({ message, next = '' }: { message: string; next?: string }) {
    super(message)
    this.next = next
  }
}

function ask(
  path: string,
  { signal, body }: { signal?: AbortSignal | undefined; body?: object } = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${sessionStorage.getItem(tokenName) ?? ''}` }
  const address = path.startsWith('/') ? `/api${path}` : `/api/${base}${path}`
  if (body === undefined) return fetch(address, { headers, signal: signal ?? null })
  const typed = { ...headers, 'content-type': 'application/json' }
  return fetch(address, { method: 'POST', headers: typed, body: JSON.stringify(body) })
}

/** Changes something of a session. */
export async function post<T>(path: string, body: object = {}): Promise<T> {
  const response = await ask(path, { body })
  const answer = await response.json()
  if (!response.ok) throw new ApiError(answer)
  return answer as T
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, { signal })
  const body = await response.json()
  if (!response.ok) throw new ApiError(body)
  return body as T
}

/** Lines of JSON as they come. @throws ApiError for a line that is an error */
export async function* lines<T extends object>(path: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await ask(path, { signal })
  if (!response.ok || response.body === null) throw new ApiError(await response.json())
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const parts = `${rest}${value}`.split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      const line = JSON.parse(part) as T | { error: { message: string; next?: string } }
      if ('error' in line) throw new ApiError(line.error)
      yield line as T
    }
  }
}
