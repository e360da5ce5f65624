/** Writes the tables of docs/options.md from the settings: run after adding one. A test compares them. */
import { readFileSync, writeFileSync } from 'node:fs'
import {
  runCommands,
  type Setting,
  type SettingGroup,
  settingGroups,
  settingRows,
} from '../src/run/request/settings.ts'

const page = new URL('../docs/options.md', import.meta.url)
const [begin, end] = ['<!-- options -->\n', '<!-- /options -->']

const titles: Readonly<Record<SettingGroup, string>> = {
  dataset: 'Which dataset, and how many rows',
  rows: 'What the rows are made with',
  requests: 'How fast',
  limits: 'What it may cost',
  stops: 'Stops, locks and losses',
  files: 'Files that are read',
}

/** The page with the tables as they must be. */
export function withOptionTables(text: string): string {
  const head = text.indexOf(begin) + begin.length
  const tail = text.indexOf(end)
  if (head < begin.length || tail < head) throw new Error(`docs/options.md has no ${begin.trim()} … ${end}`)
  return `${text.slice(0, head)}\n${settingGroups.map(section).join('\n')}\n${text.slice(tail)}`
}

function section(group: SettingGroup): string {
  const lines = settingRows.flatMap(([name, row]) => (row.flag?.group === group ? [line(name, row)] : []))
  return `### ${titles[group]}\n\n| flag | library | default | commands | remembered | what it does |\n|---|---|---|---|---|---|\n${lines.join('')}`
}

function line(name: string, { kind, default: otherwise, flag, stored, file }: Setting): string {
  const help = flag?.help ?? {}
  const commands = runCommands.filter((command) => help[command] !== undefined)
  const shown = otherwise === null ? undefined : kind.show?.(otherwise)
  const cells = [
    `\`${flag?.flags}\``,
    `\`${name}\``,
    shown === undefined ? '' : `\`${shown}\``,
    commands.length === runCommands.length ? 'all' : commands.join(', '),
    (stored ?? file?.stored) === undefined ? '' : `\`${stored ?? file?.stored}\``,
    (help[commands[0] ?? 'create'] ?? '').replaceAll('<', '\\<'),
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(page, withOptionTables(readFileSync(page, 'utf8')))
}
