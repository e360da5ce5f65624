/**
 * What a profile says of a dataset as a whole, as tables for a terminal or a report.
 *
 * Never: escapes. Names and values stand in cells and notes as they are; who shows them does so safely.
 */
import type { DatasetProfile } from './dataset-profile.ts'

type Cells = Readonly<Record<string, string | bigint>>

export interface FigureTable {
  readonly title: string
  /** All with the same keys. */
  readonly rows: readonly Cells[]
  /** Sentences below it. */
  readonly notes: readonly string[]
}

/** How money is written. */
type Amount = (cost: number) => string

/** Those with something to say. @param dropped false where dropped rows are shown otherwise */
export function qualityTables(profile: DatasetProfile, amount: Amount, dropped = true): FigureTable[] {
  const tables = [
    requestedTable(profile),
    crossTable(profile),
    agreementTable(profile),
    nearTable(profile),
    contaminationTable(profile),
    diversityTable(profile),
    costTable(profile, amount),
    ...(dropped ? [droppedTable(profile)] : []),
  ]
  return tables.filter(({ rows }) => rows.length > 0)
}

function requestedTable({ requested }: DatasetProfile): FigureTable {
  const rows = requested.flatMap(({ column_name: column, categories, p_value: p }) =>
    categories.map(({ value, requested: share, got, rows: count }) => ({
      column,
      value,
      requested: percent(share),
      got: percent(got),
      rows: BigInt(count),
      'chance of such a difference': p === null ? '-' : rounded(p),
    })),
  )
  return { title: 'Requested and got', rows, notes: [] }
}

function crossTable({ crosses }: DatasetProfile): FigureTable {
  const rows = crosses.map(({ column_names: names, cells, empty, least, mutual_information: shared }) => ({
    cross: names.join(' x '),
    cells: BigInt(cells),
    empty: BigInt(empty),
    'fewest rows': least
      .slice(0, 2)
      .map(({ values, rows: count }) => `${values.join(' x ')}: ${count}`)
      .join(', '),
    'mutual information': shared === null ? '-' : rounded(shared),
  }))
  return { title: 'Crosses', rows, notes: [] }
}

function agreementTable({ agreement }: DatasetProfile): FigureTable {
  const rows = agreement.map((found) => ({
    judges: found.judges.join(', '),
    level: found.level,
    rows: BigInt(found.rows),
    agree: orNone(found.raw_agreement, percent),
    'base rate': orNone(found.base_rate, percent),
    kappa: orNone(found.kappa, rounded),
    'kappa, weighted': orNone(found.kappa_quadratic, rounded),
    alpha: orNone(found.alpha, rounded),
  }))
  const notes = agreement
    .filter((found) => found.undefined_because !== null)
    .map((found) => `${found.judges.join(', ')}: not defined, since ${found.undefined_because}.`)
  return { title: 'Agreement of judges', rows, notes }
}

function nearTable({ near_duplicates: reports = [], rows_named_by: by }: DatasetProfile): FigureTable {
  const rows = reports.map(({ column_name: column, texts, nulls, equal, near, examples, threshold }) => ({
    column,
    texts: BigInt(texts),
    null: BigInt(nulls),
    equal: BigInt(equal),
    [`near (from ${threshold})`]: BigInt(near),
    'for example': examples
      .slice(0, 2)
      .map(({ row, like, similarity }) => `${row} is like ${like} (${rounded(similarity)})`)
      .join(', '),
  }))
  const places = by === 'position' && rows.length > 0 ? ['Rows are named by their place, from 0.'] : []
  const notes = reports.flatMap(({ column_name: name, cut, limited, rows_compared: compared }) => [
    ...(cut > 0 ? [`${name}: of long texts (${cut}) only the first 20,000 words were compared.`] : []),
    ...(limited > 0
      ? [
          `${name}: some texts (${limited}) resemble thousands of others in part; not all pairs were compared.`,
        ]
      : []),
    ...(compared === null
      ? []
      : [`${name}: the first ${compared} rows were compared; memory has no room for more.`]),
  ])
  return { title: 'Near-duplicates', rows, notes: [...places, ...notes] }
}

function contaminationTable({ contamination: reports = [] }: DatasetProfile): FigureTable {
  const rows = reports.map(({ column_name: column, texts, hit, prompts, prompts_hit: found, examples }) => ({
    column,
    texts: BigInt(texts),
    'with a prompt': BigInt(hit),
    'prompts found': `${found} of ${prompts}`,
    'for example': examples
      .slice(0, 2)
      .map(({ row, file, line, share }) => `row ${row}: ${file}:${line} (${percent(share)})`)
      .join(', '),
  }))
  const [{ uncheckable = 0, prompts = 0 } = {}] = reports
  const many = uncheckable > 0.3 * prompts ? ' That is much: try a smaller --ngram.' : ''
  const notes =
    uncheckable > 0
      ? [
          `${uncheckable} of ${prompts} prompts can only be found as a whole text: too short, or boilerplate.${many}`,
        ]
      : []
  return { title: 'Prompts of other files', rows, notes }
}

function diversityTable({ diversity: reports = [] }: DatasetProfile): FigureTable {
  const rows = reports.map((found) => ({
    column: found.column_name,
    texts: BigInt(found.texts),
    'distinct-1': orNone(found.distinct_1, rounded),
    'distinct-2': orNone(found.distinct_2, rounded),
    'distinct-3': orNone(found.distinct_3, rounded),
    'same opening': orNone(found.same_opening, percent),
    words: lengthsOf(found.word_counts),
    characters: lengthsOf(found.characters),
  }))
  const notes = reports.flatMap(({ column_name: column, openings }) =>
    openings.slice(0, 3).map(({ words, texts }) => `${column}: ${texts} texts begin with "${words}"`),
  )
  return { title: 'Diversity', rows, notes }
}

type Lengths = NonNullable<DatasetProfile['diversity']>[number]['characters']

function lengthsOf(lengths: Lengths): string {
  return lengths === null ? '-' : `${lengths.min} to ${lengths.max}, median ${rounded(lengths.median)}`
}

function costTable({ spending }: DatasetProfile, amount: Amount): FigureTable {
  if (spending === null) return { title: '', rows: [], notes: [] }
  const rows = spending.columns.map((column) => ({
    column: column.column_name,
    model: column.model,
    cells: BigInt(column.cells),
    'tokens in': BigInt(column.input_tokens),
    out: BigInt(column.output_tokens),
    cost: orNone(column.cost, amount),
  }))
  const { cost, cost_per_row: perRow } = spending
  const all =
    cost === null || perRow === null ? [] : [`in all ${amount(cost)}, ${amount(perRow)} a written row`]
  return { title: 'Tokens and cost of written rows', rows, notes: all }
}

function droppedTable({ dropped }: DatasetProfile): FigureTable {
  const rows = (dropped ?? []).map((failure) => ({
    column: failure.column,
    cause: failure.code,
    rows: BigInt(failure.rows),
  }))
  return { title: 'Dropped rows', rows, notes: [] }
}

function orNone(value: number | null, show: (value: number) => string): string {
  return value === null ? '-' : show(value)
}

const percent = (share: number): string => `${rounded(share * 100)} %`
const rounded = (value: number): string => String(Number(value.toPrecision(3)))
