import { create, dataset } from 'rowsmith'
import {
  category,
  codeCheck,
  compute,
  embedding,
  expr,
  llmCode,
  llmJudge,
  llmStructured,
  llmText,
  person,
  subcategory,
  uuid,
} from 'rowsmith/columns'
import { promptsOf, run } from 'rowsmith/testing'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(_?: T) => {}

// 1. product reviews with a judge
export const reviews = dataset({
  models: { writer: 'openai/gpt-4.1-mini', critic: { provider: 'openai', model: 'gpt-4.1', temperature: 0 } },
})
  .column('id', uuid({ prefix: 'rev-', short: true }))
  .column('product', category(['espresso machine', 'hiking boots', 'desk lamp']))
  .column('stars', category([1, 2, 3, 4, 5], { weights: [1, 1, 2, 3, 3] }))
  .column('buyer', person({ ageRange: [18, 70], drop: true }))
  .column(
    'review',
    llmText({
      model: 'writer',
      prompt:
        'You are {{ buyer.first_name }}, {{ buyer.age }}. Write a two-sentence review of the {{ product }}, {{ stars }} of 5 stars.',
    }),
  )
  .column(
    'quality',
    llmJudge({
      model: 'critic',
      prompt: 'Judge this review of a {{ product }}: {{ review }}',
      scores: {
        fit: { description: 'Does the text fit the stars?', options: { 1: 'no', 2: 'partly', 3: 'yes' } },
        voice: {
          description: 'Whose voice is it?',
          options: { human: 'a buyer', machine: 'a language model' },
        },
      },
    }),
  )
  .column('keep', expr("{{ quality.fit.score >= 2 and quality.voice.score == 'human' }}", { as: 'bool' }))
same<
  Equal<
    (typeof reviews.Row)['quality'],
    { fit: { score: 1 | 2 | 3; reasoning: string }; voice: { score: 'human' | 'machine'; reasoning: string } }
  >
>()
same<Equal<keyof typeof reviews.Row, 'id' | 'product' | 'stars' | 'review' | 'quality' | 'keep'>>()

// 2. text to SQL, checked
export const sql = dataset({ models: { coder: 'openai/gpt-4.1' } })
  .column('domain', category(['shop', 'hospital', 'library']))
  .column(
    'topic',
    subcategory('domain', { shop: ['orders', 'stock'], hospital: ['wards'], library: ['loans', 'fines'] }),
  )
  .column('level', category(['beginner', 'advanced']))
  .column(
    'question',
    llmText({
      model: 'coder',
      prompt:
        'A {{ level }} question about {{ topic }} in a {{ domain }} database. {% if level == "advanced" %}Use a window function.{% endif %}',
    }),
  )
  .column(
    'query',
    llmCode({ model: 'coder', language: 'sql:postgres', prompt: 'Answer in PostgreSQL: {{ question }}' }),
  )
  .column('check', codeCheck('query', 'sql:postgres'))
same<Equal<(typeof sql.Row)['topic'], 'orders' | 'stock' | 'wards' | 'loans' | 'fines'>>()
same<Equal<(typeof sql.Row)['check'], { is_valid: boolean | null; error_messages: string | null }>>()

// 3. questions on a seed of documents (RAG), embedded
const Qa = z.object({
  question: z.string(),
  answer: z.string(),
  quotes: z.array(z.object({ text: z.string(), page: z.int() })),
  difficulty: z.enum(['easy', 'hard']).optional(),
})
export const qa = dataset({
  models: { writer: 'openai/gpt-4.1-mini', vectors: 'openai/text-embedding-3-small' },
  seed: { path: 'documents.csv', columns: { title: 'str', text: 'str', pages: 'int' } },
})
  .column(
    'qa',
    llmStructured({
      model: 'writer',
      schema: Qa,
      prompt:
        'Read "{{ title }}" ({{ pages }} pages):\n{{ text | truncate(4000) }}\nAsk one question that it answers.',
    }),
  )
  .column('question', expr('{{ qa.question }}'))
  .column('vector', embedding({ model: 'vectors', target: 'question' }))
  .drop('text')
same<
  Equal<
    (typeof qa.Row)['qa'],
    {
      question: string
      answer: string
      quotes: { text: string; page: number }[]
      difficulty: 'easy' | 'hard' | null
    }
  >
>()

// 4. preference pairs (DPO), with functions
export const pairs = dataset({ models: { strong: 'openai/gpt-4.1', weak: 'openai/gpt-4.1-nano' } })
  .column('task', category(['summarise', 'translate', 'explain']))
  .column(
    'prompt',
    llmText({ model: 'strong', prompt: 'Write a request in which somebody asks to {{ task }} something.' }),
  )
  .column('a', llmText({ model: 'strong', prompt: '{{ prompt }}', drop: true }))
  .column('b', llmText({ model: 'weak', prompt: '{{ prompt }}', drop: true }))
  .column(
    'verdict',
    llmJudge({
      model: 'strong',
      prompt: 'Request: {{ prompt }}\nA: {{ a }}\nB: {{ b }}',
      scores: {
        better: { description: 'Which answer is better?', options: { A: 'the first', B: 'the second' } },
      },
      drop: true,
    }),
  )
  .column(
    'pair',
    compute({ reads: ['a', 'b', 'verdict'] }, ({ a, b, verdict }) =>
      verdict.better.score === 'A' ? { chosen: a, rejected: b } : { chosen: b, rejected: a },
    ),
  )
same<
  Equal<
    typeof pairs.Row,
    {
      task: 'summarise' | 'translate' | 'explain'
      prompt: string
      pair: { chosen: string; rejected: string }
    }
  >
>()

// 5. conversations from a JSON Schema, references instead of template text
export const chats = dataset({ models: { writer: 'openai/gpt-4.1' } })
  .column(
    'topics',
    llmStructured({
      model: 'writer',
      prompt: 'Three things people ask a bank.',
      schema: {
        type: 'object',
        required: ['items'],
        properties: {
          items: {
            type: 'array',
            items: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string' }, tone: { enum: ['calm', 'angry'] } },
            },
          },
        },
      },
    }),
  )
  .column('chat', ({ topics }) =>
    llmStructured({
      model: 'writer',
      prompt: `A chat on: ${topics.items.each((t) => `${t.name} (${t.tone.with("default('calm')")}), `)}`,
      schema: z.object({
        messages: z.array(z.object({ role: z.enum(['user', 'assistant']), content: z.string() })),
      }),
    }),
  )
  .column(
    'turns',
    compute({ reads: ['chat'] }, ({ chat }) => chat.messages.length),
  )
same<Equal<(typeof chats.Row)['topics'], { items: { name: string; tone: 'calm' | 'angry' | null }[] }>>()
same<Equal<(typeof chats.Row)['chat']['messages'][number]['role'], 'user' | 'assistant'>>()

// 6. translation, skipping what needs none
export const translated = dataset({ models: { writer: 'openai/gpt-4.1-mini' } })
  .column('sentence', llmText({ model: 'writer', prompt: 'One sentence about the sea.' }))
  .column(
    'german',
    llmStructured({
      model: 'writer',
      prompt: 'In German: {{ sentence }}',
      schema: z.object({ text: z.string(), quality: z.number() }),
    }),
  )
  .column(
    'note',
    llmText({
      model: 'writer',
      prompt: 'Say what is odd about {{ german.text }}',
      skip: { when: '{{ german.quality > 0.9 }}', value: 'none' },
    }),
  )
  .column(
    'hint',
    llmText({
      model: 'writer',
      prompt: 'Improve it: {{ german.text }}',
      skip: { when: '{{ german.quality > 0.9 }}' },
    }),
  )
  .column('follow', llmText({ model: 'writer', prompt: 'Go on: {{ hint }}' }))
  .column(
    'anyway',
    llmText({
      model: 'writer',
      prompt: 'Go on: {{ hint }}',
      propagateSkip: false,
      trace: 'all_messages',
      reasoning: true,
    }),
  )
same<Equal<(typeof translated.Row)['german'], { text: string; quality: number }>>()
same<Equal<(typeof translated.Row)['note'], string>>()
same<Equal<(typeof translated.Row)['hint'], string | null>>()
same<Equal<(typeof translated.Row)['follow'], string | null>>()
same<Equal<(typeof translated.Row)['anyway'], string>>()
same<Equal<(typeof translated.Row)['anyway__trace'][number]['role'], string>>()
same<Equal<(typeof translated.Row)['anyway__reasoning_content'], string | null>>()

// running and testing
const results = await create(pairs, { rows: 100, seed: 7 })
for await (const { pair, task } of results.rows()) {
  task satisfies 'summarise' | 'translate' | 'explain'
  pair.chosen.length
}
const judged = { fit: { score: 3, reasoning: 'r' }, voice: { score: 'human', reasoning: 'r' } } as const
const tested = await run(reviews, {
  rows: 2,
  seed: 1,
  answers: { review: ['Good.', 'Bad.'], quality: judged },
})
tested.rows[0]?.keep satisfies boolean | undefined
tested.prompts('review').length
await promptsOf(reviews)
