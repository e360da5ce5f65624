/**
 * What it would cost to make a row group again that lacks answers.
 *
 * Rules:
 *   V1. A cell whose answer is not stored is counted, once. Cells that read it are counted too where nothing is stored for
 *       them; where something is, it serves if the new answer is the old one, which is unknown before. Nor is it
 *       known whether a rule will skip them.
 */

import { present } from '../../base/errors/present.ts'
import type { TopologicalOrder } from '../../columns/column/topological-order.ts'
import { type EffectKey, placeOfKey } from '../../run/effects/journal-records.ts'
import type { Cost } from '../../run/usage/cost.ts'

/**
 * What is missing, and what hangs on it (V1).
 *
 * @param stored answers that there are
 * @param missed answers that were requested in vain
 */
export function costOfMissing(
  { columns, sources }: TopologicalOrder,
  stored: readonly EffectKey[],
  missed: ReadonlySet<EffectKey>,
): Cost {
  const answered = new Set(stored.map(cellOf))
  const requests = new Map<number, number>()
  const atMost = new Map<number, number>()
  const count = (counts: Map<number, number>, position: number): void => {
    counts.set(position, (counts.get(position) ?? 0) + 1)
  }
  const missing = new Set([...missed].map(cellOf))
  const rowsMissing = new Set([...missed].map((key) => placeOfKey(key).row))
  for (const row of rowsMissing) {
    const lacking = new Set<number>()
    for (const [position, { name, kind, skip }] of columns.entries()) {
      const hangs = present(sources[position], 'sources').some((source) => lacking.has(source))
      const cell = cellName(row, name)
      const lost = kind === 'model' && !answered.has(cell)
      const isMissing = missing.has(cell) || (lost && skip === undefined)
      if (isMissing || hangs) lacking.add(position)
      if (isMissing) count(requests, position)
      if (isMissing || lost || (hangs && kind === 'model')) count(atMost, position)
    }
  }
  const total = (counts: Map<number, number>): number => [...counts.values()].reduce((a, b) => a + b, 0)
  return {
    requests: total(requests),
    at_most: total(atMost),
    columns: [...atMost.keys()]
      .sort((a, b) => a - b)
      .map((position) => ({
        column: present(columns[position], 'columns').name,
        requests: requests.get(position) ?? 0,
        at_most: present(atMost.get(position), 'at most'),
      })),
  }
}

function cellOf(key: EffectKey): string {
  const { row, column } = placeOfKey(key)
  return cellName(row, column)
}

function cellName(row: number, column: string): string {
  return `${row}/${column}`
}
