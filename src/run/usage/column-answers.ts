/** Where the answers to one column came from in one process, and what they cost. The accounting of the dataset is `ledger.ts`. */

import { noUsage } from '../../models/body/body.ts'
import type { Usage } from '../../models/contract/contract.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import { usageIn } from '../../models/wire/reply.ts'
import { countAnswer, type Ledger } from './ledger.ts'
import type { Prices } from './prices.ts'
import { type CacheReport, type CostTotals, type UsageTotals, usageReportOf } from './usage-report.ts'

/** Answers of this process: requested, stored by a former process, or taken from another dataset. */
export interface AnswerCounts {
  bought: number
  replayed: number
  reused: number
  /** What was paid for those that were requested. */
  readonly spent: Ledger
  /** What the other dataset had paid for those that were taken from it. */
  readonly saved: Ledger
}

/** Where the answers to a column came from in this invocation. */
export interface ColumnAnswers {
  readonly column: string
  /** Answers that came now: corrections, tool rounds and results of tools included. */
  readonly bought: number
  /** Taken from the dataset's own journal: an earlier invocation paid for them. */
  readonly replayed: number
  /** Taken from another dataset, which paid for them. */
  readonly reused: number
  /** Of what was requested. */
  readonly usage: UsageTotals
  /** Of what was requested; left out where no input was cached. */
  readonly cache?: CacheReport
  /** For what was requested; null when no requested model has a price. */
  readonly cost: CostTotals['cost']
  readonly cost_complete: CostTotals['cost_complete']
  /** Of what was reused, as the answers report. */
  readonly reused_usage: UsageTotals
  /** What that comes to at the prices of now: it was not paid again. Null without a price. */
  readonly reused_cost: CostTotals['cost']
}

export function noAnswers(): AnswerCounts {
  return { bought: 0, replayed: 0, reused: 0, spent: new Map(), saved: new Map() }
}

export function countRequested(counts: AnswerCounts, model: string, usage: Usage): void {
  counts.bought++
  countAnswer(counts.spent, model, usage)
}

/** @param body of an answer of another dataset. @returns what it had taken */
export function countReusedAnswers(counts: AnswerCounts, model: string, body: string): Usage {
  counts.reused++
  const usage = isEffectName(model) ? noUsage : usageIn(body)
  countAnswer(counts.saved, model, usage)
  return usage
}

export function columnAnswers(column: string, counts: AnswerCounts, prices: Prices): ColumnAnswers {
  const paid = usageReportOf(counts.spent, prices)
  const saved = usageReportOf(counts.saved, prices)
  return {
    column,
    bought: counts.bought,
    replayed: counts.replayed,
    reused: counts.reused,
    usage: paid.usage,
    ...(paid.cache === undefined ? {} : { cache: paid.cache }),
    cost: paid.cost,
    cost_complete: paid.cost_complete,
    reused_usage: saved.usage,
    reused_cost: saved.cost,
  }
}
