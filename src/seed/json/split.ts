/**
 * The rows of a JSON file as texts, each with its line, without the file being in memory.
 *
 * Rules:
 *   1. A file that begins with `[` is one list of rows. Otherwise a `.jsonl` file has a row per line, and a `.json` file one value after the other.
 *   2. Text that is cut off, or stands between rows, is given as a row as well: who parses it finds the fault.
 */
export interface RowText {
  readonly text: string
  /** The line it begins in, from 1. */
  readonly line: number
}

const SPACE = /\s*/y
/** One value that is longer than this is taken for a bracket that never closes. */
const LONGEST = 256 * 1024 * 1024

export async function* rowTexts(parts: AsyncIterable<string>, byLine: boolean): AsyncGenerator<RowText> {
  const splitter = new Splitter(byLine)
  for await (const part of parts) yield* splitter.feed(part, false)
  yield* splitter.feed('', true)
}

class Splitter {
  readonly #byLine: boolean
  #mode: 'unknown' | 'list' | 'lines' | 'values' | 'after' = 'unknown'
  #waiting = ''
  #line = 1
  /** In a list: whether a comma is due. */
  #comma = false
  /** In a list: whether there was a comma, so that a row is due. */
  #due = false

  constructor(byLine: boolean) {
    this.#byLine = byLine
  }

  *feed(part: string, last: boolean): Generator<RowText> {
    const text = this.#waiting + part
    let at = 0
    const to = (next: number): void => {
      for (
        let index = text.indexOf('\n', at);
        index !== -1 && index < next;
        index = text.indexOf('\n', index + 1)
      ) {
        this.#line++
      }
      at = next
    }
    const row = (end: number): RowText => ({ text: text.slice(at, end), line: this.#line })
    while (at < text.length) {
      to(afterSpace(text, at))
      if (at === text.length) break
      if (this.#mode === 'unknown') {
        this.#mode = text[at] === '[' ? 'list' : this.#byLine ? 'lines' : 'values'
        if (this.#mode === 'list') to(at + 1)
        continue
      }
      const end = this.#endOf(text, at, last)
      if (end === 0) break
      if (end < 0) {
        to(at + 1)
        continue
      }
      yield row(end)
      to(end)
    }
    this.#waiting = text.slice(at)
    if (this.#waiting.length > LONGEST) {
      yield { text: this.#waiting.slice(0, 1000), line: this.#line }
      this.#waiting = ''
    }
    if (last && this.#mode === 'list') yield { text: '', line: this.#line }
  }

  /** Where the row ends; 0 when more is needed, -1 for a bracket or comma of the list around the rows. */
  #endOf(text: string, at: number, last: boolean): number {
    if (this.#mode === 'lines') {
      const found = text.indexOf('\n', at)
      return found !== -1 ? found : last ? text.length : 0
    }
    if (this.#mode === 'list') {
      if (text[at] === ']') {
        this.#mode = 'after'
        return this.#due ? at + 1 : -1
      }
      if (this.#comma && text[at] === ',') {
        this.#comma = false
        this.#due = true
        return -1
      }
      if (this.#comma) return text.length
      this.#comma = true
      this.#due = false
    }
    const end = this.#mode === 'after' ? undefined : valueEnd(text, at)
    if (end !== undefined) return end
    if (this.#mode === 'list' && !last) this.#comma = false
    return last || this.#mode === 'after' ? text.length : 0
  }
}

function afterSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}

const MARK = /["{}[\]]/g
const SCALAR = /[^\s,\]}]+/y
const IN_TEXT = /["\\]/g

/** Where the value that begins here ends; undefined when the text ends before. */
function valueEnd(text: string, start: number): number | undefined {
  const first = text[start]
  if (first !== '{' && first !== '[' && first !== '"') {
    SCALAR.lastIndex = start
    const end = SCALAR.exec(text) === null ? start + 1 : SCALAR.lastIndex
    return end < text.length ? end : undefined
  }
  let depth = 0
  for (let at = start; ; ) {
    MARK.lastIndex = at
    const found = MARK.exec(text)
    if (found === null) return undefined
    at = MARK.lastIndex
    if (found[0] === '"') {
      const end = textEnd(text, at)
      if (end === undefined) return undefined
      at = end
    } else depth += found[0] === '{' || found[0] === '[' ? 1 : -1
    if (depth <= 0) return at
  }
}

function textEnd(text: string, start: number): number | undefined {
  for (let at = start; ; ) {
    IN_TEXT.lastIndex = at
    const found = IN_TEXT.exec(text)
    if (found === null) return undefined
    if (found[0] === '"') return IN_TEXT.lastIndex
    at = IN_TEXT.lastIndex + 1
  }
}
