/** What a prepared config is warned of, and what its after-generation stage must have. */
import { withoutEffect } from '../../config/files/without-effect.ts'
import { unmatchedPatterns } from '../../config/schema/processors.ts'
import { checkPostProcessors } from '../../post/check-post-processors.ts'
import { requireFunctions } from '../../post/post-processing.ts'
import type { RunEvent } from '../report/events.ts'
import type { ResolvedOptions } from '../request/options.ts'
import { type CompiledConfig, postProcessingFields } from './compiled-config.ts'

type Warning = Extract<RunEvent, { type: 'warning' }>

export function warningsOf(
  compiled: CompiledConfig,
  { runConfig }: Pick<ResolvedOptions, 'runConfig'>,
): Warning[] {
  const warning =
    (code: Warning['code']) =>
    (message: string): Warning => ({ type: 'warning', code, message })
  return [
    ...patternsOf(compiled).map(warning('pattern_matches_nothing')),
    ...withoutEffect(compiled.config, runConfig).map(warning('without_effect')),
    ...compiled.warnings.map(warning('config_doubtful')),
  ]
}

/** A pattern that drops nothing is no error, as in the reference; it may be misspelt. */
function patternsOf({ config, columns }: CompiledConfig): string[] {
  // Traces and reasoning are columns too, which the config does not name.
  const names = [...config.columns, ...columns].map(({ name }) => name)
  return unmatchedPatterns(config.processors, names).map(
    ({ processor, pattern }) => `Processor "${processor}": no column matches ${JSON.stringify(pattern)}`,
  )
}

/** What a stage lacks is reported before the first byte. @throws RowsmithError config_invalid, function_missing, duckdb_missing */
export async function requireStage(compiled: CompiledConfig): Promise<void> {
  if (compiled.postProcessing === undefined) return
  requireFunctions(compiled.postProcessing)
  await checkPostProcessors(compiled.config, postProcessingFields(compiled))
}
