/**
 * A report as Markdown, for a README, a ticket or a pull request.
 *
 * Rule: texts of a dataset are escaped, so that they are no markup: neither Markdown nor HTML, and never another cell.
 */
import { type FigureTable, qualityTables } from '../quality/tables.ts'
import {
  amountText,
  categoryText,
  columnFacts,
  failuresTable,
  headFigures,
  histogramsOf,
  numberText,
  valueText,
} from './figures.ts'
import type { DatasetReport } from './report.ts'

const cellMost = 300
const rowsMost = 20
const columnsMost = 8

/** On one line, without markup. A cell of a table ends at a bar, a tag starts with `<`. */
function plain(text: string): string {
  return text
    .replace(/[\s\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/[\\`*_[\]<>|#~!$&@]|:(?=\/\/)|w(?=ww\.)/gi, (mark) => `&#${mark.charCodeAt(0)};`)
}

export function markdownReport(report: DatasetReport): string {
  const figures = headFigures(report).map(([name, figure]) => `- ${name}: ${plain(figure)}`)
  const parts = [
    `# ${plain(report.dataset)}`,
    figures.join('\n'),
    columnsPart(report),
    ...qualityTables(report.profile, amountText, false).map(part),
    part(failuresTable(report)),
    rowsPart(report),
  ]
  return `${parts.filter((text) => text !== '').join('\n\n')}\n`
}

function part({ title, rows, notes }: FigureTable): string {
  if (rows.length === 0) return ''
  return [`## ${title}`, table(rows), ...notes.map(plain)].join('\n\n')
}

function table(rows: FigureTable['rows']): string {
  const names = Object.keys(rows[0] ?? {})
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(names.map(plain)),
    line(names.map(() => '---')),
    ...rows.map((row) => line(names.map((name) => plain(String(row[name] ?? ''))))),
  ].join('\n')
}

function columnsPart(report: DatasetReport): string {
  const rows = report.profile.column_statistics.map((column) => ({
    column: column.column_name,
    'made by': column.column_type,
    found: [
      ...columnFacts(column, report),
      ...histogramsOf(column).map(({ name, categories, counts }) => {
        const most = categories.slice(0, 5).map((category, at) => {
          return `${categoryText(category).slice(0, 60)}: ${numberText(counts[at] ?? 0)}`
        })
        return `${name === '' ? '' : `${name} `}${most.join(', ')}`
      }),
    ].join('; '),
  }))
  return part({ title: 'Columns', rows, notes: [] })
}

function rowsPart({ rows, rows_found: found }: DatasetReport): string {
  const written = rows.flatMap(({ row, position, values }) =>
    values === null ? [] : [{ at: row ?? position, cells: Object.entries(values) }],
  )
  const shown = written.slice(0, rowsMost).map(({ at, cells }) => ({
    row: BigInt(at),
    ...Object.fromEntries(
      cells
        .slice(0, columnsMost)
        .map(([name, value]) => [`${name} `.trimEnd() || 'unnamed', valueText(value, cellMost)]),
    ),
  }))
  return part({ title: 'Rows', rows: shown, notes: [`${shown.length} of ${numberText(found)} rows.`] })
}
