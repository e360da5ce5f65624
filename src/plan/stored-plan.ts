/**
 * The plan a directory was begun with, by whichever tool.
 *
 * Rules:
 *   1. In a dataset of ours, run.json holds it. Another tool may have extended the dataset since: then metadata.json,
 *      which it replaces whole, has the larger target, and the larger one wins.
 *   2. Data Designer keeps the first target and the last one, and gives an extension row groups of its own.
 */
import type { DatasetFacts, MetadataFacts } from './facts.ts'
import { extendSegments, planSegments, rowCount, type Segment } from './row-groups.ts'

/** The segments so far; empty when nothing says what was planned. */
export function storedPlan(facts: Pick<DatasetFacts, 'run' | 'metadata'>): readonly Segment[] {
  const metadata = facts.metadata.kind === 'read' ? facts.metadata.contents : undefined
  if (facts.run.kind === 'absent') return metadata === undefined ? [] : planOfMetadata(metadata)
  if (facts.run.kind === 'defect') return []
  const { segments } = facts.run.contents
  const target = Math.max(rowCount(segments), metadata?.target_num_records ?? 0)
  return extendSegments(segments, target, segments.at(-1)!.buffer_size)
}

function planOfMetadata(metadata: MetadataFacts): readonly Segment[] {
  const { original_target_num_records: original, target_num_records: target, buffer_size } = metadata
  return extendSegments(planSegments(original, buffer_size), target, buffer_size)
}
