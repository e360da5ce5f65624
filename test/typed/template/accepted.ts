import { create, dataset } from 'rowsmith'
import {
  category,
  codeCheck,
  compute,
  embedding,
  expr,
  llmJudge,
  llmStructured,
  llmText,
  person,
  subcategory,
  uniform,
} from 'rowsmith/columns'
import { z } from 'zod'

const reviews = dataset({
  models: { writer: 'openai/gpt-4.1-mini', critic: { provider: 'openai', model: 'gpt-4.1' } },
})
  .column('product', category(['kettle', 'tent', 'lamp'], { weights: [1, 2, 3] }))
  .column('part', subcategory('product', { kettle: ['lid', 'base'], tent: ['pole'], lamp: ['bulb'] }))
  .column('stars', uniform({ low: 1, high: 5, as: 'int' }))
  .column('buyer', person({ drop: true }))
  .column(
    'insight',
    llmStructured({
      model: 'writer',
      prompt: 'What does {{ buyer.first_name }} think of the {{ product }}?',
      schema: z.object({
        topic: z.enum(['price', 'use']),
        tags: z.array(z.object({ name: z.string(), n: z.int() })),
        note: z.string().optional(),
      }),
    }),
  )
  .column(
    'review',
    llmText({
      model: 'writer',
      prompt: `{# a comment with {{ nothing }} #}
    {%- for t in insight.tags if t.n > 1 -%} {{ loop.index }}. {{ t.name | upper }} {%- else -%} none {%- endfor %}
    {% set mood = 'good' if stars > 3 else "bad" %}{{ mood }} {{ buyer['last_name'] }} {{ undefined_thing is defined }} {{ other | default('x') }}
    {% raw %}{{ not_read }}{% endraw %} {{ (stars + 1) * 2 }} {{ insight.tags | map(attribute='name') | join(', ') }} {{ insight.tags[0].name }} {{ range(3) | list }}`,
    }),
  )
  .column(
    'gate',
    llmJudge({
      model: 'critic',
      prompt: 'Judge {{ review }}',
      scores: {
        quality: { description: 'q', options: { 1: 'bad', 5: 'good' } },
        tone: { description: 't', options: { warm: 'w', cold: 'c' } },
      },
    }),
  )
  .column(
    'words',
    compute({ reads: ['review', 'stars'] }, ({ review, stars }) => review.split(' ').length * stars),
  )
  .column(
    'fixed',
    compute(
      { reads: ['review'], models: ['writer'] },
      async ({ review }, { models }) => (await models.writer.generate(review)).content,
    ),
  )
  .column('check', codeCheck('review', 'python'))
  .column('vec', embedding({ model: 'writer', target: 'review' }))
  .column(
    'short',
    llmText({ model: 'writer', prompt: 'Shorten {{ review }}', skip: { when: '{{ stars < 3 }}' } }),
  )
  .column('shorter', llmText({ model: 'writer', prompt: 'Shorten {{ short }}' }))
  .column('shout', expr('{{ review | upper }}'))
  .column('json', ({ product, insight, buyer }) =>
    llmStructured({
      model: 'writer',
      prompt: `About ${product} by ${buyer.first_name}: ${insight.tags.each((t) => `${t.name}, `)}`,
      schema: {
        type: 'object',
        required: ['a'],
        properties: { a: { type: 'integer' }, b: { enum: ['x', 'y'] } },
      },
    }),
  )

type Row = typeof reviews.Row
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(_?: T) => {}
same<Equal<Row['product'], 'kettle' | 'tent' | 'lamp'>>()
same<Equal<Row['part'], 'lid' | 'base' | 'pole' | 'bulb'>>()
same<Equal<Row['stars'], number>>()
same<
  Equal<Row['insight'], { topic: 'price' | 'use'; tags: { name: string; n: number }[]; note: string | null }>
>()
same<
  Equal<
    Row['gate'],
    { quality: { score: 1 | 5; reasoning: string }; tone: { score: 'warm' | 'cold'; reasoning: string } }
  >
>()
same<Equal<Row['words'], number>>()
same<Equal<Row['fixed'], string>>()
same<Equal<Row['short'], string | null>>()
same<Equal<Row['shorter'], string | null>>()
same<Equal<Row['json'], { a: number; b: 'x' | 'y' | null }>>()
same<Equal<'buyer' extends keyof Row ? true : false, false>>()
const results = await create(reviews, { rows: 10, seed: 1 })
for await (const row of results.rows()) {
  row.insight.tags[0]?.name.toUpperCase()
  JSON.stringify(row)
}
