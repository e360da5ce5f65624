/** The rows of a save as its cells come in. */
import { memberOf, objectOf, type Value } from '../base/values/value.ts'
import type { PreviewColumn, PreviewRecord } from '../results/rows/preview-records.ts'
import type { CellEvent } from '../run/report/events.ts'

/** A row of a save: what is there of it. */
export interface SaveRow {
  readonly row: number
  readonly values: readonly (readonly [string, Value])[]
  readonly failure: { readonly column: string; readonly code: string; readonly message: string | null } | null
}

export class LiveRows {
  readonly #rows = new Map<number, { values: Map<string, Value>; failure: SaveRow['failure'] }>()

  add({ row, column, state, value, code, message }: CellEvent): void {
    const found = this.#rows.get(row) ?? { values: new Map<string, Value>(), failure: null }
    this.#rows.set(row, found)
    if (state === 'failed') found.failure = { column, code: code ?? '', message }
    else found.values.set(column, value)
  }

  /** @param count from the first one */
  rows(count: number): SaveRow[] {
    return Array.from({ length: count }, (_, row) => {
      const found = this.#rows.get(row)
      return { row, values: [...(found?.values ?? [])], failure: found?.failure ?? null }
    })
  }
}

/** Of a dataset that is there. */
export function rowOfRecord(
  { row, values, failure }: PreviewRecord,
  columns: readonly PreviewColumn[],
): SaveRow {
  const known = values ?? objectOf([])
  const found = columns.flatMap(({ name }) => {
    const value = memberOf(known, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { row, values: found, failure }
}
