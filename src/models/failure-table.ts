/**
 * What each failure of a request means: one table, read from the top; the first line that fits decides. docs/admission.md shows
 * it, and a test compares the two.
 */
import type { ErrorCode } from '../base/error-codes.ts'
import type { ModelFailure } from './contract.ts'

export interface FailureRule {
  /** Statuses: one, or from-to; or how the connection ended. */
  readonly when:
    | number
    | readonly [from: number, to: number]
    | 'timeout'
    | 'unreachable'
    | 'untrusted'
    | 'closed'
    | 'too_large'
  /** Words that must stand in the answer; see `words`. */
  readonly words?: keyof typeof words
  readonly code: ErrorCode
  readonly verdict: ModelFailure['verdict']
  /** Whether it may mean that nobody can be answered: such failures in a row open the breaker. */
  readonly down?: true | undefined
  /** Whether it is a sign of load: less at once, or later, may well be answered. Admission learns from it. */
  readonly load?: true | undefined
}

/** What an error says. */
export interface ErrorWords {
  /** All its words. */
  readonly searched: string
  /** Its own words, without what it quotes of the request. */
  readonly headline: string
}

/** A quota that waiting does not refill. Some providers speak of a quota when they mean requests per minute. */
const quota =
  /insufficient[_ ](quota|credits?|balance|funds)|exceeded your current quota|quota (is )?exhausted|credit balance is too low|billing[_ ]hard[_ ]limit|out of credits|monthly spend/i
const perMinute = /per[ _-]?(minute|second)|PerMinute|PerSecond|retry in \d/i
/** Google answers 400 to a wrong key. */
const key = /api[_ ]key[_ ](is )?(not valid|invalid|expired)|(invalid|incorrect) (x-)?api[-_ ]key/i
/** A row whose words a provider's policy refuses is one row: nobody else's key is wrong. */
const policy =
  /content[_ ](filter|policy|management policy)|content_policy_violation|moderation|flagged|safety system/i
const model =
  /model[_ ]not[_ ](found|exist)|not a valid model|(invalid|unknown|unsupported) model\b|model\b.{0,80}\b(does not exist|not exist|not found)/i
const context =
  /context[_ ](length|window|size)|maximum context|max(imum)?_?(model|seq(uence)?)_?len|too many (input )?tokens|(prompt|input|request) (is )?too (long|large)|reduce the length/i

const words = {
  'an exhausted quota': ({ searched }: ErrorWords) => quota.test(searched) && !perMinute.test(searched),
  /** Not refilled while anybody waits. */
  'a quota of the day': ({ searched }: ErrorWords) => /PerDay/.test(searched),
  'a wrong key': ({ headline }: ErrorWords) => key.test(headline),
  'a content policy': ({ headline }: ErrorWords) => policy.test(headline),
  'an unknown model': ({ headline }: ErrorWords) => model.test(headline),
  'the context window': ({ searched }: ErrorWords) => context.test(searched),
} as const

export const failureTable: readonly FailureRule[] = [
  { when: [100, 499], words: 'an exhausted quota', code: 'quota_exhausted', verdict: 'stop' },
  { when: [100, 399], code: 'endpoint_unreachable', verdict: 'stop' },
  { when: 400, words: 'a wrong key', code: 'authentication_failed', verdict: 'stop' },
  { when: 400, words: 'a content policy', code: 'content_filtered', verdict: 'drop' },
  { when: 400, words: 'an unknown model', code: 'model_not_found', verdict: 'stop' },
  { when: 400, words: 'the context window', code: 'context_window', verdict: 'drop' },
  { when: 400, code: 'bad_request', verdict: 'drop' },
  { when: 401, code: 'authentication_failed', verdict: 'stop' },
  { when: 402, code: 'quota_exhausted', verdict: 'stop' },
  { when: 403, words: 'a wrong key', code: 'authentication_failed', verdict: 'stop' },
  { when: 403, words: 'a content policy', code: 'content_filtered', verdict: 'drop' },
  { when: 403, code: 'permission_denied', verdict: 'stop' },
  { when: 404, code: 'model_not_found', verdict: 'stop' },
  { when: 407, code: 'endpoint_unreachable', verdict: 'stop' },
  { when: 408, code: 'request_timeout', verdict: 'retry', load: true },
  { when: 409, code: 'server_error', verdict: 'retry' },
  { when: 413, code: 'context_window', verdict: 'drop' },
  { when: 422, words: 'the context window', code: 'context_window', verdict: 'drop' },
  { when: 425, code: 'server_error', verdict: 'retry' },
  { when: 429, words: 'a quota of the day', code: 'quota_exhausted', verdict: 'stop' },
  { when: 429, code: 'rate_limited', verdict: 'wait', load: true },
  { when: [400, 499], code: 'rejected_request', verdict: 'drop' },
  { when: [500, 501], code: 'server_error', verdict: 'retry', load: true },
  { when: [502, 599], code: 'server_error', verdict: 'retry', down: true, load: true },
  { when: 'unreachable', code: 'connection_failed', verdict: 'retry', down: true },
  { when: 'untrusted', code: 'endpoint_unreachable', verdict: 'stop' },
  { when: 'closed', code: 'connection_failed', verdict: 'retry', down: true, load: true },
  { when: 'timeout', code: 'request_timeout', verdict: 'retry', load: true },
  { when: 'too_large', code: 'server_error', verdict: 'retry' },
]

/** What a status without a line means. */
const unknownStatus: FailureRule = { when: [600, 999], code: 'server_error', verdict: 'retry' }

const noWords: ErrorWords = { searched: '', headline: '' }

export function judge(
  ended: number | Exclude<FailureRule['when'], number | readonly unknown[]>,
  text: ErrorWords = noWords,
): FailureRule {
  return (
    failureTable.find(
      (rule) => fits(rule.when, ended) && (rule.words === undefined || words[rule.words](text)),
    ) ?? unknownStatus
  )
}

function fits(when: FailureRule['when'], ended: number | string): boolean {
  if (typeof when === 'object') return typeof ended === 'number' && ended >= when[0] && ended <= when[1]
  return when === ended
}
