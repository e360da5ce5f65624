/** What a profile says of a dataset as a whole: requested against got, agreement, near-duplicates, contamination, diversity, cost. */
import type { DatasetProfile } from '../../index.ts'
import { counted, formatAmount } from '../text/amounts.ts'
import { formatTable } from '../text/table.ts'
import { inLine } from '../text/terminal-text.ts'

/** Sections with something to say, each with a title, separated by empty lines; '' where there is none. */
export function formatQuality(profile: DatasetProfile, width: number): string {
  const sections = [
    requestedSection(profile, width),
    crossSection(profile, width),
    agreementSection(profile, width),
    nearSection(profile, width),
    contaminationSection(profile, width),
    diversitySection(profile, width),
    costSection(profile, width),
    droppedSection(profile, width),
  ]
  return sections
    .filter((section) => section !== '')
    .map((section) => `\n${section}\n`)
    .join('')
}

type Cells = Readonly<Record<string, string | bigint>>

function section(
  title: string,
  rows: readonly Cells[],
  width: number,
  notes: readonly string[] = [],
): string {
  if (rows.length === 0) return ''
  return [title, formatTable(rows, width), ...notes].join('\n')
}

function requestedSection({ requested }: DatasetProfile, width: number): string {
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
  return section('Requested and got', rows, width)
}

function crossSection({ crosses }: DatasetProfile, width: number): string {
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
  return section('Crosses', rows, width)
}

function agreementSection({ agreement }: DatasetProfile, width: number): string {
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
    .map((found) => `${inLine(found.judges.join(', '))}: not defined, since ${found.undefined_because}.`)
  return section('Agreement of judges', rows, width, notes)
}

function nearSection(
  { near_duplicates: reports = [], rows_named_by: by }: DatasetProfile,
  width: number,
): string {
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
  const notes = reports.flatMap(({ column_name: column, cut, limited, rows_compared: compared }) => {
    const name = inLine(column)
    return [
      ...(cut > 0
        ? [`${name}: of ${counted(cut, 'long text')} only the first 20,000 words were compared.`]
        : []),
      ...(limited > 0
        ? [
            `${name}: ${counted(limited, 'text')} resemble thousands of others in part; not all pairs were compared.`,
          ]
        : []),
      ...(compared === null
        ? []
        : [`${name}: the first ${compared} rows were compared; memory has no room for more.`]),
    ]
  })
  return section(`Near-duplicates (rows by ${by ?? 'number'})`, rows, width, notes)
}

function contaminationSection({ contamination: reports = [] }: DatasetProfile, width: number): string {
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
          `${counted(uncheckable, 'prompt')} of ${prompts} can only be found as a whole text: too short, or boilerplate.${many}`,
        ]
      : []
  return section('Prompts of other files', rows, width, notes)
}

function diversitySection({ diversity: reports = [] }: DatasetProfile, width: number): string {
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
    openings
      .slice(0, 3)
      .map(({ words, texts }) => `${inLine(column)}: ${texts} texts begin with "${inLine(words)}"`),
  )
  return section('Diversity', rows, width, notes)
}

type Lengths = NonNullable<DatasetProfile['diversity']>[number]['characters']

function lengthsOf(lengths: Lengths): string {
  return lengths === null ? '-' : `${lengths.min} to ${lengths.max}, median ${rounded(lengths.median)}`
}

function costSection({ spending }: DatasetProfile, width: number): string {
  if (spending === null || spending.columns.length === 0) return ''
  const rows = spending.columns.map((column) => ({
    column: column.column_name,
    model: column.model,
    cells: BigInt(column.cells),
    'tokens in': BigInt(column.input_tokens),
    out: BigInt(column.output_tokens),
    cost: orNone(column.cost, formatAmount),
  }))
  const { cost, cost_per_row: perRow } = spending
  const all =
    cost === null || perRow === null
      ? []
      : [`in all ${formatAmount(cost)}, ${formatAmount(perRow)} a written row`]
  return section('Tokens and cost of written rows', rows, width, all)
}

function droppedSection({ dropped }: DatasetProfile, width: number): string {
  const rows = (dropped ?? []).map((failure) => ({
    column: failure.column,
    cause: failure.code,
    rows: BigInt(failure.rows),
  }))
  return section('Dropped rows', rows, width)
}

function orNone(value: number | null, show: (value: number) => string): string {
  return value === null ? '-' : show(value)
}

const percent = (share: number): string => `${rounded(share * 100)} %`
const rounded = (value: number): string => String(Number(value.toPrecision(3)))
