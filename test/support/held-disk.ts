import { type Interruption, SimulatedDisk } from '../../src/testing/disks/simulated-disk.ts'
import type { Operation, OperationName } from '../../src/testing/disks/simulated-tree.ts'

/** A modelled disk with a folder `/d`, whose operations of one kind wait until the test lets them go. */
export class HeldDisk extends SimulatedDisk {
  readonly #gate: Gate

  /** @param interrupt asked once per operation, after it was let go */
  constructor(
    held: OperationName,
    interrupt: (operation: Operation) => Interruption | undefined = () => undefined,
  ) {
    const gate: Gate = { closed: false, waiting: [], arrived: [] }
    super({
      directories: ['/d'],
      interrupt,
      speed: async ({ name }) => {
        if (!gate.closed || name !== held) return
        for (const go of gate.arrived.splice(0)) go()
        await new Promise<void>((resolve) => gate.waiting.push(resolve))
      },
    })
    this.#gate = gate
  }

  /** From now on operations of the kind wait. */
  hold(): void {
    this.#gate.closed = true
  }

  /** Resolves once an operation waits. */
  async arrival(): Promise<void> {
    if (this.#gate.waiting.length === 0)
      await new Promise<void>((resolve) => this.#gate.arrived.push(resolve))
  }

  /** Lets go what waits and whatever comes. */
  release(): void {
    this.#gate.closed = false
    for (const go of this.#gate.waiting.splice(0)) go()
  }
}

interface Gate {
  closed: boolean
  readonly waiting: (() => void)[]
  readonly arrived: (() => void)[]
}

/** True when the promise settles within the next turns of the event loop. */
export async function settlesSoon(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  promise.then(settle, settle)
  for (let turn = 0; turn < 20 && !settled; turn++) await new Promise((resolve) => setImmediate(resolve))
  return settled
}
