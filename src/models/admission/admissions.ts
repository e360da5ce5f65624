import { present } from '../../base/errors/present.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { Endpoint, ModelFailure } from '../contract/contract.ts'
import type { Gate } from '../contract/effect.ts'
import { AdmissionQueue, type Down } from './admission-queue.ts'
import { AimdLimit, type AimdLimitSettings } from './aimd-limit.ts'
import { Neighbours } from './neighbours.ts'
import { RateLimiter } from './rate-limiter.ts'

export interface AdmissionSettings {
  /** Data Designer's limit, in addition to what is learned; null: none. */
  readonly aimd: AimdLimitSettings | null
  /** Pause after a 429 that names no time; null: as the window has it. */
  readonly cooldownMs: number | undefined
}

export const defaultAdmission: AdmissionSettings = { aimd: null, cooldownMs: undefined }

export function admissionSettings({
  request_admission: given,
}: Pick<RunConfig, 'request_admission'>): AdmissionSettings {
  if (given === null) return defaultAdmission
  return {
    aimd: {
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
  /** Somewhere slots are free and nothing waits for them. */
  free(): void
  rateLimited(model: string, waitMs: number, failure: ModelFailure): void
  heldBack(model: string, waitMs: number, header: string): void
  down(model: string, failure: ModelFailure, down: Down): void
  back(model: string, downMs: number): void
}

/** The admission of every model and every gate of a run; each is made when it is first requested. */
export class Admissions {
  readonly #settings: AdmissionSettings
  readonly #clock: Clock
  readonly #watcher: AdmissionsWatcher
  readonly #models = new Map<Endpoint, AdmissionQueue>()
  readonly #providers = new Map<string, Neighbours>()
  readonly #gates = new Map<string, AdmissionQueue>()
  readonly #rateLimiters = new Map<string, RateLimiter>()

  constructor(settings: AdmissionSettings, clock: Clock, watcher: AdmissionsWatcher) {
    this.#settings = settings
    this.#clock = clock
    this.#watcher = watcher
  }

  model(endpoint: Endpoint): AdmissionQueue {
    let queue = this.#models.get(endpoint)
    if (queue === undefined) {
      const { provider, model, limit, rates } = endpoint
      const { aimd, cooldownMs } = this.#settings
      const now = this.#clock.monotonic()
      queue = this.#queue(`${provider}/${model}`, limit, {
        // Who says how the limit rises wants no other way.
        opens: aimd === null,
        senses: true,
        // Rates that the user states are shared by weight.
        neighbours: rates === undefined ? this.#neighbours(provider) : undefined,
        cooldownMs,
        aimd: aimd === null ? undefined : new AimdLimit(limit, aimd, now),
        share:
          rates === undefined
            ? undefined
            : (wake) => this.#rateLimiter(endpoint).share(rates.model, rates.weight, now, wake),
      })
      this.#models.set(endpoint, queue)
    }
    return queue
  }

  /** Of effects that are no request to a model. */
  gate({ name, limit }: Gate): AdmissionQueue {
    let queue = this.#gates.get(name)
    if (queue === undefined) {
      queue = this.#queue(name, limit, {})
      this.#gates.set(name, queue)
    }
    return queue
  }

  close(): void {
    for (const queue of [...this.#models.values(), ...this.#gates.values()]) queue.close()
  }

  #queue(
    model: string,
    limit: number,
    more: Pick<
      ConstructorParameters<typeof AdmissionQueue>[0],
      'opens' | 'senses' | 'cooldownMs' | 'aimd' | 'share' | 'neighbours'
    >,
  ): AdmissionQueue {
    const watcher = this.#watcher
    return new AdmissionQueue({
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

  #neighbours(provider: string): Neighbours {
    let neighbours = this.#providers.get(provider)
    if (neighbours === undefined) {
      neighbours = new Neighbours()
      this.#providers.set(provider, neighbours)
    }
    return neighbours
  }

  #rateLimiter({ provider, rates }: Endpoint): RateLimiter {
    let rateLimiter = this.#rateLimiters.get(provider)
    if (rateLimiter === undefined) {
      rateLimiter = new RateLimiter(present(rates, 'limits of a provider').provider, this.#clock.monotonic())
      this.#rateLimiters.set(provider, rateLimiter)
    }
    return rateLimiter
  }
}
