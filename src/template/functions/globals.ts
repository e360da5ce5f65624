/** Names every template knows: `range`, `dict`, `namespace`, `cycler`, `joiner`, `lipsum`. */
import { spendOn } from '../limits/budget.ts'
import { Failure } from '../limits/failure.ts'
import { maxRange } from '../limits/limits.ts'
import type { Run } from '../values/run.ts'
import {
  Callable,
  Computed,
  Dict,
  elementsOf,
  entriesOf,
  isMapping,
  Namespace,
  type Runtime,
  Sequence,
} from '../values/values.ts'
import { integerArgument, textArgument } from './call.ts'

/** Walks through its items round and round: `.next()`, `.current`, `.reset()`. */
class Cycler extends Computed {
  override readonly typeName = 'Cycler'
  private readonly items: readonly Runtime[]
  private position = 0

  constructor(items: readonly Runtime[]) {
    super()
    if (items.length === 0) throw new Failure('cycler needs at least one item')
    this.items = items
  }

  override attribute(name: string): Runtime | undefined {
    const current = this.items[this.position] ?? null
    if (name === 'current') return current
    if (name === 'next') {
      return new Callable<Run>('next', () => {
        const item = this.items[this.position] ?? null
        this.position = (this.position + 1) % this.items.length
        return item
      })
    }
    if (name !== 'reset') return undefined
    return new Callable<Run>('reset', () => {
      this.position = 0
      return null
    })
  }
}

function range(bounds: readonly Runtime[]): Runtime {
  const [first, second, third] = bounds.map((bound) => integerArgument(bound, 0))
  if (first === undefined || bounds.length > 3) throw new Failure('range takes one to three integers')
  const [start, stop, step] = second === undefined ? [0, first, 1] : [first, second, third ?? 1]
  if (step === 0) throw new Failure('the step of range cannot be zero')
  const length = Math.max(0, Math.ceil((stop - start) / step))
  if (length > maxRange) throw new Failure(`range is longer than ${maxRange}`)
  const label = step === 1 ? `range(${start}, ${stop})` : `range(${start}, ${stop}, ${step})`
  return Sequence.make(
    'range',
    Array.from({ length }, (_, index) => BigInt(start + index * step)),
    label,
  )
}

/** The members that `dict(...)` and `namespace(...)` start with: a mapping or pairs, then the named ones. */
function startingMembers(
  positional: readonly Runtime[],
  named: ReadonlyMap<string, Runtime>,
): [Runtime, Runtime][] {
  const [from] = positional
  const members: [Runtime, Runtime][] = []
  if (isMapping(from)) members.push(...entriesOf(from))
  else if (from !== undefined) {
    for (const pair of elementsOf(from)) {
      const [key, value, more] = elementsOf(pair)
      if (key === undefined || value === undefined || more !== undefined) throw new Failure('pairs are due')
      members.push([key, value])
    }
  }
  return [...members, ...named]
}

function callable(name: string, invoke: Callable<Run>['invoke']): [string, Runtime] {
  return [name, new Callable<Run>(name, invoke)]
}

export const globals: ReadonlyMap<string, Runtime> = new Map([
  callable('range', (_run, { positional }) => {
    const numbers = range(positional)
    spendOn(numbers)
    return numbers
  }),
  callable('dict', (_run, { positional, named }) => {
    const dict = new Dict()
    for (const [key, value] of startingMembers(positional, named)) dict.set(key, value)
    return dict
  }),
  callable('namespace', (_run, { positional, named }) => {
    const namespace = new Namespace()
    for (const [key, value] of startingMembers(positional, named))
      namespace.attributes.set(textArgument(key), value)
    return namespace
  }),
  callable('cycler', (_run, { positional }) => new Cycler(positional)),
  callable('joiner', (_run, { positional: [separator] }) => {
    let used = false
    return new Callable<Run>('joiner', () => {
      if (used) return textArgument(separator, ', ')
      used = true
      return ''
    })
  }),
  callable('lipsum', () => {
    throw new Failure('lipsum makes random text, which templates here cannot')
  }),
])
