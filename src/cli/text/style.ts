/**
 * Colours and movements of our own, distinguished from all that other people wrote.
 *
 * Rules:
 *   1. They travel within text as marks that cannot be forged: each holds a secret of this process.
 *   2. Only `printable` turns them into what a terminal obeys, and makes everything else visible (`terminal-text.ts`).
 */

import { randomUUID } from 'node:crypto'
import { styleText } from 'node:util'
import { present } from '../../base/errors/present.ts'
import { visible, wrappedSentences } from './terminal-text.ts'

type Colour = 'bold' | 'cyan' | 'dim' | 'red' | 'yellow'

const secret = randomUUID()
const marked = new RegExp(`\ufdd0${secret} (\\w+) ([^\ufdd1]*)\ufdd1`)

function mark(what: string, text: string): string {
  return `\ufdd0${secret} ${what} ${text.replaceAll('\ufdd1', '\ufffd')}\ufdd1`
}

/** Without effect where the stream is no terminal, or does not want colours. */
export function style(colour: Colour, text: string): string {
  return mark(colour, text)
}

/** Erases the line that the cursor is on, and those above it that belong to it. */
export function eraseLines(lines = 1): string {
  return mark('erase', String(lines))
}

export const eraseScreen = mark('screen', '')

const eraseLine = '\u001b[2K'

/** What may be written to a stream, in lines that fit where it is a terminal. */
export function printable(text: string, stream?: NodeJS.WriteStream): string {
  const width = stream?.isTTY === true ? stream.columns : 0
  const fitted = (lines: string): string => (width > 0 ? wrappedSentences(lines, width) : lines)
  let [moved, shown] = ['', '']
  const pieces = text.split(marked)
  for (let at = 0; at < pieces.length; at += 3) {
    shown += visible(present(pieces[at], 'pieces'))
    const [what, inner = ''] = pieces.slice(at + 1, at + 3)
    if (what === undefined) break
    const movement = movementOf(what, inner)
    if (movement === undefined) shown += coloured(what as Colour, visible(inner), stream)
    else [moved, shown] = [moved + fitted(shown) + movement, '']
  }
  return moved + fitted(shown)
}

/** What moves the cursor; undefined for a colour. */
function movementOf(what: string, inner: string): string | undefined {
  if (what === 'screen') return '\u001b[H\u001b[2J'
  if (what === 'erase') return `\r${`${eraseLine}\u001b[1A`.repeat(Number(inner) - 1)}${eraseLine}`
  return undefined
}

function coloured(colour: Colour, text: string, stream: NodeJS.WriteStream | undefined): string {
  return stream === undefined ? text : styleText(colour, text, { stream, validateStream: true })
}
