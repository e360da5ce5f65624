import type { Exported } from '../index.ts'
import { counted } from './amounts.ts'

/** One line: what was written where. */
export function formatExported({ path, rows, columns }: Exported): string {
  return `Exported ${counted(rows, 'row')} of ${counted(columns.length, 'column')} to ${path}\n`
}
