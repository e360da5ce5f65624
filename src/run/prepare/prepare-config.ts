/**
 * A config made ready, together with what its rows start from: the one order in which every command does it.
 *
 * Rule: what is wrong with the config is reported before a seed dataset or a person dataset is read.
 */
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { Config } from '../../config/schema/schema.ts'
import type { SeedFacts } from '../../seed/dataset/dataset.ts'
import type { Persons } from '../../seed/dataset/persons.ts'
import { buildCompiledConfig, type CompiledConfig, type CompiledConfigChanges } from './compiled-config.ts'

/** A config, and what a command says in addition. */
export interface ConfigToPrepare {
  readonly config: Config
  readonly runConfig: RunConfig
  readonly changes: CompiledConfigChanges
  readonly providers: readonly ProviderConfig[]
}

/** How a command comes by what rows start from. The code that opens something closes it. */
export interface RowOrigins<Seed extends SeedFacts> {
  /** Called with the config before anything is opened; throws to refuse it. */
  readonly check?: (unread: CompiledConfig) => void | Promise<void>
  /** The person datasets; null when the config has none, or they are not read. */
  readonly persons: () => Promise<Persons | null>
  /** The seed dataset; null when the config has none, or it cannot be read. @param compile what the config is with a seed */
  readonly seed: (compile: (seed: Seed) => CompiledConfig) => Promise<Seed | null>
  /** The config with its functions, for one that only names them: a stored one. It is not looked at before. @default it has them */
  readonly withCode?: (compileOther: CompileOther) => Promise<Config>
}

/** What another config is with the same origins. */
type CompileOther = (config: Config, models: CompiledConfigChanges['models']) => CompiledConfig

export interface PreparedConfig<Seed extends SeedFacts> {
  readonly compiled: CompiledConfig
  readonly seed: Seed | null
  readonly persons: Persons | null
}

/** @throws RowsmithError as `buildCompiledConfig`, and as the origins do */
export async function prepareConfig<Seed extends SeedFacts>(
  { config, runConfig, changes, providers }: ConfigToPrepare,
  origins: RowOrigins<Seed>,
): Promise<PreparedConfig<Seed>> {
  const compile = (
    of: Config,
    seed: Seed | null,
    persons: Persons | null,
    models: CompiledConfigChanges['models'] = changes.models,
  ) => buildCompiledConfig(of, runConfig, { ...changes, models }, providers, seed, persons)
  const unread = origins.withCode === undefined ? compile(config, null, null) : null
  if (unread !== null) await origins.check?.(unread)
  const persons = await origins.persons()
  const seed = await origins.seed((found) => compile(config, found, persons))
  if (unread !== null && seed === null && persons === null) return { compiled: unread, seed, persons }
  const whole = await origins.withCode?.((other, models) => compile(other, seed, persons, models))
  return { compiled: compile(whole ?? config, seed, persons), seed, persons }
}
