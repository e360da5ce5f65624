/** The page: a header, and one screen at a time. Its state is in the fragment of the address. */
import { ApiError, get, lines, takeToken, useDataset } from './api.ts'
import { summary } from './cells.ts'
import { count, h, money, replaceChildren, shown } from './dom.ts'
import { Grid } from './grid.ts'
import { Help } from './help.ts'
import { Panel } from './panel.ts'
import { type Pulse, screens, secondsText } from './screens.ts'
import type { Dataset, Page, Status } from './types.ts'

const names = ['Rows', ...screens.map(({ name }) => name)]

/** What the reader looks for. */
interface Query {
  where: string
  text: string
  state: string
  sort: string
}

interface Change {
  readonly at: number
  readonly status: Status
}

const openRowsEveryMs = 5000

const keys = [
  ['j k ↑ ↓', 'next and previous row'],
  ['h l ← →', 'column'],
  ['Enter', 'open the row'],
  ['Esc', 'close'],
  ['g', 'go to a row'],
  ['f', 'condition'],
  ['/', 'search'],
  ['s', 'sort by the column'],
  ['d', 'tall rows'],
  ['p t r', 'prompts, thinking, raw replies of the row'],
  ['c', 'copy the cell'],
  ['1 – 5', 'screens'],
  ['?', 'these keys'],
] as const

class ViewPage {
  #dataset: Dataset | undefined
  #screen = 'Rows'
  #query: Query = { where: '', text: '', state: '', sort: '' }
  #querying = new AbortController()
  #seen: { readonly at: number; readonly rows: number; readonly answers: number }[] = []
  #seenAt = 0
  #loadedAt = 0
  readonly #panel = new Panel(() => this.#closePanel())
  readonly #grid = new Grid({
    selected: (row) => row !== undefined && this.#panel.isOpen && this.#open(row.position),
    opened: (row) => this.#open(row.position),
    sorted: (column) => this.#sortBy(column),
    failed: (error) => this.#say(error),
  })
  readonly #name = h('h1', {})
  readonly #tabs = h('nav', { 'aria-label': 'Screens' })
  readonly #pulse = h('p.pulse', {})
  readonly #where = field('where', "condition: stars <= 2 AND review LIKE '%late%'", 'Condition (f)')
  readonly #text = field('search', 'search text', 'Search (/)')
  readonly #state = h('select', { 'aria-label': 'State' }, ...stateOptions()) as HTMLSelectElement
  readonly #found = h('p.found', { 'aria-live': 'polite' })
  readonly #note = h('p.note.bar', { hidden: true })
  readonly #error = h('p.error.bar', { role: 'alert', hidden: true })
  readonly #rows: HTMLElement
  readonly #other = h('main.screen', { tabindex: 0, 'aria-label': 'Screen', hidden: true })
  readonly #help = new Help(keys)

  constructor() {
    const bar = h(
      'form.bar',
      { role: 'search', onsubmit: (event) => this.#submitted(event) },
      this.#where,
      this.#text,
      this.#state,
      h('button', { type: 'submit' }, 'Find'),
      this.#found,
    )
    this.#rows = h(
      'main.rows',
      { 'aria-label': 'Rows' },
      bar,
      this.#note,
      this.#error,
      h('div.split', {}, this.#grid.element, this.#panel.element),
    )
    document.body.append(
      h('header', {}, this.#name, this.#tabs, this.#pulse, this.#help.button),
      this.#rows,
      this.#other,
      this.#help.dialog,
    )
    this.#state.addEventListener('change', () => this.#ask())
    document.addEventListener('keydown', (event) => this.#key(event))
    window.addEventListener('hashchange', () => this.#restore())
  }

  async start(): Promise<void> {
    await this.#load(false)
    this.#restore()
    this.#grid.element.focus()
    this.#follow()
  }

  async #load(keep: boolean): Promise<void> {
    const dataset = await get<Dataset>('dataset')
    this.#dataset = dataset
    document.title = `${dataset.name} · Rowsmith`
    replaceChildren(this.#name, shown(dataset.name))
    this.#panel.describe(dataset.path, dataset.columns)
    this.#drawTabs()
    this.#drawPulse()
    if (keep && !this.#isQueried) this.#showAll(true)
  }

  get #isQueried(): boolean {
    return Object.values(this.#query).some((part) => part !== '')
  }

  /** Status as it changes; after the connection was lost, again. */
  async #follow(): Promise<void> {
    for (;;) {
      try {
        for await (const { status, at } of lines<Change>('events', new AbortController().signal))
          await this.#changed(status, at)
      } catch (error) {
        if (error instanceof ApiError) this.#say(error)
      }
      replaceChildren(this.#pulse, 'no connection: is `rowsmith view` still running?')
      await new Promise((resolve) => setTimeout(resolve, 2000))
    }
  }

  async #changed(status: Status, at: number): Promise<void> {
    const before = this.#dataset?.status
    const rows = status.rows_written + status.rows_dropped
    this.#seen = [
      ...this.#seen.filter((each) => each.at > at - 60_000),
      { at, rows, answers: answersOf(status) },
    ]
    this.#seenAt = at
    if (this.#dataset === undefined || before === undefined) return
    this.#dataset = { ...this.#dataset, status }
    this.#drawPulse()
    if (JSON.stringify(before) === JSON.stringify(status)) return
    // Open rows are made again of stored answers, which takes the server a while: not at each answer.
    const isWritten = before.rows_written !== status.rows_written || before.writer !== status.writer
    if (isWritten || at - this.#loadedAt > openRowsEveryMs) {
      this.#loadedAt = at
      await this.#load(true)
      if (this.#panel.isOpen && this.#grid.row) await this.#panel.show(this.#grid.row.position, true)
    }
    if (this.#screen === 'Run' || this.#screen === 'Failures') this.#drawScreen(false)
  }

  #pulseOf(): Pulse {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    const status = this.#dataset?.status
    const answers =
      first === undefined || last === undefined || last.at <= first.at
        ? undefined
        : ((last.answers - first.answers) / (last.at - first.at)) * 1000
    if (
      first === undefined ||
      last === undefined ||
      status === undefined ||
      last.rows <= first.rows ||
      status.writer === null
    ) {
      return { rate: undefined, secondsLeft: undefined, answers }
    }
    const rate = ((last.rows - first.rows) / (last.at - first.at)) * 1000
    return { rate, secondsLeft: status.rows_open / rate, answers }
  }

  #drawPulse(): void {
    const status = this.#dataset?.status
    if (status === undefined) return
    const { rate, secondsLeft, answers } = this.#pulseOf()
    const { cost, in_flight: inFlight } = status.total
    const done = status.rows_written + status.rows_dropped
    const isRunning = status.writer !== null
    const parts = [
      ...(isRunning || status.rows_open > 0 ? [`of ${count.format(status.rows_planned)}`] : ['rows']),
      ...(status.rows_dropped > 0 ? [`${count.format(status.rows_dropped)} dropped`] : []),
      ...(isRunning
        ? [
            rate === undefined
              ? answers
                ? `${answers.toFixed(answers < 10 ? 1 : 0)} answers/s`
                : 'running'
              : `${rate.toFixed(rate < 10 ? 1 : 0)} rows/s`,
            `${count.format(inFlight)} in flight`,
          ]
        : []),
      ...(secondsLeft === undefined ? [] : [`${secondsText(secondsLeft)} left`]),
      ...(cost === null ? [] : [money(cost)]),
      ...(isRunning
        ? []
        : [status.rows_open === 0 ? 'complete' : `stopped: ${count.format(status.rows_open)} open`]),
    ]
    replaceChildren(this.#pulse, h('strong', {}, count.format(done)), ` ${parts.join(' · ')}`)
    this.#pulse.classList.toggle('live', isRunning)
    this.#pulse.title = `seen ${new Date(this.#seenAt || Date.now()).toLocaleTimeString()}`
  }

  #drawTabs(): void {
    const failures = this.#dataset?.status.failures.length ?? 0
    const tabs = names.map((name, at) =>
      h(
        'a',
        {
          href: `#${name.toLowerCase()}`,
          title: `${name} (${at + 1})`,
          ...(name === this.#screen ? { 'aria-current': 'page' } : {}),
        },
        name === 'Failures' && failures > 0 ? `${name} ${failures}` : name,
      ),
    )
    replaceChildren(this.#tabs, ...tabs)
  }

  #go(screen: string): void {
    if (this.#screen === screen) return
    this.#screen = screen
    this.#drawScreen()
    this.#store()
  }

  /** @param focus not for what is only drawn again */
  #drawScreen(focus = true): void {
    this.#drawTabs()
    const isRows = this.#screen === 'Rows'
    this.#rows.hidden = !isRows
    this.#other.hidden = isRows
    if (isRows) this.#grid.element.focus()
    else {
      this.#other.setAttribute('aria-label', this.#screen)
      const screen = screens.find(({ name }) => name === this.#screen)
      if (this.#dataset)
        screen?.draw(this.#other, this.#dataset, this.#pulseOf(), (position) => this.#goTo(position))
      if (focus) this.#other.focus()
    }
  }

  /** `#rows?row=42&where=...` */
  #store(): void {
    const state = new URLSearchParams()
    for (const [name, value] of Object.entries(this.#query)) if (value !== '') state.set(name, value)
    if (this.#screen === 'Rows' && this.#panel.isOpen) state.set('row', String(this.#grid.row?.position ?? 0))
    const text = state.size === 0 ? '' : `?${state}`
    history.replaceState(null, '', `${location.search}#${this.#screen.toLowerCase()}${text}`)
  }

  #restore(): void {
    const [screen = '', state = ''] = location.hash.slice(1).split('?')
    this.#screen = names.find((name) => name.toLowerCase() === screen) ?? 'Rows'
    const given = new URLSearchParams(state)
    const query = {
      where: given.get('where') ?? '',
      text: given.get('text') ?? '',
      state: given.get('state') ?? '',
      sort: given.get('sort') ?? '',
    }
    const isNew = JSON.stringify(query) !== JSON.stringify(this.#query) || location.hash === ''
    this.#where.value = query.where
    this.#text.value = query.text
    this.#state.value = query.state
    this.#query.sort = query.sort
    this.#drawScreen()
    if (isNew && Object.values(query).some((part) => part !== '')) this.#ask()
    else if (isNew || this.#grid.row === undefined) this.#showAll(false)
    const row = given.get('row')
    if (row !== null && /^\d+$/.test(row)) this.#goTo(Number(row))
  }

  #submitted(event: Event): void {
    event.preventDefault()
    this.#ask()
    this.#grid.element.focus()
  }

  get #columns(): Dataset['columns'] {
    return this.#dataset?.columns.filter(({ dropped, type }) => !dropped || type !== null) ?? []
  }

  /** Reads rows; what the server could not read is said next to the number of rows. */
  async #readRows(path: string): Promise<Page> {
    const page = await get<Page>(path)
    if (page.why !== null) replaceChildren(this.#note, shown(`open rows: ${page.why}`))
    this.#note.hidden = page.why === null
    return page
  }

  #showAll(keep: boolean): void {
    const rows = this.#dataset?.positions ?? 0
    this.#grid.show(
      this.#columns,
      { rows, read: (at, n) => this.#readRows(`rows?at=${at}&n=${n}`) },
      '',
      keep,
    )
    replaceChildren(this.#found, `${count.format(rows)} rows`)
  }

  /** Gets from the server which rows are looked for, and shows them. */
  async #ask(): Promise<void> {
    this.#query = {
      ...this.#query,
      where: this.#where.value.trim(),
      text: this.#text.value,
      state: this.#state.value,
    }
    this.#error.hidden = true
    this.#querying.abort()
    this.#querying = new AbortController()
    const { signal } = this.#querying
    this.#store()
    if (!this.#isQueried) return this.#showAll(false)
    replaceChildren(this.#found, 'looking …')
    try {
      const conditions = new URLSearchParams(Object.entries(this.#query).filter(([, value]) => value !== ''))
      for await (const line of lines<{ found: number; id?: string }>(`query?${conditions}`, signal)) {
        const of = count.format(this.#dataset?.positions ?? 0)
        replaceChildren(
          this.#found,
          `${count.format(line.found)} of ${of}${line.id === undefined ? ' …' : ''}`,
        )
        if (line.id === undefined) continue
        const read = (at: number, n: number): Promise<Page> =>
          this.#readRows(`rows?query=${line.id}&at=${at}&n=${n}`)
        this.#grid.show(this.#columns, { rows: line.found, read }, this.#query.sort, false)
        if (line.found === 0) this.#panel.close()
      }
    } catch (error) {
      if (signal.aborted) return
      replaceChildren(this.#found, '')
      this.#say(error)
    }
  }

  #sortBy(column: string): void {
    const { sort } = this.#query
    this.#query.sort = sort === column ? `-${column}` : sort === `-${column}` ? '' : column
    this.#ask()
  }

  async #open(position: number): Promise<void> {
    await this.#panel.show(position)
    this.#store()
  }

  #closePanel(): void {
    this.#panel.close()
    this.#grid.element.focus()
    this.#store()
  }

  #goTo(position: number): void {
    this.#go('Rows')
    if (!this.#isQueried) this.#grid.select(position)
    this.#open(position)
  }

  #say(error: unknown): void {
    const { message, next } = error instanceof ApiError ? error : { message: String(error), next: '' }
    replaceChildren(this.#error, shown(message), next === '' ? '' : ' ', shown(next))
    this.#error.hidden = false
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#help.isOpen) return
    const target = event.target as HTMLElement
    if (target.matches('input, select, textarea')) {
      if (event.key === 'Escape') this.#grid.element.focus()
      return
    }
    const screen = names[Number(event.key) - 1]
    if (screen !== undefined) this.#go(screen)
    else if (event.key === '?') this.#help.show()
    else if (this.#screen !== 'Rows') return
    else if (!this.#rowsKey(event)) return
    event.preventDefault()
  }

  #rowsKey(event: KeyboardEvent): boolean {
    const target = event.target as HTMLElement
    const isInPanel = this.#panel.element.contains(target)
    const does: Record<string, () => unknown> = {
      '/': () => this.#text.focus(),
      f: () => this.#where.focus(),
      g: () => this.#askForRow(),
      d: () => this.#grid.toggleTall(),
      p: () => this.#panel.toggle('prompt'),
      r: () => this.#panel.toggle('reply'),
      t: () => this.#panel.toggle('thinking'),
      c: () => this.#copy(),
      Escape: () => this.#escape(),
    }
    const found = does[event.key]
    if (found !== undefined) {
      found()
      return true
    }
    // Buttons and folds have keys of their own, and a long panel scrolls.
    if (target.closest('button, summary, a') || (isInPanel && !'jk'.includes(event.key))) return false
    return this.#grid.key(event)
  }

  /** Closes one thing: what was said, else the panel. */
  #escape(): void {
    if (this.#error.hidden) this.#closePanel()
    else this.#error.hidden = true
  }

  #askForRow(): void {
    const given = window.prompt('Go to row')?.replaceAll(',', '').trim()
    if (given !== undefined && /^\d+$/.test(given))
      this.#goTo(Math.min(Number(given), (this.#dataset?.positions ?? 1) - 1))
  }

  #copy(): void {
    const { row, selectedColumn } = this.#grid
    const value = row?.values?.find(([name]) => name === selectedColumn?.name)?.[1]
    if (value !== undefined) navigator.clipboard.writeText(summary(value))
  }
}

function answersOf({ total }: Status): number {
  return total.models.reduce((sum, { replies }) => sum + replies, 0)
}

function field(name: string, placeholder: string, label: string): HTMLInputElement {
  const attributes = {
    name,
    placeholder,
    'aria-label': label,
    title: label,
    type: 'text',
    spellcheck: 'false',
    autocomplete: 'off',
  }
  return h('input', attributes) as HTMLInputElement
}

function stateOptions(): HTMLElement[] {
  const states = ['all rows', 'written', 'dropped', 'open']
  return states.map((state) => h('option', { value: state === 'all rows' ? '' : state }, state))
}

if (takeToken()) {
  const save = new URLSearchParams(location.search).get('save')
  if (save !== null && /^\d+$/.test(save)) useDataset(`save/${save}/`)
  const page = new ViewPage()
  page.start().catch((error) => document.body.append(h('p.error', { role: 'alert' }, shown(String(error)))))
} else {
  const text = 'This page needs the whole address that `rowsmith view` printed, with the token at its end.'
  document.body.append(h('main', {}, h('h1', {}, 'Rowsmith'), h('p.empty', {}, text)))
}
