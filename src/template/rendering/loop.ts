/** `loop` inside a `for`: where the loop stands. */
import { noArguments } from '../functions/call.ts'
import { Failure } from '../limits/failure.ts'
import { equals } from '../values/operators.ts'
import type { Run } from '../values/run.ts'
import { Callable, Computed, type Runtime, Sequence } from '../values/values.ts'

export class Loop extends Computed {
  override readonly typeName = 'LoopContext'
  /** Of the current element. */
  index = 0
  private readonly items: readonly Runtime[]
  private readonly depth: number
  private readonly run: Run
  private lastChanged: Runtime | undefined

  /** @param depth loops of the same recursive `for` outside this one */
  constructor(run: Run, items: readonly Runtime[], depth: number) {
    super()
    this.run = run
    this.items = items
    this.depth = depth
  }

  override attribute(name: string): Runtime | undefined {
    const { index, items, depth } = this
    switch (name) {
      case 'index':
        return BigInt(index + 1)
      case 'index0':
        return BigInt(index)
      case 'revindex':
        return BigInt(items.length - index)
      case 'revindex0':
        return BigInt(items.length - index - 1)
      case 'first':
        return index === 0
      case 'last':
        return index === items.length - 1
      case 'length':
        return BigInt(items.length)
      case 'depth':
        return BigInt(depth + 1)
      case 'depth0':
        return BigInt(depth)
      case 'previtem':
        return this.neighbour(index - 1, 'previous')
      case 'nextitem':
        return this.neighbour(index + 1, 'next')
      case 'cycle':
        return new Callable<Run>('cycle', (_run, { positional }) => {
          if (positional.length === 0) throw new Failure('loop.cycle needs at least one item')
          return positional[index % positional.length] ?? null
        })
      case 'changed':
        return new Callable<Run>('changed', (_run, { positional } = noArguments) => this.changed(positional))
      default:
        return undefined
    }
  }

  private neighbour(index: number, which: string): Runtime {
    const item = this.items[index]
    return item === undefined ? this.run.missing(`loop.${which}item`, `there is no ${which} item`) : item
  }

  private changed(values: readonly Runtime[]): boolean {
    const now = Sequence.tuple(values)
    const same = this.lastChanged !== undefined && equals(this.lastChanged, now)
    this.lastChanged = now
    return !same
  }
}

/** `loop` of a recursive `for`, which can also be called: `loop(children)`. */
export class RecursiveLoop extends Callable<Run> {
  readonly loop: Loop

  constructor(loop: Loop, recurse: (items: Runtime) => Runtime) {
    super('loop', (_run, { positional: [items] }) => {
      if (items === undefined) throw new Failure('loop() needs the items to go on with')
      return recurse(items)
    })
    this.loop = loop
  }
}
