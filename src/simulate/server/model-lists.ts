/** What the vendors' lists of models say here: there is one, and requests may name any. */
import { created, type JsonObject } from '../requested/requested.ts'
import type { Vendor } from './routes.ts'

const simulated = 'simulated'

/** @param id of the model requested; undefined: the list */
export function modelsOf(vendor: Vendor, id: string | undefined): JsonObject {
  const model = models[vendor](id ?? simulated)
  return id === undefined ? lists[vendor](model) : model
}

const models: Readonly<Record<Vendor, (id: string) => JsonObject>> = {
  openai: (id) => ({ id, object: 'model', created, owned_by: 'rowsmith' }),
  anthropic: (id) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1000).toISOString(),
    deprecated_at: null,
    lifecycle: 'active',
    max_input_tokens: 1_000_000,
    max_tokens: 1_000_000,
    capabilities: null,
  }),
  google: (id) => ({
    name: `models/${id}`,
    version: '1',
    displayName: id,
    description: 'Answers offline.',
    inputTokenLimit: 1_000_000,
    outputTokenLimit: 1_000_000,
    supportedGenerationMethods: ['generateContent', 'countTokens', 'embedContent'],
  }),
}

const lists: Readonly<Record<Vendor, (model: JsonObject) => JsonObject>> = {
  openai: (model) => ({ object: 'list', data: [model] }),
  anthropic: (model) => ({ data: [model], has_more: false, first_id: model.id, last_id: model.id }),
  google: (model) => ({ models: [model] }),
}
