/** One budget for the datasets of all stages: each stage gets what the others have left of it. */

import type { CreateOptions } from '../run/request/options.ts'
import type { UsageReport } from '../run/usage/usage-report.ts'

type Limits = Pick<CreateOptions, 'maxCost' | 'maxTokens' | 'maxRequests'>

export interface Spent {
  readonly cost: number
  readonly tokens: number
  readonly requests: number
}

/** The sum of usages. What requests may have cost whose answer was not seen counts as spent. */
export function spentOf(usages: readonly UsageReport[]): Spent {
  let [cost, tokens, requests] = [0, 0, 0]
  for (const usage of usages) {
    cost += (usage.cost ?? 0) + (usage.unseen_cost ?? 0)
    tokens += usage.usage.input_tokens + usage.usage.output_tokens
    requests += usage.requests
  }
  return { cost, tokens, requests }
}

/** No request fits into it, but a stage that sends none can still complete. */
const nothingLeft = 1e-10

/** The limits less what is spent. */
export function within(limits: Limits, spent: Spent): Limits {
  const { maxCost = null, maxTokens = null, maxRequests = null } = limits
  const requestsLeft = maxRequests === null ? null : maxRequests - spent.requests
  const tokensLeft = maxTokens === null ? null : maxTokens - spent.tokens
  // There is no limit of zero requests; one of a single token is as good.
  const noRequest = requestsLeft !== null && requestsLeft < 1
  const tokens = noRequest ? 1 : tokensLeft === null ? null : Math.max(tokensLeft, 1)
  return {
    ...(maxCost === null ? {} : { maxCost: Math.max(maxCost - spent.cost, nothingLeft) }),
    ...(tokens === null ? {} : { maxTokens: tokens }),
    ...(requestsLeft === null ? {} : { maxRequests: Math.max(requestsLeft, 1) }),
  }
}
