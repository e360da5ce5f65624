/** batched-reviews.yaml, in TypeScript. Its run config is the same file. */
import { dataset } from 'rowsmith'
import { category, llmJudge, llmText } from 'rowsmith/columns'

export default dataset({
  models: {
    writer: { provider: 'simulator', model: 'simulated-writer', maxTokens: 400 },
    judge: { provider: 'simulator', model: 'simulated-judge', maxTokens: 200 },
  },
})
  .columns({
    product: category(['kettle', 'lamp', 'tent', 'backpack']),
    stars: category([1, 2, 3, 4, 5]),
  })
  // What is the same for all rows stands first: providers count it for less when it comes again.
  .column(
    'review',
    llmText({
      model: 'writer',
      system:
        'You write reviews as customers do. You name one thing that you liked, and one that you did not.',
      prompt: 'In three sentences, a review with {{ stars }} of 5 stars of a {{ product }}.',
    }),
  )
  .column(
    'judgement',
    llmJudge({
      model: 'judge',
      prompt: 'Does this review fit {{ stars }} of 5 stars? {{ review }}',
      scores: {
        fit: {
          description: 'Whether words and stars agree.',
          options: { 1: 'they do not', 2: 'partly', 3: 'they do' },
        },
      },
    }),
  )
