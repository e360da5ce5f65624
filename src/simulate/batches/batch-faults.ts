/** Which fault of a scenario strikes a batch, a look at one, or a line of its results. */
import type { ScenarioBatches, ScenarioBatchFault } from '../../config/files/scenario.ts'

type FaultName = ScenarioBatchFault['fault']

/** Counts occasions by entry: `nth`, `every` and `times` are of those. */
export class BatchFaults {
  readonly #entries: readonly { readonly fault: ScenarioBatchFault; seen: number; struck: number }[]
  readonly #struck: (name: string) => void

  /** @param struck called of every fault that strikes */
  constructor({ faults }: ScenarioBatches, struck: (name: string) => void) {
    this.#entries = faults.map((fault) => ({ fault, seen: 0, struck: 0 }))
    this.#struck = struck
  }

  /** One occasion for a fault of this name. @returns the entry that strikes */
  strikes(name: FaultName): ScenarioBatchFault | undefined {
    for (const entry of this.#entries) {
      if (entry.fault.fault !== name) continue
      entry.seen++
      const { nth, every, times } = entry.fault
      const isMeant =
        (nth === null || [nth].flat().includes(entry.seen)) && (every === null || entry.seen % every === 0)
      if (!isMeant || (times !== null && entry.struck >= times)) continue
      entry.struck++
      this.#struck(name)
      return entry.fault
    }
    return undefined
  }
}
