/**
 * What one evaluation of a template may cost, in time and memory: the one account that all of it draws from.
 *
 * Owns: the steps that are left. A render is synchronous, so the account of the render that runs is the only one, and code far from
 * it (comparing, printing, formatting) needs no handle. Rules:
 *   B1. Whatever looks at a value costs a step, wherever it lies: a list that holds itself many times over is as large as it prints.
 *   B2. Text costs a step for each hundred characters that are read or made, before they are made.
 *   B3. Every statement, call and element of a loop costs a step, so nothing is free that a loop can repeat.
 *   B4. Without a render (constants while a template is read), nothing is counted.
 *
 * For example: `{% set ns.x = [ns.x, ns.x] %}` forty times over costs forty steps; printing it costs 2^40, and is refused.
 */
import { Failure } from './failure.ts'
import { maxIntegerDigits, maxSteps, maxTextCharacters } from './limits.ts'

let left = Number.POSITIVE_INFINITY

/** One evaluation, with an account of its own. */
export function withBudget<T>(use: () => T): T {
  const before = left
  left = maxSteps
  try {
    return use()
  } finally {
    left = before
  }
}

/** @throws Failure when there are none left */
export function spend(steps: number): void {
  left -= steps
  if (left < 0) throw new Failure(`more than ${maxSteps} steps; the loops are too long`)
}

const charactersPerStep = 100

export function spendText(length: number): void {
  spend(length / charactersPerStep)
}

/** Charges for walking a value once; what lies inside its members is charged where it is looked at. */
export function spendOn(value: unknown): void {
  if (typeof value === 'string') spend(1 + value.length / charactersPerStep)
  else spend(Array.isArray(value) ? 1 + value.length : 1)
}

/** Text made inside a template, as long as it is not too long. */
export function boundedText(length: number, make: () => string): string {
  limitText(length)
  spendText(length)
  return make()
}

export function limitText(length: number): void {
  if (length > maxTextCharacters) {
    throw new Failure(`a text grows longer than ${maxTextCharacters} characters`)
  }
}

/** Refuses an integer of absurd size before it is computed, and charges for a large one. */
export function spendDigits(digits: number): void {
  if (digits > maxIntegerDigits) throw new Failure('an integer grows too large')
  spend(digits / 4)
}
