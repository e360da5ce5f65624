/**
 * Calls a function of the user's. One that has a limit and does not give back control is ended by the platform's own watchdog, which
 * costs a third of a millisecond a call: only functions with a declared limit pay for it.
 */
import { Script } from 'node:vm'

const slot = Symbol.for('rowsmith.call')
const script = new Script(`globalThis[Symbol.for('rowsmith.call')]()`, { filename: 'rowsmith:call' })

/** Distinguishes a call that was ended from one that threw. */
export const tookTooLong = Symbol('took too long')

/**
 * @param limitMs of what it does before it gives back control; null for none
 * @returns what `call` returns, a promise as it is; `tookTooLong`
 * @throws what `call` throws
 */
export function callFor<T>(limitMs: number | null, call: () => T): T | typeof tookTooLong {
  if (limitMs === null) return call()
  const global = globalThis as { [slot]?: () => void }
  const outer = global[slot]
  let returned: T | undefined
  global[slot] = () => {
    returned = call()
  }
  try {
    script.runInThisContext({ timeout: Math.max(1, Math.ceil(limitMs)) })
    return returned as T
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return tookTooLong
    throw error
  } finally {
    if (outer === undefined) delete global[slot]
    else global[slot] = outer
  }
}
