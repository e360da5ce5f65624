import { type ErrorClass, errorCodes } from '../../base/errors/error-codes.ts'
import type { RowsmithError } from '../../base/errors/errors.ts'

/** What the command exits with, by the class of its error. `docs/errors.md` has the same table. */
export const exitCodes = {
  unexpected: 1,
  usage: 2,
  refused: 3,
  in_use: 4,
  models: 5,
  short: 6,
  budget: 7,
  storage: 8,
  verify: 9,
  // A row failure never ends a run; one that gets here did, so it is a bug.
  row: 1,
} as const satisfies Record<ErrorClass, number>

/** 128 plus the signal's number, as shells report it. */
export const signalExitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** The signals that stop a run. */
export type StopSignal = keyof typeof signalExitCodes

/** The exit code of an error; a stop requested by a signal exits with the signal's. */
export function exitCodeOf(error: RowsmithError, signal: StopSignal | undefined): number {
  if (error.code === 'aborted' && signal !== undefined) return signalExitCodes[signal]
  return exitCodes[errorCodes[error.code].class]
}
