/** What happened in each interval, for `/stats`. As many intervals as fit; when there are more, two become one. */
export interface Timeline {
  /** Since the first request, each interval takes so long. */
  readonly interval_ms: number
  /** How long ago the first request was; the last interval is as long as that leaves. */
  readonly elapsed_ms: number
  readonly arrivals: readonly number[]
  /** Handed over whole. */
  readonly answered: readonly number[]
  /** Mean over the interval. */
  readonly in_flight: readonly number[]
}

const mostIntervals = 600
const firstIntervalMs = 1000

export class TimelineMeter {
  #intervalMs = firstIntervalMs
  #arrivals: number[] = []
  #answered: number[] = []
  /** In flight times milliseconds. */
  #load: number[] = []
  #inFlight = 0
  #start: number | undefined
  /** Up to where `#load` is known, since the start. */
  #until = 0

  /** @param now a clock that never jumps, milliseconds */
  arrived(now: number): void {
    this.#start ??= now
    this.#advance(now)
    this.#inFlight++
    addAt(this.#arrivals, this.#current(), 1)
  }

  left(now: number, whole: boolean): void {
    this.#advance(now)
    this.#inFlight--
    if (whole) addAt(this.#answered, this.#current(), 1)
  }

  read(now: number): Timeline {
    this.#advance(now)
    const last = this.#until - (this.#load.length - 1) * this.#intervalMs
    return {
      interval_ms: this.#intervalMs,
      elapsed_ms: this.#until,
      arrivals: [...this.#arrivals],
      answered: [...this.#answered],
      in_flight: this.#load.map((load, index) => {
        const length = index === this.#load.length - 1 ? last : this.#intervalMs
        return length > 0 ? Math.round((1000 * load) / length) / 1000 : this.#inFlight
      }),
    }
  }

  #current(): number {
    return Math.floor(this.#until / this.#intervalMs)
  }

  #advance(now: number): void {
    if (this.#start === undefined) return
    const until = Math.max(this.#until, now - this.#start)
    while (Math.floor(until / this.#intervalMs) >= mostIntervals) this.#merge()
    for (;;) {
      const at = this.#current()
      while (this.#load.length <= at) {
        this.#load.push(0)
        this.#arrivals.push(0)
        this.#answered.push(0)
      }
      const end = Math.min(until, (at + 1) * this.#intervalMs)
      addAt(this.#load, at, this.#inFlight * (end - this.#until))
      this.#until = end
      if (end === until && this.#current() < this.#load.length) return
    }
  }

  #merge(): void {
    this.#intervalMs *= 2
    this.#arrivals = pairs(this.#arrivals)
    this.#answered = pairs(this.#answered)
    this.#load = pairs(this.#load)
  }
}

function addAt(numbers: number[], at: number, more: number): void {
  numbers[at] = (numbers[at] ?? 0) + more
}

function pairs(numbers: readonly number[]): number[] {
  return Array.from(
    { length: Math.ceil(numbers.length / 2) },
    (_, at) => (numbers[2 * at] ?? 0) + (numbers[2 * at + 1] ?? 0),
  )
}
