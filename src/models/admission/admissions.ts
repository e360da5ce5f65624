import type { Clock } from '../../base/work/clock.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { Endpoint, ModelFailure } from '../contract/contract.ts'
import type { Gate } from '../contract/effect.ts'
import { Allowance } from './allowance.ts'
import { FallingLimit, type FallingLimitSettings } from './falling-limit.ts'
import { type Down, Slots } from './slots.ts'

export interface AdmissionSettings {
  /** Data Designer's limit, besides what is learned; null: none. */
  readonly falling: FallingLimitSettings | null
  /** Pause after a 429 that names no time; null: as the window has it. */
  readonly cooldownMs: number | null
}

export const defaultAdmission: AdmissionSettings = { falling: null, cooldownMs: null }

export function admissionSettings({
  request_admission: given,
}: Pick<RunConfig, 'request_admission'>): AdmissionSettings {
  if (given === null) return defaultAdmission
  return {
    falling: {
      decreaseFactor: given.multiplicative_decrease_factor,
      increaseStep: given.additive_increase_step,
      successesUntilIncrease: given.successes_until_increase,
      rampMs: 1000 * given.startup_ramp_seconds,
    },
    cooldownMs: 1000 * given.cooldown_seconds,
  }
}

/** What the run learns of its models. `model` is `provider/model`, or the name of a gate. */
export interface AdmissionsWatcher {
  /** Somewhere slots are free and nobody waits for them. */
  free(): void
  rateLimited(model: string, waitMs: number, failure: ModelFailure): void
  heldBack(model: string, waitMs: number, header: string): void
  down(model: string, failure: ModelFailure, down: Down): void
  back(model: string, downMs: number): void
}

/** The admission of every model and every gate of a run; each is made when it is first asked for. */
export class Admissions {
  readonly #settings: AdmissionSettings
  readonly #clock: Clock
  readonly #watcher: AdmissionsWatcher
  readonly #models = new Map<Endpoint, Slots>()
  readonly #gates = new Map<string, Slots>()
  readonly #allowances = new Map<string, Allowance>()

  constructor(settings: AdmissionSettings, clock: Clock, watcher: AdmissionsWatcher) {
    this.#settings = settings
    this.#clock = clock
    this.#watcher = watcher
  }

  model(endpoint: Endpoint): Slots {
    let slots = this.#models.get(endpoint)
    if (slots === undefined) {
      const { provider, model, limit, rates } = endpoint
      const { falling, cooldownMs } = this.#settings
      const now = this.#clock.monotonic()
      slots = this.#slots(`${provider}/${model}`, limit, {
        // Who says how the limit rises wants no other way.
        opens: falling === null,
        senses: true,
        cooldownMs: cooldownMs ?? undefined,
        falling: falling === null ? undefined : new FallingLimit(limit, falling, now),
        share:
          rates === undefined
            ? undefined
            : (wake) => this.#allowance(endpoint).share(rates.model, rates.weight, now, wake),
      })
      this.#models.set(endpoint, slots)
    }
    return slots
  }

  /** Of effects that are no request to a model. */
  gate({ name, limit }: Gate): Slots {
    let slots = this.#gates.get(name)
    if (slots === undefined) {
      slots = this.#slots(name, limit, {})
      this.#gates.set(name, slots)
    }
    return slots
  }

  close(): void {
    for (const slots of [...this.#models.values(), ...this.#gates.values()]) slots.close()
  }

  #slots(
    model: string,
    limit: number,
    more: Pick<
      ConstructorParameters<typeof Slots>[0],
      'opens' | 'senses' | 'cooldownMs' | 'falling' | 'share'
    >,
  ): Slots {
    const watcher = this.#watcher
    return new Slots({
      model,
      limit,
      clock: this.#clock,
      watcher: {
        free: () => watcher.free(),
        rateLimited: (waitMs, failure) => watcher.rateLimited(model, waitMs, failure),
        heldBack: (waitMs, header) => watcher.heldBack(model, waitMs, header),
        down: (failure, down) => watcher.down(model, failure, down),
        back: (downMs) => watcher.back(model, downMs),
      },
      ...more,
    })
  }

  #allowance({ provider, rates }: Endpoint): Allowance {
    let allowance = this.#allowances.get(provider)
    if (allowance === undefined) {
      allowance = new Allowance(rates!.provider, this.#clock.monotonic())
      this.#allowances.set(provider, allowance)
    }
    return allowance
  }
}
