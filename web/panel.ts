/** One row, every column in making order: where its value comes from, the value, and what was sent for it. */
import { get } from './api.ts'
import { cutLength, failureOf, folded, membersOf, messageOf, summary, wholeOf } from './cells.ts'
import { count, duration, h, money, replaceChildren, shown } from './dom.ts'
import type { Attempt, Column, Inspected, WholeRow, Wire } from './types.ts'

export class Panel {
  readonly element: HTMLElement
  readonly #body = h('div.panelbody', { tabindex: 0, role: 'region', 'aria-label': 'Cells of the row' })
  readonly #title = h('h2', {})
  readonly #facts = h('p.facts', {})
  #reading = new AbortController()
  #path = ''
  #columns: readonly Column[] = []
  #shown: number | undefined
  readonly #openKinds = new Set<string>()

  constructor(close: () => void) {
    const button = h(
      'button.quiet',
      { onclick: close, title: 'Close (Esc)', 'aria-label': 'Close the row' },
      '×',
    )
    this.element = h(
      'aside.panel',
      { hidden: true, 'aria-label': 'Row' },
      h('div.panelhead', {}, this.#title, button),
      this.#facts,
      this.#body,
    )
  }

  get isOpen(): boolean {
    return !this.element.hidden
  }

  describe(path: string, columns: readonly Column[]): void {
    this.#path = path
    this.#columns = columns
  }

  close(): void {
    this.#reading.abort()
    this.#shown = undefined
    this.element.hidden = true
  }

  focus(): void {
    this.#body.focus()
  }

  /** @param again also when this row is shown already */
  async show(position: number, again = false): Promise<void> {
    if (this.#shown === position && !again) return
    const isSame = this.#shown === position
    this.#shown = position
    this.element.hidden = false
    this.#reading.abort()
    this.#reading = new AbortController()
    const { signal } = this.#reading
    if (!isSame) replaceChildren(this.#title, `Row ${count.format(position)}`)
    try {
      const row = await get<WholeRow>(`row/${position}`, signal)
      if (signal.aborted) return
      const opened = isSame ? this.#opened() : new Set<string>()
      this.#draw(row)
      this.#open(opened)
      if (!isSame) this.#body.scrollTop = 0
    } catch (error) {
      if (signal.aborted) return
      replaceChildren(
        this.#body,
        h('p.error', { role: 'alert' }, error instanceof Error ? error.message : String(error)),
      )
    }
  }

  /** Opens, or closes, a kind of fold of every cell, in the rows that follow too: `prompt`. */
  toggle(kind: string): void {
    const isOpen = !this.#openKinds.delete(kind)
    if (isOpen) this.#openKinds.add(kind)
    for (const fold of this.#body.querySelectorAll<HTMLDetailsElement>(`details[data-kind="${kind}"]`))
      fold.open = isOpen
  }

  /** Folds that the reader opened in this row. */
  #opened(): Set<string> {
    const folds = this.#body.querySelectorAll<HTMLDetailsElement>('details[data-kind][open]')
    return new Set([...folds].map((fold) => fold.dataset.name ?? ''))
  }

  #open(names: ReadonlySet<string>): void {
    for (const fold of this.#body.querySelectorAll<HTMLDetailsElement>('details[data-kind]')) {
      fold.open = names.has(fold.dataset.name ?? '') || this.#openKinds.has(fold.dataset.kind ?? '')
    }
  }

  #draw(row: WholeRow): void {
    const { inspected } = row
    replaceChildren(this.#title, `Row ${count.format(row.row ?? row.position)}`)
    const attempts = inspected?.cells.flatMap((cell) => cell.attempts) ?? []
    const tokens = attempts.reduce((sum, each) => sum + each.input_tokens + each.output_tokens, 0)
    const cost = attempts.reduce((sum, each) => sum + (each.cost ?? 0), 0)
    const facts = [
      row.state,
      ...(inspected === undefined ? [] : [`row group ${inspected.row_group}`]),
      ...(attempts.length === 0
        ? []
        : [
            `${attempts.length} request${attempts.length === 1 ? '' : 's'}`,
            `${count.format(tokens)} tokens`,
          ]),
      ...(attempts.some((each) => each.cost !== null) ? [money(cost)] : []),
    ]
    replaceChildren(this.#facts, facts.join(' · '))
    const notes = [row.why, inspected?.not_rendered ?? undefined].filter((note) => note !== undefined)
    replaceChildren(
      this.#body,
      ...notes.map((note) => h('p.note', {}, shown(note))),
      ...failuresOf(inspected),
      ...this.#cells(row),
      this.#foot(row),
    )
  }

  /** Those that were inspected in making order, then others that the row has. */
  #cells(row: WholeRow): HTMLElement[] {
    const cells = row.inspected?.cells ?? []
    const values = new Map(row.values)
    const known = new Set(cells.map(({ column }) => column))
    const others = [...values]
      .filter(([name]) => !known.has(name))
      .map(([column, value]) => ({ column, value, attempts: [] }))
    return [...cells, ...others].map(({ column, value, attempts }) => {
      const own = values.has(column) ? (values.get(column) ?? null) : value
      return this.#cell(row, column, own, attempts)
    })
  }

  #cell(row: WholeRow, name: string, value: Wire, attempts: readonly Attempt[]): HTMLElement {
    const column = this.#columns.find((each) => each.name === name)
    const last = attempts.findLast((each) => !each.superseded && each.outcome !== 'failed')
    const place = h(
      'div.valueplace',
      {},
      wholeOf(value, () => this.#more(place, row.position, name)),
    )
    place.dataset.read = String(cutLength(value))
    const isOpen = row.state === 'open' && value === null
    if (isOpen)
      replaceChildren(
        place,
        h('div.value.none', {}, attempts.length > 0 ? 'waiting for an answer' : 'not generated yet'),
      )
    const head = h(
      'div.cellhead',
      {},
      h('h3', {}, shown(name)),
      h('span.from', {}, fromOf(column, attempts, last)),
    )
    const kind = (title: string, key: string, ...children: readonly (Node | null)[]): HTMLElement => {
      const fold = folded(title, ...children)
      fold.dataset.kind = key
      fold.dataset.name = `${name} ${key}`
      return fold
    }
    return h(
      'section.made',
      {},
      head,
      place,
      last?.reasoning ? kind('Thinking', 'thinking', h('pre', {}, shown(last.reasoning))) : null,
      last && last.prompt !== null ? kind('Prompt as sent', 'prompt', ...promptOf(last.prompt)) : null,
      attempts.length > 1 || attempts.some((each) => each.outcome === 'failed')
        ? kind(`Attempts (${attempts.length})`, 'attempts', attemptsOf(attempts))
        : null,
      last && last.reply !== null ? kind('Raw reply', 'reply', wholeOf(last.reply)) : null,
    )
  }

  /** Reads the next part of a long value. */
  async #more(place: HTMLElement, position: number, column: string): Promise<void> {
    const before = place.querySelector('.text')
    const from = Number(place.dataset.read ?? 0)
    const path = `cell/${position}/${encodeURIComponent(column)}?from=${from}`
    const { text, length } = await get<{ text: string; length: number }>(path)
    const body = before ?? h('div.text', {})
    body.append(shown(text))
    const end = from + text.length
    place.dataset.read = String(end)
    const more =
      end < length
        ? h(
            'button.link',
            { onclick: () => this.#more(place, position, column) },
            `show the next part (${count.format(end)} of ${count.format(length)})`,
          )
        : null
    replaceChildren(place, h('div.value', {}, body, more))
  }

  #foot(row: WholeRow): HTMLElement | null {
    if (row.row === null) return null
    const command = `rowsmith inspect ${shellWord(this.#path)} --row ${row.row}`
    return h(
      'footer',
      {},
      h('code', {}, command),
      h('button.link', { onclick: () => navigator.clipboard.writeText(command) }, 'copy'),
    )
  }
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

function failuresOf(inspected: Inspected | undefined): HTMLElement[] {
  const failures = inspected?.verdicts.filter(({ superseded }) => !superseded) ?? []
  return failures.map(failureOf)
}

/** `writer · 89 tokens · 70 ms · $0.0004 · 2 attempts` */
function fromOf(column: Column | undefined, attempts: readonly Attempt[], last: Attempt | undefined): string {
  const kind = column?.kind ?? ''
  if (attempts.length === 0) {
    if (kind === 'sampler') return column?.detail ? `sampled · ${column.detail}` : 'sampled'
    return [kind.replace('llm-', ''), column?.dropped ? 'helper, in no file' : '']
      .filter((part) => part !== '')
      .join(' · ')
  }
  const tokens = attempts.reduce((sum, each) => sum + each.input_tokens + each.output_tokens, 0)
  const cost = attempts.reduce((sum, each) => sum + (each.cost ?? 0), 0)
  return [
    column?.detail ?? last?.model ?? attempts[0]?.model ?? '',
    ...(last?.outcome === 'reused' ? ['reused'] : []),
    ...(tokens === 0 ? [] : [`${count.format(tokens)} tokens`]),
    ...(last?.milliseconds == null ? [] : [duration(last.milliseconds)]),
    ...(cost === 0 ? [] : [money(cost)]),
    ...(attempts.length === 1 ? [] : [`${attempts.length} attempts`]),
  ].join(' · ')
}

function promptOf(prompt: Wire): HTMLElement[] {
  const members = new Map(membersOf(prompt) ?? [])
  const messages = members.get('messages')
  if (!Array.isArray(messages)) return [wholeOf(prompt)]
  const others = ['model', 'maxTokens', 'temperature', 'topP'].flatMap((name) =>
    members.has(name) ? [`${name} ${summary(members.get(name) ?? null)}`] : [],
  )
  return [
    ...messages.map((message: Wire) => messageOf(new Map(membersOf(message) ?? []))),
    h('p.note', {}, shown(others.join(' · '))),
  ]
}

function attemptsOf(attempts: readonly Attempt[]): HTMLElement {
  const rows = attempts.map((each) =>
    h(
      'li',
      {},
      h('strong', {}, each.outcome),
      ` ${[each.code, each.status === null ? null : `HTTP ${each.status}`, each.milliseconds === null ? null : duration(each.milliseconds), each.sent_at?.slice(11, 19), each.round === 0 ? null : `retry ${each.round}`, each.superseded ? 'superseded' : null].filter((part) => part).join(' · ')}`,
      each.superseded && each.content !== null ? h('pre', {}, shown(each.content)) : null,
    ),
  )
  return h('ol.attempts', {}, ...rows)
}
