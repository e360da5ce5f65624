// biome-ignore-all lint/suspicious/noThenProperty: `then` is a keyword of JSON Schema.
/**
 * JSON Schemas of the files that users write, for editors: made of the schemas that read these files.
 *
 * Rules:
 *   1. A file that is read without an error is valid, when numbers are written as numbers and keys have the names of today; a key
 *      that is unknown is not.
 *   2. A field that says the type of its object (`column_type`) decides by `if` and `then`: an editor offers the fields of that type alone.
 *   3. Each field has its description of `descriptions.ts`.
 */
import { z } from 'zod'
import { providersFileSchema } from '../files/providers.ts'
import { runConfigSchema } from '../files/run-config.ts'
import { workflowSchema } from '../files/workflow.ts'
import { configSchema } from '../schema/schema.ts'
import { descriptions } from './descriptions.ts'

export const schemaKinds = ['config', 'run-config', 'providers', 'workflow'] as const
export type SchemaKind = (typeof schemaKinds)[number]

/** Part of a JSON Schema. */
type Part = Record<string, unknown>

/** The JSON Schema of a kind of file. */
export function jsonSchema(kind: SchemaKind): Part {
  const schema = schemas[kind]()
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: titles[kind], ...schema }
}

const titles: Readonly<Record<SchemaKind, string>> = {
  config: 'A config of Rowsmith',
  'run-config': 'A run config of Rowsmith',
  providers: 'A providers file of Rowsmith',
  workflow: 'A workflow of Rowsmith',
}

/** The config, wherever a schema has it. */
const configPart: Part = { $ref: '#/definitions/config' }
const definitions = (): Part => ({ config: described(partOf(configSchema), 'config') })

const schemas: Readonly<Record<SchemaKind, () => Part>> = {
  config: () => {
    const saved = {
      type: 'object',
      properties: {
        data_designer: { allOf: [configPart], description: descriptions.data_designer },
        library_version: { type: ['string', 'null'], description: descriptions.library_version },
      },
      required: ['data_designer'],
      additionalProperties: false,
    }
    return { if: { required: ['data_designer'] }, then: saved, else: configPart, definitions: definitions() }
  },
  'run-config': () => described(partOf(runConfigSchema), 'run-config'),
  providers: () => {
    const file = described(partOf(providersFileSchema), 'file')
    const list = (file.properties as Record<string, Part>).providers ?? {}
    const ref = { $ref: '#/definitions/providers' }
    const named = { allOf: [ref], description: descriptions['file.providers'] }
    const whole = { ...file, properties: { ...(file.properties as object), providers: named } }
    return { if: { type: 'array' }, then: ref, else: whole, definitions: { providers: list } }
  },
  workflow: () => {
    const { required: _, ...file } = described(partOf(workflowSchema), 'workflow')
    const { stages = {}, ...others } = file.properties as Record<string, Part>
    const step = (stages.items as { properties: Record<string, Part> }).properties
    step.config = { anyOf: [{ type: 'string' }, configPart], description: descriptions.config }
    const steps = { allOf: [{ $ref: '#/definitions/stages' }] }
    return {
      ...file,
      properties: {
        ...others,
        stages: { ...steps, description: descriptions.stages },
        steps: { ...steps, description: descriptions.steps },
      },
      anyOf: [{ required: ['stages'] }, { required: ['steps'] }],
      definitions: { ...definitions(), stages },
    }
  },
}

/** What zod says of a schema's input. What a codec takes is any value: what it makes of it says more. */
function partOf(schema: z.ZodType): Part {
  const { $schema: _, ...part } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod
      if (def.type !== 'pipe') return
      const taken = def.in._zod.def.type === 'unknown' ? def.out : def.in
      const said = {
        ...partOf(taken as z.ZodType),
        ...('default' in jsonSchema ? { default: jsonSchema.default } : {}),
      }
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key]
      Object.assign(jsonSchema, said)
    },
  }) as Part
  return part
}

/** @param of what the fields belong to, for their descriptions */
function described(given: Part, of: string): Part {
  const part = Object.fromEntries(Object.entries(given).filter(([, value]) => !isLargest(value)))
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    if (Array.isArray(part[key]))
      part[key] = part[key].map((each: Part) => described(each, typeOf(each) ?? of))
  }
  if (isPart(part.items)) part.items = described(part.items, of)
  if (isPart(part.additionalProperties)) part.additionalProperties = described(part.additionalProperties, of)
  if (isPart(part.properties)) {
    const fields = Object.entries(part.properties as Record<string, Part>)
    part.properties = Object.fromEntries(
      fields.map(([name, field]) => [name, withDescription(name, described(field, name), of)]),
    )
  }
  return withTypes(withWord(part))
}

/** How models are called may be one word. */
function withWord(part: Part): Part {
  const isInference = isPart(part.properties) && 'min_requests' in part.properties
  return isInference ? { anyOf: [{ enum: ['sync', 'batch'] }, part] } : part
}

function withDescription(name: string, field: Part, of: string): Part {
  const owner = owners[of] ?? of
  const description = descriptions[`${owner}.${name}`] ?? descriptions[`${of}.${name}`] ?? descriptions[name]
  const plain = name === 'scenario' ? { type: ['object', 'string'] } : field
  return description === undefined ? plain : { description, ...plain }
}

/** What the types of some objects have in common, in keys of descriptions. */
const owners: Readonly<Record<string, string>> = {
  drop_columns: 'processor',
  schema_transform: 'processor',
  sql: 'processor',
  function: 'processor',
  scalar_inequality: 'constraint',
  column_inequality: 'constraint',
  selection_strategy: 'selection',
  manual: 'distribution',
  batch: 'prices',
}

/** The fields that say which type of object one is, and whether they may be left out. */
const typeFields: Readonly<Record<string, boolean>> = {
  column_type: false,
  processor_type: false,
  seed_type: false,
  sampler_type: true,
  validator_type: true,
  generation_type: true,
  constraint_type: true,
  distribution_type: true,
  modality: true,
}

function typeFieldOf({ properties }: Part): string | undefined {
  if (!isPart(properties)) return undefined
  return Object.keys(typeFields).find((name) => isPart(properties[name]) && 'const' in properties[name])
}

function typeOf(part: Part): string | undefined {
  const field = typeFieldOf(part)
  return field === undefined ? undefined : String((part.properties as Record<string, Part>)[field]?.const)
}

/** Alternatives that a field decides between: by `if` and `then` (rule 2), or any of them where it may be left out. */
function withTypes(part: Part): Part {
  const { oneOf: variants, ...rest } = part
  if (!Array.isArray(variants)) return part
  const field = typeFieldOf(variants[0] as Part)
  if (field === undefined) return part
  if (typeFields[field] === true) {
    return { ...rest, anyOf: variants.map((variant: Part) => withoutRequired(variant, field)) }
  }
  const all = variants.map((variant: Part) =>
    typeOf(variant) === 'sampler' || typeOf(variant) === 'validation' ? nested(variant) : variant,
  )
  const names = all.map((variant: Part) => typeOf(variant))
  return {
    ...rest,
    type: 'object',
    properties: { [field]: { enum: names, description: descriptions[field] } },
    required: [field],
    allOf: all.map((variant: Part) => ({
      if: { properties: { [field]: { const: typeOf(variant) } }, required: [field] },
      then: variant,
    })),
  }
}

function withoutRequired(part: Part, field: string): Part {
  const required = (part.required as string[] | undefined)?.filter((name) => name !== field) ?? []
  const { required: _, ...rest } = part
  return required.length === 0 ? rest : { ...rest, required }
}

/** A column whose parameters are of the type that the column has. */
function nested(column: Part): Part {
  const fields = column.properties as Record<string, Part>
  const [type, params] =
    'sampler_type' in fields ? ['sampler_type', 'params'] : ['validator_type', 'validator_params']
  const variants = fields[params]?.anyOf as Part[]
  const description = fields[params]?.description
  const conditional = fields.conditional_params
  return {
    ...column,
    properties: {
      ...fields,
      [params]: { type: 'object', description },
      ...(conditional === undefined
        ? {}
        : { conditional_params: { ...conditional, additionalProperties: { type: 'object' } } }),
    },
    allOf: variants.map((variant) => ({
      if: { properties: { [type]: { const: typeOf(variant) } } },
      then: {
        properties: {
          [params]: { description, ...variant },
          ...(conditional === undefined
            ? {}
            : { conditional_params: { ...conditional, additionalProperties: variant } }),
        },
      },
    })),
  }
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Where zod says that an integer is one that JavaScript holds. */
function isLargest(value: unknown): boolean {
  return value === Number.MAX_SAFE_INTEGER || value === Number.MIN_SAFE_INTEGER
}
