import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../../src/entries/config.ts'
import { type Config, create } from '../../../../src/index.ts'
import { artifactFolder, quick, rowsOf, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()

/** A text with its trace and its thoughts, skipped for some rows; and a column that reads the trace. */
function config(): Config {
  return configFromValue(
    {
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
      columns: [
        {
          name: 'kind',
          column_type: 'sampler',
          sampler_type: 'category',
          params: { values: ['long', 'none'] },
        },
        {
          name: 'text',
          column_type: 'llm-text',
          model_alias: 'writer',
          prompt: 'Write a {{ kind }} text',
          with_trace: 'all_messages',
          extract_reasoning_content: true,
          drop: true,
          skip: { when: "{{ kind == 'none' }}", value: 'left out' },
        },
        {
          name: 'turns',
          column_type: 'expression',
          expr: '{{ text__trace | length }} of {{ text }}',
          propagate_skip: false,
          skip: { when: "{{ kind == 'none' }}", value: 'no turns' },
        },
      ],
    },
    'test',
  )
}

/** Answers that come with thoughts. */
function thinking({ prompt }: { prompt: string }) {
  const message = { role: 'assistant', content: `about ${prompt}`, reasoning_content: ' Let me see. ' }
  const body = {
    choices: [{ message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  }
  return { status: 200, headers: {}, body: JSON.stringify(body) }
}

describe('columns that come along with another', () => {
  it('are made with it, skipped with it, and can be read by others: by both engines alike', async () => {
    const made = []
    for (const scheduler of ['concurrent', 'sequential'] as const) {
      const { asked, components } = quick(thinking)
      const runConfig = { buffer_size: 4, engine: scheduler }
      const options = { ...smallOptions(folder.path, 8), seed: 3n, runConfig, datasetName: scheduler }
      const results = await create(config(), options, components)
      const rows = await rowsOf(results)
      made.push(rows)
      const written = rows.filter(({ kind }) => kind === 'long')
      expect(asked).toHaveLength(written.length)
      expect(results.summary).toMatchObject({ rows_written: 8, replies_unused: 0 })
    }
    const [rows] = made
    expect(made[1]).toEqual(rows)
    expect(Object.keys(rows![0]!)).toEqual(['kind', 'text__trace', 'text__reasoning_content', 'turns'])
    for (const { kind, text__trace: trace, text__reasoning_content: reasoning, turns } of rows!) {
      if (kind === 'none') expect([trace, reasoning, turns]).toEqual([null, null, 'no turns'])
      else {
        expect((trace as unknown as { role: string }[]).map(({ role }) => role)).toEqual([
          'user',
          'assistant',
        ])
        expect([reasoning, turns]).toEqual(['Let me see.', '2 of about Write a long text'])
      }
    }
    expect(new Set(rows!.map(({ kind }) => kind)).size).toBe(2)
  })

  it('can be dropped by their names, and read by transforms', async () => {
    const dropping = {
      ...config(),
      processors: [
        {
          name: 'thoughts',
          processor_type: 'schema_transform' as const,
          template: { seen: '{{ text__trace }}' },
        },
        { name: 'drop', processor_type: 'drop_columns' as const, column_names: ['text__trace'] },
      ],
    }
    const options = { ...smallOptions(folder.path, 4), seed: 3n }
    const results = await create(dropping, options, quick(thinking).components)
    const [row] = await rowsOf(results)
    expect(Object.keys(row!)).toEqual(['kind', 'text__reasoning_content', 'turns'])
    expect(
      await rowsOf({ rows: () => results.loadProcessorDataset('thoughts', { integers: 'bigint' }) }),
    ).toHaveLength(4)
  })
})
