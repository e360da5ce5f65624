/**
 * What the effects of one run share: their models, who may ask them, and what was counted.
 *
 * Owns:   admission, and which models are down. Never: makes a cell, or chooses which one is next.
 */

import { RowsmithError } from '../../../base/errors/errors.ts'
import type { Clock } from '../../../base/work/clock.ts'
import type { AdmissionQueue } from '../../../models/admission/admission-queue.ts'
import { Admissions, type AdmissionsWatcher } from '../../../models/admission/admissions.ts'
import type { Endpoint, Models } from '../../../models/contract/contract.ts'
import type { Effect, EffectEnd, Gate } from '../../../models/contract/effect.ts'
import type { TokenReservation } from '../../../models/contract/request-size.ts'
import { attemptsMs } from '../../../models/contract/retry-delay.ts'
import type { Toolbox } from '../../../tools/toolbox/toolbox.ts'
import { Counted, type EffectCounts } from '../../effects/counted.ts'
import type { EffectsHost } from '../../effects/effects-host.ts'
import type { EffectKey } from '../../effects/journal-records.ts'
import { unreachable } from '../../effects/request-attempts.ts'
import type { RunEvent } from '../../report/events.ts'
import type { Budget } from '../../usage/budget.ts'
import type { AnswerCounts } from '../../usage/column-answers.ts'
import type { Ledger } from '../../usage/ledger.ts'
import type { SchedulerParts } from './scheduler-parts.ts'

type Parts = Pick<
  SchedulerParts,
  | 'clock'
  | 'writer'
  | 'models'
  | 'budget'
  | 'attemptsMax'
  | 'endpointWaitMs'
  | 'batches'
  | 'countsReplays'
  | 'counted'
  | 'admission'
  | 'toolbox'
  | 'perform'
  | 'answer'
  | 'emit'
>

/** The run that they belong to. */
interface Run extends Pick<EffectsHost, 'stopping' | 'abortInFlight' | 'stop'> {
  /** Looks for work: somewhere slots are free and nothing waits for them. */
  scheduleNext(): void
}

export class SharedEffects implements EffectsHost {
  readonly clock: Clock
  readonly writer: EffectsHost['writer']
  readonly models: Models
  readonly budget: Budget
  readonly attemptsMax: number
  readonly endpointWaitMs: number
  readonly stopping: AbortSignal
  readonly abortInFlight: AbortSignal
  readonly ledger: Ledger
  readonly counts: EffectCounts
  readonly batches: EffectsHost['batches']
  readonly countsReplays: boolean
  readonly #parts: Parts
  readonly #run: Run
  readonly #admissions: Admissions
  readonly #down = new Set<string>()
  readonly #reportedUnknown = new Set<string>()
  readonly #counted: Counted

  constructor(parts: Parts, run: Run) {
    this.#parts = parts
    this.#run = run
    this.clock = parts.clock
    this.writer = parts.writer
    this.models = parts.models
    this.budget = parts.budget
    this.attemptsMax = parts.attemptsMax
    this.endpointWaitMs = parts.endpointWaitMs
    this.batches = parts.batches
    this.countsReplays = parts.countsReplays ?? true
    this.#counted = parts.counted ?? new Counted()
    this.ledger = this.#counted.ledger
    this.counts = this.#counted.counts
    this.stopping = run.stopping
    this.abortInFlight = run.abortInFlight
    this.#admissions = new Admissions(parts.admission, parts.clock, this.#watcher())
  }

  /** Models that are down, by name. */
  get down(): ReadonlySet<string> {
    return this.#down
  }

  emit(event: RunEvent): void {
    this.#parts.emit(event)
  }

  reportUnknownUsage(model: string, { input, output }: TokenReservation): void {
    if (this.#reportedUnknown.has(model)) return
    this.#reportedUnknown.add(model)
    const message = `${model} does not report the tokens of its answers: each counts for budgets as the most that it may be (such as ${input} tokens of input and ${output} of output), and the cost is an upper bound`
    this.emit({ type: 'warning', code: 'usage_untold', message })
  }

  stop(error: RowsmithError): void {
    this.#run.stop(error)
  }

  answersOf(column: string): AnswerCounts {
    return this.#counted.answersOf(column)
  }

  queue(endpoint: Endpoint): AdmissionQueue {
    return this.#admissions.model(endpoint)
  }

  gate(gate: Gate): AdmissionQueue {
    return this.#admissions.gate(gate)
  }

  toolbox(alias: string): Toolbox {
    const box = this.#parts.toolbox?.(alias)
    if (box !== undefined) return box
    throw new RowsmithError('internal', `A column has tools of "${alias}", which are not open.`)
  }

  answer<T>(key: EffectKey, request: () => Promise<T>): Promise<T> {
    return this.#parts.answer?.(key, request) ?? request()
  }

  perform(effect: Effect, key: EffectKey, signal: AbortSignal): Promise<EffectEnd> {
    return this.#parts.perform?.(effect, key, signal) ?? effect.run(signal)
  }

  /** No more requests are sent. */
  close(): void {
    this.#admissions.close()
  }

  #watcher(): AdmissionsWatcher {
    return {
      free: () => this.#run.scheduleNext(),
      rateLimited: (model, waitMs, { message }) =>
        this.emit({ type: 'rate-limited', model, waitMs, message }),
      heldBack: (model, waitMs, header) => this.emit({ type: 'held-back', model, waitMs, header }),
      down: (model, failure, { downMs, waitMs, probesFailed }) => {
        this.#down.add(model)
        const { code } = failure
        const until = Math.max(this.endpointWaitMs, attemptsMs(this.attemptsMax)) - downMs
        this.emit({ type: 'endpoint-down', model, code, downMs, waitMs, patienceMs: Math.max(0, until) })
        // Progress says who is waited for.
        this.#run.scheduleNext()
        if (until > 0 || probesFailed < this.attemptsMax - 1) return
        this.stop(unreachable(model, failure, `no request for ${Math.round(downMs / 1000)} s`))
      },
      back: (model, downMs) => {
        this.#down.delete(model)
        this.emit({ type: 'endpoint-back', model, downMs })
      },
    }
  }
}
