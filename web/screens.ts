/** Run, Failures, Profile and Config: what is known of the dataset as a whole. */
import { get } from './api.ts'
import { wholeOf } from './cells.ts'
import { count, h, money, replaceChildren, shown } from './dom.ts'
import type { Dataset, Status, Wire } from './types.ts'

/** What is seen of a run over the last minute. */
export interface Pulse {
  /** Rows that got a state, a second; undefined while that is not known. */
  readonly rate: number | undefined
  readonly secondsLeft: number | undefined
  /** Answers a second. */
  readonly answers: number | undefined
}

export interface Screen {
  readonly name: string
  draw(place: HTMLElement, dataset: Dataset, pulse: Pulse, open: (position: number) => void): void
}

const table = (
  kind: string,
  caption: string,
  names: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement =>
  h(
    `table.${kind}`,
    {},
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, ...names.map((name) => h('th', { scope: 'col' }, name)))),
    h(
      'tbody',
      {},
      ...rows.map((cells) =>
        h(
          'tr',
          {},
          ...cells.map((cell, at) => h(at === 0 ? 'th' : 'td', at === 0 ? { scope: 'row' } : {}, cell)),
        ),
      ),
    ),
  )

const tile = (label: string, value: string, note: string): HTMLElement =>
  h('div.tile', {}, h('dt', {}, label), h('dd', {}, value), h('dd.note', {}, note))

export function secondsText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

function tiles({ status }: Dataset, { rate, secondsLeft }: Pulse): HTMLElement {
  const { total, row_groups: groups } = status
  const done = status.rows_written + status.rows_dropped
  return h(
    'dl.tiles',
    {},
    tile(
      'Rows',
      count.format(done),
      `of ${count.format(status.rows_planned)} · ${count.format(status.rows_dropped)} dropped`,
    ),
    tile(
      'Speed',
      rate === undefined ? '–' : `${rate.toFixed(rate < 10 ? 1 : 0)} rows/s`,
      rate === undefined ? 'nothing was written while this page looked' : 'last minute, as this page saw it',
    ),
    tile(
      'Time left',
      secondsLeft === undefined ? '–' : secondsText(secondsLeft),
      secondsLeft === undefined ? '' : 'at this speed',
    ),
    tile(
      'Cost',
      total.cost === null ? '–' : money(total.cost),
      total.cost === null ? 'no prices are set' : 'all runs of this dataset',
    ),
    tile('In flight', count.format(total.in_flight), `${count.format(total.requests)} requests so far`),
    tile('Row groups', count.format(groups.published), `of ${count.format(groups.total)} written`),
  )
}

const squaresMax = 2000

/** One square a row group; of many, one square for several. */
function squares({ row_groups: { total, published }, open_groups: { begun: started } }: Status): HTMLElement {
  const each = Math.max(1, Math.ceil(total / squaresMax))
  const shownCount = Math.ceil(total / each)
  const label = `${count.format(published)} written · ${count.format(started)} started · ${count.format(Math.max(0, total - published - started))} to come`
  const list = h('div.squares', { role: 'img', 'aria-label': label })
  for (let at = 0; at < shownCount; at++) {
    const first = at * each
    list.append(
      h(`span.square${first < published ? '.written' : first < published + started ? '.started' : ''}`, {}),
    )
  }
  return h(
    'section',
    {},
    h('h2', {}, 'Row groups'),
    h('p.note', {}, each === 1 ? label : `${label} · a square is ${each} row groups`),
    list,
  )
}

interface Entry {
  readonly at: string | null
  readonly text: string
}

const run: Screen = {
  name: 'Run',
  draw(place, dataset, pulse) {
    const { status } = dataset
    const story = h('section', {})
    replaceChildren(
      place,
      tiles(dataset, pulse),
      table(
        'numbers',
        'Models',
        ['model', 'requests', 'answers', 'without an answer', 'reused', 'tokens in', 'tokens out', 'cost'],
        status.total.models.map((model) => [
          shown(model.model),
          count.format(model.requests),
          count.format(model.replies),
          count.format(model.requests - model.replies),
          count.format(model.replies_reused),
          count.format(model.usage.input_tokens),
          count.format(model.usage.output_tokens),
          model.cost === null ? '–' : money(model.cost),
        ]),
      ),
      squares(status),
      story,
    )
    get<readonly Entry[]>('log').then((entries) => {
      const lines = entries
        .toReversed()
        .slice(0, 200)
        .map(({ at, text }) =>
          h(
            'li',
            {},
            h('time', {}, at === null ? '' : `${at.slice(0, 10)} ${at.slice(11, 19)}`),
            h('span', {}, shown(text)),
          ),
        )
      replaceChildren(story, h('h2', {}, 'What happened, newest first'), h('ol.story', {}, ...lines))
    }, noAnswer(story))
  },
}

const failures: Screen = {
  name: 'Failures',
  draw(place, { status }, _pulse, open) {
    if (status.failures.length === 0)
      return replaceChildren(place, h('p.empty', {}, 'No row of a written row group was dropped.'))
    const rows = status.failures.map(({ code, column, rows: lost, example }) => [
      code,
      shown(column),
      count.format(lost),
      h('button.link', { onclick: () => open(example.row) }, `row ${count.format(example.row)}`),
      shown(example.message ?? ''),
    ])
    replaceChildren(
      place,
      table('words', 'Dropped rows, by cause', ['cause', 'column', 'rows', 'first', 'what was said'], rows),
    )
  },
}

interface Profile {
  readonly num_records: number
  /** What is said of the dataset as a whole; figures are texts. */
  readonly tables: readonly {
    readonly title: string
    readonly rows: readonly Readonly<Record<string, string>>[]
    readonly notes: readonly string[]
  }[]
  readonly column_statistics: readonly {
    readonly column_name: string
    readonly column_type: string
    readonly num_records: number
    readonly num_null: number
    readonly num_unique: number
    readonly distribution?: Distribution | null
    readonly score_distributions?: Readonly<Record<string, Histogram>>
    readonly num_valid_records?: number
    readonly input_tokens_median?: number
    readonly output_tokens_median?: number
  }[]
}

interface Histogram {
  readonly categories: readonly Wire[]
  readonly counts: readonly number[]
}

type Distribution =
  | { readonly histogram: Histogram }
  | { readonly min: number; readonly max: number; readonly median: number; readonly mean: number }

function bars({ categories, counts }: Histogram): HTMLElement {
  const most = Math.max(1, ...counts)
  const all = categories.map((category, at) => [String(category), counts[at] ?? 0] as const)
  const list = h('ul.bars', {})
  for (const [name, found] of all.slice(0, 12)) {
    const bar = h('span.bar', {})
    bar.style.width = `${(found / most) * 100}%`
    list.append(
      h(
        'li',
        {},
        h('span.label', {}, shown(name)),
        h('span.track', {}, bar),
        h('span.amount', {}, count.format(found)),
      ),
    )
  }
  if (all.length > 12) list.append(h('li.note', {}, `${all.length - 12} more`))
  return list
}

const short = (value: number): string => String(Number(value.toPrecision(4)))

function card(column: Profile['column_statistics'][number]): HTMLElement {
  const { distribution, score_distributions: scores } = column
  const facts = [
    `${count.format(column.num_unique)} distinct`,
    ...(column.num_null === 0 ? [] : [`${count.format(column.num_null)} null`]),
    ...(column.num_valid_records === undefined
      ? []
      : [`${count.format(column.num_valid_records)} of ${count.format(column.num_records)} valid`]),
    ...(column.output_tokens_median === undefined
      ? []
      : [`${column.output_tokens_median} tokens out (median)`]),
    ...(distribution && 'min' in distribution
      ? [
          `${short(distribution.min)} to ${short(distribution.max)}, median ${short(distribution.median)}, mean ${short(distribution.mean)}`,
        ]
      : []),
  ]
  return h(
    'section.card',
    {},
    h('h2', {}, shown(column.column_name), h('small', {}, ` ${column.column_type}`)),
    h('p.note', {}, facts.join(' · ')),
    distribution && 'histogram' in distribution ? bars(distribution.histogram) : null,
    ...Object.entries(scores ?? {}).map(([name, found]) =>
      h('div', {}, h('h3', {}, shown(name)), bars(found)),
    ),
  )
}

function drawProfile(place: HTMLElement, path: string): void {
  replaceChildren(place, h('p.empty', { role: 'status' }, 'Counting what is in the columns …'))
  get<Profile>(path).then((found) => {
    const texts = h('button', {}, 'Look through texts')
    texts.title = 'Near-duplicates and diversity: takes a second for 50,000 texts'
    texts.addEventListener('click', () => drawProfile(place, 'profile?texts=1'))
    replaceChildren(
      place,
      h('p.note', {}, `${count.format(found.num_records)} rows `, path === 'profile' ? texts : ''),
      h('div.cards', {}, ...found.column_statistics.map(card)),
      ...found.tables.map(wholeTable),
    )
  }, noAnswer(place))
}

function wholeTable({ title, rows, notes }: Profile['tables'][number]): HTMLElement {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => names.map((name) => shown(row[name] ?? '')))
  return h(
    'section',
    {},
    table('words', title, names, cells),
    ...notes.map((note) => h('p.note', {}, shown(note))),
  )
}

const profile: Screen = {
  name: 'Profile',
  draw(place) {
    drawProfile(place, 'profile')
  },
}

const config: Screen = {
  name: 'Config',
  draw(place, { columns, path }) {
    const stored = h('section', {})
    const rows = columns.map(({ name, kind, detail, type, dropped }) => [
      shown(name),
      kind ?? '',
      shown(detail ?? ''),
      dropped ? 'helper, in no file' : (type ?? ''),
    ])
    replaceChildren(
      place,
      h('p.note', {}, shown(path)),
      table('words', 'Columns', ['column', 'made by', 'with', 'type'], rows),
      stored,
    )
    get<Wire>('config').then(
      (found) => replaceChildren(stored, h('h2', {}, 'Config, as it is stored'), wholeOf(found)),
      noAnswer(stored),
    )
  },
}

function noAnswer(place: HTMLElement): (error: unknown) => void {
  return (error) =>
    replaceChildren(
      place,
      h('p.error', { role: 'alert' }, error instanceof Error ? error.message : String(error)),
    )
}

export const screens: readonly Screen[] = [run, failures, profile, config]
