import { RowsmithError } from '../../base/errors/errors.ts'
import type { Summary } from '../../index.ts'
import { type DropAllowance, exceeds } from '../options/usage.ts'

/** The error of a run that came to its end but lost more rows than allowed, if it did. */
export function finishedShort(
  summary: Pick<Summary, 'rows_planned' | 'rows_dropped' | 'rows_open'>,
  allowance: DropAllowance,
): RowsmithError | undefined {
  const { rows_planned: planned, rows_dropped: dropped, rows_open: open } = summary
  if (open === 0 && !exceeds(allowance, dropped, planned)) return undefined
  const allowed = 'rows' in allowance ? `${allowance.rows}` : `${allowance.percent}%`
  const missing = open === 0 ? '' : ` and ${open} never made`
  return new RowsmithError(
    'finished_short',
    `${dropped} of ${planned} rows were dropped${missing}, and --max-dropped allows ${allowed}`,
    { facts: { rows_planned: planned, rows_dropped: dropped, rows_open: open } },
  )
}
