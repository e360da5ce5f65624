import type { ColumnConfig, ColumnOf } from '../config/schema.ts'
import { buildSampler } from '../sample/samplers.ts'
import type { SampledColumn } from './column.ts'

/** A column whose values are drawn from a distribution. Constraints come later, since they need its neighbours. */
export function buildSamplerColumn(
  config: ColumnOf<'sampler'>,
  columns: readonly ColumnConfig[],
):
  | { readonly kind: 'column'; readonly column: SampledColumn }
  | { readonly kind: 'not_built'; readonly what: string } {
  const built = buildSampler(config, columns)
  if (built.kind === 'not_built') return built
  const { name, drop } = config
  const { sampler } = built
  return {
    kind: 'column',
    column: { ...sampler, kind: 'sampled', name, drop, reads: sampler.reads ?? [], constraints: [] },
  }
}
