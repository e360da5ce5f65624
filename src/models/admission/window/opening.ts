/**
 * A window that opens by and by: it doubles in a time, and never beyond twice what was in flight under it. So a process that
 * was held back, or looked away, does not send at once what it could have sent meanwhile.
 */
export class Opening {
  readonly #doublingMs: number
  #size: number
  /** When it last grew; undefined before the first request. */
  #at: number | undefined
  #used = 0

  /** @param at from when on it opens; undefined: from the first request on */
  constructor(from: number, doublingMs: number, at: number | undefined) {
    this.#size = from
    this.#doublingMs = doublingMs
    this.#at = at
  }

  /** A request goes. @param inFlight with it */
  used(now: number, inFlight: number): void {
    this.#at ??= now
    if (inFlight > this.#used) this.#used = inFlight
  }

  size(now: number): number {
    if (this.#at === undefined || now <= this.#at) return this.#size
    const most = Math.max(this.#size, 2 * this.#used)
    this.#size = Math.min(most, this.#size * 2 ** Math.min(1, (now - this.#at) / this.#doublingMs))
    this.#at = now
    return this.#size
  }

  /** When there is room for more than `out`; infinity when only a request brings it. */
  risesAt(now: number, out: number): number {
    const growth = out / this.size(now)
    return growth < 1 ? now : (this.#at ?? now) + this.#doublingMs * Math.log2(growth)
  }
}
