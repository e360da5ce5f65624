/** A word, a string, a number or a sign of BigQuery SQL, with the white space and comments before it as one blank. */
export interface Token {
  readonly text: string
  /** Where it begins, in characters. */
  readonly at: number
  readonly space: '' | ' '
}

const strings = String.raw`[rb]{0,2}(?:"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`
const token = new RegExp(
  String.raw`(?<blank>\s+|--[^\n]*|#[^\n]*|/\*[\s\S]*?\*/)|(?<text>${strings}|` +
    '`[^`]*`' +
    String.raw`|@{0,2}[A-Za-z_]\w*|\d[\w.]*|\|>|=>|<=|>=|<>|!=|\|\||<<|>>|[\s\S])`,
  'giy',
)

export class BigQueryTokens {
  /** Where the text ends. */
  readonly end: number
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(code: string) {
    this.end = code.length
    const tokens: Token[] = []
    let space: Token['space'] = ''
    for (const { index, groups } of code.matchAll(token)) {
      const text = groups?.text
      if (text === undefined) space = ' '
      else {
        tokens.push({ text, at: index, space })
        space = ''
      }
    }
    this.#tokens = tokens
  }

  peek(): Token | undefined {
    return this.#tokens[this.#next]
  }

  next(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  atEnd(): boolean {
    return this.endsAt(0)
  }

  endsAt(ahead: number): boolean {
    return this.#next + ahead >= this.#tokens.length
  }

  is(word: string): boolean {
    return this.isAt(0, word)
  }

  isAt(ahead: number, word: string): boolean {
    return this.#tokens[this.#next + ahead]?.text.toUpperCase() === word
  }

  /** Takes the next token if it is one of the words. */
  takes(...words: readonly string[]): boolean {
    if (!words.some((word) => this.is(word))) return false
    this.#next++
    return true
  }
}
