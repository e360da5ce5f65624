import type { Exported } from '../../index.ts'
import { counted } from '../text/amounts.ts'
import { inLine } from '../text/terminal-text.ts'
import { ofUnfinished, whyNot } from '../text/unfinished.ts'

/** One line: what was written where. */
export function formatExported({ path, rows, columns, unfinished }: Exported): string {
  const note = unfinished === undefined ? '' : ofUnfinished(unfinished)
  return `Exported ${counted(rows, 'row')} of ${counted(columns.length, 'column')} to ${inLine(path)}${note}\n${whyNot(unfinished)}`
}
