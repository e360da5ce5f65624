import { constants } from 'node:os'
import { type ErrorCode, errorCodes } from './error-codes.ts'
import { thrownMessage } from './thrown-words.ts'

/** Plain facts about a failure, safe to print: never a prompt, a key or an unbounded value. */
export type Facts = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>

const brand = Symbol.for('rowsmith.error')

/**
 * The one error class of Rowsmith. What differs between failures is data: a stable `code`
 * (see `error-codes.ts`), the `facts` behind the sentence, and the `nextStep` that helps.
 * Anything else that is thrown is a bug.
 */
export class RowsmithError extends Error {
  readonly code: ErrorCode
  readonly facts: Facts
  /** What the user can do now, as a sentence. */
  readonly nextStep: string
  /** What a run amounted to until it stopped: a `Summary`, when the run had started. */
  summary: object | undefined

  /**
   * @param code a key of `errorCodes`; decides the CLI's exit code
   * @param message one sentence: what is wrong and where
   * @param options `facts` for programs, `nextStep` when it can be more exact than the code's own, `cause` always when there is one
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: { facts?: Facts; nextStep?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'RowsmithError'
    this.code = code
    this.facts = options.facts ?? {}
    this.nextStep = options.nextStep ?? errorCodes[code].nextStep
    Object.defineProperty(this, brand, { value: true })
  }

  /** True for errors of any copy of Rowsmith in the process, unlike `instanceof`. */
  static isInstance(error: unknown): error is RowsmithError {
    try {
      return typeof error === 'object' && error !== null && brand in error
    } catch {
      // A proxy may throw at any access.
      return false
    }
  }
}

/** The errno code of a failed system call (`ENOSPC`, `EEXIST`), if `error` is one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  if (typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code)) return error.code
  // What libuv has no word for, as EDQUOT, comes as "Unknown system error -122" with the system's number.
  const number = 'errno' in error && typeof error.errno === 'number' ? -error.errno : undefined
  return Object.entries(constants.errno).find(([, known]) => known === number)?.[0]
}

/** Anything that was thrown, as our own error: what is not one already is a bug. */
export function asRowsmithError(error: unknown): RowsmithError {
  if (RowsmithError.isInstance(error)) return error
  return new RowsmithError('internal', `Unexpected failure: ${thrownMessage(error)}`, { cause: error })
}
