/**
 * Reviews that pass a gate: written by a model, looked at by functions of your own, and written again where they fail.
 *
 *     npx rowsmith create examples/review-gate.ts -n 20
 *
 * It runs on the built-in simulator. For real, replace the provider with `openai` and the model with one of theirs, and set
 * OPENAI_API_KEY. Answers are stored as soon as they are there: a killed run calls `gated` again, and pays for nothing twice.
 */
import { customColumn, defineConfig } from 'rowsmith'

const mostWords = 40
const wordsOf = (text: unknown): string[] => String(text).split(/\s+/).filter(Boolean)

/** A plain function: computed again whenever its row is made. */
const words = customColumn({ requiredColumns: ['draft'], type: 'int' }, ({ draft }) => wordsOf(draft).length)

/** Calls a model, up to twice, until its text is short enough; the last one is cut. */
const gated = customColumn(
  {
    requiredColumns: ['draft'],
    modelAliases: ['writer'],
    type: 'str',
    sideEffectColumns: { attempts: 'int' },
  },
  async ({ draft }, { models }) => {
    let text = String(draft)
    let attempts = 0
    while (wordsOf(text).length > mostWords && attempts < 2) {
      attempts++
      const reply = await models.writer!.generate(`Shorten to ${mostWords} words at most: ${text}`)
      text = reply.content
    }
    return { final: wordsOf(text).slice(0, mostWords).join(' '), attempts }
  },
)

/** Says of each row whether its final text may go out. */
function shortEnough({ final }: { readonly final?: unknown }) {
  const count = wordsOf(final).length
  return { is_valid: count > 0 && count <= mostWords, words: count }
}

export default defineConfig({
  model_configs: [{ alias: 'writer', provider: 'simulator', model: 'writer' }],
  columns: [
    {
      name: 'product',
      column_type: 'sampler',
      sampler_type: 'category',
      params: { values: ['kettle', 'tent', 'lamp'] },
    },
    { name: 'draft', column_type: 'llm-text', model_alias: 'writer', prompt: 'Review the {{ product }}.' },
    { name: 'words', column_type: 'custom', generator_function: words },
    { name: 'final', column_type: 'custom', generator_function: gated },
    {
      name: 'gate',
      column_type: 'validation',
      target_columns: ['final'],
      validator_type: 'local_callable',
      validator_params: { validation_function: shortEnough },
    },
  ],
})
