/** The option that uses other models for aliases of a config. */
import { Option } from 'commander'
import type { CreateOptions } from '../../index.ts'
import { usageError } from './usage.ts'

type ModelOverride = NonNullable<CreateOptions['models']>[number]

export interface ModelValues {
  readonly model: readonly ModelOverride[]
}

export function modelOption(): Option {
  return new Option('--model <alias=provider/model>', 'use this model for an alias; can be given again')
    .argParser((text, earlier: readonly ModelOverride[]) => [...earlier, parseModelOverride(text)])
    .default([])
}

/** `ALIAS=PROVIDER/MODEL`; the model id may hold slashes itself. */
export function parseModelOverride(text: string): ModelOverride {
  const [, alias, provider, model] = /^([^=]+)=([^/]+)\/(.+)$/.exec(text) ?? []
  if (alias === undefined || provider === undefined || model === undefined) {
    throw usageError(`--model takes ALIAS=PROVIDER/MODEL, such as writer=openai/gpt-4.1-mini, not "${text}"`)
  }
  return { alias, provider, model }
}
