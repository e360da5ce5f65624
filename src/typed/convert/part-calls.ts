/** What is no column of a config, as `dataset()` takes it: models, tools, the seed, processors. */
import { isValueObject, objectOf, type Value, type ValueObject } from '../../base/values/value.ts'
import { Call, type Members, options } from './code.ts'

/** Aliases, and what stands for each. */
export function modelsOf(models: readonly ValueObject[]): ValueObject {
  return objectOf(models.map((model) => [String(model.alias), modelOf(model)]))
}

function modelOf(fields: ValueObject): Value {
  const { alias: _, provider = '', model = '', inference_parameters: given, ...more } = fields
  const isShort =
    Object.keys(more).length === 0 && given === undefined && !String(provider).includes('/') && model !== ''
  if (isShort) return `${provider}/${model}`
  const inference = isValueObject(given) ? given : objectOf([])
  const kinds: Members = { embedding: 'embedding', image: 'image', 'chat-completion': 'chat' }
  return options({
    kind: 'generation_type' in inference ? kinds[String(inference.generation_type)] : kindOf(inference),
    provider,
    model,
    temperature: drawnOf(inference.temperature),
    topP: drawnOf(inference.top_p),
    maxTokens: inference.max_tokens,
    encodingFormat: inference.encoding_format,
    dimensions: inference.dimensions,
    maxParallelRequests: inference.max_parallel_requests,
    timeout: inference.timeout,
    extraBody: inference.extra_body,
    skipHealthCheck: more.skip_health_check,
    thoughtTags: more.thought_tags,
  })
}

/** Parameters that only embeddings have say what they are. */
function kindOf(inference: ValueObject): string | undefined {
  return 'encoding_format' in inference || 'dimensions' in inference ? 'embedding' : undefined
}

function drawnOf(value: Value | undefined): Value | undefined {
  return isValueObject(value) ? value.params : value
}

export function toolsOf(tools: readonly ValueObject[]): ValueObject {
  return objectOf(
    tools.map((tool) => [
      String(tool.tool_alias),
      options({
        providers: tool.providers,
        allow: tool.allow_tools,
        maxTurns: tool.max_tool_call_turns,
        timeout: tool.timeout_sec,
        maxResultBytes: tool.max_result_bytes,
      }),
    ]),
  )
}

/** The seed of a config; undefined for a source that no option names. */
export function seedOf(seed: ValueObject): Value | undefined {
  const { source, sampling_strategy: order, selection_strategy: selection } = seed
  if (!isValueObject(source)) return undefined
  const taking = { order, select: selectionOf(selection) }
  const { seed_type: type, path, file_pattern: pattern, recursive, null_values: nullValues, ...more } = source
  const folder = { pattern, recursive }
  switch (type) {
    case 'local':
      return plainPath(options({ path, ...more, nullValues, ...taking }))
    case 'hf':
      return options({ hub: path, ...more, nullValues, ...taking })
    case 'directory':
      return options({ directory: path, ...folder, ...taking })
    case 'file_contents':
      return options({ fileContents: path, ...folder, ...more, ...taking })
    case 'agent_rollout':
      return options({ agentSessions: more.format, path, ...folder, ...taking })
    case 'df':
      return options({ inMemory: true, ...taking })
    default:
      return undefined
  }
}

function plainPath(seed: ValueObject): Value {
  const [[name, path] = [], ...others] = Object.entries(seed)
  return name === 'path' && others.length === 0 && path !== undefined ? path : seed
}

function selectionOf(selection: Value | undefined): Value | undefined {
  if (!isValueObject(selection)) return undefined
  if ('start' in selection) return selection
  return options({ part: selection.index ?? 0n, of: selection.num_partitions ?? 1n })
}

/** Undefined for a function, which no file holds. */
export function processorCall({ processor_type: type, ...fields }: ValueObject): Call | undefined {
  switch (type) {
    case 'drop_columns':
      return new Call('dropColumns', [fields.column_names ?? []])
    case 'schema_transform':
      return new Call('schemaTransform', [fields.template ?? null])
    case 'sql': {
      const { sql = null, outputs } = fields
      return new Call('sql', outputs === undefined ? [sql] : [sql, options({ outputs })])
    }
    default:
      return undefined
  }
}
