import type { ValueObject } from '../../base/values/value.ts'
import { addCost, type Cost, noCost } from '../../run/usage/cost.ts'
import type { Finding, Severity } from './findings.ts'
import type { GroupFiles } from './group-files.ts'
import type { LogFile } from './logs.ts'

/** What a repair does about a finding. */
export type RepairAction =
  | { readonly kind: 'nothing' }
  /** The log is written again with these frames; the old one goes to quarantine. */
  | { readonly kind: 'rewrite log'; readonly log: LogFile; readonly bodies: readonly string[] }
  /** A journal segment that is missing: an empty one in its place says that this was reported. */
  | { readonly kind: 'empty segment'; readonly path: string }
  | { readonly kind: 'repair group'; readonly group: GroupFiles }
  | { readonly kind: 'write metadata' }
  | { readonly kind: 'write builder config'; readonly text: string }
  | { readonly kind: 'write launch file' }
  | { readonly kind: 'roll forward' }
  /** The story of the dataset is written again with these events, and with one that mentions the loss. */
  | { readonly kind: 'rewrite history'; readonly events: readonly ValueObject[] }
  /** The file goes to quarantine: it is made again when it is found missing. */
  | { readonly kind: 'set aside'; readonly path: string }

/** A finding with what is to be done about it. */
export interface Problem extends Finding {
  readonly action: RepairAction
}

export const asNothing: RepairAction = { kind: 'nothing' }

/** A finding that costs nothing, unless said otherwise. */
export function problem(
  severity: Severity,
  path: string,
  what: string,
  repair: string,
  action: RepairAction,
  more: { readonly cost?: Cost | null; readonly repairable?: boolean } = {},
): Problem {
  return {
    severity,
    path,
    problem: what,
    repair,
    repairable: more.repairable ?? action.kind !== 'nothing',
    cost: more.cost === undefined ? noCost : more.cost,
    action,
  }
}

/** What all of them cost together; null when that of one is not known. */
export function totalCost(findings: readonly Finding[]): Cost | null {
  let total: Cost | null = noCost
  for (const { cost } of findings) total = total === null || cost === null ? null : addCost(total, cost)
  return total
}
