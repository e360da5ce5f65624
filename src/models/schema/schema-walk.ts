/** Small steps through a JSON Schema that several readers of schemas share. */
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'

/** What a local `$ref` (`#/$defs/Person`) points to; undefined when it leads nowhere or out of the document. */
export function resolveRef(root: ValueObject, ref: string): Value | undefined {
  if (!ref.startsWith('#')) return undefined
  let found: Value | undefined = root
  for (const part of ref.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(found)) found = found[Number(name)] as Value | undefined
    else if (isValueObject(found) && Object.hasOwn(found, name)) found = found[name]
    else return undefined
  }
  return found
}

/** The value as plain JavaScript, integers as numbers: for libraries that know no bigint. */
export function toPlain(value: Value): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(toPlain)
  if (!isValueObject(value)) return value
  const plain: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    Object.defineProperty(plain, key, {
      value: toPlain(member),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return plain
}

/** Members that hold data, not schemas: a `$ref` inside them refers to nothing. */
export const dataKeywords: ReadonlySet<string> = new Set(['const', 'enum', 'default', 'examples'])
