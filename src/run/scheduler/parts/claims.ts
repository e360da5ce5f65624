/**
 * Row groups that are to be made, each with what is stored of it.
 *
 * Owns: where they come from: the plan; files of another tool that turn out not to be whole while the run goes on; row groups that are
 * made once more. Never: knows a file, or makes a cell.
 * Rules:
 *   K1. A row group is claimed once, in the order of the plan; what comes later is claimed last.
 *   K2. When its claim resolves, what is stored of a row group is with its claimant, and nowhere else any more; until then it is
 *       here. So its usage is counted once at any moment.
 *       One that cannot be read is not claimed, and still to be made.
 *   K3. The claims are over when the plan is, and none is added any more.
 *
 * For example: `new Claims({ groups: [group], stored, reopened: Promise.resolve([]) }).take()`.
 */
import { RowsmithError } from '../../../base/errors/errors.ts'
import type { RowGroup } from '../../../plan/row-groups.ts'
import type { EffectKey } from '../../effects/journal-records.ts'
import type { ReplayState, ReusableAnswer } from '../../effects/replay-state.ts'

/** A row group to make. */
export interface Claim {
  readonly group: RowGroup
  /** What former processes left of it, and what other datasets hold for it. */
  readonly stored: ReplayState
}

/** What is stored of row groups, wherever it lies. */
export interface StoredOfGroups {
  /** Empty for a group that is new. */
  read(group: number): Promise<ReplayState>
  /** It is with its claimant now (K2). */
  drop(group: number): void
  giveBack(group: number, state: ReplayState): void
}

export interface ClaimSources {
  /** In plan order. */
  readonly groups: Iterable<RowGroup>
  /** What former processes left for groups that are still open. */
  readonly stored: StoredOfGroups
  /** Groups that turn out to be open while the run goes on. A failure stops the run. @default none do */
  readonly reopened?: Promise<readonly RowGroup[]>
  /** Answers to cells of a group that other datasets hold. Never rejects for what is wrong with those. @default none */
  readonly reused?: (group: RowGroup) => Promise<ReadonlyMap<EffectKey, ReusableAnswer>>
}

/** Called for what comes after the plan. */
export interface ClaimWatch {
  readonly came: (group: RowGroup) => void
  /** Nothing comes any more, but for what is given back. */
  readonly over: () => void
  readonly failed: (error: unknown) => void
}

export class Claims {
  readonly #groups: Iterator<RowGroup>
  readonly #stored: StoredOfGroups
  readonly #reopened: Promise<readonly RowGroup[]>
  readonly #reused: NonNullable<ClaimSources['reused']>
  readonly #later: RowGroup[] = []
  #next: RowGroup | undefined
  #isLateKnown = false

  constructor({
    groups,
    stored,
    reopened = Promise.resolve([]),
    reused = async () => new Map(),
  }: ClaimSources) {
    this.#groups = groups[Symbol.iterator]()
    this.#stored = stored
    this.#reopened = reopened
    this.#reused = reused
    this.#advance()
  }

  /** The row group that is claimed next; undefined while there is none. */
  get next(): RowGroup | undefined {
    return this.#next
  }

  /** Whether none comes any more (K3). */
  get isOver(): boolean {
    return this.#next === undefined && this.#isLateKnown
  }

  /** Claims the next one (K1, K2), which has to be there. @throws RowsmithError what is stored of it cannot be read */
  async take(): Promise<Claim> {
    const group = this.#next
    if (group === undefined) throw new RowsmithError('internal', 'There is no row group to claim.')
    this.#advance()
    try {
      const reused = await this.#reused(group)
      const stored = await this.#stored.read(group.group)
      this.#stored.drop(group.group)
      stored.reused = reused
      return { group, stored }
    } catch (error) {
      this.#add(group)
      throw error
    }
  }

  /** Gives one back, to be made once more of what is stored of it now. */
  giveBack({ group, stored }: Claim): void {
    this.#stored.giveBack(group.group, stored)
    this.#add(group)
  }

  /** Waits for what comes late. Never rejects. */
  async watch({ came, over, failed }: ClaimWatch): Promise<void> {
    try {
      for (const group of await this.#reopened) {
        this.#add(group)
        came(group)
      }
    } catch (error) {
      failed(error)
    }
    this.#isLateKnown = true
    over()
  }

  #add(group: RowGroup): void {
    this.#later.push(group)
    if (this.#next === undefined) this.#advance()
  }

  #advance(): void {
    const { done, value } = this.#groups.next()
    this.#next = done ? this.#later.shift() : value
  }
}
