import { Argument, type Command } from 'commander'
import { writeOut } from '../../output/output.ts'
import { commandTree } from '../../text/command-tree.ts'
import { completionScript, type Shell, shells } from '../../text/completion-scripts.ts'

/** @param whole the program with every command and all that it takes */
export function addCompletion(program: Command, whole: () => Promise<Command>): void {
  program
    .command('completion')
    .description(
      `Print a script that completes commands, options and their values at a press of Tab.

  bash: add to ~/.bashrc: source <(rowsmith completion bash)
  zsh:  add to ~/.zshrc, after compinit: source <(rowsmith completion zsh)
  fish: rowsmith completion fish > ~/.config/fish/completions/rowsmith.fish`,
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: Shell) => writeOut(completionScript(shell, commandTree(await whole()))))
}
