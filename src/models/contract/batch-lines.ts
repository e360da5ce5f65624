/**
 * The requests of a batch, one a line, up to 64 MB of them.
 *
 * There is room before and behind them: what a call puts around its lines makes no second copy. A later call may put something else there.
 */
const room = 4096

export class BatchLines {
  readonly #all: Buffer
  readonly #end: number

  /** @param bytes of the lines, line feeds included */
  constructor(bytes: number) {
    this.#all = Buffer.allocUnsafe(bytes + 2 * room)
    this.#end = room + bytes
  }

  get bytes(): Buffer {
    return this.#all.subarray(room, this.#end)
  }

  /** @param head and tail of at most 4096 bytes each */
  between(head: string, tail: string): Buffer {
    const [before, behind] = [Buffer.from(head), Buffer.from(tail)]
    before.copy(this.#all, room - before.length)
    behind.copy(this.#all, this.#end)
    return this.#all.subarray(room - before.length, this.#end + behind.length)
  }
}
