/**
 * The grid of rows: any number of them, of which those in sight are elements.
 *
 * Rules:
 *   1. All rows have one height. Browsers limit how high an element can be: beyond that the scroll bar stands for a ratio, and the
 *      wheel and the keys move by pixels of rows all the same.
 *   2. The grid is one tab stop; the selected cell is its active descendant.
 *   3. Blocks of a hundred rows are read when they come into sight; what was read before stays in sight until the new block is there.
 */
import { cellOf, numberText } from './cells.ts'
import { count, h, replaceChildren } from './dom.ts'
import type { Column, Page, Row, Wire } from './types.ts'

const blockRows = 100
const blocksMax = 80
const highestPx = 8_000_000
const headPx = 40

export interface GridSource {
  readonly rows: number
  read(at: number, n: number): Promise<Page>
}

export interface GridHooks {
  selected(position: Row | undefined, rank: number): void
  opened(row: Row): void
  sorted(column: string): void
  failed(error: unknown): void
}

interface Block {
  rows: readonly Row[]
  isOld: boolean
}

export class Grid {
  readonly element: HTMLElement
  readonly #head = h('div.head', { role: 'row', 'aria-rowindex': 1 })
  readonly #window = h('div.window', { role: 'rowgroup' })
  readonly #sizer = h('div.sizer', { role: 'presentation' })
  readonly #hooks: GridHooks
  readonly #blocks = new Map<number, Block>()
  readonly #reading = new Set<number>()
  #columns: readonly Column[] = []
  #widths: readonly number[] = []
  #source: GridSource = { rows: 0, read: async () => ({ of: 0, rows: [], why: null }) }
  #sort = ''
  #top = 0
  #echo = -1
  #epoch = 0
  #rowPx = 30
  #frame = 0
  /** The selected rank and column. */
  rank = 0
  #column = 0

  constructor(hooks: GridHooks) {
    this.#hooks = hooks
    const headGroup = h('div.headgroup', { role: 'rowgroup' }, this.#head)
    this.#sizer.append(headGroup, this.#window)
    this.element = h(
      'div.grid',
      { role: 'grid', tabindex: 0, 'aria-label': 'Rows', 'aria-multiselectable': false },
      this.#sizer,
    )
    this.element.addEventListener('scroll', () => this.#scrolled())
    this.element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false })
    // Not `click`: rows that are drawn again between press and release would lose it.
    this.#window.addEventListener('mousedown', (event) => {
      if (event.button === 0) this.#pressed(event)
    })
    new ResizeObserver(() => this.#draw()).observe(this.element)
  }

  get #heightPx(): number {
    return this.#source.rows * this.#rowPx
  }

  get #viewPx(): number {
    return Math.max(0, this.element.clientHeight - headPx)
  }

  get #isScaled(): boolean {
    return this.#heightPx > highestPx
  }

  get row(): Row | undefined {
    return this.#at(this.rank)
  }

  /** @param keep whether place and rows in sight stay until they are read again */
  show(columns: readonly Column[], source: GridSource, sort: string, keep: boolean): void {
    this.#epoch++
    this.#reading.clear()
    this.#columns = columns
    this.#source = source
    this.#sort = sort
    if (keep) for (const block of this.#blocks.values()) block.isOld = true
    else {
      this.#blocks.clear()
      this.#top = 0
      this.rank = 0
      this.#column = 0
    }
    this.rank = Math.max(0, Math.min(this.rank, source.rows - 1))
    this.element.setAttribute('aria-rowcount', String(source.rows + 1))
    this.element.setAttribute('aria-colcount', String(columns.length + 1))
    this.#measure()
    this.#draw()
  }

  toggleTall(): void {
    this.#rowPx = this.#rowPx === 30 ? 72 : 30
    this.element.classList.toggle('tall', this.#rowPx === 72)
    this.#draw()
    this.select(this.rank)
  }

  /** Selects a row and brings it into sight. */
  select(rank: number, column = this.#column): void {
    this.rank = Math.max(0, Math.min(rank, this.#source.rows - 1))
    this.#column = Math.max(0, Math.min(column, this.#columns.length - 1))
    const at = this.rank * this.#rowPx
    if (at < this.#top) this.#moveTo(at)
    else if (at + this.#rowPx > this.#top + this.#viewPx) this.#moveTo(at + this.#rowPx - this.#viewPx)
    this.#showColumn()
    this.#draw()
    this.#hooks.selected(this.row, this.rank)
  }

  key(event: KeyboardEvent): boolean {
    const page = Math.max(1, Math.floor(this.#viewPx / this.#rowPx) - 1)
    const moves: Record<string, () => void> = {
      ArrowDown: () => this.select(this.rank + 1),
      j: () => this.select(this.rank + 1),
      ArrowUp: () => this.select(this.rank - 1),
      k: () => this.select(this.rank - 1),
      ArrowRight: () => this.select(this.rank, this.#column + 1),
      l: () => this.select(this.rank, this.#column + 1),
      ArrowLeft: () => this.select(this.rank, this.#column - 1),
      h: () => this.select(this.rank, this.#column - 1),
      PageDown: () => this.select(this.rank + page),
      PageUp: () => this.select(this.rank - page),
      Home: () => this.select(0),
      End: () => this.select(this.#source.rows - 1),
      Enter: () => this.row && this.#hooks.opened(this.row),
      s: () => this.#columns[this.#column] && this.#hooks.sorted(this.#columns[this.#column]?.name ?? ''),
    }
    const move = moves[event.key]
    if (move === undefined) return false
    move()
    return true
  }

  /** The whole value of the selected cell, as far as the grid has it. */
  get selectedColumn(): Column | undefined {
    return this.#columns[this.#column]
  }

  #scrolled(): void {
    if (!this.#isScaled) this.#top = this.element.scrollTop
    else if (Math.abs(this.element.scrollTop - this.#echo) > 1) {
      const range = highestPx - this.#viewPx
      this.#top = (this.element.scrollTop / range) * (this.#heightPx - this.#viewPx)
    }
    this.#draw()
  }

  #wheel(event: WheelEvent): void {
    if (!this.#isScaled || event.ctrlKey || event.deltaY === 0) return
    event.preventDefault()
    const unit = event.deltaMode === 1 ? this.#rowPx : 1
    this.#moveTo(this.#top + event.deltaY * unit)
    this.#draw()
  }

  #moveTo(top: number): void {
    const most = Math.max(0, this.#heightPx - this.#viewPx)
    this.#top = Math.max(0, Math.min(top, most))
    const place = this.#isScaled && most > 0 ? (this.#top / most) * (highestPx - this.#viewPx) : this.#top
    this.#echo = place
    this.element.scrollTop = place
    this.#echo = this.element.scrollTop
  }

  #showColumn(): void {
    const left = this.#widths.slice(0, this.#column).reduce((sum, width) => sum + width, 0)
    const width = this.#widths[this.#column] ?? 0
    const view = this.element.clientWidth - numberPx
    if (left < this.element.scrollLeft) this.element.scrollLeft = left
    else if (left + width > this.element.scrollLeft + view) this.element.scrollLeft = left + width - view
  }

  #at(rank: number): Row | undefined {
    return this.#blocks.get(Math.floor(rank / blockRows))?.rows[rank % blockRows]
  }

  #draw(): void {
    if (this.#frame !== 0) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#drawNow()
    })
  }

  #drawNow(): void {
    const width = numberPx + this.#widths.reduce((sum, each) => sum + each, 0)
    this.#sizer.style.width = `${Math.max(width, this.element.clientWidth)}px`
    this.#sizer.style.height = `${headPx + Math.min(this.#heightPx, highestPx)}px`
    this.#window.style.height = `${Math.min(this.#viewPx, this.#heightPx)}px`
    const first = Math.max(0, Math.floor(this.#top / this.#rowPx))
    const last = Math.min(this.#source.rows, Math.ceil((this.#top + this.#viewPx) / this.#rowPx))
    const rows: HTMLElement[] = []
    for (let rank = first; rank < last; rank++) {
      const element = this.#rowElement(rank)
      element.style.transform = `translateY(${rank * this.#rowPx - this.#top}px)`
      rows.push(element)
    }
    replaceChildren(this.#window, ...rows)
    const active = this.#window.querySelector('[aria-selected="true"]')
    if (active?.id) this.element.setAttribute('aria-activedescendant', active.id)
    else this.element.removeAttribute('aria-activedescendant')
    this.#need(first, last)
  }

  #rowElement(rank: number): HTMLElement {
    const row = this.#at(rank)
    const isSelected = rank === this.rank
    const element = h(`div.row.${row?.state ?? 'unread'}${isSelected ? '.selected' : ''}`, {
      role: 'row',
      'aria-rowindex': rank + 2,
      'data-rank': rank,
    })
    const label = row === undefined ? '' : count.format(row.row ?? row.position)
    element.append(sized(h('div.cell.number', { role: 'rowheader' }, label), numberPx))
    if (row?.state === 'dropped') {
      const { column, code } = row.failed ?? {}
      const why = column ? `dropped at ${column}: ${code}` : 'dropped'
      const attributes = {
        role: 'gridcell',
        'aria-colspan': Math.max(1, this.#columns.length),
        id: `c${rank}`,
        'aria-selected': isSelected ? 'true' : 'false',
      }
      element.append(h('div.cell.why', attributes, h('s', {}, why)))
      return element
    }
    const values = new Map(row?.values)
    for (const [at, { name }] of this.#columns.entries()) {
      element.append(
        this.#cell(row, values.get(name), { rank, at, isSelected: isSelected && at === this.#column }),
      )
    }
    return element
  }

  #cell(
    row: Row | undefined,
    value: Wire | undefined,
    { rank, at, isSelected }: { rank: number; at: number; isSelected: boolean },
  ): HTMLElement {
    const isPending = row?.state === 'open' && (value === undefined || value === null)
    const isNumber = value !== undefined && numberText(value) !== undefined
    const attributes = {
      role: 'gridcell',
      id: `c${rank}-${at}`,
      'data-column': at,
      'aria-selected': isSelected ? 'true' : 'false',
      ...(isPending ? { title: 'not generated yet' } : {}),
    }
    const cell = h(`div.cell${isNumber ? '.amount' : ''}${isPending ? '.pending' : ''}`, attributes)
    if (row !== undefined && !isPending) cell.append(cellOf(value ?? null))
    return sized(cell, this.#widths[at] ?? 120)
  }

  #pressed(event: MouseEvent): void {
    const target = event.target as Element
    const row = target.closest<HTMLElement>('[data-rank]')
    if (row === null) return
    const column = target.closest<HTMLElement>('[data-column]')?.dataset.column
    this.select(Number(row.dataset.rank), column === undefined ? this.#column : Number(column))
    if (this.row !== undefined) this.#hooks.opened(this.row)
  }

  /** Reads the blocks in sight (rule 3). */
  #need(first: number, last: number): void {
    for (let block = Math.floor(first / blockRows); block * blockRows < last; block++) {
      const found = this.#blocks.get(block)
      if (this.#reading.has(block) || (found !== undefined && !found.isOld)) continue
      this.#reading.add(block)
      this.#read(block).catch((error) => this.#hooks.failed(error))
    }
  }

  async #read(block: number): Promise<void> {
    const epoch = this.#epoch
    // Who scrolls past it does not need it.
    await new Promise((resolve) => setTimeout(resolve, 15))
    const { rows } = await this.#source.read(block * blockRows, blockRows)
    if (epoch !== this.#epoch) return
    this.#reading.delete(block)
    const isFirst = this.#blocks.size === 0
    this.#blocks.delete(block)
    this.#blocks.set(block, { rows, isOld: false })
    for (const old of this.#blocks.keys()) {
      if (this.#blocks.size <= blocksMax) break
      this.#blocks.delete(old)
    }
    if (isFirst) this.#measure()
    this.#draw()
    if (Math.floor(this.rank / blockRows) === block) this.#hooks.selected(this.row, this.rank)
  }

  /** Widths from what is there: short columns are narrow, texts wide. */
  #measure(): void {
    const rows = [...this.#blocks.values()].flatMap((block) => block.rows.slice(0, 40))
    const columns = this.#columns.map(({ name, detail, kind }) => {
      const label = Math.max(textWidth(`${name} ↓`, 600), textWidth(fromText(kind, detail), 400))
      const widths = rows.map(({ values }) => {
        const value = values?.find(([each]) => each === name)?.[1]
        return value === undefined ? 0 : textWidth((cellOf(value).textContent ?? '').slice(0, 80), 400)
      })
      const longest = Math.max(0, ...widths)
      return Math.ceil(
        Math.max(72, Math.min(label, 220) + 20, Math.min(longest + 21, longest > 300 ? 360 : 280)),
      )
    })
    const spare = this.element.clientWidth - numberPx - columns.reduce((sum, each) => sum + each, 0)
    const wide = columns.filter((width) => width >= 300).length
    this.#widths = columns.map((width) =>
      spare > 0 && wide > 0 && width >= 300 ? width + spare / wide : width,
    )
    this.#drawHead()
  }

  #drawHead(): void {
    const number = sized(h('div.cell.number', { role: 'columnheader' }, 'row'), numberPx)
    const cells = this.#columns.map(({ name, kind, detail }, at) => {
      const direction = this.#sort === name ? 'ascending' : this.#sort === `-${name}` ? 'descending' : 'none'
      const arrow = direction === 'none' ? '' : direction === 'ascending' ? ' ↑' : ' ↓'
      const title = `Sort by ${name}`
      const button = h(
        'button',
        { tabindex: -1, title, onclick: () => this.#hooks.sorted(name) },
        `${name}${arrow}`,
      )
      const from = fromText(kind, detail)
      const cell = h(
        'div.cell',
        { role: 'columnheader', 'aria-sort': direction },
        button,
        h('small', {}, from),
      )
      return sized(cell, this.#widths[at] ?? 120)
    })
    replaceChildren(this.#head, number, ...cells)
  }
}

const numberPx = 72

/** `text · writer` */
function fromText(kind: string | null, detail: string | null): string {
  return [kind?.replace('llm-', '') ?? '', detail ?? ''].filter((part) => part !== '').join(' · ')
}

const pen = document.createElement('canvas').getContext('2d')

function textWidth(text: string, weight: number): number {
  if (pen === null) return text.length * 7
  pen.font = `${weight} 13px ${getComputedStyle(document.body).fontFamily}`
  return pen.measureText(text).width
}

function sized(element: HTMLElement, width: number): HTMLElement {
  element.style.width = `${width}px`
  return element
}
