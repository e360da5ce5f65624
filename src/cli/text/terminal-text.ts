/**
 * Text on its way to a terminal: nothing that a model, a file or a provider wrote steers it, and lines fit.
 *
 * Rules:
 *   1. A character that steers (a control character, a bidi override, half of a pair, ...) is shown by its number: `\x1b`.
 *   2. A name, a path or a sentence that stands within a line ends no line: its line breaks are shown as `\n` (`inLine`). In the
 *      messages of errors, and in blocks of values, what follows one is set in.
 *   3. Lines break between words. Only a word that is wider than a line is broken, and only in a block of values.
 */
import { stringWidth, wrapAnsi } from '../../base/libraries/when-needed.ts'

const steering =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u206a-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff]/gu
const names: Readonly<Record<string, string>> = { '\r': '\\r', '\0': '\\0' }

/** Rule 1. Line breaks and tabs stay. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(steering, numbered)
}

function numbered(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16)
  return (
    names[character] ?? (code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`)
  )
}

/** What stands within a line, exact but for its line breaks. */
export function inLine(text: string): string {
  return text.replaceAll('\r\n', '\\r\\n').replaceAll('\n', '\\n')
}

/** Text on one line. */
export function onOneLine(text: string): string {
  return visible(text.replace(/\s+/gu, ' ')).trim()
}

const graphemes = new Intl.Segmenter()

/** Terminal cells a text takes: East Asian letters and emoji take two. */
export function displayWidth(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth()(text)
}

/** The beginning of a text that takes at most `width` cells. */
export function fitting(text: string, width: number): string {
  let cut = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += displayWidth(segment)
    if (used > width) break
    cut += segment
  }
  return cut
}

/** Lines of at most `width` cells; the text's own line breaks and indentation stay. */
export function wrapped(text: string, width: number): string[] {
  return visible(text.replaceAll('\t', '  '))
    .split('\n')
    .flatMap((line) => wrapLine(line.trimEnd(), width, { indent: /^ */, hard: true }))
}

/** Sentences for a window of `width` cells. What is to be copied stays in one piece: a command, what stands in backticks. */
export function wrappedSentences(text: string, width: number): string {
  const indent = /^ *(?:\S+ {2,}(?=\S))?/
  return text
    .split('\n')
    .flatMap((line) => (isCommand.test(line) ? [line] : wrapLine(line, width, { indent, hard: false })))
    .join('\n')
}

const isCommand = /^\s*(?:npx )?rowsmith /
/** Stands for a space at which no line breaks. */
const firm = '\ufdd0'

/** @param options.indent how the lines that follow are set in: as far as this reaches */
function wrapLine(line: string, width: number, options: { indent: RegExp; hard: boolean }): string[] {
  if (displayWidth(line) <= width) return [line]
  const reach = options.indent.exec(line)?.[0] ?? ''
  const start = reach.length <= width / 2 ? reach : (/^ {0,4}/.exec(line)?.[0] ?? '')
  const rest = line.slice(start.length).replace(/`[^`]*`/g, (code) => code.replaceAll(' ', firm))
  const lines = wrapAnsi()(rest, width - start.length, { hard: options.hard })
    .replaceAll(firm, ' ')
    .split('\n')
  return lines.map((each, at) => (at === 0 ? start : ' '.repeat(start.length)) + each)
}
