/** judged-answers.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, expr, llmJudge, llmStructured, llmText, uuid } from 'rowsmith/columns'

const writer = {
  provider: 'simulator',
  model: 'simulated-writer',
  temperature: 0.9,
  maxParallelRequests: 16,
}
const judge = { provider: 'simulator', model: 'simulated-judge', temperature: 0, maxParallelRequests: 16 }

export default dataset({ models: { writer, judge } })
  .columns({
    ticket: uuid({ prefix: 't-', short: true }),
    product: category(['kettle', 'lamp', 'speaker', 'backpack']),
  })
  .column(
    'complaint',
    llmText({
      model: 'writer',
      prompt: 'Ticket {{ ticket }}. In two sentences, complain about a {{ product }} that you bought.',
    }),
  )
  .column(
    'answer',
    llmStructured({
      model: 'writer',
      prompt: `A customer writes: {{ complaint }}

Answer the ticket.
`,
      schema: {
        type: 'object',
        properties: {
          reply: { type: 'string' },
          refund: { type: 'boolean' },
          follow_up_days: { type: 'integer', minimum: 1, maximum: 30 },
        },
        required: ['reply', 'refund', 'follow_up_days'],
      },
    }),
  )
  // The conversation with the judge is stored in quality__trace.
  .column(
    'quality',
    llmJudge({
      model: 'judge',
      trace: 'all_messages',
      prompt: `A customer wrote: {{ complaint }}
We answered: {{ answer.reply }}

Judge the answer.
`,
      scores: {
        accuracy: {
          description: 'Whether the answer deals with what the customer complains about.',
          options: {
            1: 'it misses the point',
            2: 'it deals with a part of it',
            3: 'it deals with most of it',
            4: 'it deals with all of it',
          },
        },
        tone: {
          description: 'How the answer would sound to the customer.',
          options: {
            friendly: 'warm and patient',
            neutral: 'correct and no more',
            cold: 'short or dismissive',
          },
        },
      },
    }),
  )
  .column('accuracy', expr('{{ quality.accuracy.score }}', { as: 'int' }))
  .column('tone', expr('{{ quality.tone.score }}'))
