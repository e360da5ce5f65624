/**
 * The models that Data Designer puts into its home folder when it starts there for the first time, for configs that name none:
 * four for each of its providers. As of its release 0.9.7.
 */
import { z } from 'zod'
import { modelConfig } from '../schema/models.ts'
import type { ModelConfig } from '../schema/schema.ts'

const embedding = { generation_type: 'embedding', encoding_format: 'float' }
const balanced = { temperature: 0.85, top_p: 0.95 }
const thinking = { extra_body: { reasoning_effort: 'medium' } }

const byProvider = {
  nvidia: {
    text: [
      'nvidia/nemotron-3.5-lightning-30b-a3b',
      { temperature: 1, top_p: 0.95, extra_body: { chat_template_kwargs: { enable_thinking: false } } },
    ],
    reasoning: ['nvidia/nemotron-3-super-120b-a12b', { temperature: 1, top_p: 0.95, ...thinking }],
    vision: ['nvidia/nemotron-3-nano-omni-30b-a3b-reasoning', { temperature: 0.6, top_p: 0.95 }],
    embedding: ['nvidia/nemotron-3-embed-1b', { ...embedding, extra_body: { input_type: 'query' } }],
  },
  openai: {
    text: ['gpt-4.1', balanced],
    reasoning: ['gpt-5', thinking],
    vision: ['gpt-5', thinking],
    embedding: ['text-embedding-3-large', embedding],
  },
  openrouter: {
    text: ['nvidia/nemotron-3-nano-30b-a3b', { temperature: 1, top_p: 1 }],
    reasoning: ['openai/gpt-oss-20b', { temperature: 0.35, top_p: 0.95 }],
    vision: ['nvidia/nemotron-3-nano-omni-30b-a3b-reasoning:free', { temperature: 0.6, top_p: 0.95 }],
    embedding: ['openai/text-embedding-3-large', embedding],
  },
} as const

/** `nvidia-text`, `openai-reasoning` and so on, in Data Designer's order. */
export const builtInModels: readonly ModelConfig[] = z.array(modelConfig).parse(
  Object.entries(byProvider).flatMap(([provider, models]) =>
    Object.entries(models).map(([use, [model, inference_parameters]]) => ({
      alias: `${provider}-${use}`,
      model,
      provider,
      inference_parameters,
    })),
  ),
)
