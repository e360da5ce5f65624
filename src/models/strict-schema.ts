import { isValueObject, type Value, type ValueObject } from '../base/value.ts'
import { dataKeywords } from './schema-walk.ts'

/** What OpenAI refuses in a schema that is to be enforced strictly. */
const refused: ReadonlySet<string> = new Set([
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
  'unevaluatedProperties',
  'prefixItems',
  'contains',
])

/**
 * Whether OpenAI would enforce a schema strictly: every object closed, every property required, none of the keywords that
 * it refuses. Others are sent as a wish, which servers like vLLM enforce nevertheless.
 */
export function fitsStrictMode(schema: ValueObject): boolean {
  return schema.type === 'object' && isStrict(schema)
}

function isStrict(schema: Value): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict)
  if (!isValueObject(schema)) return true
  const { properties, required, additionalProperties } = schema
  if (schema.type === 'object' || isValueObject(properties)) {
    const names = isValueObject(properties) ? Object.keys(properties) : []
    const listed = Array.isArray(required) ? required : []
    if (additionalProperties !== false || names.some((name) => !listed.includes(name))) return false
  }
  return Object.entries(schema).every(([keyword, member]) => {
    if (keyword === 'properties' || keyword === '$defs') {
      return isValueObject(member) && Object.values(member).every(isStrict)
    }
    return !refused.has(keyword) && (dataKeywords.has(keyword) || isStrict(member))
  })
}
