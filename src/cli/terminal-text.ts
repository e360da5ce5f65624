/** Text on its way to a terminal: what a model wrote must not steer it, and lines must fit. */
import { stripVTControlCharacters } from 'node:util'

/** Text on one line, free of control characters. */
export function onOneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
}

const graphemes = new Intl.Segmenter()
const wide =
  /\p{Emoji_Presentation}|\p{sc=Han}|\p{sc=Hiragana}|\p{sc=Katakana}|\p{sc=Hangul}|[\u3000-\u303e\uff01-\uff60]/u

function graphemeWidth(grapheme: string): number {
  return wide.test(grapheme) ? 2 : 1
}

/** Terminal cells a text takes: East Asian letters and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment)
  return width
}

/** The beginning of a text that takes at most `width` cells. */
export function fitting(text: string, width: number): string {
  let cut = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment)
    if (used > width) break
    cut += segment
  }
  return cut
}

/**
 * Lines of at most `width` cells, free of control characters; the text's own line breaks and indentation stay. Lines break
 * between words, and within a word that is wider than a line.
 */
export function wrapped(text: string, width: number): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).flatMap((line) => {
    const plain = stripVTControlCharacters(line.replaceAll('\t', '  ')).replace(/\p{C}+/gu, ' ')
    return wrapLine(plain.trimEnd(), width)
  })
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = []
  let current = ''
  for (const piece of line.split(/(?<=\S)(?=\s)/)) {
    if (displayWidth(current + piece) <= width) {
      current += piece
      continue
    }
    if (current !== '') lines.push(current)
    current = current === '' ? piece : piece.trimStart()
    while (displayWidth(current) > width) {
      const head = fitting(current, width) || current.slice(0, 1)
      lines.push(head)
      current = current.slice(head.length)
    }
  }
  return [...lines, current]
}
