import { present } from '../errors/present.ts'

/** A binary heap: the item with the smallest priority comes out first; equal priorities in no particular order. */
export class Heap<T> {
  readonly #items: { readonly priority: number; readonly item: T }[] = []

  get size(): number {
    return this.#items.length
  }

  /** The item that comes out next, left where it is. */
  get first(): T | undefined {
    return this.#items[0]?.item
  }

  push(priority: number, item: T): void {
    const items = this.#items
    const entry = { priority, item }
    let index = items.length
    items.push(entry)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = present(items[parent], 'items')
      if (above.priority <= priority) break
      items[index] = above
      index = parent
    }
    items[index] = entry
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined) return undefined
    if (items.length === 0) return first.item
    let index = 0
    for (;;) {
      const left = items[2 * index + 1]
      if (left === undefined) break
      const right = items[2 * index + 2]
      const isRight = right !== undefined && right.priority < left.priority
      const least = isRight ? right : left
      if (least.priority >= last.priority) break
      items[index] = least
      index = 2 * index + (isRight ? 2 : 1)
    }
    items[index] = last
    return first.item
  }
}
