/** Errors of the OpenAI API. */
import type { Refused } from '../requested/requested.ts'

/** What every route of the OpenAI API has. */
export const openAi = {
  idHeader: 'x-request-id',
  error({
    status,
    message,
    param = null,
    code = null,
  }: Pick<Refused, 'status' | 'message'> & Partial<Refused>): string {
    const [type, usual] = errorTypes[status] ?? [
      status < 500 ? 'invalid_request_error' : 'server_error',
      null,
    ]
    return JSON.stringify({ error: { message, type, param, code: code ?? usual } })
  },
} as const

const errorTypes: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  402: ['insufficient_quota', 'insufficient_quota'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
}
