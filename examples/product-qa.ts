/** product-qa.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import {
  bernoulli,
  category,
  llmJudge,
  llmStructured,
  llmText,
  schemaTransform,
  subcategory,
  uniform,
} from 'rowsmith/columns'

export default dataset({
  models: {
    writer: { provider: 'simulator', model: 'writer', temperature: 0.8, maxTokens: 400 },
    judge: { provider: 'simulator', model: 'judge', temperature: 0, maxTokens: 400 },
  },
})
  .column('category', category(['kitchen', 'outdoor', 'office']))
  .columns({
    product: subcategory('category', {
      kitchen: ['kettle', 'toaster', 'scale'],
      outdoor: ['tent', 'headlamp', 'stove'],
      office: ['desk lamp', 'chair', 'label printer'],
    }),
    answerable: bernoulli({ p: 0.8 }),
    price: uniform({ low: 9, high: 250, decimals: 2 }),
  })
  .column(
    'sheet',
    llmStructured({
      model: 'writer',
      prompt:
        "Write a short sheet for a {{ product }} at {{ price }} euros, for a shop's {{ category }} department.",
      schema: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          features: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 5 },
          warranty_years: { type: 'integer', minimum: 1, maximum: 10 },
        },
        required: ['name', 'features', 'warranty_years'],
      },
    }),
  )
  .column(
    'question',
    llmText({
      model: 'writer',
      prompt:
        'A shopper reads this sheet: {{ sheet }}. Ask one question about the product {% if answerable %}that the sheet answers.{% else %}that the sheet does not answer.{% endif %}',
    }),
  )
  .column(
    'answer',
    llmText({
      model: 'writer',
      system: 'Answer from the sheet alone. Where it does not say, say that it does not.',
      prompt: 'Sheet: {{ sheet }}\n\nQuestion: {{ question }}',
    }),
  )
  .column(
    'grounded',
    llmJudge({
      model: 'judge',
      prompt: 'Sheet: {{ sheet }}\n\nQuestion: {{ question }}\n\nAnswer: {{ answer }}',
      scores: {
        groundedness: {
          description: 'Whether everything in the answer stands in the sheet.',
          options: { 1: 'Made up', 2: 'Partly made up', 3: 'All of it stands there' },
        },
      },
    }),
  )
  .processor(
    'chat',
    schemaTransform({
      messages: [
        { role: 'system', content: '{{ sheet }}' },
        { role: 'user', content: '{{ question }}' },
        { role: 'assistant', content: '{{ answer }}' },
      ],
    }),
  )
