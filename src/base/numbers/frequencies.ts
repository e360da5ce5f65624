/** Numbers of which only counts: how often each is there. Memory grows with different numbers, not with all of them. */
export class Frequencies {
  readonly #times = new Map<number, number>()
  #count = 0
  #sum = 0

  add(number: number): void {
    this.#times.set(number, (this.#times.get(number) ?? 0) + 1)
    this.#count++
    this.#sum += number
  }

  /** How many numbers were added. */
  get count(): number {
    return this.#count
  }

  get sum(): number {
    return this.#sum
  }

  /** Each number and how often it is there, the smallest first. */
  sorted(): readonly (readonly [number: number, times: number])[] {
    return [...this.#times].sort(([a], [b]) => a - b)
  }

  /** The number at a place, from 1 on, of all numbers in order; 0 past the last. For example: `at(1)` is the smallest. */
  at(place: number): number {
    let before = 0
    for (const [number, times] of this.sorted()) {
      before += times
      if (before >= place) return number
    }
    return 0
  }

  /** 0 without numbers. */
  get median(): number {
    return (this.at(Math.ceil(this.#count / 2)) + this.at(Math.floor(this.#count / 2) + 1)) / 2
  }
}
