/** What `/stats` answers. */
export interface SimulatorStats {
  /** Chat requests taken, also those whose client went away. */
  readonly requests: number
  /** Answers handed over whole. */
  readonly answered: number
  readonly in_flight: number
  readonly max_in_flight: number
  /** Of the answers handed over. */
  readonly prompt_tokens: number
  readonly completion_tokens: number
  /** Requests per effect key: more than 1 means somebody asked again. */
  readonly effects: Readonly<Record<string, number>>
}

/** Counts requests. Effects are kept for ever: that is what it is for. */
export class Meter {
  #requests = 0
  #answered = 0
  #inFlight = 0
  #maxInFlight = 0
  #promptTokens = 0
  #completionTokens = 0
  readonly #effects = new Map<string, number>()

  arrived(effect: string | undefined): void {
    this.#requests++
    this.#inFlight++
    this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight)
    if (effect !== undefined) this.#effects.set(effect, (this.#effects.get(effect) ?? 0) + 1)
  }

  /** @param answer what was handed over whole; undefined when the client went away before */
  left(answer: { readonly promptTokens: number; readonly completionTokens: number } | undefined): void {
    this.#inFlight--
    if (answer === undefined) return
    this.#answered++
    this.#promptTokens += answer.promptTokens
    this.#completionTokens += answer.completionTokens
  }

  stats(): SimulatorStats {
    return {
      requests: this.#requests,
      answered: this.#answered,
      in_flight: this.#inFlight,
      max_in_flight: this.#maxInFlight,
      prompt_tokens: this.#promptTokens,
      completion_tokens: this.#completionTokens,
      effects: Object.fromEntries(this.#effects),
    }
  }
}
