/**
 * What depends on what among the columns of a config.
 *
 * Owns: the order in which columns can be made, and the error that names a cycle.
 * Reading a name that no column makes is not an error here: the config check says it with its place in the file.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'

export interface ColumnGraph {
  /** Every column after all it reads; where there is a choice, in config order. */
  readonly order: readonly string[]
  /** For each column, the columns that read it, in config order. */
  readonly dependents: ReadonlyMap<string, readonly string[]>
}

/**
 * The graph of columns that read each other. A column that reads itself reads nothing by that.
 *
 * @throws RowsmithError config_invalid, naming the columns of a cycle
 */
export function columnGraph(
  columns: readonly { readonly name: string; readonly reads: readonly string[] }[],
): ColumnGraph {
  const dependents = new Map<string, string[]>(columns.map(({ name }) => [name, []]))
  const unmade = new Map<string, Set<string>>()
  for (const { name, reads } of columns) {
    const needed = new Set(reads.filter((read) => read !== name && dependents.has(read)))
    unmade.set(name, needed)
    for (const read of needed) present(dependents.get(read), 'dependents').push(name)
  }
  const order: string[] = []
  let waiting = columns.map(({ name }) => name)
  while (waiting.length > 0) {
    const next = waiting.find((name) => present(unmade.get(name), 'unmade').size === 0)
    if (next === undefined) throw cycleError(waiting, unmade)
    order.push(next)
    waiting = waiting.filter((name) => name !== next)
    for (const dependent of present(dependents.get(next), 'dependents'))
      present(unmade.get(dependent), 'unmade').delete(next)
  }
  return { order, dependents }
}

/** Each waiting column reads another waiting one, so walking along must come round. */
function cycleError(
  waiting: readonly string[],
  unmade: ReadonlyMap<string, ReadonlySet<string>>,
): RowsmithError {
  const path: string[] = []
  let name = present(waiting[0], 'waiting')
  while (!path.includes(name)) {
    path.push(name)
    name = present([...present(unmade.get(name), 'unmade')][0], 'unmade')
  }
  const cycle = [...path.slice(path.indexOf(name)), name]
  return new RowsmithError('config_invalid', `Columns read each other in a circle: ${cycle.join(' -> ')}.`, {
    facts: { cycle },
    nextStep: 'Take one of these references out.',
  })
}
