/** What the server of `dev` answers: `src/dev/`. */
import type { Wire } from './types.ts'

interface ShownError {
  readonly code: string
  readonly message: string
  readonly next: string
}

export interface Save {
  readonly n: number
  readonly at: string
  readonly dataset: string
  readonly rows: number
  readonly names: readonly { readonly name: string; readonly kind: string }[]
  readonly changes: readonly {
    readonly column: string
    readonly why: string
    readonly texts: readonly { readonly field: string; readonly before: string; readonly after: string }[]
  }[]
  readonly removed: readonly string[]
  readonly sameAs: number | null
  readonly state: 'requesting' | 'complete' | 'stopped' | 'failed'
  readonly error: ShownError | null
  readonly cost: number | null
  readonly sent: number
  readonly reused: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly ms: number
  readonly failures: readonly { readonly column: string; readonly code: string; readonly rows: number }[]
  readonly columns: readonly { readonly column: string; readonly requested: number; readonly there: number }[]
}

export interface View {
  readonly name: string
  readonly config: string
  readonly command: string
  readonly state: {
    readonly run: 'none' | 'requesting' | 'settling'
    readonly config: 'current' | 'reading' | 'broken' | 'waiting' | 'next'
  }
  readonly error: ShownError | null
  readonly waiting: {
    readonly requests: number
    readonly cost: number | null
    readonly why: 'first' | 'budget'
  } | null
  readonly note: string | null
  readonly rows: number
  readonly maxCost: number | null
  readonly spent: number
  readonly inFlight: number
  readonly thousand: number | null
  readonly saves: readonly Save[]
}

interface Failure {
  readonly column: string
  readonly code: string
  readonly message: string | null
}

export interface SaveRow {
  readonly row: number
  readonly failure: Failure | null
  readonly values: readonly (readonly [string, Wire])[]
}

export interface Cell {
  readonly n: number
  readonly row: number
  readonly column: string
  readonly state: 'made' | 'skipped' | 'failed'
  readonly value: Wire
  readonly requests: number
  readonly code: string | null
  readonly message: string | null
}
