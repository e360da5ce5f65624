import { messagesIn, overlongAnswer } from '../call/messages.ts'
import { BoundedLines } from './bounded-lines.ts'

/**
 * What a program prints, line by line: takes the place of the buffer of the official transport, which ends the session at a
 * long line and is silent about noise.
 */
export class StdioLines {
  readonly #decoder = new TextDecoder()
  readonly #lines: BoundedLines
  readonly #ready: unknown[] = []

  /** @param onNoise called of what is no message, each time */
  constructor(onNoise: (text: string) => void) {
    const take = (text: string, messages: readonly unknown[] | undefined): void => {
      if (messages === undefined) onNoise(text)
      else this.#ready.push(...messages)
    }
    this.#lines = new BoundedLines(
      (line) => {
        const text = line.trim()
        if (text !== '') take(text, messagesIn(text))
      },
      (beginning) => take(beginning, overlongAnswer(beginning)),
    )
  }

  /** What was printed since the last line that ended. */
  get unfinished(): string {
    return this.#lines.unfinished
  }

  append(chunk: Buffer): void {
    this.#lines.append(this.#decoder.decode(chunk, { stream: true }))
  }

  /** The next message; null when there is none. */
  readMessage(): unknown {
    return this.#ready.shift() ?? null
  }

  clear(): void {
    this.#lines.clear()
  }
}
