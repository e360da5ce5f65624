import { RowsmithError } from '../../base/errors/errors.ts'

/** The error of a run that its user stopped. */
export function abortedError(signal: AbortSignal): RowsmithError {
  const reason: unknown = signal.reason
  if (RowsmithError.isInstance(reason)) return reason
  const by =
    typeof reason === 'object' && reason !== null && 'name' in reason && 'kind' in reason
      ? ` by ${reason.name}`
      : ''
  return new RowsmithError('aborted', `Stopped${by} before it was done`, { cause: reason })
}
