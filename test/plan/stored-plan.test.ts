import { expect, test } from 'vitest'
import { decide } from '../../src/plan/decide.ts'
import { groupOf } from '../../src/plan/row-groups.ts'
import { foreign, metadata, request } from './facts-examples.ts'

test("Data Designer's 5 to 6 at 2 a group is extended to 10 rows, and its four groups stay what they are", () => {
  const facts = foreign({
    metadata: {
      kind: 'read',
      contents: metadata({ original_target_num_records: 5, target_num_records: 6, buffer_size: 2 }),
    },
    groups: { complete: 4, rows: 6, holes: [], highest: 3 },
  })
  const decision = decide(facts, request({ numRecords: 10 }))
  if (decision.kind !== 'resume') throw new Error(`expected to go on, got ${decision.kind}`)
  const groups = [0, 1, 2, 3, 4, 5].map((group) => groupOf(decision.ranges, group))
  expect(groups.map(({ firstRow }) => firstRow)).toEqual([0, 2, 4, 5, 6, 8])
  expect(groups.map(({ rows }) => rows)).toEqual([2, 2, 1, 1, 2, 2])
})
