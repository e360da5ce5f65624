/**
 * Elements. Every text of the dataset becomes text nodes: nothing here, or anywhere on this page, parses HTML.
 *
 * Rule: characters that cannot be seen, or that turn the direction of a text, are shown as marks.
 */
type Child = Node | string | null | undefined

interface Attributes {
  readonly [name: string]: string | number | boolean | ((event: Event) => void) | undefined
}

/** `h('button.quiet', { onclick }, 'text')` */
export function h(name: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const [tag = 'div', ...classes] = name.split('.')
  const element = document.createElement(tag)
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value)
    else if (value === true) element.setAttribute(key, '')
    else if (value !== undefined && value !== false) element.setAttribute(key, String(value))
  }
  for (const child of children) {
    if (typeof child === 'string') element.append(child)
    else if (child) element.append(child)
  }
  return element
}

// Controls but tab and line ends, and format characters: zero-width ones, marks and overrides of direction, tags. The joiners that
// emoji and Arabic script are written with stay as they are.
const hidden =
  /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\t\n\r\u200c\u200d]]|(?<!\p{Script=Arabic})\u200c|(?<![\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}])\u200d/gv

/** Text of the dataset (the rule above). */
export function shown(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  let from = 0
  for (const found of text.matchAll(hidden)) {
    fragment.append(text.slice(from, found.index))
    const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    fragment.append(h('span.mark', { title: `U+${code}` }, code))
    from = found.index + found[0].length
  }
  fragment.append(text.slice(from))
  return fragment
}

export function replaceChildren(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined))
}

export const count = new Intl.NumberFormat('en-US')

export function money(amount: number): string {
  if (amount === 0) return '$0'
  return amount < 0.01 ? `$${amount.toPrecision(2)}` : `$${amount.toFixed(2)}`
}

export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const minutes = Math.round(ms / 60_000)
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
