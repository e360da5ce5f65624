import type { RowsmithError } from '../../base/errors/errors.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { AdmissionQueue } from '../../models/admission/admission-queue.ts'
import type { Endpoint, Models } from '../../models/contract/contract.ts'
import type { Effect, EffectEnd, Gate } from '../../models/contract/effect.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import type { RowGroupWriter } from '../../store/writing/dataset-store.ts'
import type { Toolbox } from '../../tools/toolbox/toolbox.ts'
import type { RunEvent } from '../report/events.ts'
import type { Budget } from '../usage/budget.ts'
import type { AnswerCounts } from '../usage/column-answers.ts'
import type { Ledger } from '../usage/ledger.ts'
import type { TakesBatches } from './batches/batches-host.ts'
import type { EffectCounts } from './counted.ts'
import type { EffectKey } from './journal-records.ts'

/** What effects need from the run they are part of. */
export interface EffectsHost {
  readonly clock: Clock
  /** Where answers become durable. */
  readonly writer: EffectWriter
  readonly models: Models
  /** Called before every request. */
  readonly budget: Budget
  /** What this process requested and got. */
  readonly ledger: Ledger
  /** Requests one answer may take when the endpoint keeps failing. */
  readonly attemptsMax: number
  /** How long the run waits for an endpoint that answers no request before it stops. */
  readonly endpointWaitMs: number
  /** Where answers may wait for batches. @default every request is sent alone */
  readonly batches?: TakesBatches | undefined
  /** Stored answers that are used count as an earlier invocation's. @default true */
  readonly countsReplays?: boolean
  queue(endpoint: Endpoint): AdmissionQueue
  /** Of effects that are no request to a model. */
  gate(gate: Gate): AdmissionQueue
  /** The tools of a tool alias. */
  toolbox(alias: string): Toolbox
  /** Requests one answer, and may look on. */
  answer<T>(key: EffectKey, request: () => Promise<T>): Promise<T>
  /** Runs an effect, or says why not. */
  perform(effect: Effect, key: EffectKey, signal: AbortSignal): Promise<EffectEnd>
  emit(event: RunEvent): void
  /** A model did not report what an answer took: said once. */
  reportUnknownUsage(model: string, most: TokenReservation): void
  /** Fires when no new request may be sent; the reason is the error that ends the run. */
  readonly stopping: AbortSignal
  /** Fires when requests in flight are given up too. */
  readonly abortInFlight: AbortSignal
  /** Ends the run: no row can succeed until this is fixed. */
  stop(error: RowsmithError): void
  /** Counts for the progress line. */
  readonly counts: EffectCounts
  /** Answers a column got so far, by where they came from. */
  answersOf(column: string): AnswerCounts
}

/** As much of it as one answer needs while requests are sent. */
export interface RequestHost
  extends Pick<
    EffectsHost,
    'clock' | 'emit' | 'abortInFlight' | 'ledger' | 'endpointWaitMs' | 'stop' | 'stopping'
  > {
  readonly writer: Omit<EffectWriter, 'media'>
  readonly budget: Pick<Budget, 'take' | 'settle'>
  readonly counts: Pick<EffectCounts, 'inFlight' | 'requestsSent'>
}

/** As much of a writer as effects need. */
export type EffectWriter = Pick<RowGroupWriter, 'append' | 'note' | 'media' | 'confirm'>
