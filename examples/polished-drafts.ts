/**
 * polished-drafts.yaml, in TypeScript: a workflow of three datasets, each of which knows the rows of the one before.
 *
 *     import polished from './polished-drafts.ts'
 *     import { createWorkflow } from 'rowsmith/workflow'
 *     await createWorkflow(await polished)
 */
import { dataset } from 'rowsmith'
import { category, llmStructured, llmText, schemaTransform, uuid } from 'rowsmith/columns'
import { workflow } from 'rowsmith/workflow'

const writer = {
  provider: 'simulator',
  model: 'simulated-writer',
  temperature: 0.9,
  maxParallelRequests: 16,
}
const editor = {
  provider: 'simulator',
  model: 'simulated-editor',
  temperature: 0.2,
  maxParallelRequests: 16,
}

const drafts = dataset({ models: { writer, editor } })
  .columns({
    draft_id: uuid({ prefix: 'draft-', short: true }),
    article: category(['a walking stick', 'a music box', 'a tea strainer', 'a reading lamp']),
  })
  .column(
    'draft',
    llmText({
      model: 'writer',
      prompt: 'Draft {{ draft_id }}: describe {{ article }} for a catalogue, in three sentences.',
    }),
  )
  .column(
    'review',
    llmStructured({
      model: 'editor',
      prompt: `Review this description of {{ article }}:

{{ draft }}
`,
      schema: {
        type: 'object',
        properties: {
          score: { type: 'integer', minimum: 1, maximum: 5 },
          exaggerates: { type: 'boolean' },
          remark: { type: 'string' },
        },
        required: ['score', 'exaggerates', 'remark'],
      },
    }),
  )

const polished = dataset({ models: { editor }, seed: { rowsOf: drafts } })
  .column(
    'final',
    llmText({
      model: 'editor',
      prompt: `{{ draft }}

An editor says: {{ review.remark }} Write the description again, with that in mind.
`,
    }),
  )
  .processor(
    'pairs',
    schemaTransform({
      prompt: 'Describe {{ article }} for a catalogue.',
      completion: '{{ final }}',
      score: '{{ review.score }}',
    }),
  )

export default workflow('polished-drafts', [
  // The gate: what does not pass is stored, but not polished.
  { name: 'drafts', dataset: drafts, rows: 30, where: 'review.score >= 3 AND NOT review.exaggerates' },
  // As many rows as passed the gate.
  { name: 'polished', dataset: polished, processor: 'pairs' },
  // No column of its own: the pairs in another order, so that articles do not stand together.
  { name: 'pairs', dataset: dataset(), order: 'shuffle' },
])
