import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  category,
  compute,
  embedding,
  expr,
  llmCode,
  llmJudge,
  llmStructured,
  llmText,
  mapRows,
  sql,
} from '../../../src/entries/columns.ts'
import { fault, promptsOf, run } from '../../../src/entries/testing.ts'
import { dataset } from '../../../src/index.ts'
import { faultNames } from '../../../src/testing/datasets/faults.ts'

const scores = {
  fit: { description: 'Does it fit?', options: { 1: 'no', 2: 'yes' } },
  voice: { description: 'Whose is it?', options: { human: 'a person', machine: 'a model' } },
}
const reviews = dataset({
  models: {
    writer: 'openai/gpt',
    vectors: { kind: 'embedding', provider: 'openai', model: 'e', dimensions: 2 },
  },
})
  .column('product', category(['kettle']))
  .column(
    'draft',
    llmText({ model: 'writer', system: 'Be short.', prompt: 'Review the {{ product }}.', drop: true }),
  )
  .column(
    'insight',
    llmStructured({
      model: 'writer',
      prompt: 'Read: {{ draft }}',
      schema: z.object({ topic: z.enum(['price', 'use']), summary: z.string() }),
    }),
  )
  .column('code', llmCode({ model: 'writer', language: 'python', prompt: 'Code for {{ insight.summary }}' }))
  .column('quality', llmJudge({ model: 'writer', prompt: 'Judge: {{ draft }}', scores }))
  .column('vector', embedding({ model: 'vectors', target: 'draft' }))
  .column('loud', expr('{{ draft | upper }}'))
  .column(
    'again',
    compute(
      { reads: ['draft'], models: ['writer'] },
      async ({ draft }, { models }) => (await models.writer.generate(`Again: ${draft}`)).content,
    ),
  )

const answers = {
  insight: { topic: 'use', summary: 's' },
  code: 'x = 1',
  quality: { fit: { score: 2, reasoning: 'r' }, voice: { score: 'human', reasoning: 'r' } },
  again: 'anew',
} as const

test('a dataset is made with answers by column: rows, prompts and requests are those of the engine', async () => {
  const made = await run(reviews, { rows: 2, answers: { ...answers, draft: ['Good.', 'Bad.'] } })
  expect(made.rows).toMatchObject([
    {
      product: 'kettle',
      insight: answers.insight,
      code: 'x = 1',
      quality: answers.quality,
      loud: 'GOOD.',
      again: 'anew',
    },
    { loud: 'BAD.' },
  ])
  expect(Object.keys(made.rows[0]!)).not.toContain('draft')
  expect(made.rows[0]?.vector.embeddings[0]).toHaveLength(2)
  expect(made.prompts('code').map((prompt) => prompt.slice(0, 10))).toEqual(['Code for s', 'Code for s'])
  expect(made.requests[0]).toEqual({
    column: 'draft',
    model: 'gpt',
    prompt: 'Review the kettle.',
    system: 'Be short.',
    row: 0,
    attempt: 0,
  })
  expect(made.dropped).toEqual([])
})

const text = dataset({ models: { writer: 'openai/gpt' } }).column(
  'text',
  llmText({ model: 'writer', prompt: 'Write.' }),
)

test('a function answers each request, with the row and how often it was requested before', async () => {
  const made = await run(text, { rows: 2, answers: { text: ({ row, attempt }) => `${row}.${attempt}` } })
  expect(made.rows).toEqual([{ text: '0.0' }, { text: '1.0' }])
})

test.each([
  ['no answer for a column', {}, 'Its column has no answers.'],
  ['too few answers', { text: ['one'] }, 'Its 1 answers are used up.'],
])('%s is an error with the prompt', async (_, given, why) => {
  await expect(run(text, { rows: 2, answers: given })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringMatching(
      new RegExp(`No answer for column "text", row [01]. ${why} The prompt:\nWrite.`),
    ),
  })
})

describe('the fault', () => {
  const parsed = dataset({ models: { writer: 'openai/gpt' } }).column(
    'made',
    llmStructured({ model: 'writer', prompt: 'p', schema: z.object({ a: z.string() }) }),
  )
  test.each(faultNames.filter((name) => !['key_refused', 'bad_request', 'content_filtered'].includes(name)))(
    '%s is followed by another request',
    async (name) => {
      const made = await run(parsed, { rows: 1, answers: { made: [fault(name), { a: 'x' }] } })
      expect(made.rows).toEqual([{ made: { a: 'x' } }])
      expect(made.requests).toHaveLength(2)
    },
  )

  test.each(['bad_request', 'content_filtered'] as const)('%s costs the row', async (name) => {
    const made = await run(text, { rows: 3, answers: { text: ['a', fault(name), 'c'] } })
    expect(made.rows).toEqual([{ text: 'a' }, { text: 'c' }])
    expect(made.dropped).toMatchObject([{ row: 1, column: 'text' }])
  })

  test('key_refused ends the run', async () => {
    await expect(run(text, { rows: 1, answers: { text: fault('key_refused') } })).rejects.toMatchObject({
      code: 'authentication_failed',
    })
  })
})

test('promptsOf shows what would be sent; an answer stands as its column, and two runs say the same', async () => {
  const shown = await promptsOf(reviews, { rows: 1 })
  expect(shown).toContain('# row 0, draft (gpt)\n[system] Be short.\nReview the kettle.\n')
  expect(shown).toContain('Read: ‹draft›')
  expect(shown).toContain('Code for ‹insight.summary›')
  expect(shown).toContain('Again: ‹draft›')
  expect(await promptsOf(reviews, { rows: 1 })).toBe(shown)
})

test('answers have the types of their columns', () => {
  const voice = { score: 'human', reasoning: 'r' } as const
  const wrong = { fit: { score: 3, reasoning: 'r' }, voice } as const
  // @ts-expect-error 3 is no option of the judge
  const wrongAnswer = () => run(reviews, { rows: 1, answers: { quality: wrong } })
  // @ts-expect-error there is no such column
  const missing = () => run(reviews, { rows: 1, answers: { drafft: 'x' } })
  expect([wrongAnswer, missing]).toHaveLength(2)
})

test('a sql processor, which needs a real disk, is refused with what to do; a function over rows is run', async () => {
  const more = text.processor(
    'more',
    mapRows(async function* (rows) {
      for await (const row of rows) yield { text: `${row.text}!` }
    }),
  )
  expect((await run(more, { rows: 1, answers: { text: 'a' } })).rows).toEqual([{ text: 'a!' }])
  const counted = text.processor('counted', sql('SELECT count(*) AS n FROM dataset'))
  await expect(run(counted, { rows: 1, answers: { text: 'a' } })).rejects.toMatchObject({
    code: 'usage',
    message: 'The sql processor "counted" cannot be run on a disk in memory',
  })
})
