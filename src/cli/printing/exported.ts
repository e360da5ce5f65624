import type { Exported } from '../../index.ts'
import { counted } from '../text/amounts.ts'
import { inLine } from '../text/terminal-text.ts'
import { ofUnfinished, whyNot } from '../text/unfinished.ts'

/** One line: what was written where; for a trainer, also from which columns, and how many rows did not fit. */
export function formatExported({ path, rows, columns, unfinished, mapping, skipped = [] }: Exported): string {
  const note = unfinished === undefined ? '' : ofUnfinished(unfinished)
  const lines = [
    `Exported ${counted(rows, 'row')} of ${counted(columns.length, 'column')} to ${inLine(path)}${note}`,
  ]
  if (mapping !== undefined) {
    const pairs = Object.entries(mapping).map(([field, column]) => `${field} = ${column}`)
    lines.push(`  from columns: ${inLine(pairs.join(', '))}`)
  }
  for (const { reason, rows: count, first } of skipped) {
    lines.push(`  skipped ${counted(count, 'row')}: ${reason} (first: row ${first})`)
  }
  return `${lines.join('\n')}\n${whyNot(unfinished)}`
}
