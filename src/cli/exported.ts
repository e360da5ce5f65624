import type { Exported } from '../index.ts'

/** One line: what was written where. */
export function formatExported({ path, rows, columns }: Exported): string {
  const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
  return `Exported ${counted(rows, 'row')} of ${counted(columns.length, 'column')} to ${path}\n`
}
