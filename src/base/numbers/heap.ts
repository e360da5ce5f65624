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
      if (items[parent]!.priority <= priority) break
      items[index] = items[parent]!
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
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]!.priority < items[child]!.priority) child++
      if (items[child]!.priority >= last.priority) break
      items[index] = items[child]!
      index = child
    }
    items[index] = last
    return first.item
  }
}
