/**
 * Effects that are no request to a model: what a tool, a function of the user or a remote validator gave. They are stored
 * and found again like answers.
 */
import { formatJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { Attempt, ModelFailure } from './contract.ts'

/** How many may run at once, over everybody who names it. */
export interface Gate {
  readonly name: string
  readonly limit: number
}

/** How running it ended. Expected endings are returned, never thrown. */
export type EffectEnd =
  | { readonly kind: 'done'; readonly value: Value }
  /** `perhapsPaid`: it may have run, in whole or in part. */
  | { readonly kind: 'failed'; readonly failure: ModelFailure }

export interface Effect {
  readonly kind: 'tool' | 'function' | 'validator'
  /** Whose result it is, for the accounting and for messages: a tool's name, a column's, a host. */
  readonly name: string
  /** What it depends on: equal requests of one cell are distinguished by their order alone (rules E1 and E2). */
  readonly request: Value
  /** The model's own name for a call of a tool. It decides nothing: no value, no key. */
  readonly callId?: string
  /** Never run twice. Where it may have run and its result is lost, the row is dropped. */
  readonly once?: boolean
  /** Without one, as many run at once as are requested. */
  readonly gate?: Gate
  /** How often it is tried when it fails with `retry`. @default 5 */
  readonly attemptsMax?: number
  /**
   * Does it, once.
   *
   * @throws the signal's reason when it fires; RowsmithError of class `row` when this row has no value, of another class to stop the run
   */
  run(signal: AbortSignal): Promise<EffectEnd>
}

/** Under which name it is in frames and in the accounting: `tool:search`. Models have a slash in theirs, effects never. */
export function effectName({ kind, name }: Pick<Effect, 'kind' | 'name'>): string {
  return `${kind}:${encodeURIComponent(name.toWellFormed())}`
}

/** The name of frames as people read it. */
export function shownEffectName(name: string): string {
  return decodeURIComponent(name)
}

/** Whether a name of the accounting is that of an effect, and of no model. */
export function isEffectName(name: string): boolean {
  return effectNames.test(name)
}

const effectNames = /^(?:tool|function|validator):[^/]*$/

/** The end of an effect as an attempt, with its value as it is stored. */
export function effectAttempt(end: EffectEnd): Attempt {
  return end.kind === 'done' ? { kind: 'reply', body: formatJson(end.value) } : end
}
