/** Messages between the crash test and its children. */
import type { McpProviderConfig } from '../../config/files/mcp-providers.ts'
import type { Summary } from '../../run/report/summary.ts'

/** A budget, as `create` takes it. */
export interface CrashLimits {
  readonly maxRequests: number | null
  readonly maxTokens: number | null
  readonly maxCost: number | null
}

export const noLimits: CrashLimits = { maxRequests: null, maxTokens: null, maxCost: null }

/** One run, as a child gets it. */
export interface CrashJob {
  /** The text of a config, or the path of a module that makes one. */
  readonly config: string
  readonly artifactPath: string
  readonly datasetName: string
  readonly numRecords: number
  /** Ask again for every cell of this many rows, the first ones, of a finished dataset; null: make it. */
  readonly retryRows: number | null
  readonly bufferSize: number
  readonly maxParallelRequests: number
  /** Null: the run draws its own. */
  readonly seed: string | null
  /** Base URL that every model is called at. */
  readonly endpoint: string
  /** Whose tools models may call. @default none */
  readonly mcpProviders?: readonly McpProviderConfig[]
  /** An empty folder for what is not synced, and lost with a kill; null: a kill loses nothing that was written. */
  readonly staging: string | null
  /** How long a sync takes, milliseconds. */
  readonly syncMs: number
  /** The address of a module whose `wrap` gives the disk to work with; null for the disk as it is. */
  readonly wrapDisk: string | null
  /** The dataset whose answers are taken. @default none */
  readonly reuse?: string | undefined
  /** @default noLimits */
  readonly limits?: CrashLimits
}

/** What a child says. */
export type CrashReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly summary: Summary }
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      /** Of a run that began and was stopped. */
      readonly summary: Summary | null
    }
