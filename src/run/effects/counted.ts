/** What one invocation counts, over all of its passes. */
import { type AnswerCounts, noAnswers } from '../usage/column-answers.ts'
import type { Ledger } from '../usage/ledger.ts'

export interface EffectCounts {
  requestsSent: number
  inFlight: number
  /** What is under way and no request to a model, by the name of its effect. */
  readonly others: Map<string, number>
  repliesReplayed: number
  repliesReused: number
  inputTokens: number
  outputTokens: number
}

export class Counted {
  /** What was requested, and what came. */
  readonly ledger: Ledger = new Map()
  readonly counts: EffectCounts = {
    requestsSent: 0,
    inFlight: 0,
    others: new Map(),
    repliesReplayed: 0,
    repliesReused: 0,
    inputTokens: 0,
    outputTokens: 0,
  }
  readonly #answers = new Map<string, AnswerCounts>()

  /** Answers a column got so far, by where they came from. */
  answersOf(column: string): AnswerCounts {
    let counts = this.#answers.get(column)
    if (counts === undefined) {
      counts = noAnswers()
      this.#answers.set(column, counts)
    }
    return counts
  }
}
