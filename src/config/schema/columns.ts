/**
 * The eleven column types.
 *
 * Every field of the reference is here, in the order in which Data Designer writes it. `allow_resize` was
 * dropped by the reference; it is read on every column for older configs.
 */
import { z } from 'zod'
import { formatFloat } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import {
  byName,
  filledText,
  flag,
  forbidden,
  freeMap,
  freeValue,
  int,
  prepared,
  read,
  strict,
  text,
} from '../reading/lax.ts'
import { contexts } from './contexts.ts'
import { samplerParams, samplerTypes } from './samplers.ts'
import { codeLanguages, validatorParams, validatorTypes } from './validators.ts'

const skipValue = read(
  z.custom<null | boolean | bigint | number | string>(),
  'a string, a number, true, false or null',
  (value) => (typeof value === 'object' && value !== null ? undefined : (value as string)),
)

const skip = strict({ when: text, value: skipValue.default(null) })
  .nullable()
  .default(null)

const head = { name: filledText, drop: flag.default(false), allow_resize: flag.default(false) }
const propagateSkip = { propagate_skip: flag.default(true) }

/** What every column has, with a `skip` that can be used. */
function shared<T extends string>(type: T) {
  return { ...head, column_type: z.literal(type), skip, ...propagateSkip }
}

/** What every column has that is there before anything can be skipped. */
function unskippable<T extends string>(type: T) {
  const never = forbidden(`cannot be used on a ${type} column`)
  return { ...head, column_type: z.literal(type), skip: never, ...propagateSkip }
}

const prompted = {
  prompt: text,
  model_alias: text,
  system_prompt: text.nullable().default(null),
  multi_modal_context: contexts,
  tool_alias: text.nullable().default(null),
  with_trace: z.enum(['none', 'last_message', 'all_messages']).default('none'),
  extract_reasoning_content: flag.default(false),
}

const score = strict({
  name: text,
  description: text,
  options: byName(text),
})

const dtypes = ['int', 'float', 'str', 'bool'] as const

const anyColumn = z.discriminatedUnion('column_type', [
  strict({
    ...unskippable('sampler'),
    sampler_type: z.enum(samplerTypes),
    params: samplerParams,
    conditional_params: byName(samplerParams).default({}),
    convert_to: text.nullable().default(null),
  }).refine((column) => column.params.sampler_type === column.sampler_type, {
    error: "must be the column's own sampler_type",
    path: ['params', 'sampler_type'],
  }),
  strict({ ...shared('llm-text'), ...prompted }),
  strict({ ...shared('llm-code'), ...prompted, code_lang: z.enum(codeLanguages) }),
  strict({
    ...shared('llm-structured'),
    ...prompted,
    output_format: freeMap,
    /** Only Rowsmith's: objects whose names are free are maps in files. A config without it is the reference's. */
    maps: flag.optional(),
  }),
  strict({ ...shared('llm-judge'), ...prompted, scores: z.array(score).min(1) }),
  strict({
    ...shared('expression'),
    expr: filledText,
    dtype: z.enum(dtypes).default('str'),
  }).refine((column) => column.skip === null || fitsDtype(column.skip.value, column.dtype), {
    error: "cannot be made into the column's dtype",
    path: ['skip', 'value'],
  }),
  strict({
    ...shared('validation'),
    target_columns: z.array(text),
    validator_type: z.enum(validatorTypes),
    validator_params: validatorParams,
    batch_size: int(z.int().min(1)).default(10),
  }).refine((column) => column.validator_params.validator_type === column.validator_type, {
    error: "must be the column's own validator_type",
    path: ['validator_params', 'validator_type'],
  }),
  strict({ ...shared('embedding'), target_column: text, model_alias: text }),
  strict({ ...shared('image'), prompt: text, model_alias: text, multi_modal_context: contexts }),
  strict(unskippable('seed-dataset')),
  strict({
    ...shared('custom'),
    generator_function: text,
    generation_strategy: z.enum(['cell_by_cell', 'full_column']).default('cell_by_cell'),
    generator_params: freeValue.default(null),
  }),
])

/** A column. The type given once on the column holds for the parameters inside it too. */
export const column = prepared(anyColumn, (given) => {
  const value = given as Value
  if (!isValueObject(value)) return value
  switch (value.column_type) {
    case 'sampler': {
      const type = value.sampler_type ?? null
      const result: Record<string, Value> = { ...value }
      if (isValueObject(value.params)) result.params = withType(value.params, 'sampler_type', type)
      if (isValueObject(value.conditional_params)) {
        const entries = Object.entries(value.conditional_params)
        result.conditional_params = Object.fromEntries(
          entries.map(([key, params]) => [
            key,
            isValueObject(params) ? withType(params, 'sampler_type', type) : params,
          ]),
        )
      }
      return result
    }
    case 'validation':
      return isValueObject(value.validator_params)
        ? {
            ...value,
            validator_params: withType(
              value.validator_params,
              'validator_type',
              value.validator_type ?? null,
            ),
          }
        : value
    case 'expression':
      return isValueObject(value.skip) && value.skip.value !== undefined
        ? { ...value, skip: { ...value.skip, value: castTo(value.dtype ?? 'str', value.skip.value) } }
        : value
    default:
      return value
  }
})

function withType(params: ValueObject, key: string, type: Value): ValueObject {
  return key in params || type === null ? params : { ...params, [key]: type }
}

/**
 * Python's `int(x)`, `float(x)`, `str(x)`, `bool(x)` on a skip value; unchanged when that fails, is not needed, or is no
 * finite number. `int` takes no text with a fraction, and `bool` takes every text but an empty one for true.
 */
function castTo(dtype: Value, value: Value): Value {
  if (value === null || typeof value === 'object' || fitsDtype(value, String(dtype))) return value
  switch (dtype) {
    case 'int':
      if (typeof value === 'string')
        return integerText.test(value) ? BigInt(value.replaceAll('_', '')) : value
      return Number.isFinite(Number(value)) ? BigInt(Math.trunc(Number(value))) : value
    case 'float': {
      if (typeof value === 'string' && !floatText.test(value)) return value
      const number = Number(typeof value === 'string' ? value.replaceAll('_', '') : value)
      return Number.isFinite(number) ? number : value
    }
    case 'bool':
      return typeof value === 'string' ? value !== '' : Number(value) !== 0
    case 'str':
      if (typeof value === 'boolean') return value ? 'True' : 'False'
      return typeof value === 'number' ? formatFloat(value) : String(value)
    default:
      return value
  }
}

const digits = String.raw`\d+(?:_\d+)*`
const integerText = new RegExp(String.raw`^\s*[-+]?${digits}\s*$`)
const floatText = new RegExp(
  String.raw`^\s*[-+]?(?:${digits}(?:\.(?:${digits})?)?|\.${digits})(?:[eE][-+]?${digits})?\s*$`,
)

function fitsDtype(value: Value, dtype: string): boolean {
  if (value === null) return true
  switch (dtype) {
    case 'int':
      return typeof value === 'bigint' || typeof value === 'boolean'
    case 'float':
      return typeof value === 'number'
    case 'bool':
      return typeof value === 'boolean'
    default:
      return typeof value === 'string'
  }
}
