/**
 * Completion for shells: scripts that know every command and option, and start nothing at a press of Tab.
 *
 * Rules:
 *   1. Where a value is a file or anything else, files are offered.
 *   2. A description is data: quoted, so that no shell runs a part of it.
 */
import { allCommands, type CommandNode } from './command-tree.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export function completionScript(shell: Shell, tree: CommandNode): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](tree)
}

/** A text as one word of bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function below(tree: CommandNode): readonly CommandNode[] {
  return allCommands(tree).filter(({ path }) => path !== '')
}

/** What stands where the next word is no option. */
function words({ commands, choices }: CommandNode): readonly string[] {
  return [...commands.map(({ name }) => name), ...choices]
}

/** The patterns of a `case` that a previous word matches: an option that takes a value. */
function valueCases(tree: CommandNode, offer: (choices: readonly string[]) => string): string {
  return allCommands(tree)
    .flatMap(({ path, options }) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ flags, choices }) => {
          const pattern = flags.map((flag) => quoted(`${path} ${flag}`)).join('|')
          return `    ${pattern}) ${offer(choices)} ;;\n`
        }),
    )
    .join('')
}

/** Where the command line is: the commands among the words before. */
function pathCase(tree: CommandNode): string {
  return below(tree)
    .map(({ path }) => quoted(path))
    .join('|')
}

function bashScript(tree: CommandNode): string {
  const list = (items: readonly string[]): string => quoted(items.join(' '))
  const offer = (items: readonly string[]): string => `COMPREPLY=($(compgen -W ${list(items)} -- "$cur"))`
  const nodes = allCommands(tree)
  const cases = (of: (node: CommandNode) => readonly string[]): string =>
    nodes
      .filter((node) => of(node).length > 0)
      .map((node) => `    ${quoted(node.path)}) ${offer(of(node))} ;;\n`)
      .join('')
  return `# Completion of rowsmith for bash: source <(rowsmith completion bash)
_rowsmith() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= i
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $cur == = ]]; then cur=; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/\${COMP_WORDS[i]}" in
      ${pathCase(tree)}) at="$at/\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at $prev" in
${valueCases(tree, (choices) => (choices.length === 0 ? 'return' : `${offer(choices)}; return`))}  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${cases(({ options }) => options.flatMap(({ flags }) => flags))}    esac
    return
  fi
  case "$at" in
${cases(words)}  esac
}
complete -o bashdefault -o default -F _rowsmith rowsmith
`
}

function zshScript(tree: CommandNode): string {
  // A colon ends what is offered; the rest describes it.
  const item = (name: string, description: string): string =>
    quoted(`${name.replaceAll(':', '\\:')}:${description.replaceAll('\n', ' ')}`)
  const cases = (of: (node: CommandNode) => readonly string[]): string =>
    allCommands(tree)
      .filter((node) => of(node).length > 0)
      .map((node) => `    ${quoted(node.path)}) items=(${of(node).join(' ')}) ;;\n`)
      .join('')
  const flags = ({ options }: CommandNode): string[] =>
    options.flatMap(({ flags, description }) => flags.map((flag) => item(flag, description)))
  const others = ({ commands, choices }: CommandNode): string[] => [
    ...commands.map(({ name, summary }) => item(name, summary)),
    ...choices.map((choice) => quoted(choice)),
  ]
  return `#compdef rowsmith
# Completion of rowsmith for zsh, after compinit: source <(rowsmith completion zsh)
_rowsmith() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} at= word
  local -a items
  for word in \${words[2,CURRENT-1]}; do
    case "$at/$word" in
      ${pathCase(tree)}) at="$at/$word" ;;
    esac
  done
  case "$at $prev" in
${valueCases(tree, (choices) => (choices.length === 0 ? '_files; return' : `compadd -- ${choices.map(quoted).join(' ')}; return`))}  esac
  if [[ $cur == -* ]]; then
    case "$at" in
${cases(flags)}    esac
    _describe -o option items
    return
  fi
  case "$at" in
${cases(others)}  esac
  if (( \${#items} )); then _describe command items; else _files; fi
}
if [[ \${funcstack[1]} == _rowsmith ]]; then _rowsmith "$@"; else compdef _rowsmith rowsmith; fi
`
}

function fishScript(tree: CommandNode): string {
  const word = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = allCommands(tree).flatMap(({ path, options, commands, choices }) => {
    const at = `complete -c rowsmith -n ${word(`__rowsmith_at '${path}'`)}`
    return [
      ...commands.map(({ name, summary }) => `${at} -f -a ${word(name)} -d ${word(summary)}`),
      ...choices.map((choice) => `${at} -f -a ${word(choice)}`),
      ...options.map(({ flags, description, takesValue, choices: values }) => {
        const names = flags.map((flag) =>
          flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
        )
        const value = values.length > 0 ? ` -x -a ${word(values.join(' '))}` : takesValue ? ' -r' : ''
        return `${at} ${names.join(' ')}${value} -d ${word(description)}`
      }),
    ]
  })
  return `# Completion of rowsmith for fish: rowsmith completion fish > ~/.config/fish/completions/rowsmith.fish
set -g __rowsmith_commands ${below(tree)
    .map(({ path }) => word(path))
    .join(' ')}
function __rowsmith_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        contains -- "$at/$word" $__rowsmith_commands; and set at "$at/$word"
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}
`
}
