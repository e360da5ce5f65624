/** The scripts of `rowsmith completion`. Bash runs its own; zsh and fish were tried by hand, as CI has neither. */
import { execFileSync } from 'node:child_process'
import { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { commandTree } from '../../../src/cli/text/command-tree.ts'
import { completionScript } from '../../../src/cli/text/completion-scripts.ts'

function program(): Command {
  const rowsmith = new Command('rowsmith')
  rowsmith
    .command('create')
    .argument('<config>')
    .option('-n, --num-records <n>', `rows; it's $(touch /tmp/never) \`of\` "the" dataset: all`)
    .addOption(new Option('-r, --resume <mode>', 'how').choices(['always', 'never']))
    .option('--json', 'one object')
  rowsmith.command('secret', { hidden: true })
  const models = rowsmith.command('models').summary('look at models')
  models.command('ask').option('--prompt <text>', 'a prompt')
  models.command('check')
  return rowsmith
}

const bash = completionScript('bash', commandTree(program()))

/** What bash offers for a line: the last word is what is typed. */
function offered(lines: readonly (readonly string[])[]): string[] {
  const asked = lines.map((words) => {
    const list = ['rowsmith', ...words].map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _rowsmith; echo "\${COMPREPLY[*]}"`
  })
  return execFileSync('bash', ['-c', `${bash}\n${asked.join('\n')}`], { encoding: 'utf8' })
    .split('\n')
    .slice(0, -1)
}

test('bash offers commands, options and values, and files where anything may stand', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['cr'], 'create'],
    [['m'], 'models'],
    [['models', ''], 'ask check help'],
    [['models', 'ask', '--p'], '--prompt'],
    [['create', 'config.yaml', '--'], '--num-records --resume --json --help'],
    [['create', '--resume', ''], 'always never'],
    [['create', '-r', 'n'], 'never'],
    [['create', '--resume', '=', 'a'], 'always'],
    [['create', '--num-records', ''], ''],
    [['create', ''], ''],
    // A value that is the name of a command leads to no other command.
    [['create', '-n', 'models', '--j'], '--json'],
    [['sec'], ''],
  ]
  expect(offered(cases.map(([words]) => words))).toEqual(cases.map(([, offers]) => offers))
})

test('descriptions are quoted for zsh and fish', () => {
  const tree = commandTree(program())
  expect(completionScript('zsh', tree)).toContain(
    `'--num-records:rows; it'\\''s $(touch /tmp/never) \`of\` "the" dataset: all'`,
  )
  expect(completionScript('fish', tree)).toContain(
    `-l num-records -s n -r -d 'rows; it\\'s $(touch /tmp/never) \`of\` "the" dataset: all'`,
  )
})
