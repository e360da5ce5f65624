/** What the server answers: `src/view/routes.ts`. */
export type Wire = null | boolean | number | string | readonly Wire[] | { readonly [name: string]: Wire }

export interface Column {
  readonly name: string
  readonly kind: string | null
  readonly detail: string | null
  readonly type: string | null
  readonly dropped: boolean
}

interface Failure {
  readonly column: string
  readonly code: string
  readonly rows: number
  readonly example: { readonly row: number; readonly message: string | null }
}

export interface Status {
  readonly writer: string | null
  readonly rows_planned: number
  readonly rows_written: number
  readonly rows_dropped: number
  readonly rows_open: number
  readonly row_groups: { readonly total: number; readonly published: number }
  readonly open_groups: {
    readonly begun: number
    readonly replies_kept: number
    readonly rows_dropped: number
  }
  readonly total: {
    readonly cost: number | null
    readonly in_flight: number
    readonly requests: number
    readonly usage: { readonly input_tokens: number; readonly output_tokens: number }
    readonly models: readonly {
      readonly model: string
      readonly requests: number
      readonly replies: number
      readonly replies_reused: number
      readonly usage: { readonly input_tokens: number; readonly output_tokens: number }
      readonly cost: number | null
    }[]
  }
  readonly failures: readonly Failure[]
}

export interface Dataset {
  readonly name: string
  readonly path: string
  readonly columns: readonly Column[]
  readonly positions: number
  readonly status: Status
}

export interface Row {
  readonly position: number
  readonly row: number | null
  readonly state: 'written' | 'dropped' | 'open'
  readonly values: readonly (readonly [string, Wire])[] | null
  readonly failed: { readonly column: string | null; readonly code: string | null } | null
}

export interface Page {
  readonly of: number
  readonly rows: readonly Row[]
  readonly why: string | null
}

export interface Attempt {
  readonly round: number
  readonly superseded: boolean
  readonly outcome: 'answered' | 'reused' | 'failed' | 'unanswered'
  readonly model: string
  readonly code: string | null
  readonly status: number | null
  readonly prompt: Wire
  readonly content: string | null
  readonly reasoning: string | null
  readonly finish_reason: string | null
  readonly reply: Wire
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost: number | null
  readonly sent_at: string | null
  readonly milliseconds: number | null
}

export interface Inspected {
  readonly row: number
  readonly row_group: number
  readonly verdicts: readonly {
    readonly column: string
    readonly code: string
    readonly message: string
    readonly superseded: boolean
  }[]
  readonly cells: readonly {
    readonly column: string
    readonly value: Wire
    readonly attempts: readonly Attempt[]
  }[]
  readonly not_rendered: string | null
}

export interface WholeRow extends Row {
  readonly inspected?: Inspected
  readonly why?: string
}
