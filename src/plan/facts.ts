/**
 * What a resume decision is made from: the facts found in one directory, and what is requested.
 *
 * Owns: the types only. `store/` reads facts, `decide.ts` judges them; neither looks at the other's half.
 * Rules:
 *   1. Facts are read without changing a byte and without taking the lock.
 *   2. Everything that is wrong with a file is a fact with a code, never an exception: the decision lists all that is wrong at once.
 *   3. Fields that mirror a stored file carry the name they have there.
 */
import type { ErrorCode } from '../base/errors/error-codes.ts'
import type { Value } from '../base/values/value.ts'
import type { PlanRange } from './row-groups.ts'

/** What was found where a dataset may be. */
export type Facts =
  | { readonly kind: 'nothing' }
  /** A folder in which no run has started: no file of a dataset, at most a `.rowsmith` folder that has no run.json yet. */
  | { readonly kind: 'empty'; readonly lock: LockFacts }
  | DatasetFacts

export interface DatasetFacts {
  readonly kind: 'dataset'
  readonly lock: LockFacts
  /** `.rowsmith/run.json`; when it is absent, the directory was created by another tool (Data Designer). */
  readonly run: Found<RunFacts>
  readonly metadata: Found<MetadataFacts>
  /** `builder_config.json`: the config in it, the value of its `data_designer` member. */
  readonly builderConfig: Found<Value>
  readonly groups: GroupFacts
  /** A retry was requested and is not over. */
  readonly retrying?: boolean
  /**
   * `batch_*` files that a reader of the folder would take for data and that are no row group of this dataset: of another
   * identity, or with a name that no row group has (names in their folder, sorted).
   */
  readonly foreignBatchFiles: readonly string[]
  /** Damage in the journal or the commits to something that was acknowledged. */
  readonly journalDamage: readonly Defect[]
  /** Published files with rows that are not what was written. */
  readonly damagedFiles: readonly Defect[]
  /** Other files that are not: the rows that they go with are whole, so they are reported and do not block a resume. */
  readonly notWhole: readonly { readonly path: string; readonly what: string }[]
  /** Stored answers that open row groups need, and that are missing; null when none are. */
  readonly lostAnswers: Loss | null
  /**
   * Of a dataset of Rowsmith: it has no after-generation stage, there is something that its stage has not seen, or the stage has
   * done its work. In another tool's directory metadata.json says so; here it is `none`.
   */
  readonly postProcessing: 'none' | 'pending' | 'complete'
  /** Rows of the last table that its stage made; null when there is none. */
  readonly tableRows: number | null
}

/** Whether another process is writing. A lock of this process itself, taken before it reads again, counts as free. */
export type LockFacts =
  | { readonly kind: 'free' }
  /** @property holder a short phrase: "process 4711 on host mill" */
  | { readonly kind: 'held'; readonly holder: string }

/** A file that was looked for. */
export type Found<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly contents: T }
  | { readonly kind: 'defect'; readonly defect: Defect }

/** What is wrong with a file, the same on every path: one sentence that names the file and, if there is one, the field. */
export interface Defect {
  readonly code: ErrorCode
  readonly message: string
  /** What helps in this case. @default what the code says */
  readonly nextStep?: string
}

/** Something that was paid for and is missing. */
export interface Loss {
  /** One sentence: what is missing, and what it costs at most. */
  readonly message: string
  /** Rows whose cells may have to be requested again. */
  readonly rows: number
  /** What is missing, relative. */
  readonly files: readonly string[]
}

/** What run.json says that a decision needs. */
export interface RunFacts {
  readonly run_seed: bigint
  readonly rows_identity: Identity
  readonly stage_identity: string
  readonly preserve_dropped_columns: boolean
  /** At least one; see `row-groups.ts`. Their rows add up to the target. */
  readonly segments: readonly PlanRange[]
}

/** A hash, and the document it was taken of, so that a difference can be shown field by field. */
export interface Identity {
  readonly hash: string
  readonly document: Value
}

/** What metadata.json says, typed and with its absent fields settled. */
export interface MetadataFacts {
  /** With its prefix: `sha256:<hex>`. Null in datasets older than the hash. */
  readonly config_hash: string | null
  readonly config_hash_version: string | number | null
  /** Absent means true. */
  readonly preserve_dropped_columns: boolean
  readonly buffer_size: number
  readonly target_num_records: number
  /** Absent means the target. */
  readonly original_target_num_records: number
  /** The older flag `post_generation_processed` counts as complete. */
  readonly post_generation_state: 'started' | 'complete' | null
}

/** How far the dataset got: whole main files under their final names in the raw folder. */
export interface GroupFacts {
  readonly complete: number
  /** The highest complete group; -1 when there is none. Files of another tool may lie outside the plan. */
  readonly highest: number
  /** Rows in them. */
  readonly rows: number
  /** Missing groups below the highest complete one, lowest first, at most 20. */
  readonly holes: readonly number[]
}

/** What the user requests. */
export interface Request {
  readonly mode: ResumeMode
  /** Rows of the whole dataset, not of this run. */
  readonly numRecords: number
  /** Null when not given: the stored one holds. */
  readonly bufferSize: number | null
  /** The run seed; null when not given: the stored one holds. */
  readonly seed: bigint | null
  readonly identity: {
    readonly config_hash: string
    readonly config_hash_version: string | number
    /** The compiled config, dumped: what `builder_config.json` would hold. */
    readonly config: Value
    readonly rows_identity: Identity
    readonly stage_identity: string
  }
  readonly preserveDroppedColumns: boolean
  /** A column may change the number of rows, so row boundaries cannot be known. */
  readonly allowResize: boolean
  readonly engine: 'concurrent' | 'sequential'
  /** The config has processors that run after generation. */
  readonly isPostProcessed: boolean
  /** What is lost may be requested, and paid for, again. */
  readonly acceptLoss: boolean
}

export type ResumeMode = 'always' | 'if_possible' | 'never'
