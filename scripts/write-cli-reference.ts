/** Writes docs/reference/cli.md, every command with all it takes, from the commands themselves. A test compares them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Argument, Command, Option } from 'commander'
import { wholeProgram } from '../src/cli/commands.ts'

const page = new URL('../docs/reference/cli.md', import.meta.url)

/** The page as it must be. */
export async function cliReference(): Promise<string> {
  const program = await wholeProgram()
  return `# Commands

Every command, as \`rowsmith COMMAND --help\` shows it. For example:

\`\`\`
rowsmith create reviews.yaml -n 1000 --max-cost 2.50
\`\`\`

What the options of runs have in common, and what is remembered: [options](../options.md). Exit codes: [errors](../errors.md).
${visible(program).flatMap(sections).join('')}`
}

const visible = (command: Command): Command[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help')

function sections(command: Command, parents: string | number = ''): string[] {
  const name = typeof parents === 'string' ? `${parents}${command.name()}` : command.name()
  const below = visible(command)
  const own = `
## rowsmith ${name}

${described(command.description() || command.summary())}

\`\`\`
rowsmith ${name} ${command.usage()}
\`\`\`
${table('argument', command.registeredArguments.map(argumentRow))}${table('option', optionsOf(command).map(optionRow))}`
  return [own, ...below.flatMap((each) => sections(each, `${name} `))]
}

const optionsOf = (command: Command): Option[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')

const table = (title: string, rows: readonly string[]): string =>
  rows.length === 0 ? '' : `\n| ${title} | default | what it does |\n|---|---|---|\n${rows.join('')}`

const argumentRow = (argument: Argument): string =>
  row(argument.name(), argument.defaultValue, argument.description, argument.argChoices)

const optionRow = (option: Option): string =>
  row(
    option.flags,
    option.defaultValueDescription ?? option.defaultValue,
    option.description,
    option.argChoices,
  )

function row(name: string, value: unknown, what: string, choices: readonly string[] | undefined): string {
  const shown = value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${value}\``
  const list = choices === undefined ? '' : `; one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`
  return `| \`${name.replaceAll('|', '\\|')}\` | ${shown} | ${escaped(what).replaceAll('\n', ' ').replaceAll('|', '\\|')}${list} |\n`
}

/** The first paragraph as text, and what follows, such as a list of templates, as it is in the help. */
function described(text: string): string {
  const [first = '', ...others] = text.split('\n\n')
  return others.length === 0 ? escaped(first) : `${escaped(first)}\n\n\`\`\`\n${others.join('\n\n')}\n\`\`\``
}

const escaped = (text: string): string => text.replaceAll('<', '\\<').replaceAll('{{', '\\{\\{')

if (process.argv[1] === import.meta.filename) {
  mkdirSync(new URL('.', page), { recursive: true })
  writeFileSync(page, await cliReference())
}
