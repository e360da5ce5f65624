import { buildSampler } from '../sample/samplers.ts'
import type { BuildColumn } from './build.ts'

/** A column whose values are drawn from a distribution. */
export const buildSamplerColumn: BuildColumn<'sampler'> = (config) => {
  const built = buildSampler(config)
  if (built.kind === 'not_built') return built
  const { name, drop } = config
  const { type, draw } = built.sampler
  return { kind: 'column', column: { kind: 'sampled', name, type, drop, reads: [], draw } }
}
