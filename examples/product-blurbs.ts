/** product-blurbs.yaml, in TypeScript. The columns of the seed have types once `columns` says them. */
import { dataset } from 'rowsmith'
import { category, llmText } from 'rowsmith/columns'

export default dataset({
  models: { writer: { provider: 'simulator', model: 'simulated-writer', maxParallelRequests: 16 } },
  seed: {
    path: 'product-blurbs.csv',
    order: 'shuffle',
    columns: { sku: 'str', product: 'str', price: 'float', launched: 'str' },
  },
})
  .column('tone', category(['sober', 'playful', 'solemn']))
  .column(
    'blurb',
    llmText({
      model: 'writer',
      prompt: `Write a {{ tone }} blurb of two sentences for the {{ product }} ({{ sku }}), which we have sold since {{ launched }}
and which costs {{ price }} dollars.
`,
    }),
  )
