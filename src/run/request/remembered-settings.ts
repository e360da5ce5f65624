/** Settings in launch.json: what is remembered of a run, and how it is read back. The rows of `settings.ts` say which and as what. */
import { resolve } from 'node:path'
import type { Value, ValueObject } from '../../base/values/value.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import type { ResolvedOptions } from './options.ts'
import { type GivenSettings, type SourceFiles, settingRows } from './settings.ts'

/** What launch.json remembers of the settings of a run. Paths are absolute there. */
export function settingsToRemember(options: Partial<ResolvedOptions>): ValueObject {
  const { launch = {} } = options
  const paths: Readonly<Record<string, unknown>> = { ...launch }
  const stored: Record<string, Value> = {}
  for (const [name, { kind, stored: member, file }] of settingRows) {
    const value = options[name] ?? null
    if (member !== undefined && kind.store !== undefined) stored[member] = kind.store(value)
    if (file?.stored === undefined || file.source === undefined) continue
    const path = paths[file.source]
    stored[file.stored] = typeof path === 'string' ? resolve(path) : null
  }
  return stored
}

/** Settings as launch.json remembers them; those that it does not have, or not as they are due, are left out. */
export function rememberedSettings(stored: ValueObject): GivenSettings {
  const recalled = settingRows.flatMap(([name, { kind, stored: member }]) => {
    const value = member === undefined ? undefined : kind.recall?.(stored[member] ?? null)
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(recalled) as GivenSettings
}

/** The files that settings were read from. */
export function rememberedFiles(stored: ValueObject): SourceFiles {
  const recalled = settingRows.flatMap(([, { file }]) => {
    const path = file?.stored === undefined ? undefined : stored[file.stored]
    return file?.source === undefined || typeof path !== 'string' ? [] : [[file.source, path] as const]
  })
  return Object.fromEntries(recalled) as SourceFiles
}

/** The settings of a run that goes on: what is given now, and what is remembered where nothing is. */
export function overRemembered(remembered: GivenSettings, given: GivenSettings): GivenSettings {
  const settings = settingRows.flatMap(([name, { kind }]) => {
    const [before, now]: unknown[] = [remembered[name], given[name]]
    if (before === undefined || now === undefined) return [[name, now ?? before] as const]
    return [[name, kind.over === undefined ? now : kind.over(now, before)] as const]
  })
  return withoutUndefined(Object.fromEntries(settings)) as GivenSettings
}
