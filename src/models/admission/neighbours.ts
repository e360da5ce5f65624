/**
 * The models of one provider, which a gateway may limit together: what one of them is refused, another may have used up.
 *
 * Owns:  who is starved. Never: how much a model may take (`window.ts` has that, for each alone).
 * Rules:
 *   G1. A model is starved when it was refused with nothing in flight, while neighbours had something. It waits for a turn of theirs: when one of
 *       them may send, the starved one sends in its place, and the other a moment later. Without a turn it goes by itself.
 *   G2. A model without requests leaves its room to the others. They forget what they learned next to it (`window.ts`, W7).
 */

/** What a model's admission is to the others of its provider. */
export interface Neighbour {
  /** Requests that are out. */
  readonly out: number
  /** Sends one request, if a caller waits and may go. @returns whether it did */
  takeTurn(now: number): boolean
  roomLeft(): void
}

export class Neighbours {
  readonly #all = new Set<Neighbour>()
  readonly #starved = new Set<Neighbour>()

  add(neighbour: Neighbour): void {
    this.#all.add(neighbour)
  }

  isStarved(neighbour: Neighbour): boolean {
    return this.#starved.has(neighbour)
  }

  /** It was refused with nothing in flight. */
  refusedAlone(neighbour: Neighbour): void {
    for (const other of this.#all) if (other !== neighbour && other.out > 0) this.#starved.add(neighbour)
  }

  answered(neighbour: Neighbour): void {
    if (this.#starved.size > 0) this.#starved.delete(neighbour)
  }

  /** Rule G1. @returns whether another one went in its place */
  yields(neighbour: Neighbour, now: number): boolean {
    for (const starved of this.#starved) if (starved !== neighbour && starved.takeTurn(now)) return true
    return false
  }

  /** Rule G2. */
  left(neighbour: Neighbour): void {
    for (const other of this.#all) if (other !== neighbour) other.roomLeft()
  }
}
