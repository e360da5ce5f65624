/** What templates see of a row: cells that hold JSON text become the values they spell, as the reference does it. */
import { parseJson } from '../../base/values/json.ts'
import type { Value } from '../../base/values/value.ts'

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i
const jsonSpace = new Set([' ', '\t', '\n', '\r'])
const words: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

/**
 * A text that is JSON becomes its value: `"123"` an integer, `"[1]"` a list. Everything else stays as it is.
 * Looks at the first and last character before it parses, as most cells are prose.
 */
export function parseJsonText(value: Value): Value {
  if (typeof value !== 'string') return value
  const text = trimJsonSpace(value)
  const word = words.get(text)
  if (word !== undefined) return word
  const first = text[0]
  const last = text.at(-1)
  const enclosed =
    (first === '{' && last === '}') || (first === '[' && last === ']') || (first === '"' && last === '"')
  if (!enclosed && !number.test(text)) return value
  try {
    return parseJson(text)
  } catch {
    return value
  }
}

/** Only JSON's own white space, and without a look at what is between. */
function trimJsonSpace(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && jsonSpace.has(text[start] ?? '')) start++
  while (end > start && jsonSpace.has(text[end - 1] ?? '')) end--
  return text.slice(start, end)
}

/**
 * The context a template of the reference is rendered with: `row` with every text cell through `parseJsonText`.
 *
 * @param names only these columns, such as a template's `reads`; all of them when left out
 */
export function templateContext(
  row: Readonly<Record<string, Value>>,
  names: readonly string[] = Object.keys(row),
): Record<string, Value> {
  const context: Record<string, Value> = Object.create(null)
  for (const name of names) if (Object.hasOwn(row, name)) context[name] = parseJsonText(row[name] ?? null)
  return context
}
