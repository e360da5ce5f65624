import type { ErrorCode } from '../base/errors/error-codes.ts'
import type { Facts } from '../base/errors/errors.ts'

/** One reason why a dataset cannot continue as requested: a sentence with both values, and the same as data. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly facts: Facts
  /** What helps in this case. @default what the code says */
  readonly nextStep?: string
}
