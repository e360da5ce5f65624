/**
 * Validation columns whose results come from elsewhere: a function of the user's own, or a server.
 *
 * Rules:
 *   1. The validator sees the target columns of one row, together, and says whether they are valid.
 *   2. A result is an object with `is_valid`: true, false, or null where there is nothing to say.
 *   3. A result that cannot be had is no result: it costs the row, or stops the run where no server answers.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { thrownWords } from '../../base/errors/thrown-words.ts'
import { type ColumnType, conform } from '../../base/values/column-type.ts'
import { formatJson } from '../../base/values/json.ts'
import { isValueObject, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { callFor, tookTooLong } from '../../code/call-for.ts'
import type { KnownFunction, ValidationFunction } from '../../code/functions.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import { structuredReader } from '../../models/answer/structured.ts'
import { noUsage } from '../../models/body/body.ts'
import type { Effect } from '../../models/contract/effect.ts'
import { columnTypeOfSchema } from '../../models/schema/schema-type.ts'
import { isValidationResult, RemoteValidator } from '../../validate/checking/remote.ts'
import type { Built, Functions } from '../column/build.ts'
import type { CallsUser, RowView } from '../column/column.ts'

type Config = ColumnOf<'validation'>
type Params<T> = Extract<Config['validator_params'], { validator_type: T }>

/** A column of results that a function of the user's own gives. */
export function localColumn(config: Config, params: Params<'local_callable'>, functions: Functions): Built {
  const generator = functions.get(params.validation_function)
  if (generator === undefined) throw failed(config, 'its function is not there')
  const { effect, maxConcurrency, name: called, does } = generator
  const common = commonOf(config, params.output_schema)
  const call = callerOf(config, generator)
  const read = (returned: unknown): ValueObject =>
    resultOf(config, params.output_schema, common.type, returned)
  if (!effect) {
    return {
      column: { ...common, kind: 'computed', compute: (row) => read(call(row)) },
    }
  }
  const gate = { name: `validator:${config.name}`, limit: maxConcurrency }
  const effectOf = (row: RowView, calls: CallsUser): Effect => ({
    kind: 'validator',
    name: config.name,
    request: { function: called, does, row },
    gate,
    attemptsMax: 1,
    run: async () => {
      const ended = await calls(generator.timeoutMs, async () => call(row))
      if (ended.late) throw timedOut(config, generator.timeoutMs)
      return { kind: 'done', value: read(ended.value) }
    },
  })
  return {
    column: {
      ...common,
      kind: 'model',
      aliases: [],
      queue: { kind: 'gate', gate },
      run: async (cell) => ({ value: await cell.perform(effectOf(cell.row, cell.call)) }),
    },
  }
}

/** A column of results that a server gives. */
export function remoteColumn(config: Config, params: Params<'remote'>): Built {
  const common = commonOf(config, params.output_schema)
  const { endpoint_url: url, timeout, max_parallel_requests: limit, max_retries: retries } = params
  const gate = { name: `validator:${config.name}`, limit }
  let validator: RemoteValidator | undefined
  const effectOf = (row: RowView): Effect => ({
    kind: 'validator',
    name: config.name,
    request: { url, row },
    gate,
    attemptsMax: retries + 1,
    run: (signal) => {
      validator ??= new RemoteValidator({ url, timeoutMs: 1000 * timeout, limit })
      return validator.check(row, signal)
    },
  })
  return {
    column: {
      ...common,
      kind: 'model',
      aliases: [],
      queue: { kind: 'gate', gate },
      run: async (cell) => {
        const result = await cell.perform(effectOf(cell.row))
        return { value: resultOf(config, params.output_schema, common.type, result) }
      },
    },
  }
}

function commonOf({ name, drop, target_columns: targets }: Config, schema: ValueObject | null) {
  return { name, drop, reads: [...new Set(targets)], type: typeOfResult(schema) }
}

/** The schema is that of all results, `{"data": [...]}`; without one, a result may hold anything next to `is_valid`. */
function typeOfResult(schema: ValueObject | null): ColumnType {
  const data = isValueObject(schema?.properties) ? schema.properties.data : undefined
  const item = isValueObject(data) ? data.items : undefined
  return isValueObject(item)
    ? columnTypeOfSchema({ ...item, ...(schema?.$defs === undefined ? {} : { $defs: schema.$defs }) })
    : { kind: 'json' }
}

/** @throws RowsmithError `validator_failed`, `schema_failed` */
function resultOf(config: Config, schema: ValueObject | null, type: ColumnType, given: unknown): ValueObject {
  const value = typeof given === 'boolean' || given === null ? { is_valid: given } : dataOf(config, given)
  if (!isValidationResult(value)) throw failed(config, 'its result has no "is_valid" of true, false or null')
  const fitting = conform(type, schema === null ? value : checked(value, schema))
  if (isValidationResult(fitting)) return fitting
  throw failed(config, 'its result does not match output_schema')
}

function checked(result: ValueObject, schema: ValueObject): Value {
  const content = formatJson({ data: [result] })
  const read = structuredReader(schema).read({ content, reasoning: null, finishReason: null, usage: noUsage })
  const data = isValueObject(read) ? read.data : undefined
  return Array.isArray(data) ? (data[0] as Value) : null
}

function dataOf(config: Config, given: unknown): Value {
  try {
    return toValue(given ?? null)
  } catch (error) {
    throw failed(config, `its result is no data: ${thrownWords(error).replace(/^TypeError: /, '')}`, error)
  }
}

/** The function, whose exceptions are results on the row. */
function callerOf(config: Config, { call, timeoutMs }: KnownFunction): (row: RowView) => unknown {
  const refuse = (error: unknown): never => {
    throw failed(config, thrownWords(error), error)
  }
  return (row) => {
    let returned: unknown
    try {
      returned = callFor(timeoutMs, () => (call as ValidationFunction)(row))
    } catch (error) {
      return refuse(error)
    }
    if (returned === tookTooLong) throw timedOut(config, timeoutMs)
    return returned instanceof Promise ? returned.catch(refuse) : returned
  }
}

function timedOut(config: Config, timeoutMs: number | null): RowsmithError {
  return failed(config, `it gave nothing within its timeout of ${(timeoutMs ?? 0) / 1000} s`)
}

function failed({ name }: Config, what: string, cause?: unknown): RowsmithError {
  const message = `The validator of column "${name}" failed: ${what.split('\n')[0]?.slice(0, 200)}`
  return new RowsmithError('validator_failed', message, { facts: { column: name }, cause })
}
