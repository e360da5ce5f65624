import { dataset } from 'rowsmith'
import { category, compute, llmStructured, llmText, uniform } from 'rowsmith/columns'
import { z } from 'zod'
export const d = dataset({ models: { writer: 'openai/x' } })
  .columns({ product: category(['kettle', 'tent']), stars: uniform({ low: 1, high: 5, as: 'int' }) })
  .columns({
    review: llmText({ model: 'writer', prompt: 'About {{ product }}, {{ stars }}' }),
    words: compute({ reads: ['stars'] }, ({ stars }) => stars * 2),
    s: llmStructured({
      model: 'writer',
      prompt: '{{ product }}',
      schema: z.object({ a: z.enum(['x', 'y']) }),
    }),
  })
  .column('next', llmText({ model: 'writer', prompt: '{{ review }} {{ s.a }} {{ words }}' }))
d.Row.product satisfies 'kettle' | 'tent'
d.Row.words satisfies number
d.Row.s.a satisfies 'x' | 'y'
d.Row.next satisfies string
