/**
 * One render: the row, the text so far, the budgets, and where evaluation stands.
 *
 * `at` is set before anything that can fail, so that whatever throws is reported with its place without
 * knowing it; steps are counted in `budget.ts`.
 */
import type { Value } from '../../base/values/value.ts'
import { Failure } from '../limits/failure.ts'
import { maxCallDepth, maxRenderedCharacters } from '../limits/limits.ts'
import { type Arguments, type Runtime, Undefined } from './values.ts'

/** A filter or a test: something with a name that takes a value and arguments. */
export interface Builtin {
  readonly name: string
  invoke(run: Run, value: Runtime, args: Arguments): Runtime
}

/** What filters may ask of the engine without importing it: other filters, tests, attributes by name. */
export interface Scheduler {
  filter(name: string): Builtin
  hasFilter(name: string): boolean
  hasTest(name: string): boolean
  test(name: string): Builtin
  /** `target.name`, methods included. */
  attribute(run: Run, target: Runtime, name: string): Runtime
  /** `target[key]`. */
  item(run: Run, target: Runtime, key: Runtime): Runtime
}

export interface RandomSource {
  /** A whole number from 0 to below `n`. */
  below(n: number): number
}

export class Run {
  readonly row: Readonly<Record<string, Value>>
  /** The row before its JSON texts were read, for templates inside JSON. */
  readonly cells: Readonly<Record<string, Value>>
  /** A missing attribute or item is an error, not empty text. */
  readonly strict: boolean
  readonly random: RandomSource | undefined
  readonly engine: Scheduler
  /** Offset in the source of what is being evaluated. */
  at = 0
  /** The text so far; macros and blocks capture theirs by swapping it. */
  text = ''
  private depth = 0

  constructor(
    row: Readonly<Record<string, Value>>,
    scheduler: Scheduler,
    options: {
      strict: boolean
      random: RandomSource | undefined
      cells?: Readonly<Record<string, Value>>
    },
  ) {
    this.row = row
    this.cells = options.cells ?? row
    this.engine = scheduler
    this.strict = options.strict
    this.random = options.random
  }

  write(text: string): void {
    this.text += text
    if (this.text.length > maxRenderedCharacters) {
      throw new Failure(`the text grows longer than ${maxRenderedCharacters} characters`)
    }
  }

  /** Runs `body` and returns what it wrote instead of adding it to the text. */
  capture(body: () => void): string {
    const before = this.text
    this.text = ''
    body()
    const captured = this.text
    this.text = before
    return captured
  }

  /** Counts calls inside each other. */
  nested<T>(call: () => T): T {
    if (++this.depth > maxCallDepth) throw new Failure(`more than ${maxCallDepth} calls inside each other`)
    const result = call()
    this.depth--
    return result
  }

  /** What stands for an attribute or item that is not there. */
  missing(variable: string, reason: string): Undefined {
    return new Undefined(variable, reason, this.strict, this.at)
  }
}
