/** What may be wrong with the URL of an endpoint that never answered, as a sentence behind the provider's own. */
import type { Attempt, ModelFailure } from '../contract/contract.ts'
import type { Dialect } from '../wire/dialects.ts'

type Failed = Extract<Attempt, { readonly kind: 'failed' }>

export function withHint(attempt: Failed, baseUrl: string, wire: Dialect['wire']): Attempt {
  const { failure } = attempt
  const hint = hintFor(failure, new URL(baseUrl), wire)
  if (hint === undefined) return attempt
  return {
    kind: 'failed',
    failure: {
      ...failure,
      message: `${failure.message}${/[.!?…]$/.test(failure.message) ? '' : '.'} ${hint}`,
    },
  }
}

/** Routes that we add ourselves. */
const route =
  /\/(chat\/completions|completions|responses|messages|embeddings|images\/generations|models(\/[^/]+)?(:\w+)?)\/*$/

function hintFor(
  failure: ModelFailure,
  { protocol, pathname }: URL,
  wire: Dialect['wire'],
): string | undefined {
  const { code, status } = failure
  if (protocol === 'http:' && /plain HTTP|HTTP request .*HTTPS|SSL-enabled/i.test(failure.message)) {
    return 'Use https:// in the endpoint.'
  }
  if (protocol === 'http:' && code === 'connection_failed' && failure.maybeCharged && status === null) {
    return 'If this port speaks TLS, the endpoint begins with https://.'
  }
  if (
    wire === 'openai' &&
    /\b(only )?(supported|available) (in|by|with|through|via) (the )?(\/?v1\/)?responses\b/i.test(
      failure.message,
    )
  ) {
    return 'Write `api: responses` in the provider.'
  }
  if (failure.noAnswer === true && /"created_at".*"done":/.test(failure.message)) {
    return "That is Ollama's own format: its endpoint for this provider type ends in /v1."
  }
  const isLost = code === 'model_not_found' || code === 'endpoint_unreachable' || code === 'server_error'
  if (!isLost || status === null || status >= 500) return undefined
  const doubled = route.exec(pathname)
  if (doubled !== null) {
    return `The endpoint ends in ${doubled[0].replace(/\/+$/, '')}, and Rowsmith adds its route itself: leave that out.`
  }
  const isBare = (wire === 'openai' || wire === 'responses') && !/\/(v\d|openai|api)/.test(pathname)
  return isBare ? 'Many servers want /v1 at the end of the endpoint.' : undefined
}
