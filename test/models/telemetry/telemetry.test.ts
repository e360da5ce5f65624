/** What OpenTelemetry gets to see of a run, with the official SDK as the one who looks. */
import { context, metrics, SpanKind, trace } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/base/work/clock.ts'
import { parseProviders } from '../../../src/config/files/providers.ts'
import { configFromCode } from '../../../src/entries/config.ts'
import { create, defineTool } from '../../../src/index.ts'
import { openTelemetry } from '../../../src/models/telemetry/telemetry.ts'
import { parametersOf, responseOf, usageOf, whoOf } from '../../../src/models/telemetry/telemetry-names.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'
import { callingModel } from '../../tools/support.ts'

const folder = artifactFolder()
afterEach(() => {
  trace.disable()
  metrics.disable()
  context.disable()
})

/** Registers providers that keep what they get. */
function looking() {
  const spans = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 })
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  const points = async (name: string) => {
    await reader.forceFlush()
    const all = exporter
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap((scope) => scope.metrics)
    return all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
  }
  return { spans: () => spans.getFinishedSpans(), points }
}

describe('a run with a registered OpenTelemetry provider', () => {
  it('is a span, with one child per answer that has the attributes of the conventions', async () => {
    const seen = looking()
    const { components } = quick((each) =>
      rowOf(each) === 1 && each.before === 0 ? failure(503) : echo(each),
    )
    await create(smallConfig(), smallOptions(folder.path, 4), components)
    const [run] = seen.spans().filter(({ name }) => name === 'rowsmith.run')
    expect(run!.attributes).toEqual({ 'rowsmith.dataset': 'dataset', 'rowsmith.rows.planned': 4 })
    expect(run!.instrumentationScope).toMatchObject({
      name: 'rowsmith',
      version: expect.stringMatching(/^\d/),
      schemaUrl: 'https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev',
    })
    const answers = seen.spans().filter(({ name }) => name === 'chat m')
    expect(answers).toHaveLength(4)
    for (const span of answers) {
      expect(span.kind).toBe(SpanKind.CLIENT)
      expect(span.parentSpanContext?.spanId).toBe(run!.spanContext().spanId)
      expect(span.spanContext().traceId).toBe(run!.spanContext().traceId)
    }
    const ofRow = (row: number) => answers.find(({ attributes }) => attributes['rowsmith.row'] === row)!
    expect(ofRow(0).attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.output.type': 'text',
      'gen_ai.provider.name': 'simulator',
      'gen_ai.request.model': 'm',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'rowsmith.column': 'text',
      'rowsmith.provider': 'simulator',
      'rowsmith.row': 0,
    })
    expect(ofRow(0).attributes).not.toHaveProperty('gen_ai.response.time_to_first_chunk')
    expect(ofRow(0).events).toEqual([])
    expect(ofRow(1)).toMatchObject({ status: { code: 0 }, attributes: { 'rowsmith.attempts': 2 } })
    expect(ofRow(1).events).toMatchObject([
      {
        name: 'rowsmith.attempt_failed',
        attributes: { 'rowsmith.attempt': 1, 'error.type': 'server_error', 'http.response.status_code': 503 },
      },
    ])
  })

  it('tells what became of an answer that never came', async () => {
    const seen = looking()
    const { components } = quick((each) => (rowOf(each) === 2 ? failure(400) : echo(each)))
    await create(smallConfig(), smallOptions(folder.path, 4), components)
    const lost = seen.spans().find(({ attributes }) => attributes['rowsmith.row'] === 2)
    expect(lost).toMatchObject({
      attributes: { 'error.type': 'bad_request', 'http.response.status_code': 400 },
      status: { code: 2 },
    })
  })

  it('has a child per call of a tool, without arguments and results', async () => {
    const seen = looking()
    const tool = (name: string, answer: () => string) => defineTool({ name, description: 'Knows.' }, answer)
    const failing = tool('find_out', () => {
      throw new TypeError('no luck')
    })
    const config = configFromCode(
      {
        model_configs: [{ alias: 'm', provider: 'simulator', model: 'm' }],
        tool_configs: [{ tool_alias: 't', providers: [tool('look_up', () => 'secret'), failing] }],
        columns: [
          { name: 'text', column_type: 'llm-text', model_alias: 'm', tool_alias: 't', prompt: 'Hello' },
        ],
      } as never,
      'test',
    )
    const { components } = callingModel(({ results }) =>
      results.length > 0
        ? 'done'
        : [
            ['look_up', {}],
            ['find_out', {}],
          ],
    )
    await create(config, smallOptions(folder.path, 1), components)
    const [run] = seen.spans().filter(({ name }) => name === 'rowsmith.run')
    const calls = seen
      .spans()
      .filter(({ name }) => name.startsWith('execute_tool '))
      .sort((a, b) => b.name.localeCompare(a.name))
    const common = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.type': 'function' }
    const place = { 'rowsmith.row': 0, 'rowsmith.column': 'text' }
    const ids = calls.map(({ attributes }) => attributes['gen_ai.tool.call.id'])
    expect(new Set(ids).size).toBe(2)
    for (const call of calls) delete call.attributes['gen_ai.tool.call.id']
    expect(calls.map(({ name, kind, attributes }) => [name, kind, attributes])).toEqual([
      ['execute_tool look_up', SpanKind.INTERNAL, { ...common, ...place, 'gen_ai.tool.name': 'look_up' }],
      [
        'execute_tool find_out',
        SpanKind.INTERNAL,
        { ...common, ...place, 'gen_ai.tool.name': 'find_out', 'error.type': 'tool_error' },
      ],
    ])
    for (const span of calls) expect(span.parentSpanContext?.spanId).toBe(run!.spanContext().spanId)
  })

  it('tells of no output tokens of embeddings', async () => {
    const seen = looking()
    const model = { alias: 'e', provider: 'simulator', model: 'e' }
    const config = configFromCode(
      {
        model_configs: [{ ...model, inference_parameters: { generation_type: 'embedding' } }],
        columns: [
          { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} },
          { name: 'v', column_type: 'embedding', model_alias: 'e', target_column: 'n' },
        ],
      },
      'test',
    )
    await create(config, smallOptions(folder.path, 1))
    const [span] = seen.spans().filter(({ name }) => name === 'embeddings e')
    expect(span!.attributes).toMatchObject({ 'gen_ai.usage.input_tokens': expect.any(Number) })
    expect(span!.attributes).not.toHaveProperty('gen_ai.usage.output_tokens')
    expect(await seen.points('gen_ai.client.embeddings.duration')).toHaveLength(1)
    expect(await seen.points('gen_ai.client.embeddings.operation.input_tokens')).toHaveLength(1)
    expect(await seen.points('gen_ai.client.inference.duration')).toEqual([])
  })

  it('tells when the parts of a streamed answer came, and what a cache took and gave', async () => {
    const seen = looking()
    const config = configFromCode(
      {
        model_configs: [{ alias: 'm', provider: 'streams', model: 'm' }],
        columns: [{ name: 'text', column_type: 'llm-text', model_alias: 'm', prompt: 'Hello' }],
      },
      'test',
    )
    const piece = (content: string, finish_reason: string | null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`
    const usage = {
      prompt_tokens: 12,
      completion_tokens: 3,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 7 },
    }
    const last = `data: ${JSON.stringify({ choices: [], usage })}\n\n`
    const body = piece('Hello ', null) + piece('all.', 'stop') + last
    const headers = { 'content-type': 'text/event-stream' }
    const components = {
      transport: () => ({
        post: async () => ({ status: 200, headers, body, partsMs: [250, 1750, 2000] }),
        close: async () => {},
      }),
    }
    const providers = [
      { name: 'streams', provider_type: 'openai', endpoint: 'http://127.0.0.1:9/v1', stall_timeout: 60 },
    ]
    const options = {
      ...smallOptions(folder.path, 2),
      providers: parseProviders(JSON.stringify({ providers }), 'test'),
    }
    await create(config, options, components)
    const answers = seen.spans().filter(({ name }) => name === 'chat m')
    expect(answers).toHaveLength(2)
    for (const { attributes } of answers) {
      expect(attributes['gen_ai.response.time_to_first_chunk']).toBe(0.25)
      expect(attributes['gen_ai.usage.cache_write.input_tokens']).toBe(7)
    }
    for (const [part, sum] of [
      ['input_tokens', 24],
      ['cache_read.input_tokens', 8],
      ['cache_write.input_tokens', 14],
    ] as const) {
      expect(await seen.points(`gen_ai.client.inference.usage.${part}`)).toMatchObject([{ value: sum }])
    }
    const later = await seen.points('gen_ai.client.inference.time_per_output_chunk')
    expect(later).toMatchObject([{ value: { count: 4, sum: 3.5, min: 0.25, max: 1.5 } }])
    const [point] = await seen.points('gen_ai.client.inference.time_to_first_chunk')
    expect(point).toMatchObject({
      value: { count: 2, sum: 0.5 },
      attributes: { 'gen_ai.request.model': 'm' },
    })
  })

  it('has metrics: durations, tokens, rows, and nothing in flight at the end', async () => {
    const seen = looking()
    const { components } = quick((each) => (rowOf(each) === 2 ? failure(400) : echo(each)))
    await create(smallConfig(), smallOptions(folder.path, 4), components)
    const counts = async (name: string) =>
      (await seen.points(name)).map(({ attributes, value }) => [
        attributes['error.type'],
        (value as { count: number }).count,
      ])
    expect(await counts('gen_ai.client.inference.duration')).toEqual(
      expect.arrayContaining([
        [undefined, 3],
        ['bad_request', 1],
      ]),
    )
    const used = async (part: string) =>
      (await seen.points(`gen_ai.client.inference.usage.${part}_tokens`)).map(({ attributes, value }) => [
        attributes['gen_ai.token.modality'],
        value,
      ])
    for (const [part, total] of [
      ['input', 30],
      ['output', 15],
    ] as const) {
      expect(await used(part)).toEqual(
        expect.arrayContaining([
          ['text', total],
          ['unknown', 0],
        ]),
      )
      expect(await counts(`gen_ai.client.inference.operation.${part}_tokens`)).toEqual([[undefined, 3]])
    }
    expect(await seen.points('gen_ai.client.operation.duration')).toEqual([])
    const rows = await seen.points('rowsmith.rows')
    expect(rows.map(({ attributes, value }) => [attributes['rowsmith.row.fate'], value])).toEqual([
      ['written', 3],
      ['dropped', 1],
    ])
    const inFlight = await seen.points('rowsmith.requests.in_flight')
    expect(inFlight.map(({ value }) => value)).toEqual([0])
  })

  it.each([
    ['gen_ai/older', 0, 2, '1.41.0'],
    ['http, gen_ai/dup', 1, 2, 'gen-ai-dev/1.42.0-dev'],
    ['gen_ai_latest_experimental', 1, 0, 'gen-ai-dev/1.42.0-dev'],
  ])('has the names that %s asks for', async (optIn, current, older, schema) => {
    const seen = looking()
    const options = { ...smallOptions(folder.path, 2), env: { OTEL_SEMCONV_STABILITY_OPT_IN: optIn } }
    await create(smallConfig(), options, quick().components)
    expect(await seen.points('gen_ai.client.inference.duration')).toHaveLength(current)
    expect(await seen.points('gen_ai.client.token.usage')).toHaveLength(older)
    const [{ instrumentationScope }] = seen.spans() as [ReadableSpan]
    expect(instrumentationScope.schemaUrl).toBe(`https://opentelemetry.io/schemas/${schema}`)
  })

  it('tells no prompt, no answer and no key', async () => {
    const seen = looking()
    const secret = 'sk-secret-0123456789'
    const { components } = quick((each) => (rowOf(each) === 0 ? failure(400, `bad ${secret}`) : echo(each)))
    const options = { ...smallOptions(folder.path, 4), env: { KEY: secret } }
    await create(smallConfig('Say nothing of this'), options, components)
    const told = seen
      .spans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }))
    expect(told).toHaveLength(5)
    expect(JSON.stringify(told)).not.toMatch(/Say nothing|about Say|sk-secret/)
  })

  it('hands on all it has told before it is done, to exporters that batch as well', async () => {
    const spans = new InMemorySpanExporter()
    const batching = new BatchSpanProcessor(spans, { scheduledDelayMillis: 1_000_000 })
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [batching] }))
    await create(smallConfig(), smallOptions(folder.path, 4), quick().components)
    expect(spans.getFinishedSpans()).toHaveLength(5)
  })

  it('ends its span with the code of what stopped it', async () => {
    const seen = looking()
    const { components } = quick(() => failure(401))
    await failureOf(create(smallConfig(), smallOptions(folder.path, 4), components))
    expect(seen.spans().find(({ name }) => name === 'rowsmith.run')).toMatchObject({
      attributes: { 'error.type': 'authentication_failed' },
      status: { code: 2 },
    })
  })
})

describe('what is told of a request', () => {
  const provider = (provider_type: string, endpoint: string) =>
    ({ name: 'mine', provider_type, endpoint, api_key: null, extra_body: null, extra_headers: null }) as never

  it.each([
    ['anthropic', 'https://api.anthropic.com/v1', 'anthropic', 'api.anthropic.com', 443],
    ['anthropic', 'http://127.0.0.1:8080/v1', 'anthropic', '127.0.0.1', 8080],
    ['openai', 'https://api.openai.com/v1', 'openai', 'api.openai.com', 443],
    ['openai', 'http://[::1]:80/v1', 'openai', '::1', 80],
    ['openai', 'https://mine.openai.azure.com/openai/v1', 'azure.ai.openai', 'mine.openai.azure.com', 443],
    ['azure', 'https://gateway.example', 'azure.ai.openai', 'gateway.example', 443],
    ['openai', 'https://api.deepseek.com', 'deepseek', 'api.deepseek.com', 443],
    ['openai', 'https://notdeepseek.com', 'openai', 'notdeepseek.com', 443],
    [
      'gemini',
      'https://generativelanguage.googleapis.com/v1beta',
      'gcp.gemini',
      'generativelanguage.googleapis.com',
      443,
    ],
    ['gemini', 'https://eu-aiplatform.googleapis.com', 'gcp.vertex_ai', 'eu-aiplatform.googleapis.com', 443],
    ['vllm', 'http://localhost:8000/v1', 'vllm', 'localhost', 8000],
  ])('names a provider of type %s at %s', (type, endpoint, name, address, port) => {
    expect(whoOf('mine', provider(type, endpoint))).toEqual({
      'gen_ai.provider.name': name,
      'server.address': address,
      'server.port': port,
    })
  })

  it('has no server where there is none', () => {
    expect(whoOf('mine', provider('simulator', 'simulator:'))).toEqual({
      'gen_ai.provider.name': 'simulator',
    })
    expect(whoOf('object', undefined)).toEqual({ 'gen_ai.provider.name': 'object' })
  })

  it('has the settings of the request, and the kind of answer', () => {
    const chat = { kind: 'chat', provider: 'p', model: 'm', messages: [] } as const
    const extraBody = {
      seed: 7n,
      top_k: 40n,
      n: 1n,
      frequency_penalty: 0.5,
      reasoning_effort: 'low',
      stop: ['secret'],
    }
    expect(parametersOf({ ...chat, responseSchema: {}, temperature: 0.2, extraBody }, true)).toEqual({
      'gen_ai.output.type': 'json',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.request.stream': true,
      'gen_ai.request.seed': 7,
      'gen_ai.request.top_k': 40,
      'gen_ai.request.frequency_penalty': 0.5,
      'gen_ai.request.reasoning.level': 'low',
      'rowsmith.request.stop_sequences': 1,
    })
    expect(parametersOf({ kind: 'image', provider: 'p', model: 'm', prompt: 'x' }, false)).toEqual({
      'gen_ai.output.type': 'image',
    })
  })

  it('has the id and the model that the vendors name, and parts of the usage that are there', () => {
    const told = { 'gen_ai.response.id': 'a', 'gen_ai.response.model': 'b' }
    expect(responseOf('{"id":"a","model":"b"}')).toEqual(told)
    expect(responseOf('{"responseId":"a","modelVersion":"b"}')).toEqual(told)
    expect(responseOf('[]')).toEqual({})
    const usage = {
      inputTokens: 9,
      cachedInputTokens: 4,
      cacheWriteTokens: 1,
      outputTokens: 3,
      reasoningTokens: 2,
    }
    expect(usageOf(usage, 'chat')).toEqual({
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 3,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.cache_write.input_tokens': 1,
      'gen_ai.usage.reasoning.output_tokens': 2,
    })
  })
})

describe('a run without one', () => {
  it('has no telemetry, and wraps nothing', async () => {
    const key = Symbol.for('opentelemetry.js.api.1') as unknown as keyof typeof globalThis
    const kept = globalThis[key]
    delete (globalThis as Record<PropertyKey, unknown>)[key]
    try {
      expect(
        await openTelemetry({ dataset: 'd', rowsPlanned: 1, clock: systemClock, providers: [], env: {} }),
      ).toBeUndefined()
    } finally {
      if (kept !== undefined) Object.assign(globalThis, { [key]: kept })
    }
  })
})
