import { messageMax, messagesIn, overlongAnswer } from './messages.ts'

/**
 * What a program prints, line by line: takes the place of the buffer of the official transport, which ends the session at a
 * long line and is silent about noise.
 */
export class StdioLines {
  #parts: Buffer[] = []
  #length = 0
  #beginning = ''
  readonly #ready: unknown[] = []
  readonly #onNoise: (text: string) => void

  /** @param onNoise told of what is no message, each time */
  constructor(onNoise: (text: string) => void) {
    this.#onNoise = onNoise
  }

  /** What was printed since the last line that ended. */
  get unfinished(): string {
    return this.#length > messageMax ? this.#beginning : Buffer.concat(this.#parts).toString()
  }

  append(chunk: Buffer): void {
    for (let from = 0; ; ) {
      const end = chunk.indexOf(10, from)
      this.#add(chunk.subarray(from, end === -1 ? chunk.length : end))
      if (end === -1) return
      this.#endLine()
      from = end + 1
    }
  }

  /** The next message; null when there is none. */
  readMessage(): unknown {
    return this.#ready.shift() ?? null
  }

  clear(): void {
    this.#parts = []
    this.#length = 0
  }

  #add(part: Buffer): void {
    if (this.#length === 0) this.#beginning = part.subarray(0, 300).toString()
    this.#length += part.length
    if (this.#length > messageMax) this.#parts = []
    else this.#parts.push(part)
  }

  #endLine(): void {
    const isOverlong = this.#length > messageMax
    const line = isOverlong ? this.#beginning : this.unfinished.trim()
    this.clear()
    if (line === '') return
    const overlong = isOverlong ? overlongAnswer(line) : undefined
    const messages = overlong === undefined ? messagesIn(line) : [overlong]
    if (messages === undefined) this.#onNoise(line)
    else this.#ready.push(...messages)
  }
}
