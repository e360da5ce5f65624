import type { Config } from './schema.ts'
import type { Reference } from './source.ts'

/** Every model alias that is asked, profilers' ones included. */
export function askedAliases(config: Config): Reference[] {
  const inColumns = config.columns.flatMap((column, index) =>
    'model_alias' in column ? [{ path: ['columns', index, 'model_alias'], name: column.model_alias }] : [],
  )
  const inProfilers = config.profilers.map((profiler, index) => ({
    path: ['profilers', index, 'model_alias'],
    name: profiler.model_alias,
  }))
  return [...inColumns, ...inProfilers]
}
