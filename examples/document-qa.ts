/** document-qa.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, expr, llmJudge, llmStructured } from 'rowsmith/columns'

export default dataset({
  models: {
    writer: { provider: 'simulator', model: 'simulated-writer', temperature: 0.7 },
    judge: { provider: 'simulator', model: 'simulated-judge', temperature: 0 },
  },
  seed: 'document-qa.csv',
})
  .column('difficulty', category(['easy', 'hard'], { weights: [2, 1] }))
  .column(
    'qa',
    llmStructured({
      model: 'writer',
      prompt: `Read this document, "{{ title }}":

{{ text }}

Ask one {{ difficulty }} question that it answers, answer it, and quote the sentence that says so.
`,
      drop: true,
      schema: {
        type: 'object',
        properties: {
          question: { type: 'string' },
          answer: { type: 'string' },
          quote: { type: 'string' },
        },
        required: ['question', 'answer', 'quote'],
      },
    }),
  )
  .columns({
    question: expr('{{ qa.question }}'),
    answer: expr('{{ qa.answer }}'),
    quote: expr('{{ qa.quote }}'),
  })
  .column(
    'grounded',
    llmJudge({
      model: 'judge',
      prompt: `Document: {{ text }}

Question: {{ question }}

Answer: {{ answer }}
`,
      scores: {
        support: {
          description: 'Whether the document says what the answer says.',
          options: { 1: 'It does not', 2: 'It says a part of it', 3: 'It says all of it' },
        },
      },
    }),
  )
