import { messageMax } from '../call/messages.ts'

/** How much of a line that is too long is stored: the number of the call that it answers stands there. */
const beginningMax = 300

/** The lines of a text that comes in pieces. One beyond `messageMax` is reported at once, and the rest of it passed over. */
export class BoundedLines {
  #parts: string[] = []
  #length = 0
  readonly #onLine: (line: string) => void
  readonly #onOverlong: (beginning: string) => void

  constructor(onLine: (line: string) => void, onOverlong: (beginning: string) => void) {
    this.#onLine = onLine
    this.#onOverlong = onOverlong
  }

  /** What came since the last line that ended. */
  get unfinished(): string {
    return this.#parts.join('')
  }

  append(text: string): void {
    for (let from = 0; ; ) {
      const end = text.indexOf('\n', from)
      this.#add(text.slice(from, end === -1 ? text.length : end))
      if (end === -1) return
      this.end()
      from = end + 1
    }
  }

  /** What came is a line, though nothing ended it. */
  end(): void {
    const { unfinished: line } = this
    const isOverlong = this.#length > messageMax
    this.clear()
    if (!isOverlong) this.#onLine(line)
  }

  clear(): void {
    this.#parts = []
    this.#length = 0
  }

  #add(part: string): void {
    if (part === '' || this.#length > messageMax) return
    this.#length += part.length
    this.#parts.push(part)
    if (this.#length <= messageMax) return
    // Not joined: it is as long as it may be.
    this.#parts = [
      this.#parts.reduce((stored, each) => stored + each.slice(0, beginningMax - stored.length), ''),
    ]
    this.#onOverlong(this.unfinished)
  }
}
