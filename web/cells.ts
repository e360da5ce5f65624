/** A value in one line of the grid, and whole in the panel. */
import { h, shown } from './dom.ts'
import type { Wire } from './types.ts'

interface Cut {
  readonly $cut: string
  readonly length: number
  readonly json?: true
}

type Members = readonly (readonly [string, Wire])[]

function isCut(value: Wire): boolean {
  return typeof value === 'object' && value !== null && '$cut' in value
}

/** How much there is of a value that was cut. */
export function cutLength(value: Wire): number {
  return isCut(value) ? (value as unknown as Cut).$cut.length : 0
}

/** Objects of the dataset, whatever their names are. */
export function membersOf(value: Wire): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if ('$object' in value) return value.$object as unknown as Members
  if ('$cut' in value || '$int' in value || '$num' in value) return undefined
  return Object.entries(value)
}

/** A number, as text; undefined for what is none. */
export function numberText(value: Wire): string | undefined {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null) return undefined
  if ('$int' in value) return String(value.$int)
  return '$num' in value ? String(value.$num) : undefined
}

/** In one line: `price: 5 · would_recommend: no`. */
export function summary(value: Wire): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return value
  const number = numberText(value)
  if (number !== undefined) return number
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (isCut(value)) return (value as unknown as Cut).$cut
  if (Array.isArray(value)) {
    const roles = value.map((item: Wire) => membersOf(item)?.find(([name]) => name === 'role')?.[1])
    if (roles.length > 0 && roles.every((role) => typeof role === 'string')) {
      return `${roles.map((role) => String(role).charAt(0).toUpperCase()).join('')} · ${value.length} messages`
    }
    return `[${value.length}] ${value.slice(0, 6).map(summary).join(', ')}`
  }
  return (membersOf(value) ?? []).map(([name, member]) => `${name}: ${summary(member)}`).join(' · ')
}

/** For the grid: the first lines as one. */
export function cellOf(value: Wire): Node {
  if (value === null) return h('i.none', {}, 'null')
  if (value === '') return h('i.none', {}, '""')
  const text = summary(value)
    .slice(0, 240)
    .replace(/\r?\n|\r/g, ' ⏎ ')
  const fragment = document.createDocumentFragment()
  fragment.append(shown(text))
  if (isCut(value)) {
    fragment.append(h('span.length', {}, ` … ${(value as unknown as Cut).length.toLocaleString('en-US')}`))
  }
  return fragment
}

/** For the panel: whole. @param more reads all of a value that was cut */
export function wholeOf(value: Wire, more?: () => void): HTMLElement {
  if (value === null) return h('div.value.none', {}, 'null')
  if (value === '') return h('div.value.none', {}, '"" (empty text)')
  if (typeof value === 'string') return h('div.value.text', {}, shown(value))
  if (isCut(value)) {
    const { $cut: text, length } = value as unknown as Cut
    const note = `first ${text.length.toLocaleString('en-US')} of ${length.toLocaleString('en-US')} characters`
    const button = more === undefined ? null : h('button.link', { onclick: more }, 'show the next part')
    return h('div.value', {}, h('div.text', {}, shown(text)), h('p.note', {}, `${note} `, button))
  }
  if (typeof value === 'boolean' || numberText(value) !== undefined) {
    return h('div.value.number', {}, summary(value))
  }
  if (Array.isArray(value)) return messagesOf(value) ?? listOf(value)
  return h('div.value', {}, treeOf(value, 0))
}

/** A chat: roles and what they said. Undefined for another list. */
function messagesOf(items: readonly Wire[]): HTMLElement | undefined {
  const messages = items.map((item) => new Map(membersOf(item) ?? []))
  if (items.length === 0 || !messages.every((message) => typeof message.get('role') === 'string'))
    return undefined
  return h('div.value.chat', {}, ...messages.map(messageOf))
}

export function messageOf(message: ReadonlyMap<string, Wire>): HTMLElement {
  const content = message.get('content') ?? null
  const thoughts = message.get('reasoning_content')
  const calls = message.get('tool_calls') ?? message.get('toolCalls')
  return h(
    'div.message',
    {},
    h('div.role', {}, shown(summary(message.get('role') ?? null))),
    typeof thoughts === 'string' && thoughts !== ''
      ? folded('Thinking', h('pre', {}, shown(thoughts)))
      : null,
    ...partsOf(content),
    Array.isArray(calls) && calls.length > 0 ? folded(`Tool calls (${calls.length})`, listOf(calls)) : null,
  )
}

/** A text, or blocks of which some are texts. */
function partsOf(content: Wire): HTMLElement[] {
  if (typeof content === 'string') return content === '' ? [] : [h('pre', {}, shown(content))]
  if (!Array.isArray(content)) return content === null ? [] : [wholeOf(content)]
  return content.map((part: Wire) => {
    const text = new Map(membersOf(part) ?? []).get('text')
    return typeof text === 'string' ? h('pre', {}, shown(text)) : wholeOf(part)
  })
}

/** `bad_request at review: no such model` */
export function failureOf(failure: {
  readonly column: string
  readonly code: string
  readonly message: string | null
}): HTMLElement {
  const { column, code, message } = failure
  return h(
    'p.error',
    {},
    h('strong', {}, `${code} `),
    'at ',
    shown(column),
    message ? ': ' : '',
    shown(message ?? ''),
  )
}

export function folded(title: string, ...children: readonly (Node | null)[]): HTMLElement {
  return h('details', {}, h('summary', {}, title), ...children)
}

function listOf(items: readonly Wire[]): HTMLElement {
  if (items.length > 16 && items.every((item) => numberText(item) !== undefined)) {
    return h(
      'div.value.number',
      {},
      `${items.length} numbers: ${items.slice(0, 8).map(summary).join(', ')}, …`,
    )
  }
  return h('div.value', {}, treeOf(items, 0))
}

const openDepth = 2

/** A tree of names and values, open to two levels. */
function treeOf(value: Wire, depth: number): HTMLElement {
  const members: Members = Array.isArray(value)
    ? value.map((item: Wire, at: number) => [String(at), item] as const)
    : (membersOf(value) ?? [])
  const list = h('ul.tree', {})
  for (const [name, member] of members.slice(0, 500)) {
    const isNested = Array.isArray(member) || membersOf(member) !== undefined
    const label = h('span.name', {}, shown(name))
    if (!isNested) {
      list.append(h('li', {}, label, h('span.leaf', {}, member === '' ? '""' : shown(summary(member)))))
      continue
    }
    const inner = h(
      'details',
      depth < openDepth ? { open: true } : {},
      h('summary', {}, label),
      treeOf(member, depth + 1),
    )
    list.append(h('li', {}, inner))
  }
  if (members.length > 500) list.append(h('li.note', {}, `${members.length - 500} more`))
  return list
}
