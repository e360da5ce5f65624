/** Prompts that providers cache: what it costs, what it saves, and that it changes nothing else. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { toValue } from '../../../src/base/values/value.ts'
import { formatSummary } from '../../../src/cli/printing/summary.ts'
import { configFromValue } from '../../../src/config/form/load.ts'
import { type CreateOptions, create, open, type Results } from '../../../src/index.ts'
import { startSimulator } from '../../../src/simulate/server/server.ts'
import { dataFiles } from '../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { smallDisk } from '../../proof/small/small-run.ts'
import { scenarioOf } from '../../simulate/support.ts'

/** 1,500 tokens of the simulator. */
const rules = 'Be kind, be brief, and never say never. '.repeat(150)

const config = configFromValue(
  toValue({
    model_configs: [
      {
        alias: 'writer',
        provider: 'far',
        model: 'm',
        inference_parameters: { max_parallel_requests: 1, max_tokens: 100 },
      },
    ],
    columns: [
      { name: 'topic', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      {
        name: 'sketch',
        column_type: 'llm-text',
        model_alias: 'writer',
        system_prompt: rules,
        prompt: 'Sketch {{ topic }}.',
      },
      { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: `${rules}Finish {{ sketch }}` },
    ],
  }),
  'the config',
)

const price = { input: 3, cached_input: 0.3, cache_write: 3.75, output: 15, request: 0 }
const paths = { openai: '/v1', anthropic: '', gemini: '/v1beta' }
type Vendor = keyof typeof paths

async function provider(caching: object | null = {}) {
  const simulator = await startSimulator({
    words: 8,
    scenario: scenarioOf({ caching, prices: { m: price } }),
  })
  onTestFinished(() => simulator.close())
  return simulator
}

function made(
  url: string,
  vendor: Vendor,
  disk: SimulatedDisk,
  given: Partial<CreateOptions> = {},
): Promise<Results> {
  const far = {
    name: 'far',
    endpoint: `${url}${paths[vendor]}`,
    provider_type: vendor,
    api_key: null,
    extra_body: null,
    extra_headers: null,
  }
  return create(
    config,
    {
      ...{ numRecords: 6, artifactPath: '/out', seed: 7, providers: [far] },
      runConfig: { buffer_size: 6, prices: { writer: price } },
      ...given,
    },
    { disk, encoder: () => inThread, statistics: null },
  )
}

const bytes = (disk: SimulatedDisk) => dataFiles(disk, '/out/dataset')

describe('prompts that begin alike', () => {
  it.each<Vendor>(['openai', 'anthropic', 'gemini'])(
    'are cached, counted for less as the provider counts them, and answered as if they were not: %s',
    async (vendor) => {
      const [cached, plain] = [await provider(), await provider(null)]
      const [disk, other] = [smallDisk(), smallDisk()]
      const { summary } = await made(cached.url, vendor, disk)
      const { summary: whole } = await made(plain.url, vendor, other)
      expect(await bytes(disk)).toEqual(await bytes(other))
      const stats = cached.stats()
      const { total } = summary
      expect(total.usage.cached_input_tokens).toBe(stats.cached_tokens)
      expect(total.usage.cache_write_tokens ?? 0).toBe(stats.cache_write_tokens)
      expect(total.cost).toBeCloseTo(stats.cost!, 12)
      expect(total.cost! + total.cache!.saving!).toBeCloseTo(whole.total.cost!, 12)
      // Each column writes its start once, and five rows read it.
      expect(total.cache!.share).toBeGreaterThan(0.75)
      expect(stats.cache_write_tokens > 0).toBe(vendor === 'anthropic')
      expect(whole.total.cache).toBeUndefined()
      expect(summary.this_run.columns.map(({ column, cache }) => [column, cache!.saving! > 0])).toEqual([
        ['sketch', true],
        ['text', true],
      ])
    },
  )

  it('are told of in the summary and by status', async () => {
    const { url } = await provider()
    const disk = smallDisk()
    const { summary } = await made(url, 'anthropic', disk)
    expect(formatSummary(summary, [], 80)).toMatch(
      / {2}sketch: 6 requested, .* cost \$[\d.]+, \d\d% of the input cached, which saved \$[\d.]+\n/,
    )
    const status = await open('/out/dataset', { disk }).status()
    expect(status.total.cache).toEqual(summary.total.cache)
    const columns = summary.this_run.columns.map(({ column, cache }) => ({ column, ...cache }))
    expect(status.cached_columns).toEqual(columns)
  })

  it('by batches are kept for an hour, at the price of that', async () => {
    const simulator = await provider()
    const disk = smallDisk()
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
    const { summary } = await made(simulator.url, 'anthropic', disk, {
      runConfig: { buffer_size: 6, inference, prices: { writer: price } },
    })
    const plain = smallDisk()
    await made((await provider(null)).url, 'anthropic', plain)
    expect(await bytes(disk)).toEqual(await bytes(plain))
    expect(simulator.stats().cached_tokens).toBeGreaterThan(0)
    expect(summary.total.cost).toBeCloseTo(simulator.stats().cost!, 12)
  })
})
