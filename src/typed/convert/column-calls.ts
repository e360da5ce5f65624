/**
 * Columns of a config as calls of the functions that declare them.
 *
 * Rule: a call is made, and compared with the column that it is to declare. What no function says stands as `configColumn({ ... })`.
 */
import { canonicalJson } from '../../base/values/json.ts'
import {
  isValueObject,
  memberOf,
  objectOf,
  toValue,
  type Value,
  type ValueObject,
} from '../../base/values/value.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import { configFromValue } from '../../config/form/load.ts'
import { dumpConfig } from '../../config/form/save.ts'
import * as computed from '../columns/computed-columns.ts'
import * as model from '../columns/model-columns.ts'
import * as samplers from '../columns/samplers.ts'
import { asCode, asGiven, Call, type Members, options } from './code.ts'

interface Declared {
  readonly config: object | ((name: string) => object)
}

const functions = { ...samplers, ...computed, ...model } as unknown as Readonly<
  Record<string, (...args: unknown[]) => Declared>
>

/** What a call declares. */
export function declaredBy({ name, args }: Call): Declared | undefined {
  return functions[name]?.(...args.map((arg) => asGiven(asCode(arg))))
}

/** The call that declares a column; of the column as `briefConfig` writes it. */
export function columnCall(column: ValueObject): Call {
  const { name, ...fields } = column
  const call = callOf(fields)
  return call !== undefined && declares(call, column) ? call : new Call('configColumn', [fields])
}

/** The rule. */
function declares(call: Call, column: ValueObject): boolean {
  try {
    const { config } = declaredBy(call) ?? {}
    const fields = typeof config === 'function' ? config(String(column.name)) : config
    const declared = toValue({ name: column.name, ...withoutUndefined({ ...fields }) }) as ValueObject
    return meaning(declared) === meaning(asCode(column) as ValueObject)
  } catch {
    return false
  }
}

function meaning(column: ValueObject): string {
  return canonicalJson(dumpConfig(configFromValue({ columns: [column] }, 'the config')))
}

function callOf(fields: ValueObject): Call | undefined {
  switch (fields.column_type) {
    case 'sampler':
      return samplerCall(fields)
    case 'llm-text':
      return new Call('llmText', [options(chatOptions(fields))])
    case 'llm-code':
      return new Call('llmCode', [options({ ...chatOptions(fields), language: fields.code_lang })])
    case 'llm-structured':
      return new Call('llmStructured', [
        options({ ...chatOptions(fields), schema: fields.output_format, maps: fields.maps }),
      ])
    case 'llm-judge':
      return new Call('llmJudge', [options({ ...chatOptions(fields), scores: scoresOf(fields.scores) })])
    case 'embedding':
      return new Call('embedding', [
        options({ model: fields.model_alias, target: fields.target_column, ...shared(fields) }),
      ])
    case 'image': {
      const { model, prompt, context } = chatOptions(fields)
      return new Call('image', [options({ model, prompt, context, ...shared(fields) })])
    }
    case 'expression':
      return new Call('expr', [fields.expr ?? '', ...given({ as: fields.dtype, ...shared(fields) })])
    case 'validation':
      return validationCall(fields)
    case 'seed-dataset':
      return new Call('seedColumn', given({ drop: fields.drop }))
    default:
      return undefined
  }
}

/** Options as a last argument, which is left out where there are none. */
function given(members: Members): readonly ValueObject[] {
  const object = options(members)
  return Object.keys(object).length === 0 ? [] : [object]
}

function shared({ drop, skip, propagate_skip: propagateSkip }: ValueObject): Members {
  return { drop, skip, propagateSkip }
}

function chatOptions(fields: ValueObject): Members {
  const { model_alias, prompt, system_prompt, with_trace, extract_reasoning_content, tool_alias } = fields
  return {
    model: model_alias,
    system: system_prompt,
    prompt,
    trace: with_trace,
    reasoning: extract_reasoning_content,
    tools: tool_alias,
    context: contextsOf(fields.multi_modal_context),
    ...shared(fields),
  }
}

function contextsOf(contexts: Value | undefined): Value | undefined {
  if (!Array.isArray(contexts)) return undefined
  return (contexts as readonly ValueObject[]).map(
    ({ column_name: column, modality, data_type: as, ...formats }) =>
      options({
        column,
        kind: modality === 'image' ? undefined : modality,
        as,
        format: Object.values(formats)[0],
      }),
  )
}

function scoresOf(scores: Value | undefined): Value | undefined {
  if (!Array.isArray(scores)) return undefined
  return objectOf(
    (scores as readonly ValueObject[]).map(({ name, ...score }) => [String(name), score] as const),
  )
}

function validationCall(fields: ValueObject): Call | undefined {
  const { target_columns: targets = [], validator_params: params, batch_size: batchSize } = fields
  if (!isValueObject(params)) return undefined
  const more = { batchSize, ...shared(fields) }
  if (fields.validator_type === 'code') {
    const [only, ...others] = targets as readonly Value[]
    return new Call('codeCheck', [
      others.length === 0 && only !== undefined ? only : targets,
      params.code_lang ?? '',
      ...given(more),
    ])
  }
  if (fields.validator_type !== 'remote') return undefined
  const remote = {
    url: params.endpoint_url,
    schema: params.output_schema,
    timeout: params.timeout,
    maxRetries: params.max_retries,
    retryBackoff: params.retry_backoff,
    maxParallelRequests: params.max_parallel_requests,
  }
  return new Call('remoteCheck', [targets, options({ ...remote, ...more })])
}

const samplerFunctions: Readonly<Record<string, string>> = {
  bernoulli_mixture: 'bernoulliMixture',
  person: 'personFromDataset',
  person_from_faker: 'person',
}

const camel = new Map(Object.entries(samplers.snake).map(([option, field]) => [field, option]))

function camelCased(params: ValueObject): ValueObject {
  return objectOf(Object.entries(params).map(([name, value]) => [camel.get(name) ?? name, value]))
}

function samplerCall(fields: ValueObject): Call | undefined {
  const { sampler_type: type, params, drop, convert_to: as, conditional_params: conditional } = fields
  if (!isValueObject(params)) return undefined
  const when = isValueObject(conditional)
    ? objectOf(
        Object.entries(conditional).map(([condition, each]) => [condition, camelCased(each as ValueObject)]),
      )
    : undefined
  const more = { as, when, drop }
  if (type === 'category') {
    return new Call('category', [params.values ?? [], ...given({ weights: params.weights, ...more })])
  }
  if (type === 'subcategory') {
    return new Call('subcategory', [params.category ?? '', memberOf(params, 'values') ?? {}, ...given(more)])
  }
  const name = samplerFunctions[String(type)] ?? String(type)
  return new Call(name, given({ ...camelCased(params), ...more }))
}
