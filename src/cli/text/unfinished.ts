/** How rows of unfinished row groups are reported. */
import type { RowsSoFar, UnfinishedCount } from '../../index.ts'
import { counted } from './amounts.ts'
import { inLine } from './terminal-text.ts'

/** `, among them 59 of 2 row groups that are not finished`; nothing without any. */
export function ofUnfinished({ rows, groups }: UnfinishedCount): string {
  return rows === 0
    ? ''
    : `, among them ${rows} of ${counted(groups, 'row group')} that ${groups === 1 ? 'is' : 'are'} not finished`
}

/** A line for each: rows are raw ones, rows cannot be shown, files are not what metadata.json says. */
export function whyNot(unfinished: Omit<UnfinishedCount, 'rows' | 'groups'> | undefined): string {
  if (unfinished === undefined) return ''
  const raw =
    unfinished.raw === true
      ? 'These are raw rows: post-processing runs over them once all are there (rowsmith resume).\n'
      : ''
  const why =
    unfinished.why === null
      ? ''
      : `Rows of unfinished row groups cannot be shown: ${inLine(unfinished.why)}\n`
  const notWhole = (unfinished.not_whole ?? []).map(({ path, what }) => inLine(`not whole ${path}: ${what}`))
  return [raw, why, ...notWhole.slice(0, 5).map((line) => `${line}\n`)].join('')
}

/** `Rows 400-419, 430 are of row groups that are not finished`; nothing without any. */
export function rowsOfUnfinished({ unfinished }: RowsSoFar): string {
  const rows = unfinished.flatMap((each) => each.rows)
  if (rows.length === 0) return ''
  const subject = rows.length === 1 ? 'Row' : 'Rows'
  const verb = unfinished.length === 1 ? 'is' : 'are'
  const groups = unfinished.length === 1 ? 'a row group' : 'row groups'
  return `${subject} ${ranges(rows)} of the dataset: of ${groups} that ${verb} not finished\n`
}

function ranges(numbers: readonly number[]): string {
  const found: [first: number, last: number][] = []
  for (const number of numbers) {
    const last = found.at(-1)
    if (last !== undefined && last[1] === number - 1) last[1] = number
    else found.push([number, number])
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')
}
