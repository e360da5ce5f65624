/** The types that a config may name, with their fields: read from the JSON Schema of configs. */
import { jsonSchema } from '../../entries/config.ts'

/** The field that names a type, and what such types are called together. */
const families = {
  column_type: 'columns',
  sampler_type: 'samplers',
  validator_type: 'validators',
  processor_type: 'processors',
  seed_type: 'seeds',
} as const
export type Family = (typeof families)[keyof typeof families]

interface TypeField {
  readonly name: string
  readonly required: boolean
  readonly description: string | null
  /** Null where there is none. */
  readonly default: unknown
  /** Its JSON Schema, without the description. */
  readonly schema: object
}

export interface ConfigType {
  readonly family: Family
  readonly name: string
  readonly fields: readonly TypeField[]
}

type Part = Readonly<Record<string, unknown>>

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every type, by family. */
export function configTypes(): readonly ConfigType[] {
  const found: ConfigType[] = []
  collect(jsonSchema('config'), found)
  return found
}

/** Those of a name, or of a family; none where nothing is called so. */
export function typesNamed(name: string): readonly ConfigType[] {
  return configTypes().filter((type) => type.name === name || type.family === name)
}

/** A type is a `then` whose `if` names it. */
function collect(part: unknown, found: ConfigType[]): void {
  if (Array.isArray(part)) for (const each of part) collect(each, found)
  if (!isPart(part)) return
  const type = isPart(part.if) && isPart(part.then) ? typeNamed(part.if) : undefined
  if (type !== undefined && !found.some(({ family, name }) => family === type.family && name === type.name)) {
    found.push({ ...type, fields: fieldsOf(part.then as Part, type.family) })
  }
  for (const each of Object.values(part)) collect(each, found)
}

function typeNamed({ properties }: Part): { family: Family; name: string } | undefined {
  if (!isPart(properties)) return undefined
  const [[field, value] = []] = Object.entries(properties)
  const known = Object.entries(families).find(([key]) => key === field)
  return known === undefined || !isPart(value) ? undefined : { family: known[1], name: String(value.const) }
}

/** Those of a sampler and of a validator are its parameters. */
function fieldsOf(then: Part, family: Family): TypeField[] {
  const properties = then.properties as Readonly<Record<string, Part>>
  const key = { samplers: 'params', validators: 'validator_params' }[family as string]
  const of = key === undefined ? then : (properties[key] as Part)
  const required = (of.required as readonly string[] | undefined) ?? []
  const fields = Object.entries((of.properties as Readonly<Record<string, Part>> | undefined) ?? {})
  return fields.map(([name, { description = null, default: otherwise = null, ...schema }]) => ({
    name,
    required: required.includes(name),
    description: description as string | null,
    default: otherwise,
    schema,
  }))
}
