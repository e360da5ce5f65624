/**
 * A validator behind HTTP: it is sent rows, and says of each whether it is valid.
 *
 * The wire is Data Designer's: POST `{"data": [row]}`, answered by `{"data": [{"is_valid": true | false | null, ...}]}`. A request
 * carries one row, so that what is requested does not depend on which rows are ready together.
 */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ModelFailure } from '../../models/contract/contract.ts'
import type { EffectEnd } from '../../models/contract/effect.ts'
import type { Transport, TransportResponse } from '../../models/http/transport.ts'
import { undiciTransport } from '../../models/http/undici-transport.ts'

export interface RemoteSettings {
  readonly url: string
  /** Deadline of one request. */
  readonly timeoutMs: number
  /** Requests in flight at once. */
  readonly limit: number
}

/** A result has `is_valid`; whatever else it holds is stored with it. */
export function isValidationResult(value: Value | undefined): value is ValueObject {
  return isValueObject(value) && (value.is_valid === null || typeof value.is_valid === 'boolean')
}

export class RemoteValidator {
  readonly #settings: RemoteSettings
  /** Its idle connections hold no process, so it need not be closed. */
  readonly #transport: Transport

  constructor(settings: RemoteSettings) {
    this.#settings = settings
    this.#transport = undiciTransport({ connections: settings.limit })
  }

  /**
   * Sends the request for one row, once.
   *
   * @throws the signal's reason when it fires
   */
  async check(row: ValueObject, signal: AbortSignal): Promise<EffectEnd> {
    const { url, timeoutMs } = this.#settings
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const result = await this.#transport.post(url, headers, formatJson({ data: [row] }), signal, timeoutMs)
    if ('broken' in result) {
      return failed('connection_failed', 'retry', `it cannot be reached (${result.detail})`, null)
    }
    if (result.status >= 200 && result.status <= 299) return read(result)
    const [code, action] = judge(result.status)
    return failed(code, action, `it answered ${result.status}`, result.status)
  }
}

function read({ body, status }: TransportResponse): EffectEnd {
  let answer: Value
  try {
    answer = parseJson(body)
  } catch {
    return failed('validator_failed', 'drop', 'its answer is not JSON', status)
  }
  const results = isValueObject(answer) ? answer.data : undefined
  if (!Array.isArray(results) || results.length !== 1) {
    const seen = Array.isArray(results) ? `${results.length} results` : 'no list of them'
    return failed('validator_failed', 'drop', `it should give one result in "data" and gave ${seen}`, status)
  }
  const [result] = results as readonly Value[]
  if (isValidationResult(result)) return { kind: 'done', value: result }
  return failed('validator_failed', 'drop', 'its result has no "is_valid" of true, false or null', status)
}

/** What helps when requested again; anything else is said of this row. */
function judge(status: number): [ModelFailure['code'], ModelFailure['action']] {
  if (status === 429) return ['rate_limited', 'wait']
  if (status === 401 || status === 403) return ['permission_denied', 'stop']
  if (status === 404) return ['endpoint_unreachable', 'stop']
  if (status === 408 || status === 425 || status >= 500) return ['server_error', 'retry']
  return ['validator_failed', 'drop']
}

function failed(
  code: ModelFailure['code'],
  action: ModelFailure['action'],
  what: string,
  status: number | null,
): EffectEnd {
  const message = `The validator gave no result: ${what}.`
  return {
    kind: 'failed',
    failure: { code, action, message, status, retryAfterMs: null, maybeCharged: false },
  }
}
