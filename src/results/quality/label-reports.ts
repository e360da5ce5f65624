/**
 * Reports on labels of a dataset: requested against got, crosses of categories, agreement of judges. DuckDB counts, so that memory follows the
 * number of different labels. Its queries name results by their places: a column may have any name, and would go before a name given here.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { fieldType } from '../../base/values/column-type.ts'
import { isValueObject } from '../../base/values/value.ts'
import { type Agreement, type AgreementLevel, agreementOf, type Label } from '../../quality/agreement.ts'
import { type Cross, crossOf, type RequestedAgainstGot, requestedAgainstGot } from '../../quality/coverage.ts'
import { scoreNames } from '../profile/profile.ts'
import type { Cell, ProfiledTable } from './profiled-table.ts'

export interface RequestedReport extends RequestedAgainstGot {
  readonly column_name: string
}

export interface CrossReport extends Cross {
  readonly column_names: readonly [string, string]
}

export interface AgreementReport extends Agreement {
  /** Scores of judges, by column and name: `judged.clarity`. */
  readonly judges: readonly string[]
}

/** What of the labels is compared. */
export interface AgreementOptions {
  /** Two scores or more, for example `['judge_a.clarity', 'judge_b.clarity']`. */
  readonly judges: readonly string[]
  /** @default ordinal where all labels are numbers, else nominal */
  readonly level?: AgreementLevel
}

/** Pairs of columns that are crossed, cells of one cross. */
const crossedColumnsMax = 6
const cellsMax = 10_000

/** Values and weights of the category samplers that have them in the config. */
function categorySamplers(table: ProfiledTable): { cell: Cell; weights: Map<string, number> }[] {
  return [...table.configured].flatMap(([name, config]) => {
    const { params } = config
    if (config.sampler_type !== 'category' || !isValueObject(params) || !Array.isArray(params.values))
      return []
    if (!table.columns.some((column) => column.name === name)) return []
    // A condition chooses among several weights.
    const conditional = config.conditional_params
    if (isValueObject(conditional) && Object.keys(conditional).length > 0) return []
    const given = Array.isArray(params.weights) ? params.weights : []
    const cell = table.cell(name)
    const weights = new Map<string, number>()
    for (const [at, value] of params.values.entries()) {
      const category = categoryOf(cell, value)
      weights.set(category, (weights.get(category) ?? 0) + Number(given[at] ?? 1))
    }
    return [{ cell, weights }]
  })
}

/** As values of a config and of rows are compared: a float is its number, since `2` and `2.0` are one. */
function categoryOf({ type }: Cell, value: unknown): string {
  return String(type.kind === 'float' ? Number(value) : value)
}

export async function requestedReports(table: ProfiledTable): Promise<RequestedReport[]> {
  const reports: RequestedReport[] = []
  for (const { cell, weights } of categorySamplers(table)) {
    const counts = new Map<string, number>()
    const found = await table.rows(
      `${cell.sql}::VARCHAR, count(*)`,
      `WHERE ${cell.sql} IS NOT NULL GROUP BY 1 ORDER BY 1`,
    )
    for (const [label, rows] of found) counts.set(categoryOf(cell, label), Number(rows))
    reports.push({ column_name: cell.name, ...requestedAgainstGot(weights, counts) })
  }
  return reports
}

export async function crossReports(table: ProfiledTable): Promise<CrossReport[]> {
  const samplers = categorySamplers(table).slice(0, crossedColumnsMax)
  const reports: CrossReport[] = []
  for (const [at, one] of samplers.entries()) {
    for (const two of samplers.slice(at + 1)) {
      if (one.weights.size * two.weights.size > cellsMax) continue
      const found = await table.rows(
        `${one.cell.sql}::VARCHAR, ${two.cell.sql}::VARCHAR, count(*)`,
        `WHERE ${one.cell.sql} IS NOT NULL AND ${two.cell.sql} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2`,
      )
      const counts = found.map(([a, b, rows]) => ({
        values: [categoryOf(one.cell, a), categoryOf(two.cell, b)] as const,
        rows: Number(rows),
      }))
      reports.push({
        column_names: [one.cell.name, two.cell.name],
        ...crossOf(counts, drawn(one.weights), drawn(two.weights)),
      })
    }
  }
  return reports
}

const drawn = (weights: ReadonlyMap<string, number>): string[] =>
  [...weights].filter(([, weight]) => weight > 0).map(([value]) => value)

/** @param given what the user names; else scores of one name that several judges give. @throws RowsmithError usage, unknown_column */
export async function agreementReports(
  table: ProfiledTable,
  given: readonly AgreementOptions[] = [],
): Promise<AgreementReport[]> {
  const reports: AgreementReport[] = []
  const wanted: readonly AgreementOptions[] = given.length > 0 ? given : sharedScores(table)
  for (const { judges, level } of wanted) {
    if (judges.length < 2 || new Set(judges).size < judges.length) {
      throw new RowsmithError(
        'usage',
        `Agreement is of two judges or more; these are: ${judges.join(', ')}.`,
        {
          nextStep: 'Name two scores: judge_a.clarity,judge_b.clarity',
        },
      )
    }
    const cells = judges.map((judge) => scoreCell(table, judge))
    const patterns = await patternsOf(table, cells)
    const labels = patterns.flatMap(({ labels: each }) => each).filter((label) => label !== null)
    const found = level ?? (labels.every((label) => typeof label === 'number') ? 'ordinal' : 'nominal')
    reports.push({ judges, ...agreementOf(patterns, found) })
  }
  return reports
}

async function patternsOf(
  table: ProfiledTable,
  cells: readonly Cell[],
): Promise<{ labels: Label[]; rows: number }[]> {
  const texts = cells.map(({ sql }) => `${sql}::VARCHAR`).join(', ')
  const places = cells.map((_, at) => at + 1).join(', ')
  const found = await table.rows(`${texts}, count(*)`, `GROUP BY ${places} ORDER BY ${places}`)
  return found.map((row) => ({
    labels: row.slice(0, -1).map(labelOf),
    rows: Number(row.at(-1)),
  }))
}

/** Scores are texts in files; a number as a text is a number. */
function labelOf(value: unknown): Label {
  if (value === null || value === undefined) return null
  const text = String(value)
  return /^-?(?:\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : text
}

/** A score of a judge by its name: `judged.clarity` is `judged.clarity.score`. */
function scoreCell(table: ProfiledTable, path: string): Cell {
  const cell = table.cell(path)
  const { type } = cell
  if (type.kind === 'struct') {
    if (fieldType(type, 'score') !== undefined) return { ...table.cell(`${path}.score`), name: path }
    const names = type.fields.map(({ name }) => name)
    throw new RowsmithError('usage', `"${path}" is no score: it has the fields ${names.join(', ')}.`, {
      nextStep: `Name one of them: ${path}.${names[0]}`,
    })
  }
  if (type.kind === 'list' || type.kind === 'map' || type.kind === 'json') {
    throw new RowsmithError('usage', `"${path}" is no label: its type is ${type.kind}.`)
  }
  return cell
}

function sharedScores(table: ProfiledTable): AgreementOptions[] {
  const byName = new Map<string, string[]>()
  for (const { name, type } of table.columns) {
    if (table.configured.get(name)?.column_type !== 'llm-judge') continue
    for (const score of scoreNames(type)) {
      byName.set(score, [...(byName.get(score) ?? []), `${name}.${score}`])
    }
  }
  return [...byName.values()].filter((judges) => judges.length > 1).map((judges) => ({ judges }))
}
