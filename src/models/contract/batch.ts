/** What it means to ask a model by batches: many requests handed over at once, and answered within a day for half the price. */
import type { BatchLines } from './batch-lines.ts'
import type { Attempt, ModelFailure, ModelRequest, Models } from './contract.ts'

/** How a call about a batch ended. Expected endings are returned, never thrown. */
export type BatchEnd<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly failure: ModelFailure }

/** A batch, as its provider describes it. */
export interface BatchSeen {
  readonly id: string
  /** What the client wrote on it when it was made; null where the provider keeps no such thing. */
  readonly mark: string | null
  /** The file it was made of; null where there is none. */
  readonly input: string | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Of its requests: how many there are, and how many are answered; null where the provider does not say. */
  readonly count: number | null
  readonly answered: number | null
  /** `ended`: what was answered can be had, perhaps not all of it. `failed`: nothing was answered. */
  readonly state: 'working' | 'ended' | 'failed'
  /** Results say of every request what became of it. */
  readonly isWhole: boolean
  /** The provider's own word: `in_progress`, `expired`. */
  readonly word: string
  /** Why it failed, in the provider's words; null while it did not. */
  readonly why: string | null
  /** It failed because too much waits at the provider already. */
  readonly overQuota: boolean
  /** Where its results are; what that is depends on the provider. */
  readonly results: readonly string[]
}

/** What became of one request. `unpaid`: it was never answered, and costs nothing. */
export interface BatchResult {
  readonly customId: string
  readonly attempt: Attempt | { readonly kind: 'unpaid' }
}

/** What a result is read as: the kind of its request, and whether vectors are wanted as text. */
export type BatchKind = 'chat' | 'embedding' | 'embedding as text'

export interface BatchLine {
  readonly route: string
  readonly line: string
  readonly kind: BatchKind
}

/** What a batch is made of. */
interface BatchInput {
  /** The file that was uploaded; null where requests stand in the create itself. */
  readonly file: string | null
  readonly lines: BatchLines
  readonly route: string
  /** To be found by later. */
  readonly mark: string
  /** `24h` */
  readonly window: string
}

/** The batches of one model of one provider. Every call is one request on the wire, no retry; the signal's reason is thrown when it fires. */
export interface BatchApi {
  /** By what a batch is found again whose create was not heard of. */
  readonly findsBy: 'mark' | 'input' | 'count'
  /** What one batch may hold. */
  readonly most: { readonly requests: number; readonly bytes: number }
  /** A request as one line of a batch; batches hold lines of one route. Undefined for what is not requested by batches. */
  line(request: ModelRequest, customId: string): BatchLine | undefined
  /** Hands over the lines beforehand; left out where they stand in the create. */
  upload?(name: string, lines: BatchLines, signal: AbortSignal): Promise<BatchEnd<string>>
  create(input: BatchInput, signal: AbortSignal): Promise<BatchEnd<BatchSeen>>
  /** Batches from the newest back to a moment. */
  list(since: number, signal: AbortSignal): Promise<BatchEnd<readonly BatchSeen[]>>
  get(id: string, signal: AbortSignal): Promise<BatchEnd<BatchSeen>>
  /** @param take gets every result, as it comes; the next ones wait for what it returns, which never rejects */
  results(
    batch: BatchSeen,
    kindOf: (customId: string) => BatchKind,
    take: (result: BatchResult) => Promise<void> | undefined,
    signal: AbortSignal,
  ): Promise<BatchEnd<null>>
  cancel(id: string, signal: AbortSignal): Promise<BatchEnd<null>>
  /** Removes what the provider keeps of a batch that was read. */
  forget(batch: BatchSeen, signal: AbortSignal): Promise<void>
}

/** Models, some of which may be called by batches. */
export interface BatchingModels extends Models {
  /** Undefined where the provider has none, or is reached in a way that has none. */
  batches(alias: string): BatchApi | undefined
}
