/**
 * The plan a directory was created with, by whichever tool.
 *
 * Rules:
 *   1. In a dataset of Rowsmith, run.json holds it. Another tool may have extended the dataset since: then metadata.json,
 *      which it replaces whole, has the larger target, and the larger one wins.
 *   2. Data Designer keeps the first target and the last one, and gives an extension row groups of its own.
 */
import { present } from '../base/errors/present.ts'
import type { DatasetFacts, MetadataFacts } from './facts.ts'
import { extendRanges, type PlanRange, planRanges, rowCount } from './row-groups.ts'

/** The segments so far; empty when nothing says what was planned. */
export function storedPlan(facts: Pick<DatasetFacts, 'run' | 'metadata'>): readonly PlanRange[] {
  const metadata = facts.metadata.kind === 'read' ? facts.metadata.contents : undefined
  if (facts.run.kind === 'absent') return metadata === undefined ? [] : planOfMetadata(metadata)
  if (facts.run.kind === 'defect') return []
  const { segments: ranges } = facts.run.contents
  const target = Math.max(rowCount(ranges), metadata?.target_num_records ?? 0)
  return extendRanges(ranges, target, present(ranges.at(-1), 'ranges').buffer_size)
}

function planOfMetadata(metadata: MetadataFacts): readonly PlanRange[] {
  const { original_target_num_records: original, target_num_records: target, buffer_size } = metadata
  return extendRanges(planRanges(original, buffer_size), target, buffer_size)
}
