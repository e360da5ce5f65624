/** The page of `rowsmith dev`: saves at the left, what the chosen one changed at the top, its rows next to those of the save before. */
import { ApiError, get, lines, post, takeToken, useDataset } from './api.ts'
import { DevRows } from './dev-rows.ts'
import { SaveList, Strip } from './dev-saves.ts'
import type { Cell, SaveRow, View } from './dev-types.ts'
import { h, money, replaceChildren, shown } from './dom.ts'
import { Help } from './help.ts'
import { Panel } from './panel.ts'
import type { Column } from './types.ts'

const keys = [
  ['[ ]', 'earlier and later save'],
  ['a', 'ask, or go on'],
  ['Tab, Enter', 'open a row: its prompts and answers'],
  ['p t r', 'prompts, thinking, raw replies of the open row'],
  ['Esc', 'close the row'],
] as const

class DevPage {
  #view: View | undefined
  /** The save that is shown; undefined: the newest. */
  #chosen: number | undefined
  /** The save it is compared with; undefined: the one before. */
  #against: number | undefined
  #isDrawing = false
  readonly #rows = new Map<number, Map<number, SaveRow>>()
  /** The saves whose rows are on their way, and whether they changed meanwhile. */
  readonly #loading = new Map<number, { changed: boolean }>()
  readonly #name = h('h1', {})
  readonly #pulse = h('p.pulse', { role: 'status' })
  readonly #more = h('a', { href: '/view' }, 'All screens of this save')
  readonly #banner = h('div.banner', { 'aria-live': 'polite', hidden: true })
  readonly #list = new SaveList((n) => this.#choose(n))
  readonly #strip = new Strip({
    compare: (n) => this.#compareWith(n),
    change: (path, body) => this.#change(path, body),
  })
  readonly #panel = new Panel(() => this.#panel.close())
  readonly #table = new DevRows((row) => this.#open(row))
  readonly #help = new Help(keys)

  constructor() {
    document.body.append(
      h(
        'header',
        {},
        this.#name,
        h('nav', { 'aria-label': 'Screens' }, this.#more),
        this.#pulse,
        this.#help.button,
      ),
      h(
        'main.dev',
        { 'aria-label': 'Saves' },
        this.#list.element,
        h(
          'div.stage',
          { tabindex: 0, role: 'region', 'aria-label': 'Rows of the save' },
          this.#banner,
          this.#strip.element,
          this.#table.element,
        ),
        this.#panel.element,
      ),
      this.#help.dialog,
    )
    document.addEventListener('keydown', (event) => this.#key(event))
  }

  async follow(): Promise<void> {
    for (;;) {
      try {
        for await (const line of lines<{ view: View } | { cell: Cell }>(
          '/dev/events',
          new AbortController().signal,
        )) {
          if ('view' in line) this.#changed(line.view)
          else this.#came(line.cell)
        }
      } catch (error) {
        if (error instanceof ApiError) return this.#say(error)
      }
      this.#pulse.classList.remove('live')
      replaceChildren(
        this.#pulse,
        'no connection: is `rowsmith dev` still running? Start it again, and open the address it prints.',
      )
      await new Promise((resolve) => setTimeout(resolve, 2000))
    }
  }

  get #shown(): number | undefined {
    return this.#chosen ?? this.#view?.saves.at(-1)?.n
  }

  #changed(view: View): void {
    const before = this.#view
    this.#view = view
    const isNew = before !== undefined && view.saves.at(-1)?.n !== before.saves.at(-1)?.n
    if (isNew) {
      this.#chosen = undefined
      this.#against = undefined
    }
    for (const save of view.saves) {
      const was = before?.saves.find(({ n }) => n === save.n)
      // Cells came one by one; what is written now is the whole.
      if (was !== undefined && (was.state !== save.state || was.rows !== save.rows)) this.#load(save.n)
    }
    this.#draw()
  }

  #came({ n, row, column, value, state, code, message }: Cell): void {
    const rows = this.#rows.get(n)
    if (rows === undefined) return
    const found = rows.get(row) ?? { row, failure: null, values: [] }
    if (state === 'failed') rows.set(row, { ...found, failure: { column, code: code ?? '', message } })
    else
      rows.set(row, {
        ...found,
        values: [...found.values.filter(([name]) => name !== column), [column, value]],
      })
    this.#draw()
  }

  async #load(n: number): Promise<void> {
    const running = this.#loading.get(n)
    if (running !== undefined) {
      running.changed = true
      return
    }
    const loading = { changed: false }
    this.#loading.set(n, loading)
    try {
      const { rows } = await get<{ rows: readonly SaveRow[] }>(`/dev/rows/${n}`)
      const before = this.#rows.get(n)
      // A cell may have come in while the rows were on their way.
      const found = rows.map(
        (row) => [row.row, row.values.length === 0 ? (before?.get(row.row) ?? row) : row] as const,
      )
      this.#rows.set(n, new Map(found))
    } catch (error) {
      this.#rows.set(n, new Map())
      if (error instanceof ApiError) this.#say(error)
    }
    this.#loading.delete(n)
    if (loading.changed) void this.#load(n)
    this.#draw()
  }

  /** At most once a frame. */
  #draw(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    requestAnimationFrame(() => {
      this.#isDrawing = false
      if (this.#view !== undefined) this.#drawView(this.#view)
    })
  }

  #drawView(view: View): void {
    document.title = `${view.name} · Rowsmith dev`
    replaceChildren(this.#name, shown(view.name))
    this.#drawPulse(view)
    this.#drawBanner(view)
    const save = view.saves.find(({ n }) => n === this.#shown)
    const index = save === undefined ? -1 : view.saves.indexOf(save)
    const against = view.saves.find(({ n }) => n === (this.#against ?? view.saves[index - 1]?.n))
    this.#list.draw(view, save?.n)
    this.#strip.draw(view, save, against)
    this.#more.hidden = save === undefined
    if (save === undefined) {
      this.#table.clear()
      return
    }
    this.#more.setAttribute('href', `/view?save=${save.n}`)
    for (const { n } of [save, ...(against === undefined ? [] : [against])])
      if (!this.#rows.has(n) && !this.#loading.has(n)) this.#load(n)
    const side = (n: number) => this.#rows.get(n) ?? new Map<number, SaveRow>()
    const isRequesting = save.state === 'requesting'
    this.#table.draw({ save, against, rows: side(save.n), before: against && side(against.n), isRequesting })
  }

  #drawPulse({ state, inFlight, spent, maxCost, saves }: View): void {
    const last = saves.at(-1)
    const money_ =
      last?.cost == null && maxCost === null
        ? ''
        : ` · ${money(spent)}${maxCost === null ? '' : ` of ${money(maxCost)}`} this session`
    const what =
      state.run === 'requesting'
        ? `requesting · ${inFlight} in flight`
        : state.run === 'settling'
          ? `saved again · waiting for ${inFlight} in flight`
          : state.config === 'reading'
            ? 'reading the config'
            : state.config === 'broken'
              ? 'the config is broken'
              : state.config === 'waiting'
                ? 'waits for you'
                : 'watching: edit and save'
    this.#pulse.classList.toggle('live', state.run !== 'none')
    replaceChildren(this.#pulse, h('strong', {}, what), money_)
  }

  #drawBanner({ error, waiting, saves, note, state }: View): void {
    const last = saves.at(-1)
    this.#banner.hidden = true
    if (error !== null) {
      const stay = saves.length > 0 ? 'The rows of the last good save stay. ' : ''
      this.#showBanner(
        'bad',
        h('strong', {}, 'The config cannot be used. '),
        shown(error.message),
        h('p.note', {}, stay, 'Fix it and save: it is read again.'),
      )
    } else if (waiting !== null) {
      const cost = waiting.cost === null ? '' : `, about ${money(waiting.cost)}`
      const why =
        waiting.why === 'budget'
          ? 'The budget of this session does not suffice.'
          : 'Nothing is sent before you agree, once.'
      this.#showBanner('ask', `${waiting.requests} requests${cost}. ${why} `, this.#askButton('Ask'))
    } else if (last?.error != null && state.run === 'none') {
      this.#showBanner(
        'bad',
        h('strong', {}, `Save ${last.n} stopped. `),
        shown(last.error.message),
        h('p.note', {}, shown(last.error.next)),
        this.#askButton('Go on'),
      )
    } else if (last?.state === 'stopped' && state.run === 'none') {
      this.#showBanner(
        'ask',
        `Save ${last.n} was stopped before its rows were there. `,
        this.#askButton('Go on'),
      )
    } else if (note !== null) this.#showBanner('', note)
  }

  #askButton(text: string): HTMLElement {
    return h('button.primary', { onclick: () => this.#change('/dev/ask', {}), title: `${text} (a)` }, text)
  }

  async #change(path: string, body: object): Promise<void> {
    try {
      this.#changed(await post<View>(path, body))
    } catch (error) {
      if (error instanceof ApiError) this.#say(error)
    }
  }

  #say({ message, next }: ApiError): void {
    this.#showBanner('bad', shown(message), ' ', shown(next))
  }

  #showBanner(kind: string, ...children: readonly (Node | string)[]): void {
    this.#banner.className = `banner ${kind}`
    replaceChildren(this.#banner, ...children)
    this.#banner.hidden = false
  }

  #choose(n: number): void {
    const newest = this.#view?.saves.at(-1)?.n
    this.#chosen = n === newest ? undefined : n
    this.#against = undefined
    this.#panel.close()
    this.#draw()
  }

  #compareWith(n: number): void {
    this.#against = n
    this.#draw()
  }

  async #open(row: number): Promise<void> {
    const save = this.#view?.saves.find(({ n }) => n === this.#shown)
    if (save === undefined) return
    useDataset(`save/${save.n}/`)
    const columns = save.names.map(
      ({ name, kind }): Column => ({ name, kind, detail: null, type: null, dropped: false }),
    )
    this.#panel.describe(save.dataset, columns)
    await this.#panel.show(row, true)
  }

  #move(step: number): void {
    const saves = this.#view?.saves ?? []
    const at = saves.findIndex(({ n }) => n === this.#shown)
    const next = saves[at + step]
    if (next !== undefined) this.#choose(next.n)
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#help.isOpen) return
    if ((event.target as HTMLElement).matches('input, select, textarea')) return
    const does: Record<string, () => unknown> = {
      '[': () => this.#move(-1),
      ']': () => this.#move(1),
      a: () => this.#change('/dev/ask', {}),
      p: () => this.#panel.toggle('prompt'),
      t: () => this.#panel.toggle('thinking'),
      r: () => this.#panel.toggle('reply'),
      '?': () => this.#help.show(),
      Escape: () => this.#panel.close(),
    }
    const found = does[event.key]
    if (found === undefined) return
    found()
    event.preventDefault()
  }
}

if (takeToken()) new DevPage().follow()
else document.body.append(h('p.empty', {}, 'Open the address that `rowsmith dev` printed: it has a token.'))
