/** pictured-products.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, embedding, image, llmText, uuid } from 'rowsmith/columns'

export default dataset({
  models: {
    painter: { kind: 'image', provider: 'simulator', model: 'gpt-image-1', maxParallelRequests: 4 },
    viewer: { provider: 'simulator', model: 'simulated-viewer', maxParallelRequests: 16 },
    embedder: {
      kind: 'embedding',
      provider: 'simulator',
      model: 'simulated-embedder',
      dimensions: 8,
      maxParallelRequests: 16,
    },
  },
})
  .columns({
    sku: uuid({ prefix: 'sku-', short: true }),
    product: category(['kettle', 'lamp', 'speaker', 'backpack']),
  })
  .column(
    'picture',
    image({
      model: 'painter',
      prompt: 'A photograph of a {{ product }} (article {{ sku }}) on a plain background.',
    }),
  )
  // The picture goes along with the prompt, before it has its place in the dataset.
  .column(
    'description',
    llmText({
      model: 'viewer',
      prompt: 'Describe this product for a shop.',
      context: [{ column: 'picture' }],
    }),
  )
  .column('vector', embedding({ model: 'embedder', target: 'description' }))
