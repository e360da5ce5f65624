/** Whole runs whose models call tools over the wires of other vendors, as the simulator and the vendors' scripts speak them. */
import { describe, expect, it } from 'vitest'
import { calmScenario } from '../../../src/config/files/scenario.ts'
import { configFromCode } from '../../../src/entries/config.ts'
import { simulatorTransport } from '../../../src/entries/simulator.ts'
import { type Components, create, defineTool, type ProviderConfig } from '../../../src/index.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { anthropicVendor } from '../../../src/testing/providers/anthropic-vendor.ts'
import { geminiVendor } from '../../../src/testing/providers/gemini-vendor.ts'
import type { VendorRequest } from '../../../src/testing/providers/vendor.ts'
import { artifactFolder, rowsOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

const parameters = { type: 'object', properties: { of: { type: 'string' } }, required: ['of'] }

/** A run of two rows, whose model wants to call both tools in so many turns. */
async function run(type: ProviderConfig['provider_type'], turns: number, maxTurns: number) {
  const calls: string[] = []
  const tool = (name: string, answer: () => string) =>
    defineTool({ name, description: 'Knows.', parameters }, ({ of }) => {
      calls.push(`${name} ${of}`)
      return answer()
    })
  const failing = tool('find_out', () => {
    throw new TypeError('no luck')
  })
  const config = configFromCode(
    {
      model_configs: [{ alias: 'm', provider: 'vendor', model: 'm' }],
      tool_configs: [
        {
          tool_alias: 't',
          providers: [tool('look_up', () => 'it rains'), failing],
          max_tool_call_turns: BigInt(maxTurns),
        },
      ],
      columns: [
        { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        {
          name: 'text',
          column_type: 'llm-text',
          model_alias: 'm',
          tool_alias: 't',
          prompt: 'Row {{ n }}: look_up, and find_out.',
          with_trace: 'all_messages',
        },
      ],
    } as never,
    'test',
  )
  const asked: VendorRequest[] = []
  const simulator = simulatorTransport({
    words: 6,
    scenario: { ...calmScenario, tools: { turns, calls: 1 } },
  })
  const transport: ReturnType<NonNullable<Components['transport']>> = {
    post: (url, headers, body, ...rest) => {
      asked.push({ url, headers, body })
      return simulator.post(url, headers, body, ...rest)
    },
    close: () => simulator.close(),
  }
  const provider = {
    name: 'vendor',
    endpoint: 'http://127.0.0.1:9/v1',
    provider_type: type,
    api_key: 'key-of-mine',
    extra_body: null,
    extra_headers: null,
  } as const
  const results = await create(
    config,
    { ...smallOptions(folder.path, 2), seed: 7n, providers: [provider] },
    { transport: () => transport, encoder: () => inThread },
  )
  return { results, calls, asked }
}

describe.each([
  ['anthropic', anthropicVendor],
  ['gemini', geminiVendor],
] as const)('a model that calls tools over the wire of %s', (type, vendor) => {
  it('calls several in a turn, and is told what each gave, errors too, in their order', async () => {
    const { results, calls, asked } = await run(type, 2, 5)
    expect(results.summary).toMatchObject({ rows_written: 2, rows_dropped: 0, replies_unused: 0 })
    expect(calls.map((call) => call.split(' ')[0]).sort()).toEqual(
      ['find_out', 'look_up'].flatMap((name) => [name, name, name, name]),
    )
    expect(asked).toHaveLength(2 * 3)
    const { tools } = vendor.understand(asked[0]!)
    expect(tools).toEqual(['look_up', 'find_out'])
    const told = asked.map((request) => vendor.understand(request).turns).filter((turns) => turns.length > 6)
    expect(told).toHaveLength(2)
    for (const turns of told) {
      expect(turns.filter((turn) => /^(look_up|find_out)\(|it rains|no luck/.test(turn))).toEqual([
        expect.stringMatching(/^look_up\(\{"of":/),
        expect.stringMatching(/^find_out\(\{"of":/),
        'it rains',
        'Error: TypeError: no luck',
        expect.stringMatching(/^look_up\(/),
        expect.stringMatching(/^find_out\(/),
        'it rains',
        'Error: TypeError: no luck',
      ])
    }
    const [row] = await rowsOf(results)
    const trace = row!.text__trace as readonly { readonly role: string }[]
    const turn = ['assistant', 'tool', 'tool']
    expect(trace.map(({ role }) => role)).toEqual(['user', ...turn, ...turn, 'assistant'])
    expect(row!.text).not.toBe('')
  })

  it('may answer when its turns are over', async () => {
    const patient = await run(type, 2, 1)
    expect(patient.results.summary).toMatchObject({ rows_written: 2 })
    expect(patient.calls).toHaveLength(2 * 2)
    const last = patient.asked.map((request) => vendor.understand(request).turns.join('\n'))
    expect(last.filter((turns) => turns.includes('Error: not called.'))).toHaveLength(2)
  })

  it('loses its row when it never stops calling', async () => {
    const { results, calls, asked } = await run(type, 100, 1)
    expect(results.summary.failures).toMatchObject([{ code: 'tool_turns_exceeded', rows: 2 }])
    expect([asked.length, calls.length]).toEqual([2 * 4, 2 * 2])
  })
})
