import type { ColumnConfig, ColumnOf } from '../../config/schema/schema.ts'
import { buildSampler, type FindsPersons } from '../../sample/samplers.ts'
import type { SampledColumn } from '../column/column.ts'

/** A column whose values are drawn from a distribution. Constraints come later, since they need its neighbours. */
export function buildSamplerColumn(
  config: ColumnOf<'sampler'>,
  columns: readonly ColumnConfig[],
  persons: FindsPersons,
): SampledColumn {
  const { name, drop } = config
  const sampler = buildSampler(config, columns, persons)
  return { ...sampler, kind: 'sampled', name, drop, reads: sampler.reads ?? [], constraints: [] }
}
