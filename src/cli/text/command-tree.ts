/** What a command line can be, as data: commands, their options and arguments. For completion, and for programs that drive Rowsmith. */
import type { Command } from 'commander'

interface CommandOption {
  /** `--resume`, `-r`. */
  readonly flags: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

export interface CommandNode {
  /** `/models/ask` for `rowsmith models ask`; empty for `rowsmith`. */
  readonly path: string
  readonly name: string
  readonly summary: string
  readonly options: readonly CommandOption[]
  /** Values that an argument may have. */
  readonly choices: readonly string[]
  readonly commands: readonly CommandNode[]
}

/** A command with all below it; what no help shows is left out. */
export function commandTree(command: Command, path = ''): CommandNode {
  const help = command.createHelp()
  return {
    path,
    name: command.name(),
    summary: help.subcommandDescription(command),
    options: help
      .visibleOptions(command)
      .map(({ short, long, description, required, optional, argChoices }) => ({
        flags: [long, short].filter((flag) => flag !== undefined),
        description,
        takesValue: required || optional,
        choices: argChoices ?? [],
      })),
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    commands: help.visibleCommands(command).map((each) => commandTree(each, `${path}/${each.name()}`)),
  }
}

/** The command, and all below it. */
export function allCommands(node: CommandNode): readonly CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)]
}
