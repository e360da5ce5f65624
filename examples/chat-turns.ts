/** chat-turns.yaml, in TypeScript. */
import { dataset } from 'rowsmith'
import { category, expr, llmText, schemaTransform, uniform } from 'rowsmith/columns'

const writer = {
  provider: 'simulator',
  model: 'simulated-writer',
  temperature: 0.8,
  maxTokens: 256,
  maxParallelRequests: 16,
}

export default dataset({ models: { writer } })
  .columns({
    city: category(['Lisbon', 'Kyoto', 'São Paulo', 'Reykjavík']),
    difficulty: uniform({ low: 1, high: 5, as: 'int' }),
  })
  .column(
    'question',
    llmText({
      model: 'writer',
      prompt: 'Ask a question of difficulty {{ difficulty }} of 5 about {{ city }}.',
    }),
  )
  .column('answer', llmText({ model: 'writer', prompt: 'Answer in two sentences: {{ question }}' }))
  // Only for the processor below: the dataset itself does without it.
  .column('instruction', expr('You are a patient guide to {{ city }}.', { drop: true }))
  .processor(
    'chat',
    schemaTransform({
      messages: [
        { role: 'system', content: '{{ instruction }}' },
        { role: 'user', content: '{{ question }}' },
        { role: 'assistant', content: '{{ answer }}' },
      ],
      // One expression and nothing else: it stays the number it is.
      difficulty: '{{ difficulty }}',
      source: 'synthetic',
    }),
  )
