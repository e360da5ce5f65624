/**
 * What a model answered and refused so far, and how long it takes.
 *
 * Rule: a row that is refused again, while many others were answered and few refused, is refused for itself. Example: refused twice, and
 * nine others answered between.
 */
import type { Sent } from './sent.ts'

/** So many others answered for each refused show that a row is refused for itself. */
const ownAnswers = 8
/** `refusedShare` is that of about so many. */
const shareOf = 50
/** How much the latest counts in what an answer takes. */
const learning = 0.1

export class Tally {
  #answered = 0
  #refused = 0
  #answerMs: number | undefined
  #refusedShare = 0

  /** How long an answer takes, lately; undefined before the first. */
  get answerMs(): number | undefined {
    return this.#answerMs
  }

  /** Share of refusals among requests that were sent for the first time, lately. */
  get refusedShare(): number {
    return this.#refusedShare
  }

  sent({ standing }: Sent): void {
    if (standing === 'new') this.#refusedShare -= this.#refusedShare / shareOf
  }

  answered(sent: Sent, now: number): void {
    this.#answered++
    const tookMs = now - sent.at
    this.#answerMs =
      this.#answerMs === undefined ? tookMs : this.#answerMs + learning * (tookMs - this.#answerMs)
  }

  refused(sent: Sent): void {
    this.#refused++
    sent.seen = { answered: this.#answered, refused: this.#refused }
  }

  /** A refusal that says something of the model. */
  counted({ standing }: Sent): void {
    if (standing === 'new') this.#refusedShare += 1 / shareOf
  }

  /** Whether a request that is refused again is refused for itself. */
  isOwn({ before }: Sent): boolean {
    if (before?.seen === undefined) return false
    const answered = this.#answered - before.seen.answered
    const refused = this.#refused - before.seen.refused - 1
    return answered >= ownAnswers * (1 + refused)
  }
}
