/** Runs whose provider gives answers that are not whole, or hardly: what is a value, what is asked again, what is told. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../../src/entries/config.ts'
import {
  type Components,
  type CreateOptions,
  create,
  open,
  type RunEvent,
  retry,
} from '../../../../src/index.ts'
import { answer, failure } from '../../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  quick,
  rowOf,
  rowsOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../../support/small-runs.ts'

const folder = artifactFolder()
const dataset = () => join(folder.path, 'dataset')

/** Runs it to its end, and gives its warnings. */
async function ran(
  components: Components,
  rows = 8,
  config = smallConfig(),
  more: Partial<CreateOptions> = {},
) {
  const run = create(config, { ...smallOptions(folder.path, rows), ...more }, components)
  const warnings: (RunEvent & { type: 'warning' })[] = []
  for await (const event of run.events()) if (event.type === 'warning') warnings.push(event)
  const results = await run
  return { results, rows: (await rowsOf(results)) as { text: string }[], warnings }
}

describe('answers that ended for a reason nobody knows', () => {
  it('are values, are told of once and counted, and can be asked for again', async () => {
    const { components } = scripted((each) => (rowOf(each) < 3 ? answer('Perhaps', 'brand_new') : echo(each)))
    const { results, warnings } = await ran(components)
    expect(results.summary).toMatchObject({ rows_written: 8, total: { unknown_ends: 3 } })
    expect(warnings.filter(({ code }) => code === 'unknown_finish_reason')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('with finish reason "brand_new"') }),
    ])
    expect((await open(dataset()).status()).total).toMatchObject({
      unknown_ends: 3,
      models: [{ unknown_ends: 3 }],
    })
    const again = quick()
    await retry(dataset(), { finishReason: 'unknown' }, again.components)
    expect(again.asked.map(rowOf).sort()).toEqual([0, 1, 2])
  })
})

describe('answers that are not whole', () => {
  it('are asked for again where they broke off, or are empty, and cost their row where they were filtered', async () => {
    const { components, asked } = scripted((each) => {
      if (rowOf(each) === 1) return answer('The beginning of an answ', each.before === 0 ? 'abort' : 'stop')
      if (rowOf(each) === 2 && !each.prompt.includes('Attempt')) return answer('')
      return rowOf(each) === 3 ? answer('The beginning of an answ', 'sensitive') : echo(each)
    })
    const { results } = await ran(components)
    expect(results.summary).toMatchObject({
      rows_written: 7,
      failures: [{ column: 'text', code: 'content_filtered', rows: 1 }],
    })
    const times = (row: number) => asked.filter((each) => rowOf(each) === row).length
    expect([times(1), times(2), times(3), times(4)]).toEqual([2, 2, 1, 1])
  })

  it('have their thoughts beside them', async () => {
    const { columns, model_configs } = {
      columns: [
        {
          name: 'text',
          column_type: 'llm-text',
          model_alias: 'w',
          prompt: 'Tell',
          extract_reasoning_content: true,
        },
        {
          name: 'raw',
          column_type: 'llm-text',
          model_alias: 'k',
          prompt: 'Tell',
          extract_reasoning_content: true,
        },
      ],
      model_configs: [
        { alias: 'w', provider: 'simulator', model: 'm' },
        { alias: 'k', provider: 'simulator', model: 'm', thought_tags: 'keep' },
      ],
    }
    const config = configFromValue({ columns, model_configs }, 'test')
    const { components } = scripted(() => answer('<think>hm</think>Yes'))
    const { rows } = await ran(components, 1, config)
    expect(rows[0]).toMatchObject({
      text: 'Yes',
      text__reasoning_content: 'hm',
      raw: '<think>hm</think>Yes',
      raw__reasoning_content: null,
    })
  })
})

it('a schema that the provider refuses costs no row and no try', async () => {
  const config = configFromValue(
    {
      model_configs: [{ alias: 'w', provider: 'vllm', model: 'm' }],
      columns: [
        {
          name: 'text',
          column_type: 'llm-structured',
          model_alias: 'w',
          prompt: 'Tell',
          output_format: {
            type: 'object',
            properties: { a: { type: 'integer' } },
            required: ['a'],
            additionalProperties: false,
          },
        },
      ],
    },
    'test',
  )
  let refusals = 0
  const transport = {
    post: async (_url: string, _headers: unknown, body: string) => {
      if (JSON.parse(body).response_format?.json_schema.strict !== true) return answer('{"a": 1}')
      refusals++
      return failure(400, 'Invalid schema for response_format')
    },
    close: async () => {},
  }
  const providers = [
    {
      name: 'vllm',
      endpoint: 'http://x.example/v1',
      provider_type: 'vllm',
      api_key: null,
      extra_body: null,
      extra_headers: null,
    },
  ] as const
  const more = { runConfig: { max_request_attempts: 1 }, providers }
  const { results, warnings } = await ran({ transport: () => transport }, 6, config, more)
  expect(results.summary).toMatchObject({ rows_written: 6, rows_dropped: 0 })
  expect(refusals).toBeGreaterThan(0)
  expect(warnings.filter(({ code }) => code !== 'config_doubtful')).toEqual([
    expect.objectContaining({
      code: 'schema_not_enforced',
      message: expect.stringContaining('Invalid schema'),
    }),
  ])
})
