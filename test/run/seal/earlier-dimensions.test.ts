/** One dimension a column of vectors, over every process that makes some of a dataset. */
import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, create, open, type RunEvent } from '../../../src/index.ts'
import { failure } from '../../support/scripted-transport.ts'
import { artifactFolder, failureOf, quick, rowOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

function config(): Config {
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'vectors',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { generation_type: 'embedding', max_parallel_requests: 1n },
        },
      ],
      columns: [
        { name: 'text', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { name: 'vector', column_type: 'embedding', target_column: 'text', model_alias: 'vectors' },
      ],
    },
    'test',
  )
}

function vector(dimension: number) {
  const body = JSON.stringify({
    data: [{ index: 0, embedding: Array.from({ length: dimension }, () => 0.5) }],
    usage: { prompt_tokens: 1 },
  })
  return { status: 200, headers: {}, body }
}

async function warnings(numRecords: number, dimension: number): Promise<string[]> {
  const run = create(
    config(),
    smallOptions(folder.path, numRecords),
    quick(() => vector(dimension)).components,
  )
  const events: RunEvent[] = []
  for await (const event of run.events()) events.push(event)
  await run
  return events.flatMap((event) =>
    event.type === 'warning' && event.code === 'odd_answer' ? [event.message] : [],
  )
}

const told = 'Column "vector" has embeddings of 3 and of 2 numbers'

describe('vectors of another dimension than those of an earlier process', () => {
  it('are told after a stop, once, and profile counts both', async () => {
    const stopped = quick((asked) => (rowOf(asked) < 5 ? vector(3) : failure(401)))
    await failureOf(create(config(), smallOptions(folder.path, 8), stopped.components))
    expect(await warnings(8, 2)).toEqual([expect.stringContaining(told)])
    const found = await open(`${folder.path}/dataset`).profile()
    expect(found.column_statistics.find(({ column_name: name }) => name === 'vector')).toMatchObject({
      dimensions: { categories: [3, 2], counts: [5, 3] },
    })
  })

  it('are told when a finished dataset gets more rows, and equal ones are not', async () => {
    await warnings(4, 3)
    expect(await warnings(8, 3)).toEqual([])
    expect(await warnings(12, 2)).toEqual([expect.stringContaining(told)])
  })
})
