import { describe, expect, it, onTestFinished } from 'vitest'
import { toValue } from '../../../../src/base/values/value.ts'
import { configFromValue } from '../../../../src/config/form/load.ts'
import { type CreateOptions, create, type Results } from '../../../../src/index.ts'
import { type SimulatorOptions, startSimulator } from '../../../../src/simulate/server/server.ts'
import { dataFiles } from '../../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../../src/testing/datasets/in-thread.ts'
import type { SimulatedDisk } from '../../../../src/testing/disks/simulated-disk.ts'
import { smallDisk } from '../../../proof/small/small-run.ts'
import { scenarioOf } from '../../../simulate/support.ts'

type Vendor = 'openai' | 'anthropic' | 'gemini'

const paths = { openai: '/v1', anthropic: '', gemini: '/v1beta' }

const config = configFromValue(
  toValue({
    model_configs: [
      { alias: 'writer', provider: 'far', model: 'm', inference_parameters: { max_parallel_requests: 4 } },
    ],
    columns: [
      {
        name: 'topic',
        column_type: 'sampler',
        sampler_type: 'category',
        params: { values: ['tea', 'rain', 'iron'] },
      },
      {
        name: 'sketch',
        column_type: 'llm-text',
        model_alias: 'writer',
        prompt: 'Sketch {{ topic }}, please.',
      },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Finish this: {{ sketch }}' },
    ],
  }),
  'the config',
)

const { model_configs, columns: textColumns } = {
  model_configs: [{ alias: 'writer', provider: 'far', model: 'm' }],
  columns: [{ name: 'topic', column_type: 'sampler', sampler_type: 'uuid', params: {} }],
}
const prompted = { model_alias: 'writer', prompt: 'About {{ topic }}.' }

/** A column of every other kind that batches answer. */
function kindsOf(embeds: boolean) {
  const columns = [
    ...textColumns,
    { name: 'code', column_type: 'llm-code', code_lang: 'python', ...prompted },
    {
      name: 'fields',
      column_type: 'llm-structured',
      output_format: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      ...prompted,
    },
    {
      name: 'judged',
      column_type: 'llm-judge',
      scores: [{ name: 'fit', description: 'Fits.', options: { 1: 'no', 2: 'yes' } }],
      ...prompted,
    },
    ...(embeds
      ? [{ name: 'vector', column_type: 'embedding', model_alias: 'writer', target_column: 'topic' }]
      : []),
  ]
  return configFromValue(toValue({ model_configs, columns }), 'the config')
}

const listed = {
  model_configs,
  columns: [
    {
      name: 'topics',
      column_type: 'sampler',
      sampler_type: 'category',
      params: { values: ['["tea", "rain"]', '["iron", "salt", "wood"]'] },
    },
    { name: 'vectors', column_type: 'embedding', model_alias: 'writer', target_column: 'topics' },
  ],
}

async function world(batches: object = {}, options: SimulatorOptions = {}) {
  const simulator = await startSimulator({
    words: 8,
    scenario: scenarioOf({ batches, prices: { m: { input: 2, output: 10 } } }),
    ...options,
  })
  onTestFinished(() => simulator.close())
  return simulator
}

const inference = {
  writer: {
    mode: 'batch',
    window: '24h',
    max_wait: null,
    min_requests: 1,
    remainder: 'sync',
    poll: 0.02,
    workspace: 'exclusive',
  },
} as const

function made(
  url: string,
  disk: SimulatedDisk,
  vendor: Vendor,
  given: Partial<CreateOptions> = {},
  of = config,
): Promise<Results> {
  const price = { input: 2, cached_input: null, output: 10, request: 0 }
  return create(
    of,
    {
      numRecords: 9,
      artifactPath: '/out',
      seed: 7,
      runConfig: { buffer_size: 3, inference, prices: { writer: price } },
      providers: [
        {
          name: 'far',
          endpoint: `${url}${paths[vendor]}`,
          provider_type: vendor,
          api_key: null,
          extra_body: null,
          extra_headers: null,
        },
      ],
      ...given,
    },
    { disk, encoder: () => inThread, statistics: null },
  )
}

const files = (disk: SimulatedDisk): Promise<Map<string, Uint8Array>> => dataFiles(disk, '/out/dataset')

/** What single requests make, by vendor. */
const singly = new Map<
  Vendor,
  Promise<{ readonly files: Map<string, Uint8Array>; readonly cost: number | null }>
>()

function alone(vendor: Vendor) {
  const known = singly.get(vendor)
  if (known !== undefined) return known
  const making = (async () => {
    const simulator = await startSimulator({ words: 8 })
    const disk = smallDisk()
    const { summary } = await made(simulator.url, disk, vendor, { batches: false })
    await simulator.close()
    return { files: await files(disk), cost: summary.total.cost }
  })()
  singly.set(vendor, making)
  return making
}

describe('a dataset made by batches', () => {
  it('is whole where a batch is closed for its age and what is left is too little for another', async () => {
    const simulator = await world()
    const disk = smallDisk()
    const old = { ...inference.writer, max_wait: 1e-9, min_requests: 5 }
    const runConfig = { buffer_size: 3, inference: { writer: old }, prices: {} }
    const { summary } = await made(simulator.url, disk, 'openai', { runConfig })
    expect(summary).toMatchObject({ rows_written: 9, rows_open: 0 })
    expect(await files(disk)).toEqual((await alone('openai')).files)
  })

  it.each(['openai', 'anthropic', 'gemini'] as const)(
    'has the bytes of one made by single requests, at half the price: %s',
    async (vendor) => {
      const simulator = await world()
      const disk = smallDisk()
      const { summary } = await made(simulator.url, disk, vendor)
      const { batches, cost } = simulator.stats()
      expect(await files(disk)).toEqual((await alone(vendor)).files)
      // Anthropic's batches are told apart by their sizes: one request is held back, and makes a batch of its own.
      expect(batches.created).toBe(vendor === 'anthropic' ? 3 : 2)
      expect(batches.answered).toBe(18)
      expect(summary.rows_open).toBe(0)
      expect(summary.total.cost).toBeCloseTo(cost!, 12)
      expect(summary.total.cost! * 2).toBeCloseTo((await alone(vendor)).cost!, 12)
      expect(summary.total.models.map(({ model, requests, unknown }) => [model, requests, unknown])).toEqual([
        ['far/m@batch', 18, 0],
      ])
      expect(summary.this_run).toMatchObject({ requests_sent: 18, replies_replayed: 0 })
    },
  )

  it.each([
    ['openai', 4],
    ['anthropic', 3],
    // Its lines embed one text each: lists of texts go one by one.
    ['gemini', 4],
  ] as const)(
    'has code, structured, judged and embedded columns by batches, where the vendor has such: %s',
    async (vendor, kinds) => {
      const disks = [smallDisk(), smallDisk()] as const
      const simulator = await world()
      const of = kindsOf(vendor !== 'anthropic')
      const { summary } = await made(simulator.url, disks[0], vendor, {}, of)
      const { answered } = simulator.stats().batches
      await made(simulator.url, disks[1], vendor, { batches: false }, of)
      expect(await files(disks[0])).toEqual(await files(disks[1]))
      expect(answered).toBe(9 * kinds)
      expect(summary).toMatchObject({ rows_written: 9, rows_open: 0 })
    },
  )

  it('has lists of texts embedded one by one at Gemini, and by batches elsewhere', async () => {
    const of = configFromValue(toValue(listed), 'the config')
    for (const [vendor, answered] of [
      ['openai', 9],
      ['gemini', 0],
    ] as const) {
      const simulator = await world()
      const { summary } = await made(simulator.url, smallDisk(), vendor, {}, of)
      expect(summary.rows_written).toBe(9)
      expect(simulator.stats().batches.answered).toBe(answered)
    }
  })

  it('loses the rows that a provider refuses, and no others: their failures come together, and stop nothing', async () => {
    const faults = [{ fault: 'status', status: 400, prompt: 'Sketch rain' }]
    const simulator = await startSimulator({ words: 8, scenario: scenarioOf({ faults }) })
    onTestFinished(() => simulator.close())
    const { summary } = await made(simulator.url, smallDisk(), 'openai', {
      numRecords: 40,
      runConfig: { buffer_size: 40, inference, prices: {} },
    })
    const [{ column, code, rows }] = summary.failures as [Results['summary']['failures'][number]]
    expect([column, code, rows > 10]).toEqual(['sketch', 'bad_request', true])
    expect(summary.rows_written).toBe(40 - rows)
  })

  describe.each(['openai', 'anthropic', 'gemini'] as const)('where something goes wrong at %s', (vendor) => {
    it.each([
      ['the reply to the first create is lost', { faults: [{ fault: 'create_lost', nth: 1 }] }, 1],
      [
        'lists do not show what was lost at once',
        { list_lags: 1, faults: [{ fault: 'create_lost', nth: 1 }] },
        1,
      ],
      ['a create is refused for now', { faults: [{ fault: 'create_refused', nth: 1 }] }, 1],
      ['results come in another order', { faults: [{ fault: 'shuffled' }] }, 1],
      [
        'a result comes twice, and one of nobody',
        { faults: [{ fault: 'twice' }, { fault: 'unknown_id' }] },
        1,
      ],
      ['a result is missing', { faults: [{ fault: 'missing', nth: 1 }] }, 2],
      ['a request fails', { faults: [{ fault: 'line_error', nth: 2 }] }, 1],
      [
        'a request is refused, and alone it is not',
        { faults: [{ fault: 'line_error', nth: 2, status: 400 }] },
        1,
      ],
      ['looks fail', { faults: [{ fault: 'poll', every: 2, status: 503 }] }, 1],
      ['results are gone', { faults: [{ fault: 'file_gone', times: 4 }] }, 3],
    ] as const)('the bytes are the same: %s', async (_, batches, charged) => {
      const simulator = await world(batches)
      const disk = smallDisk()
      const { summary } = await made(simulator.url, disk, vendor)
      const { custom_ids } = simulator.stats().batches
      expect(await files(disk)).toEqual((await alone(vendor)).files)
      expect(summary.rows_open).toBe(0)
      expect(Math.max(...Object.values(custom_ids).map(([, times]) => times))).toBeLessThanOrEqual(charged)
      const paid = Object.values(custom_ids).reduce((sum, [, times]) => sum + times, 0)
      const { replies } = summary.total.models.find(({ model }) => model === 'far/m@batch')!
      // What came twice, or never, is unknown on the bill, or was handed out by nobody.
      if (charged === 1) expect(replies).toBe(paid)
    })
  })
})
