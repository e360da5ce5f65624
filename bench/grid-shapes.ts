/** The configs of the grid, in the form that both Rowsmith and Data Designer read. */

import type { ConfigInput } from '../src/index.ts'

export interface Shape {
  readonly name: string
  /** Model cells of a row. */
  readonly cells: number
  /** Requests for a cell, one after the other. @default 1 */
  readonly turns?: number
  readonly columns: ConfigInput['columns']
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

/** Turns in which a model calls the tools it is given, before it answers. */
export const toolTurns = 2

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
  {
    // The simulator lets a model call its tools in two turns, then answer.
    name: 'tool loop',
    cells: 1,
    turns: toolTurns + 1,
    columns: [{ ...text('a', 'Write about {{ id }}.'), tool_alias: 'tools' }],
  },
  {
    // What `write` does stands in grid-functions.ts and grid-reference.py.
    name: 'custom async',
    cells: 1,
    columns: [{ name: 'a', column_type: 'custom', generator_function: 'write' }],
  },
]

/** Whose tools a config of that shape names: started by the client. */
export const toolProvider = 'shop'

/** A config of that shape, sending at most `limit` requests at once. */
export function configOf(shape: Shape, limit: number): ConfigInput {
  const callsTools = shape.turns !== undefined
  return {
    ...(callsTools ? { tool_configs: [{ tool_alias: 'tools', providers: [toolProvider] }] } : {}),
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
