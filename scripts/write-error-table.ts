/** Writes the table of codes in docs/errors.md from `errorCodes`: run after adding a code. A test compares them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { errorCodes } from '../src/base/errors/error-codes.ts'
import { exitCodes } from '../src/cli/process/exit-codes.ts'

const page = new URL('../docs/errors.md', import.meta.url)
const [begin, end] = ['<!-- codes -->\n', '<!-- /codes -->']

/** The page with the table as it must be. */
export function withErrorTable(text: string): string {
  const head = text.indexOf(begin) + begin.length
  const tail = text.indexOf(end)
  if (head < begin.length || tail < head) throw new Error(`docs/errors.md has no ${begin.trim()} … ${end}`)
  return `${text.slice(0, head)}\n${table()}\n${text.slice(tail)}`
}

function table(): string {
  const lines = Object.entries(errorCodes).map(([code, entry]) => {
    const exit = entry.class === 'row' ? 'row' : exitCodes[entry.class]
    return `| \`${code}\` | ${exit} | ${entry.nextStep} |\n`
  })
  return `| code | exit | next step |\n|---|---|---|\n${lines.join('')}`
}

if (process.argv[1] === import.meta.filename) writeFileSync(page, withErrorTable(readFileSync(page, 'utf8')))
