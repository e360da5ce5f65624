import type { Exported, SplitReport } from '../../index.ts'
import { counted } from '../text/amounts.ts'
import { inLine } from '../text/terminal-text.ts'
import { ofUnfinished, whyNot } from '../text/unfinished.ts'

/** One line: what was written where; for a trainer, also from which columns, and how many rows did not fit. */
export function formatExported({
  path,
  rows,
  columns,
  unfinished,
  mapping,
  split,
  skipped = [],
}: Exported): string {
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
  if (split !== undefined) lines.push(...splitLines(split))
  return `${lines.join('\n')}\n${whyNot(unfinished)}`
}

/** A key with more rows than this makes shares of splits inexact. */
const LARGE_KEY = 0.05

function splitLines({ by, splits, keys, null_keys: without, largest_key: largest }: SplitReport): string[] {
  const key = by.length === 0 ? 'the number of the row' : inLine(by.join(', '))
  const lines = splits.map(
    ({ name, share, rows, expected: [low, high] }) =>
      `  ${name}: ${counted(rows, 'row')} for a share of ${share} (${low} to ${high} expected)`,
  )
  lines.push(
    `  split by ${key}: ${counted(keys, 'key')}${without > 0 ? `, ${counted(without, 'row')} without one` : ''}`,
  )
  const empty = splits.filter(({ rows }) => rows === 0).map(({ name }) => name)
  if (empty.length > 0)
    lines.push(`  no rows: ${empty.join(', ')}; datasets cannot load a split without rows`)
  if (by.length > 0 && largest > LARGE_KEY)
    lines.push(`  one key has ${Math.round(largest * 100)} % of the rows, so that shares cannot be exact`)
  return lines
}
