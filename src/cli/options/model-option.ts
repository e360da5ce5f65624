/** The option that uses other models for aliases of a config, for commands that run nothing. */
import { Option } from 'commander'
import { flagName, settings } from '../../entries/commands.ts'
import type { CreateOptions } from '../../index.ts'

type ModelOverrides = NonNullable<CreateOptions['models']>

export interface ModelValues {
  readonly model: ModelOverrides
}

export function modelOption(): Option {
  const { kind, flag } = settings.models
  return new Option(flag.flags, flag.help.create)
    .argParser((text, before: ModelOverrides) => kind.parse?.(text, flagName(flag), before) ?? before)
    .default([])
}
