/** What a careless model, or a gateway, makes of good JSON. */
import { isObject } from '../requested/requested.ts'

/** A value of the same look that no strict schema accepts: the last member is missing, the first of another type. */
export function misfit(value: unknown): unknown {
  if (!isObject(value)) return { unexpected: value ?? null }
  const members = Object.entries(value)
  const [first] = members
  if (first === undefined) return [value]
  const stored = members.length > 1 ? members.slice(0, -1) : members
  return { ...Object.fromEntries(stored), [first[0]]: ofAnotherType(first[1]) }
}

function ofAnotherType(value: unknown): unknown {
  return typeof value === 'object' ? 'unexpected' : { unexpected: value }
}

/** JSON with a colon missing; a comma too many where there is none. */
export function broken(json: string): string {
  const colon = json.indexOf('":')
  return colon < 0 ? `${json},` : `${json.slice(0, colon + 1)}${json.slice(colon + 2)}`
}

/** A text cut in two, never inside a character. */
export function halves(text: string): [string, string] {
  let middle = text.length >> 1
  const code = text.charCodeAt(middle)
  if (code >= 0xdc00 && code <= 0xdfff) middle++
  return [text.slice(0, middle), text.slice(middle)]
}
