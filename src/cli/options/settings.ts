/** The flags of a command that are settings of a run: each is a row of the library's table. */
import { type Command, Option } from 'commander'
import {
  flagName,
  loadSetting,
  type RunCommand,
  type Setting,
  type SettingGroup,
  settingRows,
} from '../../entries/commands.ts'
import type { CreateOptions } from '../../index.ts'
import { readEnvironment } from './environment.ts'

/** Values of options as commander gives them, by attribute name. */
export type OptionValues = Readonly<Record<string, unknown>>

/** A value that was read: in a box, since commander takes null for a value that was not given. */
interface Box {
  readonly value: unknown
}

/** Adds the flags that a command has of these groups, in the order of the table. */
export function addSettings(command: Command, name: RunCommand, ...groups: readonly SettingGroup[]): Command {
  for (const group of groups) {
    for (const [, setting] of settingRows) {
      if (setting.flag?.group !== group) continue
      const option = optionOf(setting, name)
      if (option !== undefined) command.addOption(option)
    }
  }
  return command
}

function optionOf({ kind, flag, file, default: otherwise }: Setting, name: RunCommand): Option | undefined {
  const help = flag?.help[name]
  if (flag === undefined || help === undefined) return undefined
  const option = new Option(flag.flags, help)
  // What a file is read for is read later.
  if (file !== undefined || kind.parse === undefined) return option
  const read = (text: string, before?: Box): Box => ({
    value: kind.parse?.(text, flagName(flag), before?.value),
  })
  option.argParser(read)
  const hasDefault = otherwise !== null && kind.show !== undefined && flag.unset?.includes(name) !== true
  return hasDefault ? option.default({ value: otherwise } satisfies Box, kind.show?.(otherwise)) : option
}

/**
 * The options of the library that the flags of a command stand for: files are read, and `launch` says which they were.
 *
 * @throws RowsmithError usage for an environment file; config_not_found, config_unreadable, config_invalid for any other
 */
export async function settingsGiven(values: OptionValues, name: RunCommand): Promise<CreateOptions> {
  const given: Record<string, unknown> = {}
  const launch: Record<string, unknown> = {}
  for (const [setting, row] of settingRows) {
    const option = optionOf(row, name)
    const value = option === undefined ? undefined : values[option.attributeName()]
    // A flag such as `--no-batch` that was not given has the value true: that is what the library does anyway.
    if (value === undefined || (option?.negate === true && value === true)) continue
    if (row.file?.source !== undefined) launch[row.file.source] = value
    if (row.file === undefined) given[setting] = isBox(value) ? value.value : value
    else if (setting !== 'env') given[setting] = await loadSetting(setting, String(value))
  }
  const env = readEnvironment(typeof values.envFile === 'string' ? values.envFile : undefined)
  // The rows have read each value as what it is.
  return { ...(given as CreateOptions), env, launch }
}

function isBox(value: unknown): value is Box {
  return typeof value === 'object' && value !== null && 'value' in value
}
