/**
 * Two texts next to each other, with the words marked in which they differ.
 *
 * Rules:
 *   1. Words are marked only where at least half of them are shared: a text that was rewritten is read, not compared.
 *   2. Objects are compared field by field, and only fields that differ have marks.
 */
import { membersOf, summary } from './cells.ts'
import { h, shown } from './dom.ts'
import type { Wire } from './types.ts'

export interface Sides {
  readonly before: HTMLElement
  readonly after: HTMLElement
}

/** Longer ones are shown without marks: comparing takes words times words. */
const wordsMax = 600

/** A part that both have, or that one has. */
interface Part {
  readonly text: string
  readonly side: 'both' | 'before' | 'after'
}

export function sidesOf(before: Wire, after: Wire): Sides {
  const [one, other] = [membersOf(before), membersOf(after)]
  if (one !== undefined && other !== undefined && !Array.isArray(before) && !Array.isArray(after)) {
    return fieldSides(new Map(one), new Map(other))
  }
  const parts = typeof before === 'string' && typeof after === 'string' ? wordParts(before, after) : undefined
  if (parts !== undefined) return { before: marked(parts, 'before'), after: marked(parts, 'after') }
  return { before: plain(before), after: plain(after) }
}

function plain(value: Wire): HTMLElement {
  if (value === null) return h('div.text', {}, h('i.none', {}, 'null'))
  return h('div.text', {}, shown(summary(value)))
}

/** Rule 2. */
function fieldSides(one: ReadonlyMap<string, Wire>, other: ReadonlyMap<string, Wire>): Sides {
  const [before, after] = [h('dl.fields', {}), h('dl.fields', {})]
  for (const name of new Set([...one.keys(), ...other.keys()])) {
    const [was, is] = [one.get(name), other.get(name)]
    const isSame = JSON.stringify(was) === JSON.stringify(is)
    const sides = was === undefined || is === undefined || isSame ? undefined : sidesOf(was, is)
    const label = isSame ? 'dt.same' : 'dt'
    if (was !== undefined)
      before.append(h(label, {}, shown(name)), h(isSame ? 'dd.same' : 'dd', {}, sides?.before ?? plain(was)))
    if (is !== undefined)
      after.append(h(label, {}, shown(name)), h(isSame ? 'dd.same' : 'dd', {}, sides?.after ?? plain(is)))
  }
  return { before, after }
}

function marked(parts: readonly Part[], side: 'before' | 'after'): HTMLElement {
  const element = h('div.text', {})
  for (const part of parts) {
    if (part.side === 'both') element.append(shown(part.text))
    else if (part.side === side) element.append(h(side === 'before' ? 'del' : 'ins', {}, shown(part.text)))
  }
  return element
}

/** Both texts as one line, for a prompt that was edited: `del` and `ins` where they differ, long stretches that are equal cut. */
export function edited(before: string, after: string): HTMLElement {
  const parts = wordParts(before, after)
  if (parts === undefined) {
    return h('div.text', {}, h('del', {}, shown(clipped(before))), ' ', h('ins', {}, shown(clipped(after))))
  }
  const element = h('div.text', {})
  for (const [at, { text, side }] of parts.entries()) {
    if (side !== 'both') element.append(h(side === 'before' ? 'del' : 'ins', {}, shown(text)), ' ')
    else element.append(shown(around(text, at === 0, at === parts.length - 1)))
  }
  return element
}

const nearby = 60

/** What is near a change; the rest of a long stretch is dots. */
function around(text: string, isFirst: boolean, isLast: boolean): string {
  if (text.length <= 2 * nearby) return text
  const start = isFirst ? '' : text.slice(0, nearby)
  const end = isLast ? '' : text.slice(-nearby)
  return `${start} … ${end}`
}

function clipped(text: string): string {
  return text.length > 400 ? `${text.slice(0, 400)} …` : text
}

/** Undefined where too little is shared (rule 1), or the texts are too long. */
function wordParts(before: string, after: string): Part[] | undefined {
  const [one, other] = [wordsIn(before), wordsIn(after)]
  if (one.length > wordsMax || other.length > wordsMax) return undefined
  const lengths = commonLengths(one, other)
  const words = (list: readonly string[]): number => list.filter((word) => word.trim() !== '').length
  const parts: { text: string; side: Part['side'] }[] = []
  let shared = 0
  const add = (text: string, side: Part['side']): void => {
    const last = parts.at(-1)
    if (last?.side === side) last.text += text
    else parts.push({ text, side })
    if (side === 'both' && text.trim() !== '') shared++
  }
  let [at, on] = [0, 0]
  while (at < one.length || on < other.length) {
    if (at < one.length && on < other.length && one[at] === other[on]) {
      add(one[at++] ?? '', 'both')
      on++
    } else if (
      on >= other.length ||
      (at < one.length && lengthAt(lengths, at + 1, on) >= lengthAt(lengths, at, on + 1))
    ) {
      add(one[at++] ?? '', 'before')
    } else add(other[on++] ?? '', 'after')
  }
  return shared * 2 >= Math.max(words(one), words(other)) ? joined(parts) : undefined
}

/** One change for words that follow each other: the blanks between them are part of it. */
function joined(parts: readonly Part[]): Part[] {
  const found: Part[] = []
  let change = { before: '', after: '' }
  const end = (): void => {
    if (change.before !== '') found.push({ text: change.before, side: 'before' })
    if (change.after !== '') found.push({ text: change.after, side: 'after' })
    change = { before: '', after: '' }
  }
  for (const [at, { text, side }] of parts.entries()) {
    const isBetween = side === 'both' && /^[ \t]+$/.test(text) && at > 0 && at < parts.length - 1
    if (side === 'both' && !isBetween) {
      end()
      found.push({ text, side })
      continue
    }
    if (side !== 'after') change.before += text
    if (side !== 'before') change.after += text
  }
  end()
  return found
}

function wordsIn(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []
}

/** How many words are common to what follows each pair of places. */
function commonLengths(one: readonly string[], other: readonly string[]): Uint16Array[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1))
  for (let at = one.length - 1; at >= 0; at--) {
    for (let on = other.length - 1; on >= 0; on--) {
      const row = lengths[at]
      if (row === undefined) continue
      row[on] =
        one[at] === other[on]
          ? lengthAt(lengths, at + 1, on + 1) + 1
          : Math.max(lengthAt(lengths, at + 1, on), lengthAt(lengths, at, on + 1))
    }
  }
  return lengths
}

function lengthAt(lengths: readonly Uint16Array[], at: number, on: number): number {
  return lengths[at]?.[on] ?? 0
}
