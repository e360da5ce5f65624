import type { Config } from '../../config/schema/schema.ts'
import { columnGraph } from '../../plan/graph.ts'
import { buildConstraint } from '../../sample/plain/constraint.ts'
import type { Column } from '../column/column.ts'
import { requireMeetable } from './sampled-rows.ts'

/**
 * The columns with the constraints on them.
 *
 * @throws RowsmithError config_invalid for a constraint that compares what cannot be compared, or that is never met
 */
export function constrained(columns: readonly Column[], config: Config): readonly Column[] {
  if (config.constraints.length === 0) return columns
  const sampled = new Map(
    columns.flatMap((column) => (column.kind === 'sampled' ? [[column.name, column] as const] : [])),
  )
  for (const constraint of config.constraints) {
    const target = sampled.get(constraint.target_column)
    const right = typeof constraint.rhs === 'string' ? sampled.get(constraint.rhs) : target
    // A column that cannot be made is said to be so.
    if (target === undefined || right === undefined) continue
    const built = buildConstraint(constraint, sampled)
    const reads = [...new Set([...target.reads, ...(built.reads === null ? [] : [built.reads])])]
    sampled.set(target.name, { ...target, reads, constraints: [...target.constraints, built] })
  }
  const ordered = columnGraph([...sampled.values()]).order.flatMap((name) => sampled.get(name) ?? [])
  requireMeetable(ordered)
  return columns.map((column): Column => sampled.get(column.name) ?? column)
}
