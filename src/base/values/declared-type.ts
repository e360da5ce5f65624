/** Types as users spell them where they declare a column: `int`, `list<float>`, `map<list<str>>`. */
import type { ColumnType } from './column-type.ts'

const declaredTypes = ['str', 'int', 'float', 'bool', 'json'] as const

/** `json` is any value, stored as its JSON text; `map<int>` an object whose members are all integers, whatever they are called. */
export type DeclaredType = (typeof declaredTypes)[number] | `list<${string}>` | `map<${string}>`

const plain: Readonly<Record<(typeof declaredTypes)[number], ColumnType>> = {
  str: { kind: 'string' },
  int: { kind: 'int' },
  float: { kind: 'float' },
  bool: { kind: 'bool' },
  json: { kind: 'json' },
}

/** Deeper than any real type. */
const deepest = 20

/** The types there are, for messages. */
export const declaredTypesInWords = `${declaredTypes.join(', ')}, list<TYPE>, map<TYPE>`

/** Undefined for a text that is no type. */
export function declaredColumnType(text: string, depth = 0): ColumnType | undefined {
  if (Object.hasOwn(plain, text)) return plain[text as keyof typeof plain]
  const [, kind, inner = ''] = /^(list|map)<(.+)>$/.exec(text) ?? []
  const within = kind === undefined || depth > deepest ? undefined : declaredColumnType(inner, depth + 1)
  if (within === undefined) return undefined
  return kind === 'list' ? { kind, element: within } : { kind: 'map', value: within }
}
