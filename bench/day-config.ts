/** The config of the working day in `day.ts`, as it is edited, and the provider that answers it. */

import { toValue } from '../src/base/values/value.ts'
import { type Scenario, scenarioFromValue } from '../src/config/files/scenario.ts'

/** `prompt`: the second prompt is another one. `judge`: so is the judge. `judge alone`: it is the only column, for rows that are there. */
export type DayEdit = 'prompt' | 'judge' | 'judge alone'

const style =
  'House style. Write plainly, in the active voice, for readers who know nothing of the subject. Name things by their usual names. '.repeat(
    36,
  )

/** One of 33, which the second column is refused for. */
const refusedTopic = 'quasars'
const topics = [refusedTopic, ...Array.from({ length: 32 }, (_, at) => `craft number ${at + 1}`)]

const text = (name: string, prompt: string) => ({
  ...{ name, column_type: 'llm-text', model_alias: 'writer', system_prompt: style, prompt },
})

export function dayConfig(edits: readonly DayEdit[]) {
  const has = (edit: DayEdit): boolean => edits.includes(edit)
  const judge = {
    name: has('judge') ? 'judgement_of_use' : 'judgement',
    column_type: 'llm-judge',
    model_alias: 'writer',
    prompt: has('judge') ? 'How useful is this? {{ final }}' : 'How clear is this? {{ final }}',
    scores: [
      { name: 'score', description: 'How much so.', options: { 1: 'not at all', 2: 'somewhat', 3: 'very' } },
    ],
  }
  const columns = [
    { name: 'topic', column_type: 'sampler', sampler_type: 'category', params: { values: topics } },
    {
      name: 'tone',
      column_type: 'sampler',
      sampler_type: 'category',
      params: { values: ['dry', 'warm', 'terse'] },
    },
    text('draft', 'A {{ tone }} text about {{ topic }}.'),
    text('second', `${has('prompt') ? 'Sharpen' : 'Improve'} this draft on {{ topic }}: {{ draft }}`),
    text('final', 'Shorten this text: {{ second }}'),
    {
      name: 'facts',
      column_type: 'llm-structured',
      model_alias: 'writer',
      prompt: 'What does this say? {{ second }}',
      output_format: {
        type: 'object',
        properties: { title: { type: 'string' }, claims: { type: 'array', items: { type: 'string' } } },
        required: ['title', 'claims'],
      },
    },
    judge,
  ]
  return {
    data_designer: {
      model_configs: [
        {
          alias: 'writer',
          provider: 'far',
          model: 'm',
          inference_parameters: { max_parallel_requests: 64, max_tokens: 800 },
        },
      ],
      columns: has('judge alone') ? [judge] : columns,
    },
  }
}

/** @param refuses whether one topic is still refused */
export function scenario(refuses: boolean): Scenario {
  return scenarioFromValue(
    toValue({
      words: { median: 150, sigma: 0.3 },
      latency: { median: '300ms', sigma: 0.4 },
      caching: {},
      prices: { m: { input: 2.5, cached_input: 1.25, output: 10 } },
      faults: [
        ...(refuses ? [{ fault: 'status', status: 400, prompt: `this draft on ${refusedTopic}` }] : []),
        { fault: 'status', status: 503, rate: 0.02 },
        { fault: 'wrong_schema', rate: 0.01 },
      ],
    }),
  )
}
