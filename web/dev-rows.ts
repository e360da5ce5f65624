/** Rows of a save next to those of another one: what changed, old and new; the rest as one grey line. */
import { cellOf, failureOf, summary, wholeOf } from './cells.ts'
import type { Save, SaveRow } from './dev-types.ts'
import { h, replaceChildren, shown } from './dom.ts'
import type { Wire } from './types.ts'
import { sidesOf } from './words.ts'

export interface Compared {
  readonly save: Save
  readonly against: Save | undefined
  readonly rows: ReadonlyMap<number, SaveRow>
  readonly before: ReadonlyMap<number, SaveRow> | undefined
  readonly isRequesting: boolean
}

/** Drawn and computed: a few words that say what row it is. */
const isContext = (kind: string): boolean => ['sampler', 'seed-dataset', 'expression'].includes(kind)

export class DevRows {
  readonly element = h('div.devrows', {})
  readonly #open: (row: number) => void
  #drawn = ''
  /** The number of the save that was last drawn. */
  #n: number | undefined
  /** Cells that were there when the save was last drawn, so that a new one can be shown as new. */
  #there = new Set<string>()

  constructor(open: (row: number) => void) {
    this.#open = open
  }

  clear(): void {
    this.#drawn = ''
    this.#n = undefined
    replaceChildren(this.element)
  }

  draw(compared: Compared): void {
    const { save, against, rows, before, isRequesting } = compared
    const key = JSON.stringify([
      save.n,
      against?.n,
      isRequesting,
      [...rows.values()],
      before && [...before.values()],
    ])
    if (key === this.#drawn) return
    const isSame = this.#n === save.n
    this.#drawn = key
    this.#n = save.n
    const there = new Set<string>()
    const focused = (document.activeElement as HTMLElement | null)?.dataset.row
    const head = h(
      'div.devrow.devhead',
      { role: 'row' },
      h('span', { role: 'columnheader' }, 'row'),
      h('span', { role: 'columnheader' }, 'column'),
      against === undefined ? null : h('span', { role: 'columnheader' }, `save ${against.n}`),
      h('span', { role: 'columnheader' }, `save ${save.n}`),
    )
    let unchanged = 0
    const lines: HTMLElement[] = []
    for (let row = 0; row < save.rows; row++) {
      const drawn = this.#row(compared, row, there, isSame)
      if (drawn === undefined) unchanged++
      else lines.push(...drawn)
    }
    const folded =
      unchanged === 0
        ? null
        : h('p.note.folded', {}, `${unchanged} of ${save.rows} rows are the same in both`)
    const table = h(
      'div.devtable',
      { role: 'table', 'aria-label': `Rows of save ${save.n}`, 'data-sides': against === undefined ? 1 : 2 },
      head,
      ...lines,
    )
    replaceChildren(this.element, lines.length === 0 && unchanged > 0 ? null : table, folded)
    this.#there = there
    if (focused !== undefined) this.element.querySelector<HTMLElement>(`[data-row="${focused}"]`)?.focus()
  }

  /** Undefined where both are the same. */
  #row(compared: Compared, row: number, there: Set<string>, isSame: boolean): HTMLElement[] | undefined {
    const { save, against, rows, before, isRequesting } = compared
    const [now, was] = [rows.get(row), before?.get(row)]
    const [values, old] = [new Map(now?.values), new Map(was?.values)]
    const isShown = (name: string, kind: string): boolean => {
      if (against === undefined) return !isContext(kind)
      if (values.has(name) && old.has(name)) return text(values.get(name)) !== text(old.get(name))
      return values.has(name) || old.has(name)
        ? !isContext(kind) || values.has(name) !== old.has(name)
        : !isContext(kind) && isRequesting
    }
    const removed = save.removed.map((name) => ({ name, kind: 'removed' }))
    const isFailed = now?.failure != null || was?.failure != null
    const changed = [...save.names, ...(against === undefined ? [] : removed)].filter(({ name, kind }) =>
      isShown(name, kind),
    )
    if (changed.length === 0 && !isFailed) return against === undefined ? [] : undefined
    const same = save.names.filter(
      ({ name }) => values.has(name) && !changed.some((each) => each.name === name),
    )
    const button = h(
      'button.link.rownumber',
      { onclick: () => this.#open(row), 'data-row': row, 'aria-label': `Open row ${row}` },
      String(row),
    )
    const context = h(
      'div.devrow.context',
      { role: 'row' },
      h('span', { role: 'rowheader' }, button),
      h(
        'span.grey',
        { role: 'cell' },
        ...same.flatMap(({ name }, at) => [
          at === 0 ? '' : ' · ',
          h('b', {}, shown(name)),
          ' ',
          cellOf(short(values.get(name) ?? null)),
        ]),
      ),
    )
    const lines = changed.map(({ name, kind }) => {
      const key = `${save.n} ${row} ${name}`
      if (values.has(name)) there.add(key)
      const isFresh = isSame && values.has(name) && !this.#there.has(key)
      return cellLine({
        name,
        kind,
        now: sideOf(values, name, now),
        was: against && sideOf(old, name, was),
        isRequesting,
        isFresh,
      })
    })
    const failed = [was?.failure, now?.failure]
    const isNewlyFailed = isFailed && text(failed[0]) !== text(failed[1])
    return [
      context,
      ...lines,
      ...(now?.failure != null || isNewlyFailed ? [failedLine(failed, against !== undefined)] : []),
    ]
  }
}

interface Side {
  readonly value: Wire | undefined
  readonly isFailed: boolean
}

function sideOf(values: ReadonlyMap<string, Wire>, name: string, row: SaveRow | undefined): Side {
  return { value: values.get(name), isFailed: row?.failure != null }
}

interface CellLine {
  readonly name: string
  readonly kind: string
  readonly now: Side
  readonly was: Side | undefined
  readonly isRequesting: boolean
  readonly isFresh: boolean
}

function cellLine({ name, kind, now, was, isRequesting, isFresh }: CellLine): HTMLElement {
  const sides =
    was?.value !== undefined && now.value !== undefined ? sidesOf(was.value, now.value) : undefined
  const missing =
    now.isFailed || !isRequesting
      ? h('i.none', {}, kind === 'removed' ? 'removed' : '–')
      : h('span.shimmer', { 'aria-label': 'not generated yet' })
  const after = now.value === undefined ? missing : (sides?.after ?? wholeOf(now.value))
  const before =
    was === undefined
      ? null
      : was.value === undefined
        ? h('i.none', {}, '–')
        : (sides?.before ?? wholeOf(was.value))
  return h(
    'div.devrow',
    { role: 'row' },
    h('span', { role: 'cell' }),
    h('span.column', { role: 'rowheader' }, shown(name), h('small', {}, kind.replace('llm-', ''))),
    before === null ? null : h('span.side', { role: 'cell' }, before),
    h(isFresh ? 'span.side.fresh' : 'span.side', { role: 'cell' }, after),
  )
}

function failedLine([was, now]: readonly (SaveRow['failure'] | undefined)[], hasBoth: boolean): HTMLElement {
  const said = (failure: SaveRow['failure'] | undefined): HTMLElement =>
    failure == null ? h('i.none', {}, 'not dropped') : failureOf(failure)
  return h(
    'div.devrow',
    { role: 'row' },
    h('span', { role: 'cell' }),
    h('span.column', { role: 'rowheader' }, 'dropped'),
    hasBoth ? h('span.side', { role: 'cell' }, said(was)) : null,
    h('span.side', { role: 'cell' }, said(now)),
  )
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

function short(value: Wire): Wire {
  const words = typeof value === 'object' && value !== null ? summary(value) : value
  return typeof words === 'string' && words.length > 60 ? `${words.slice(0, 59)}…` : words
}
