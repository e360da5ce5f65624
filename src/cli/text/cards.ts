/** Records as cards: every column under the other, for reading rather than comparing. */
import { present } from '../../base/errors/present.ts'
import { formatJson } from '../../base/values/json.ts'
import type { PreviewColumn, PreviewRecord, Value } from '../../index.ts'
import { style } from './style.ts'
import { onOneLine, wrapped } from './terminal-text.ts'

/** Lines of a value that are shown, and characters that are looked at for them. */
const linesMax = 16
const charactersMax = 20_000
const indent = '  '
const widthMin = 20

/** Cards under each other, without colour unless standard output is a terminal that wants it. */
export function formatCards(
  columns: readonly PreviewColumn[],
  records: readonly PreviewRecord[],
  width: number,
): string {
  return records.map((record) => card(columns, record, Math.max(widthMin, width))).join('\n')
}

function card(columns: readonly PreviewColumn[], record: PreviewRecord, width: number): string {
  const title = `── row ${record.row} `
  const lines = [style('bold', title + '─'.repeat(Math.max(0, width - title.length)))]
  const { values, failure } = record
  if (values === null) {
    const { column = '', code = '', message = null } = failure ?? {}
    lines.push(`${style('red', 'Dropped')} by "${onOneLine(column)}" [${code}]`)
    if (message !== null) lines.push(...block(message, width))
  } else {
    for (const { name, type, dropped } of columns) {
      if (!Object.hasOwn(values, name)) continue
      const label = [...(type === null ? [] : [type]), ...(dropped ? ['dropped from the dataset'] : [])].join(
        ', ',
      )
      lines.push(`${style('cyan', onOneLine(name))}${label === '' ? '' : `  ${style('dim', `(${label})`)}`}`)
      lines.push(
        ...block(textOf(Object.hasOwn(values, name) ? present(values[name], 'values') : null), width),
      )
    }
  }
  return `${lines.join('\n')}\n`
}

/** A text wrapped and set in; of a long one the beginning, with a note. */
function block(text: string, width: number): string[] {
  const lines = wrapped(text.slice(0, charactersMax), width - indent.length)
  const shown = lines.slice(0, linesMax).map((line) => (line === '' ? '' : indent + line))
  if (shown.length === lines.length && text.length <= charactersMax) return shown
  return [...shown, `${indent}${style('dim', `… (${text.length} characters in all; --json shows them)`)}`]
}

function textOf(value: Value): string {
  if (typeof value === 'string') return value === '' ? '""' : value
  return value === null ? 'null' : formatJson(value, { indent: 2 })
}
