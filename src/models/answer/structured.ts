/**
 * Structured answers: how a prompt requests them, and how a reply becomes a value.
 *
 * 1. The schema travels in the prompt; the answer is read as `json-answer.ts` says. Where the provider is said to be
 *    able to, it gets JSON mode in addition, or the schema. It is read with the same patience then.
 * 2. Integers and floats stay apart, from the text of the answer on.
 * 3. What the schema does not know is pruned, not punished; then the answer must validate.
 * 4. What the column cannot hold is no answer either, and is reported to the model. Example: an integer beyond 64 bits.
 * 5. A schema is compiled once, however many answers follow.
 */
import type { ValidateFunction } from 'ajv/dist/2020.js'
import { RowsmithError } from '../../base/errors/errors.ts'
import { PatternTooSlow } from '../../base/libraries/linear-pattern.ts'
import { type ColumnType, misfitOf } from '../../base/values/column-type.ts'
import { formatJson } from '../../base/values/json.ts'
import { givenNames, withStandIns } from '../../base/values/proto-name.ts'
import { isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ModelReply, StructuredMode } from '../contract/contract.ts'
import { Pruner } from '../schema/prune.ts'
import { schemaCompiler } from '../schema/schema-compiler.ts'
import { toReadSchema } from '../schema/schema-drafts.ts'
import { columnTypeOfSchema } from '../schema/schema-type.ts'
import { dataKeywords, toPlain } from '../schema/schema-walk.ts'
import { readText } from './answer-text.ts'
import { readJsonAnswer } from './json-answer.ts'

/**
 * The prompt with the request for structured output after it.
 *
 * @param mode what makes the model answer in JSON: in any but `prompt`, bare JSON is all that it can write
 */
export function structuredPrompt(
  prompt: string,
  schema: ValueObject,
  mode: StructuredMode = 'prompt',
): string {
  const form =
    mode === 'prompt'
      ? `Reply with one JSON document that is valid under the JSON Schema below.
Put it in a single code block that opens with \`\`\`json and closes with \`\`\`.`
      : 'Reply with one JSON document that is valid under the JSON Schema below, and with nothing else.'
  return `${prompt}

${form}
Use exactly the property names of the schema, give every required one, and add no others.

<response_schema>
${formatJson(schema, { indent: 2 })}
</response_schema>`
}

/** A schema, ready to read answers with. */
export interface StructuredReader {
  /** What a column of its values is. */
  readonly type: ColumnType
  /**
   * @throws RowsmithError `empty_reply`, `content_filtered`, `truncated`, `parse_failed` or `schema_failed`: row failures
   */
  read(reply: ModelReply): Value
}

/**
 * Compiles a schema, about 10 ms; the same object again costs nothing.
 *
 * @param maps whether objects whose names are free are maps in the column, as in `columnTypeOfSchema`
 * @throws RowsmithError `config_invalid` when it is no JSON Schema
 */
export function structuredReader(schema: ValueObject, maps = false): StructuredReader {
  const known = readers[maps ? 'maps' : 'json']
  let reader = known.get(schema)
  if (reader === undefined) {
    reader = compileReader(schema, maps)
    known.set(schema, reader)
  }
  return reader
}

const readers = {
  json: new WeakMap<ValueObject, StructuredReader>(),
  maps: new WeakMap<ValueObject, StructuredReader>(),
}

/** The name under which the compiler knows the whole schema, so that parts of it can be compiled alone. */
const ROOT = 'rowsmith:schema'

function compileReader(schema: ValueObject, maps: boolean): StructuredReader {
  const own = toReadSchema(schema)
  const type = columnTypeOfSchema(own, maps)
  const root = absoluteRefs(own) as ValueObject
  const ajv = schemaCompiler()
  const text = formatJson(root)
  const plain = text.includes('"__proto__"') ? (value: Value) => withStandIns(toPlain(value)) : toPlain
  // It tries every branch of every union only to know what was looked at: with unions that contain themselves, for ever.
  if (!text.includes('"unevaluated')) Object.assign(ajv.opts, { unevaluated: false })
  const compiled = new WeakMap<ValueObject, ValidateFunction>()
  const isValid = (part: ValueObject, value: Value): boolean => {
    let validate = compiled.get(part)
    if (validate === undefined) {
      validate = ajv.compile(plain(part) as object)
      compiled.set(part, validate)
    }
    return validate(plain(value)) === true
  }
  let validate: ValidateFunction
  try {
    ajv.addSchema(plain(root) as object, ROOT)
    validate = ajv.compile({ $ref: ROOT })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll(ROOT, '') : String(error)
    throw new RowsmithError('config_invalid', `A JSON Schema cannot be used: ${reason.slice(0, 200)}`, {
      cause: error,
    })
  }
  const pruner = new Pruner(root, ROOT, isValid)
  const fitting = (given: Value): Value => {
    const pruned = pruner.prune(given)
    // Pruning is there to save rows: it costs none.
    const value = validate(plain(pruned)) === true ? pruned : given
    const [first] = validate.errors ?? []
    if (value === given && validate(plain(given)) !== true) {
      const where = first === undefined || first.instancePath === '' ? 'The answer' : first.instancePath
      const what = givenNames(`${where} ${first?.message ?? 'does not fit the schema'}.`)
      throw new RowsmithError('schema_failed', what, {
        facts: { keyword: first?.keyword ?? null },
      })
    }
    const misfit = misfitOf(type, value)
    if (misfit === undefined) return value
    throw new RowsmithError(
      'schema_failed',
      `${misfit.path === '' ? 'The answer' : misfit.path} ${misfit.why}.`,
    )
  }
  return {
    type,
    read: (reply) => readJsonAnswer(readText(reply), (given) => withinTime(() => fitting(given))),
  }
}

/** @throws RowsmithError `schema_failed` where a pattern could not be decided */
function withinTime(check: () => Value): Value {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof PatternTooSlow)) throw error
    throw new RowsmithError('schema_failed', `${error.message}.`, { cause: error })
  }
}

/** Local references made absolute, so that they still resolve when a part is compiled alone. */
function absoluteRefs(schema: Value, depth = 0): Value {
  if (Array.isArray(schema)) return schema.map((item) => absoluteRefs(item, depth + 1))
  if (!isValueObject(schema)) return schema
  const members = Object.entries(schema).filter(([key]) => depth > 0 || (key !== '$id' && key !== '$schema'))
  return objectOf(
    members.map(([key, member]) => {
      if (key === '$ref' && typeof member === 'string' && member.startsWith('#'))
        return [key, `${ROOT}${member}`]
      return [key, dataKeywords.has(key) ? member : absoluteRefs(member, depth + 1)]
    }),
  )
}
