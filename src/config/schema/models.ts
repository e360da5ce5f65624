/**
 * Models under their aliases, with the parameters their requests carry.
 */
import { z } from 'zod'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { filledText, flag, float, freeMap, int, prepared, strict, text } from '../reading/lax.ts'
import { weights, weightsFit, weightsMisfit } from '../reading/weights.ts'

/** A parameter between 0 and `most`: one number, a distribution it is drawn from for each request, or unset. */
function drawn(most: number) {
  const limits = z.number().min(0).max(most)
  const distribution = prepared(
    z.discriminatedUnion('distribution_type', [
      strict({
        distribution_type: z.literal('uniform'),
        params: strict({ low: float(limits), high: float(limits) }).refine(({ low, high }) => low < high, {
          error: 'high must be above low',
          path: ['high'],
        }),
      }),
      strict({
        distribution_type: z.literal('manual'),
        params: strict({ values: z.array(float(limits)).min(1), weights }).refine(weightsFit, weightsMisfit),
      }),
    ]),
    (given) => {
      const value = given as Value
      if (!isValueObject(value) || 'distribution_type' in value || !isValueObject(value.params)) return value
      return { distribution_type: 'values' in value.params ? 'manual' : 'uniform', ...value }
    },
  )
  return z
    .union([float(limits), distribution])
    .nullable()
    .default(null)
}

const shared = {
  max_parallel_requests: int(z.int().min(1)).default(4),
  timeout: int(z.int().min(1)).nullable().default(null),
  extra_body: freeMap.nullable().default(null),
}

const chat = strict({
  generation_type: z.literal('chat-completion'),
  ...shared,
  temperature: drawn(2),
  top_p: drawn(1),
  max_tokens: int(z.int().min(1)).nullable().default(null),
})

const embedding = strict({
  generation_type: z.literal('embedding'),
  ...shared,
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: int().nullable().default(null),
})

const image = strict({ generation_type: z.literal('image'), ...shared })

const inferenceParameters = prepared(
  z.discriminatedUnion('generation_type', [chat, embedding, image]),
  (given) => {
    const value = given as Value
    if (!isValueObject(value) || 'generation_type' in value) return value
    const embeds = 'encoding_format' in value || 'dimensions' in value
    return { generation_type: embeds ? 'embedding' : 'chat-completion', ...value }
  },
)

export const modelConfig = strict({
  alias: filledText,
  model: text,
  inference_parameters: inferenceParameters.default({
    generation_type: 'chat-completion',
    max_parallel_requests: 4,
    timeout: null,
    extra_body: null,
    temperature: null,
    top_p: null,
    max_tokens: null,
  }),
  provider: filledText,
  skip_health_check: flag.default(false),
  /**
   * `keep`: thoughts in tags before an answer are a part of it. Rowsmith's own; Data Designer refuses the key. @default 'apart': they are
   * reasoning, and no part of the value
   */
  thought_tags: z.enum(['apart', 'keep']).optional(),
})

/** Tools that the models of a column may call. */
export const toolConfig = strict({
  tool_alias: filledText,
  providers: z.array(text),
  allow_tools: z.array(text).nullable().default(null),
  max_tool_call_turns: int(z.int().min(1)).default(5),
  timeout_sec: float(z.number().gt(0)).nullable().default(null),
  max_result_bytes: int(z.int().min(100)).optional(),
})

/** A model that sums up the judges' scores in the profile of a dataset. */
export const profiler = strict({
  model_alias: text,
  summary_score_sample_size: int(z.int().min(1)).nullable().default(20),
})
