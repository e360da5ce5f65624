/** What a check of a dataset finds, as programs read it. */
import type { Cost } from '../../run/usage/cost.ts'

/**
 * `damaged`: there, and not what was written. `missing`: written once, and deleted. `suspicious`: perhaps damaged, not
 * certain. `leftover`: of no harm; it was being written when a process died, or nothing reads it.
 */
export type Severity = 'damaged' | 'missing' | 'suspicious' | 'leftover'

export interface Finding {
  readonly severity: Severity
  /** Below the dataset directory, with `/`. */
  readonly path: string
  /** What is wrong, in a few words. */
  readonly problem: string
  /** What `--repair` does about it, or why it does nothing. */
  readonly repair: string
  /** Whether it is missing after `--repair`. */
  readonly repairable: boolean
  /** What has to be requested again once it is repaired; null when it is unknown. */
  readonly cost: Cost | null
}

/** How a published row group compares with what its stored answers make of it. */
export interface ReplayedGroup {
  readonly group: number
  readonly outcome: 'equal' | 'differs' | 'not replayed'
  /** Files whose bytes differ: paths below the dataset directory. */
  readonly files: readonly string[]
  /** Why it differs or was not replayed; null for one that is equal. */
  readonly reason: string | null
}

/** What `rowsmith verify --json` prints. */
export interface Verification {
  readonly dataset_path: string
  /** Who writes now; then only published files were looked at. */
  readonly writer: string | null
  /** Nothing is damaged, missing or suspicious (any more), and what was replayed is equal. */
  readonly whole: boolean
  /** Row groups of the plan; null when no plan can be read. */
  readonly row_groups: { readonly total: number; readonly published: number } | null
  readonly checked: { readonly files: number; readonly bytes: number; readonly seconds: number }
  readonly findings: readonly Finding[]
  /** What all findings together cost; null when that of one of them is not known. */
  readonly cost: Cost | null
  /** Null without `repair`. */
  readonly repaired: {
    /** What was done, in order. */
    readonly actions: readonly { readonly path: string; readonly action: string }[]
    /** What is found now. */
    readonly remaining: readonly Finding[]
  } | null
  /** Null without `replay`. */
  readonly replay: {
    readonly equal: number
    readonly differing: number
    readonly not_replayed: number
    /** Groups that are not equal, lowest first. */
    readonly groups: readonly ReplayedGroup[]
  } | null
}

export interface VerifyProgress {
  readonly phase: 'files' | 'replay'
  readonly done: number
  readonly of: number
  /** Bytes read so far in this phase. */
  readonly bytes: number
}
