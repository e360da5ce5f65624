/** The rows of a save: as its cells come in, and as its dataset has them. */
import { open } from '../api/dataset.ts'
import { memberOf, objectOf, type Value } from '../base/values/value.ts'
import type { Disk } from '../disk/disk.ts'
import type { PageRow } from '../results/pages/pages.ts'
import { type PreviewColumn, type PreviewRecord, previewRecords } from '../results/rows/preview-records.ts'
import type { CellEvent } from '../run/report/events.ts'
import type { Components } from '../run/request/options.ts'
import type { Save } from './saves.ts'

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

/** As the dataset has them. @throws RowsmithError as `previewRecords` */
export async function storedRows(
  { dataset, rows: count }: Pick<Save, 'dataset' | 'rows'>,
  disk: Disk,
  components: Components,
): Promise<SaveRow[]> {
  const { columns, records } = await previewRecords(disk, dataset, count, new Map())
  const rows = records.map((record) => rowOfRecord(record, columns))
  if (rows.length >= count) return rows
  // These cells came in before this process: what an interrupted preview has is read as open rows.
  const page = await open(dataset, components).page(rows.length, count - rows.length, { integers: 'bigint' })
  return [...rows, ...page.rows.map(rowOfPage)]
}

function rowOfRecord({ row, values, failure }: PreviewRecord, columns: readonly PreviewColumn[]): SaveRow {
  const known = values ?? objectOf([])
  const found = columns.flatMap(({ name }) => {
    const value = memberOf(known, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { row, values: found, failure }
}

function rowOfPage({ position, values, failed }: PageRow): SaveRow {
  const failure =
    failed === null ? null : { column: failed.column ?? '', code: failed.code ?? '', message: null }
  return { row: position, values: Object.entries(values ?? {}), failure }
}
