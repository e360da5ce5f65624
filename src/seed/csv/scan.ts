/**
 * The structure of a CSV file, byte by byte: which rows it has, how wide each is, and the line of what is wrong.
 *
 * Owns: what a row is. DuckDB takes the values out of a file only after this file has found nothing wrong with it.
 * Rules:
 *   1. As RFC 4180 and Python's csv have it: a value in quotes begins and ends next to a delimiter or an end of line; a quote within
 *      a plain value is a character like any other.
 *   2. Every row has the width of the header. An empty line is no row, or an empty value where there is one column.
 *   3. Lines end in LF and CRLF, in any mix, or all of them in CR. Lines are counted as an editor does, those within quotes too.
 *   4. What two readers would read differently is an error: text next to a quoted value, a quote that never ends.
 */
import { CertainTypes } from './certain-types.ts'

/** How the values of a CSV file are distinguished. Each is one ASCII character. */
export interface Dialect {
  readonly delimiter: string
  /** Null: no character quotes. */
  readonly quote: string | null
  /** What stands before a quote within quotes; the quote itself, usually. */
  readonly escaping: string | null
}

/** Something that is wrong with a line of a file. */
export class BadLine extends Error {
  readonly line: number
  constructor(line: number, what: string) {
    super(what)
    this.line = line
  }
}

// Kinds of bytes.
const OTHER = 0
const DELIMITER = 1
const LF = 2
const CR = 3
const QUOTE = 4
const ESCAPE = 5
const SPACE = 6
// Where in a row the scanner is.
const START = 0
const AFTER_CR = 1
const SPACES = 2
const PLAIN = 3
const QUOTED = 4
const QUOTED_CR = 5
const CLOSED = 6
const ESCAPED = 7
// What a byte means there, next to the next state.
const NOTHING = 0
const FIELD = 1
const ROW = 2
const BLANK = 3
const LINE = 4
const OPEN = 5
const BAD_TEXT = 6
const BAD_SPACE = 7

type Step = readonly [state: number, action: number]

/** What each kind of byte does in each state. */
function steps(): Uint8Array {
  const table = new Uint8Array(64)
  const ends: readonly Step[] = [
    [START, FIELD],
    [START, ROW],
    [AFTER_CR, ROW],
  ]
  const set = (state: number, all: readonly Step[]): void => {
    for (const [kind, [next, action]] of all.entries()) table[state * 8 + kind] = next + action * 8
  }
  const plain: Step = [PLAIN, NOTHING]
  const quoted: Step = [QUOTED, NOTHING]
  const [field, row, rowCr] = ends as [Step, Step, Step]
  const open: Step = [QUOTED, OPEN]
  const bad: Step = [CLOSED, BAD_TEXT]
  const line: Step = [QUOTED, LINE]
  const lineCr: Step = [QUOTED_CR, LINE]
  // In order: other, delimiter, LF, CR, quote, escape, space.
  set(START, [plain, field, [START, BLANK], [AFTER_CR, BLANK], open, plain, [SPACES, NOTHING]])
  set(AFTER_CR, [plain, field, [START, NOTHING], [AFTER_CR, BLANK], open, plain, [SPACES, NOTHING]])
  set(SPACES, [plain, field, row, rowCr, [PLAIN, BAD_SPACE], plain, [SPACES, NOTHING]])
  set(PLAIN, [plain, field, row, rowCr, plain, plain, plain])
  set(QUOTED, [quoted, quoted, line, lineCr, [CLOSED, NOTHING], [ESCAPED, NOTHING], quoted])
  set(QUOTED_CR, [quoted, quoted, quoted, lineCr, [CLOSED, NOTHING], [ESCAPED, NOTHING], quoted])
  set(CLOSED, [bad, field, row, rowCr, quoted, bad, bad])
  set(ESCAPED, [quoted, quoted, line, lineCr, quoted, quoted, quoted])
  return table
}

/** Parts of one file, in order; `end` after the last. A part's bytes may change once it was fed. */
/** Always within bounds; in a function of its own, V8 inlines it without a check. */
const known = (bytes: Uint8Array, index: number): number => bytes[index]!

export class CsvScanner {
  /** What the values say of the columns. */
  readonly types: CertainTypes
  /** Rows so far, without the lines that are skipped. */
  rows = 0
  /** Bytes of the longest row, its end counted. */
  longest = 0
  readonly #kinds = new Uint8Array(256)
  /** Bytes that a plain value, or one in quotes, goes on with. */
  readonly #plain: Uint8Array
  readonly #quoted: Uint8Array
  readonly #steps = steps()
  readonly #width: number
  /** Rows end in a CR alone, in something else; both is an error. */
  #crAlone = false
  #lf = false
  #skip: number
  #state = START
  #line = 1
  #rowLine = 1
  #quoteLine = 1
  #fields = 1
  /** Bytes of the row that earlier parts held. */
  #started = 0

  /** @param skipLines lines before the first row: the header, and what stands above it */
  constructor({ delimiter, quote, escaping }: Dialect, width: number, skipLines: number) {
    const kinds = this.#kinds
    kinds[0x20] = SPACE
    kinds[0x0a] = LF
    kinds[0x0d] = CR
    if (escaping !== null) kinds[escaping.charCodeAt(0)] = ESCAPE
    if (quote !== null) kinds[quote.charCodeAt(0)] = QUOTE
    kinds[delimiter.charCodeAt(0)] = DELIMITER
    this.#plain = kinds.map((kind) => (kind === DELIMITER || kind === LF || kind === CR ? 0 : 1))
    this.#quoted = kinds.map((kind) => (kind === OTHER || kind === DELIMITER || kind === SPACE ? 1 : 0))
    // With an escape of its own, a quote that follows one is text after the end of a value.
    if (escaping !== null && escaping !== quote) this.#steps[CLOSED * 8 + QUOTE] = CLOSED + BAD_TEXT * 8
    this.#width = width
    this.#skip = skipLines
    this.types = new CertainTypes(width, quote)
  }

  /** @throws BadLine */
  feed(bytes: Uint8Array): void {
    const kinds = this.#kinds
    const table = this.#steps
    const plain = this.#plain
    const quoted = this.#quoted
    const start = this.#skip > 0 ? this.#skipLines(bytes) : 0
    let begin = start - this.#started
    let value = start
    const types = this.types
    let cut = types.cut
    let state = this.#state
    let fields = this.#fields
    const length = bytes.length
    for (let at = start; at < length; at++) {
      if (state === START && known(kinds, known(bytes, at)) === OTHER) {
        state = PLAIN
        at++
      }
      // Most bytes are within a value.
      if (state === PLAIN || state === QUOTED) {
        const within = state === PLAIN ? plain : quoted
        while (at < length && known(within, known(bytes, at)) === 1) at++
        if (at === length) break
      }
      const step = known(table, state * 8 + known(kinds, known(bytes, at)))
      state = step & 7
      if (step < 8) continue
      if (step < 16) {
        if (types.open[fields - 1] === 1) types.take(fields - 1, bytes, value, at)
        if (cut) cut = types.forget()
        fields++
        value = at + 1
      } else if (this.#act(step >> 3, fields)) {
        if (types.open[fields - 1] === 1) types.take(fields - 1, bytes, value, at)
        if (cut) cut = types.forget()
        this.#noteEnd(bytes, at)
        fields = 1
        if (at + 1 - begin > this.longest) this.longest = at + 1 - begin
        begin = at + 1
        value = begin
      }
    }
    types.keep(bytes.subarray(value))
    this.#state = state
    this.#fields = fields
    this.#started = bytes.length - begin
  }

  /** @throws BadLine */
  end(): void {
    const state = this.#state
    if (state === QUOTED || state === QUOTED_CR || state === ESCAPED) {
      throw new BadLine(this.#quoteLine, 'a quote opens a value and is never closed')
    }
    this.longest = Math.max(this.longest, this.#started)
    this.types.last(this.#fields - 1)
    if ((state !== START && state !== AFTER_CR) || this.#fields > 1) this.#endRow(this.#fields)
  }

  /** DuckDB takes a lone CR among other ends of lines for text. */
  #noteEnd(bytes: Uint8Array, at: number): void {
    if (bytes[at] === 0x0a || bytes[at + 1] === 0x0a) this.#lf = true
    else if (at + 1 < bytes.length) this.#crAlone = true
    if (this.#lf && this.#crAlone) {
      throw new BadLine(this.#line - 1, 'some lines end in CR alone, and others do not')
    }
  }

  /** @returns whether a row ended */
  #act(action: number, fields: number): boolean {
    switch (action) {
      case BLANK:
      case ROW:
        // Where there is one column, an empty line is an empty value.
        if (action === ROW || fields > 1 || this.#width === 1) this.#endRow(fields)
        this.#line++
        this.#rowLine = this.#line
        return true
      case LINE:
        this.#line++
        return false
      case OPEN:
        this.#quoteLine = this.#line
        return false
      case BAD_TEXT:
        throw new BadLine(this.#line, 'text stands after the end of a value in quotes')
      default:
        throw new BadLine(this.#line, 'a space stands before a value in quotes')
    }
  }

  #endRow(fields: number): void {
    if (fields !== this.#width) {
      throw new BadLine(this.#rowLine, `Expected Number of Columns: ${this.#width} Found: ${fields}`)
    }
    this.rows++
  }

  /** @returns where the lines to skip end, in the part */
  #skipLines(bytes: Uint8Array): number {
    for (let at = 0; at < bytes.length; at++) {
      const kind = known(this.#kinds, known(bytes, at))
      const after = this.#state === AFTER_CR
      this.#state = kind === CR ? AFTER_CR : START
      if (kind !== CR && (kind !== LF || after)) continue
      this.#line++
      this.#rowLine = this.#line
      if (--this.#skip === 0) return at + 1
    }
    return bytes.length
  }
}

/**
 * The first records of a text, as texts; for a look at a file's beginning. The last one may be cut off.
 *
 * @returns each with the line it ends on, counted from 1
 */
export function firstRecords(
  text: string,
  { delimiter, quote, escaping }: Dialect,
  limit: number,
): { fields: string[]; quoted: boolean; lastLine: number }[] {
  const records: { fields: string[]; quoted: boolean; lastLine: number }[] = []
  let fields: string[] = []
  let anyQuoted = false
  let line = 1
  let at = 0
  const endRecord = (): void => {
    records.push({ fields, quoted: anyQuoted, lastLine: line })
    fields = []
    anyQuoted = false
  }
  while (at < text.length && records.length < limit) {
    let value = ''
    if (quote !== null && text[at] === quote) {
      anyQuoted = true
      at++
      while (at < text.length) {
        const char = text.charAt(at)
        if (escaping !== null && escaping !== quote && char === escaping && at + 1 < text.length) {
          value += text[at + 1]
          at += 2
        } else if (char === quote && text[at + 1] === quote && (escaping === null || escaping === quote)) {
          value += quote
          at += 2
        } else if (char === quote) {
          at++
          break
        } else {
          if (char === '\n' || (char === '\r' && text[at + 1] !== '\n')) line++
          value += char
          at++
        }
      }
    }
    const begin = at
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++
    fields.push(value + text.slice(begin, at))
    if (text[at] === delimiter) {
      at++
      if (at === text.length) fields.push('')
      continue
    }
    endRecord()
    if (text[at] === '\r' && text[at + 1] === '\n') at++
    at++
    line++
  }
  if (fields.length > 0) endRecord()
  return records
}
