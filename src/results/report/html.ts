/**
 * A report as one HTML file.
 *
 * Rules:
 *   1. Every text goes through `escaped`, and stands between tags or in a quoted attribute. Nothing of a dataset is ever markup.
 *   2. It needs no script and no other file: its policy forbids both, and allows its one style by hash.
 *   3. It is read from disk, printed, and searched: details are closed, and found by the browser's search all the same.
 */
import { createHash } from 'node:crypto'
import { sum } from '../../base/numbers/sum.ts'
import { formatJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'
import type { PageRow } from '../pages/pages.ts'
import type { ColumnProfile } from '../profile/profile.ts'
import { type FigureTable, qualityTables } from '../quality/tables.ts'
import {
  amountText,
  categoryText,
  columnFacts,
  failuresTable,
  headFigures,
  histogramsOf,
  type NamedHistogram,
  numberText,
  valueText,
} from './figures.ts'
import { reportStyle } from './html-style.ts'
import type { DatasetReport } from './report.ts'

const valueMost = 20_000
const previewMost = 160
const barsShown = 12

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * A text between tags, or in a quoted attribute. Characters that HTML has not, or that turn the text around them, are shown by their
 * numbers: `⟨U+202E⟩`.
 */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities[character] ?? '')
    .replace(
      /(?![\t\n\r])[\p{Cc}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu,
      (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    )
}

export function htmlReport(report: DatasetReport): string {
  const hash = createHash('sha256').update(reportStyle).digest('base64')
  const title = escaped(report.dataset)
  const sections = [
    ['Columns', columnsSection(report)] as const,
    ...[...qualityTables(report.profile, amountText, false), modelsTable(report), failuresTable(report)].map(
      (table) => [table.title, tableSection(table)] as const,
    ),
    ['Rows', rowsSection(report)] as const,
    ['Config', configSection(report)] as const,
  ].filter(([, body]) => body !== '')
  const named = sections.map(([name, body], at) => ({ name: escaped(name), body, id: `part-${at + 1}` }))
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<link rel="icon" href="data:,">',
    `<title>${title}</title>`,
    `<style>${reportStyle}</style>`,
    '</head>',
    '<body>',
    `<header><h1>${title}</h1>${figures(report)}</header>`,
    `<nav aria-label="Parts">${named.map(({ name, id }) => `<a href="#${id}">${name}</a>`).join('')}</nav>`,
    '<main>',
    ...named.map(({ name, body, id }) => `<section id="${id}"><h2>${name}</h2>${body}</section>`),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function figures(report: DatasetReport): string {
  const items = headFigures(report).map(
    ([name, figure]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(figure)}</dd></div>`,
  )
  return `<dl class="figures">${items.join('')}</dl>`
}

function tableSection({ rows, notes }: FigureTable): string {
  if (rows.length === 0) return ''
  return table(rows) + notes.map((note) => `<p class="note">${escaped(note)}</p>`).join('')
}

function table(rows: FigureTable['rows']): string {
  const names = Object.keys(rows[0] ?? {})
  const isNumber = (name: string): boolean => rows.every((row) => isFigure(row[name] ?? ''))
  const classes = new Map(names.map((name) => [name, isNumber(name) ? ' class="number"' : '']))
  const head = names.map((name) => `<th scope="col"${classes.get(name)}>${escaped(name)}</th>`).join('')
  const body = rows
    .map((row) =>
      names.map((name) => `<td${classes.get(name)}>${escaped(cellText(row[name] ?? ''))}</td>`).join(''),
    )
    .map((cells) => `<tr>${cells}</tr>`)
    .join('')
  return `<div class="scroll" role="region" aria-label="Table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

const isFigure = (cell: string | bigint): boolean =>
  typeof cell === 'bigint' || /^-?[\d.,]+( %)?$|^-$/.test(cell)
const cellText = (cell: string | bigint): string =>
  typeof cell === 'bigint' ? numberText(Number(cell)) : cell

function columnsSection(report: DatasetReport): string {
  const { column_statistics: columns } = report.profile
  const made = new Map(report.columns.map((column) => [column.name, column]))
  const cards = columns.map((column) => card(column, report, made.get(column.column_name)?.detail ?? null))
  const helpers = report.columns.filter(({ dropped }) => dropped).map(({ name }) => name)
  const note =
    helpers.length === 0
      ? ''
      : `<p class="note">Helper columns, in no file: ${escaped(helpers.join(', '))}</p>`
  return cards.length === 0 ? '' : `<div class="cards">${cards.join('')}</div>${note}`
}

function card(column: ColumnProfile, report: DatasetReport, detail: string | null): string {
  const kind = detail === null ? column.column_type : `${column.column_type} · ${detail}`
  const facts = columnFacts(column, report).join(' · ')
  const bars = histogramsOf(column).map(barsOf).join('')
  return `<article><h3>${escaped(column.column_name)} <small>${escaped(kind)}</small></h3><p class="facts">${escaped(facts)}</p>${bars}</article>`
}

function barsOf({ name, categories, counts }: NamedHistogram): string {
  const most = Math.max(1, ...counts)
  const total = sum(counts)
  const lines = categories.slice(0, barsShown).map((category, at) => {
    const count = counts[at] ?? 0
    const width = ((100 * count) / most).toFixed(1)
    const label = escaped(categoryText(category))
    const share = numberText((100 * count) / Math.max(1, total))
    return `<tr><th scope="row">${label}</th><td class="number">${numberText(count)}</td><td><svg role="img" aria-label="${share} %" viewBox="0 0 100 8" preserveAspectRatio="none"><rect width="${width}" height="8"/></svg></td></tr>`
  })
  const left = categories.length - barsShown
  const more = left > 0 ? `<p class="note">and ${numberText(left)} more values</p>` : ''
  const heading = name === '' ? '' : `<h4>${escaped(name)}</h4>`
  return `${heading}<table class="bars"><tbody>${lines.join('')}</tbody></table>${more}`
}

function modelsTable({ total }: DatasetReport): FigureTable {
  const rows = total.models.map((model) => ({
    model: model.model,
    requests: BigInt(model.requests),
    'tokens in': BigInt(model.usage.input_tokens),
    out: BigInt(model.usage.output_tokens),
    cost: model.cost === null ? '-' : amountText(model.cost),
  }))
  return { title: 'Models', rows, notes: [] }
}

function rowsSection({ rows, rows_found: found, where }: DatasetReport): string {
  if (rows.length === 0) return found === 0 ? '<p class="note">No rows.</p>' : ''
  const which = where === null ? '' : ` where <code>${escaped(where)}</code>`
  const head = `<p class="note">${numberText(rows.length)} of ${numberText(found)} rows${which}. Open one to see its values.</p>`
  return head + rows.map(rowPanel).join('')
}

function rowPanel(row: PageRow): string {
  const number = row.row ?? row.position
  const { values, failed } = row
  const state = row.state === 'written' ? '' : ` <b class="${row.state}">${row.state}</b>`
  if (values === null) {
    const why = failed === null ? '' : `${failed.column ?? ''}: ${failed.code ?? ''}`
    return `<p class="row"><span class="at">${number}</span>${state} ${escaped(why)}</p>`
  }
  const cells = Object.entries(values)
  const preview = cells.map(([, value]) => oneLine(value)).join(' · ')
  const shown = cells.map(
    ([name, value]) =>
      `<dt>${escaped(name)}</dt><dd${value === null ? ' class="null"' : ''}>${escaped(valueText(value, valueMost))}</dd>`,
  )
  return `<details class="row"><summary><span class="at">${number}</span>${state} ${escaped(cut(preview))}</summary><dl>${shown.join('')}</dl></details>`
}

function oneLine(value: Value): string {
  const text = typeof value === 'string' ? value : formatJson(value)
  return cut(text.slice(0, 4 * previewMost).replace(/\s+/g, ' '))
}

function cut(text: string): string {
  const characters = [...text]
  return characters.length > previewMost ? `${characters.slice(0, previewMost - 1).join('')}…` : text
}

function configSection({ config }: DatasetReport): string {
  return `<details><summary>The config, as it is stored</summary><pre>${escaped(formatJson(config, { indent: 2 }))}</pre></details>`
}
