/** The list of saves, and what the chosen one changed, took and cost. */
import type { Save, View } from './dev-types.ts'
import { count, duration, h, money, replaceChildren, shown } from './dom.ts'
import { edited } from './words.ts'

/** `review, insight` */
function changedText({ changes, removed, sameAs, n }: Save): string {
  if (sameAs !== null) return `as save ${sameAs}`
  const names = [...changes.map(({ column }) => column), ...removed.map((column) => `${column} removed`)]
  if (names.length > 0) return names.join(', ')
  return n === 1 ? 'first' : 'no column'
}

const stateText = { requesting: 'requesting …', stopped: 'stopped', failed: 'failed' }

export class SaveList {
  readonly element = h('nav.saves', { 'aria-label': 'Saves' })
  readonly #choose: (n: number) => void

  constructor(choose: (n: number) => void) {
    this.#choose = choose
  }

  draw({ saves }: View, chosen: number | undefined): void {
    const items = saves.toReversed().map((save) => {
      const cost = save.cost === null ? '' : ` · ${money(save.cost)}`
      const state =
        save.state === 'complete' ? `${count.format(save.sent)} sent${cost}` : stateText[save.state]
      return h(
        'button.save',
        {
          onclick: () => this.#choose(save.n),
          ...(save.n === chosen ? { 'aria-current': 'true' } : {}),
          'data-state': save.state,
        },
        h('strong', {}, `Save ${save.n}`),
        h('time', {}, new Date(save.at).toLocaleTimeString()),
        h('span.what', {}, shown(changedText(save))),
        h('span.note', {}, state),
      )
    })
    const focused = document.activeElement?.closest('.save')?.querySelector('strong')?.textContent
    replaceChildren(this.element, ...items)
    if (focused == null) return
    const again = items.find((item) => item.querySelector('strong')?.textContent === focused)
    again?.focus()
  }
}

interface StripActions {
  compare(n: number): void
  change(path: string, body: object): void
}

export class Strip {
  readonly element = h('section.strip', { 'aria-label': 'What the save changed' })
  readonly #actions: StripActions
  readonly #facts = h('p.facts', {})
  readonly #what = h('div.what', {})
  readonly #compare = h('select', { 'aria-label': 'Compare with' }) as HTMLSelectElement
  readonly #compareLabel = h('label', {}, 'compare with ', this.#compare)
  readonly #rows = h('input', { type: 'number', min: 1, max: 200, 'aria-label': 'Rows' }) as HTMLInputElement
  readonly #budget = h('input', {
    type: 'number',
    min: 0,
    step: 'any',
    placeholder: 'none',
    'aria-label': 'Budget of the session',
  }) as HTMLInputElement
  readonly #command = h('code', {})

  constructor(actions: StripActions) {
    this.#actions = actions
    const copy = h(
      'button.link',
      { onclick: () => navigator.clipboard.writeText(this.#command.textContent ?? '') },
      'copy',
    )
    this.element.append(
      this.#facts,
      this.#what,
      h(
        'p.controls',
        {},
        this.#compareLabel,
        h('label', {}, 'rows ', this.#rows),
        h('label', {}, 'budget ', this.#budget),
        h('span', {}, 'the whole: ', this.#command, ' ', copy),
      ),
    )
    this.#compare.addEventListener('change', () => this.#actions.compare(Number(this.#compare.value)))
    this.#rows.addEventListener('change', () =>
      this.#actions.change('/dev/rows', { rows: Number(this.#rows.value) }),
    )
    this.#budget.addEventListener('change', () => {
      const text = this.#budget.value.trim()
      this.#actions.change('/dev/budget', { maxCost: text === '' ? null : Number(text) })
    })
  }

  draw(view: View, save: Save | undefined, against: Save | undefined): void {
    this.element.hidden = save === undefined
    if (document.activeElement !== this.#rows) this.#rows.value = String(view.rows)
    if (document.activeElement !== this.#budget)
      this.#budget.value = view.maxCost === null ? '' : String(view.maxCost)
    this.#command.textContent = view.command
    if (save === undefined) return
    this.#drawCompare(view, save, against)
    const isLast = save === view.saves.at(-1)
    const facts = [
      ...(save.state === 'requesting' ? [] : [duration(save.ms)]),
      `${count.format(save.sent)} request${save.sent === 1 ? '' : 's'}`,
      `${count.format(save.reused)} answer${save.reused === 1 ? '' : 's'} reused`,
      ...(save.inputTokens === 0
        ? []
        : [`${count.format(save.inputTokens)} + ${count.format(save.outputTokens)} tokens`]),
      ...(save.cost === null ? [] : [`${money(save.cost)} this save`]),
      ...(isLast && view.thousand !== null ? [`1,000 rows would cost about ${money(view.thousand)}`] : []),
      ...save.failures.map(({ column, code, rows }) => `${rows} dropped at ${column}: ${code}`),
    ]
    replaceChildren(this.#facts, h('strong', {}, `Save ${save.n}`), ` · ${facts.join(' · ')}`)
    const texts = save.changes.flatMap(({ column, texts }) =>
      texts.map(({ field, before, after }) =>
        h('div.edit', {}, h('span.note', {}, shown(`${column}.${field}`)), edited(before, after)),
      ),
    )
    replaceChildren(this.#what, ...texts, ...whyLines(save))
  }

  #drawCompare({ saves }: View, save: Save, against: Save | undefined): void {
    const options = saves.filter(({ n }) => n !== save.n)
    this.#compareLabel.hidden = options.length === 0
    const known = [...this.#compare.options].map(({ value }) => value).join()
    if (known !== options.map(({ n }) => n).join()) {
      replaceChildren(this.#compare, ...options.map(({ n }) => h('option', { value: n }, `save ${n}`)))
    }
    if (against !== undefined) this.#compare.value = String(against.n)
  }
}

function whyLines({ changes, removed, columns, sameAs, state }: Save): HTMLElement[] {
  const requested = columns.filter(({ requested: some }) => some > 0)
  const there = columns.filter(({ requested: some, there: others }) => some === 0 && others > 0)
  const whyOf = (column: string): string => changes.find((change) => change.column === column)?.why ?? ''
  const named = (column: string): string => (whyOf(column) === '' ? column : `${column} (${whyOf(column)})`)
  const lines = [
    ...(sameAs === null ? [] : [`The same rows as save ${sameAs}.`]),
    ...(requested.length > 0
      ? [
          `requested: ${requested.map(({ column, requested: cells }) => `${named(column)} ${cells}`).join(', ')}`,
        ]
      : []),
    ...(there.length > 0 ? [`reused: ${there.map(({ column }) => column).join(', ')}`] : []),
    ...(columns.length === 0 && changes.length > 0
      ? [`changed: ${changes.map(({ column }) => named(column)).join(', ')}`]
      : []),
    ...(removed.length > 0 ? [`removed: ${removed.join(', ')}`] : []),
    ...(state === 'complete' && requested.length === 0 && there.length > 0 ? ['no request was needed'] : []),
  ]
  return lines.length === 0 ? [] : [h('p.note', {}, shown(lines.join(' · ')))]
}
