/**
 * `__proto__` as the name of a member, for libraries that pass over it: another name stands in while they look.
 *
 * zod leaves such a member out of a record, and Ajv out of `properties`.
 */
const PROTO = '__proto__'
const STAND_IN = '\u0000__proto__'
const IN_PATH = /(^|\/)__proto__(?=\/|$)/g

/** The object with the stand-in in place of the name, or the other way round; anything else as it is. */
export function withStandIn(value: unknown): unknown {
  return renamed(value, PROTO, STAND_IN)
}

export function withoutStandIn(value: unknown): unknown {
  return renamed(value, STAND_IN, PROTO)
}

function renamed(value: unknown, from: string, to: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, from)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name === from ? to : name, each]))
}

/** All names in a document, and texts that are such a name, or a path of such names. */
export function withStandIns(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(IN_PATH, `$1${STAND_IN}`)
  if (Array.isArray(value)) return value.map(withStandIns)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([name, each]) => [
    name === PROTO ? STAND_IN : name,
    withStandIns(each),
  ])
  return Object.fromEntries(members)
}

/** What such a library says, or a key of a path of its, with the name as it was given. */
export function givenNames(text: string): string {
  return text.replaceAll(STAND_IN, PROTO)
}
