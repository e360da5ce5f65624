/** Of a request that requests a slot: its first time, once more, or a suspect (`admission-queue.ts`, rule 3). */
export type Standing = 'new' | 'again' | 'suspect'

/** A request on its way. */
export interface Sent {
  readonly at: number
  /** Falls before it got its slot. */
  readonly epoch: number
  /** With itself. */
  readonly inFlight: number
  /** Whether no more would have been allowed. */
  readonly full: boolean
  readonly standing: Standing
  /** The request of the same answer before it. */
  readonly before: Sent | undefined
  /** Requests that were answered, and refused, when it was refused. */
  seen: { readonly answered: number; readonly refused: number } | undefined
  /** Undefined while it is on its way; `own`: refused for its row's sake (`tally.ts`). */
  outcome: 'taken' | 'refused' | 'own' | undefined
}

export interface Refusal {
  readonly sent: Sent
  readonly now: number
  /** How long it took. */
  readonly ageMs: number
  /** Without it. */
  readonly inFlight: number
  readonly retryAfterMs: number | null
}
