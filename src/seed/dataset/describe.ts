/** A seed dataset as it is reported: its files, its columns, and what one should know of them. */
import { basename } from 'node:path'
import type { ColumnType } from '../../base/values/column-type.ts'
import type { SeedTable } from '../table/table.ts'

export interface SeedSummary {
  readonly rows: number
  /** Empty for seeds that are no table files. */
  readonly files: readonly { readonly name: string; readonly rows: number }[]
  /** @property type as in `text`, `int`, `list of text`. @property note why, where one would expect another */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly note?: string }[]
  readonly warnings: readonly string[]
}

export function describeSeed({ columns, rowCount, files, warnings }: SeedTable): SeedSummary {
  return {
    rows: rowCount,
    files: files.map(({ label, rows }) => ({ name: basename(label), rows })),
    columns: columns.map(({ name, type, note }) => ({
      name,
      type: typeInWords(type),
      ...(note === undefined ? {} : { note }),
    })),
    warnings,
  }
}

const words: Partial<Record<ColumnType['kind'], string>> = {
  string: 'text',
  timestamp_utc: 'timestamp in UTC',
}

function typeInWords(type: ColumnType): string {
  if (type.kind === 'list') return `list of ${typeInWords(type.element)}`
  if (type.kind === 'map') return `map of ${typeInWords(type.value)}`
  if (type.kind !== 'struct') return words[type.kind] ?? type.kind
  return `{${type.fields.map(({ name, type: member }) => `${name}: ${typeInWords(member)}`).join(', ')}}`
}
