/**
 * A text in words that a parser knows: what it has no words for is replaced by something that means the same to a parser.
 *
 * Rules:
 *   1. Strings, quoted names and comments are never looked into: while a text is restated they are blank.
 *   2. Every character and line keeps its place, as far as it can, so that complaints name the right one.
 */

/** What is replaced, and by what; `$1` is what the first group found. */
export type Restating = readonly [shape: RegExp, words: string]

/** What is quoted in SQL. */
const quotedSql = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?=[A-Za-z_ ])[^\][\n]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g

/**
 * The text restated; itself when nothing of it had to be.
 *
 * @param quoted strings and comments of the language (rule 1)
 */
export function restated(code: string, restatings: readonly Restating[], quoted = quotedSql): string {
  const plain = code.replaceAll(quoted, blank)
  let made = plain
  for (const [shape, words] of restatings) {
    made = made.replaceAll(shape, (...found) => {
      const replaced = words.replaceAll(/\$(\d)/g, (_, group: string) => String(found[Number(group)] ?? ''))
      return inPlaceOf(String(found[0]), replaced)
    })
  }
  return made === plain ? code : made
}

/** Rule 1: a string stays one, a name too, a comment is left out. */
function blank(text: string): string {
  const keepsEnds = !text.startsWith('-') && !text.startsWith('/')
  const inner = (keepsEnds ? text.slice(1, -1) : text).replaceAll(/[^\n]/g, keepsEnds ? 'x' : ' ')
  return keepsEnds ? text[0] + inner + text.at(-1) : inner
}

/** Rule 2. */
function inPlaceOf(text: string, words: string): string {
  const lines = text.split('\n').length - words.split('\n').length
  const width = text.length - words.length - Math.max(0, lines)
  return words + '\n'.repeat(Math.max(0, lines)) + ' '.repeat(Math.max(0, width))
}
