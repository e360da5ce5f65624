/** product-reviews.yaml, in TypeScript: the same config, of which the compiler knows the rows. */
import { dataset } from 'rowsmith'
import { category, expr, llmStructured, llmText, uniform, uuid } from 'rowsmith/columns'

const writer = {
  provider: 'simulator',
  model: 'simulated-writer',
  temperature: 0.8,
  maxTokens: 512,
  maxParallelRequests: 16,
}

export default dataset({ models: { writer } })
  // Sampled: free, and the same on every run with the same seed.
  .columns({
    review_id: uuid({ prefix: 'rev-', short: true }),
    product: category(['espresso machine', 'hiking boots', 'desk lamp', 'board game', 'rain jacket'], {
      weights: [3, 2, 2, 2, 1],
    }),
    stars: uniform({ low: 1, high: 5, as: 'int' }),
  })
  // A helper: prompts may use it, the dataset leaves it out.
  .column(
    'mood',
    expr('{% if stars >= 4 %}delighted{% elif stars == 3 %}lukewarm{% else %}disappointed{% endif %}', {
      drop: true,
    }),
  )
  .column('headline', expr('{{ stars }} of 5 stars for the {{ product }}'))
  // Written by a model: paid for once, however often the run is interrupted.
  .column(
    'review',
    llmText({
      model: 'writer',
      system: 'You write short, believable product reviews.',
      prompt: `Write the review of a {{ mood }} customer who bought the {{ product }}
and gave it {{ stars }} of 5 stars. Two or three sentences, no headline.
`,
    }),
  )
  // Judged by a model, in a form that a program can use.
  .column(
    'insight',
    llmStructured({
      model: 'writer',
      prompt: `Read this review of the {{ product }} and say what the shop can learn from it.

{{ review }}
`,
      schema: {
        type: 'object',
        properties: {
          topic: { type: 'string', enum: ['quality', 'price', 'delivery', 'service'] },
          would_recommend: { type: 'boolean' },
          summary: { type: 'string' },
        },
        required: ['topic', 'would_recommend', 'summary'],
      },
    }),
  )
