import { RowsmithError } from '../../base/errors/errors.ts'
import type { Summary } from '../../index.ts'
import { type DropLimit, exceeds } from '../options/usage.ts'

/** The error of a run that came to its end but lost more rows than allowed, if it did. */
export function finishedShort(
  summary: Pick<Summary, 'rows_planned' | 'rows_dropped' | 'rows_open' | 'left_open'>,
  dropLimit: DropLimit,
): RowsmithError | undefined {
  const { rows_planned: planned, rows_dropped: dropped } = summary
  // Rows that were left open on purpose are not missing.
  const open = summary.left_open === undefined ? summary.rows_open : 0
  if (open === 0 && !exceeds(dropLimit, dropped, planned)) return undefined
  const allowed = 'rows' in dropLimit ? `${dropLimit.rows}` : `${dropLimit.percent}%`
  const missing = open === 0 ? '' : ` and ${open} never made`
  return new RowsmithError(
    'finished_short',
    `${dropped} of ${planned} rows were dropped${missing}, and --max-dropped allows ${allowed}`,
    { facts: { rows_planned: planned, rows_dropped: dropped, rows_open: summary.rows_open } },
  )
}
