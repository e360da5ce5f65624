import { present } from '../../base/errors/present.ts'
import type { CallsUser } from '../../columns/column/column.ts'
import { effectName } from '../../models/contract/effect.ts'
import { withinTime } from '../../tools/call/deadline.ts'
import type { EffectsHost } from './effects-host.ts'

type Host = Pick<EffectsHost, 'clock' | 'abortInFlight' | 'counts'>

/** Counts something as under way as long as it is. @param name that of an effect */
export async function underWay<T>(
  { counts }: Pick<Host, 'counts'>,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const { others } = counts
  others.set(name, (others.get(name) ?? 0) + 1)
  try {
    return await work()
  } finally {
    const left = present(others.get(name), 'others') - 1
    if (left > 0) others.set(name, left)
    else others.delete(name)
  }
}

/** How a column's function is waited for, when it is no effect. */
export function callsOf(host: Host, column: string): CallsUser {
  const name = effectName({ kind: 'function', name: column })
  return (timeoutMs, work) =>
    underWay(host, name, () => withinTime(host.clock, timeoutMs, host.abortInFlight, work))
}
