import { type Reference, type SourceCode, sourceOf } from '../reading/source.ts'
import type { Config } from '../schema/schema.ts'

/** Every model alias that is requested, by profilers and functions too. */
export function usedAliases(
  config: Config,
  functions: SourceCode['functions'] | undefined = sourceOf(config).code?.functions,
): Reference[] {
  const inColumns = config.columns.flatMap((column, index): Reference[] => {
    if ('model_alias' in column)
      return [{ path: ['columns', index, 'model_alias'], name: column.model_alias }]
    if (column.column_type !== 'custom') return []
    const path = ['columns', index, 'generator_function']
    return (functions?.get(column.generator_function)?.modelAliases ?? []).map((name) => ({ path, name }))
  })
  const inProfilers = config.profilers.map((profiler, index) => ({
    path: ['profilers', index, 'model_alias'],
    name: profiler.model_alias,
  }))
  return [...inColumns, ...inProfilers]
}

/** The tool aliases of a column: its own, or those that its function declares. */
export function toolAliasesOf(
  column: Config['columns'][number],
  functions: SourceCode['functions'] | undefined,
): readonly string[] {
  if (column.column_type === 'custom') return functions?.get(column.generator_function)?.toolAliases ?? []
  return 'tool_alias' in column && column.tool_alias !== null ? [column.tool_alias] : []
}
