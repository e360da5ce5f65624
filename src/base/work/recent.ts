/**
 * What was made last, by name: a cache with a limit.
 *
 * Rules:
 *   1. Two callers that want the same thing at the same time wait for one of it. What fails is not stored.
 *   2. When the limit is reached, what was used the longest time ago is removed first. The newest always stays.
 */
export class Recent<T> {
  readonly #max: number
  readonly #weightOf: (made: T) => number
  readonly #made = new Map<string, { readonly value: Promise<T>; weight: number }>()

  /** @param max how many; with `weightOf`, how much they may weigh together */
  constructor(max: number, weightOf: (made: T) => number = () => 1) {
    this.#max = max
    this.#weightOf = weightOf
  }

  get(name: string, make: () => Promise<T>): Promise<T> {
    const found = this.#made.get(name)
    if (found === undefined) return this.set(name, make())
    this.#made.delete(name)
    this.#made.set(name, found)
    return found.value
  }

  has(name: string): boolean {
    return this.#made.has(name)
  }

  set(name: string, value: Promise<T>): Promise<T> {
    const entry = { value, weight: 0 }
    this.#made.delete(name)
    this.#made.set(name, entry)
    value.then(
      (made) => {
        entry.weight = this.#weightOf(made)
        this.#trim()
      },
      () => {
        if (this.#made.get(name) === entry) this.#made.delete(name)
      },
    )
    return value
  }

  /** Rule 2. */
  #trim(): void {
    let total = [...this.#made.values()].reduce((sum, { weight }) => sum + weight, 0)
    for (const [name, { weight }] of this.#made) {
      if (total <= this.#max || this.#made.size === 1) return
      this.#made.delete(name)
      total -= weight
    }
  }
}
