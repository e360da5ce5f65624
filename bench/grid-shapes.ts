/** The configs of the grid, in the form that both Rowsmith and Data Designer read. */

export interface Shape {
  readonly name: string
  /** Model cells of a row. */
  readonly cells: number
  readonly columns: readonly object[]
}

const text = (name: string, prompt: string) => ({
  name,
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt,
})

const judge = (name: string, of: string) => ({
  name,
  column_type: 'llm-judge',
  model_alias: 'writer',
  prompt: `Judge this text: {{ ${of} }}`,
  scores: [
    {
      name: 'clarity',
      description: 'How clear it is.',
      options: { 1: 'not at all', 2: 'somewhat', 3: 'very' },
    },
  ],
})

const structured = {
  name: 'product',
  column_type: 'llm-structured',
  model_alias: 'writer',
  prompt: 'Describe product {{ id }}.',
  output_format: {
    type: 'object',
    properties: {
      title: { type: 'string' },
      price: { type: 'number', minimum: 1, maximum: 999 },
      stock: { type: 'integer', minimum: 0, maximum: 500 },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['title', 'price', 'stock', 'tags'],
  },
}

export const shapes: readonly Shape[] = [
  { name: 'text', cells: 1, columns: [text('a', 'Write about {{ id }}.')] },
  {
    name: 'chain of 4',
    cells: 4,
    columns: [
      text('a', 'Write about {{ id }}.'),
      text('b', 'Go on: {{ a }}'),
      text('c', 'Go on: {{ b }}'),
      text('d', 'Go on: {{ c }}'),
    ],
  },
  {
    name: 'wide 5',
    cells: 5,
    columns: ['a', 'b', 'c', 'd', 'e'].map((name) => text(name, `Write about {{ id }}, part ${name}.`)),
  },
  {
    name: 'judges',
    cells: 4,
    columns: [
      text('a', 'Write about {{ id }}.'),
      text('b', 'Write against {{ id }}.'),
      judge('a_judged', 'a'),
      judge('b_judged', 'b'),
    ],
  },
  { name: 'structured', cells: 1, columns: [structured] },
]

/** A config of that shape, asking at most `limit` requests at once. */
export function configOf(shape: Shape, limit: number): object {
  return {
    model_configs: [
      {
        alias: 'writer',
        provider: 'bench',
        model: 'simulated',
        // A probe before the run would be a request more.
        skip_health_check: true,
        inference_parameters: { max_parallel_requests: limit, timeout: 300 },
      },
    ],
    columns: [{ name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }, ...shape.columns],
  }
}
