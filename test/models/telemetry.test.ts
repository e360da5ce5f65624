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
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { configFromCode, create, defineTool } from '../../src/index.ts'
import { openTelemetry } from '../../src/models/telemetry.ts'
import { failure } from '../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../support/small-runs.ts'
import { callingModel } from '../tools/support.ts'

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
    return all.find(({ descriptor }) => descriptor.name === name)!.dataPoints
  }
  return { spans: () => spans.getFinishedSpans(), points }
}

describe('a run with a registered OpenTelemetry provider', () => {
  it('is a span, with one child per request that has the attributes of the conventions', async () => {
    const seen = looking()
    const { components } = quick((each) =>
      rowOf(each) === 1 && each.before === 0 ? failure(503) : echo(each),
    )
    await create(smallConfig(), smallOptions(folder.path, 4), components)
    const [run] = seen.spans().filter(({ name }) => name === 'rowsmith.run')
    expect(run!.attributes).toEqual({ 'rowsmith.dataset': 'dataset', 'rowsmith.rows.planned': 4 })
    const requests = seen.spans().filter(({ name }) => name === 'chat m')
    expect(requests).toHaveLength(5)
    for (const span of requests) {
      expect(span.parentSpanContext?.spanId).toBe(run!.spanContext().spanId)
      expect(span.spanContext().traceId).toBe(run!.spanContext().traceId)
    }
    const ofRow = (row: number) => requests.filter(({ attributes }) => attributes['rowsmith.row'] === row)
    expect(ofRow(0)[0]!.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'simulator',
      'gen_ai.request.model': 'm',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'rowsmith.column': 'text',
      'rowsmith.row': 0,
    })
    expect(ofRow(1)[0]).toMatchObject({
      attributes: { 'error.type': 'server_error', 'http.response.status_code': 503 },
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
    const tokens = await seen.points('gen_ai.client.token.usage')
    expect(tokens.map(({ attributes }) => attributes['gen_ai.token.type'])).toEqual(['input'])
  })

  it('has metrics: durations, tokens, rows, and nothing in flight at the end', async () => {
    const seen = looking()
    const { components } = quick((each) => (rowOf(each) === 2 ? failure(400) : echo(each)))
    await create(smallConfig(), smallOptions(folder.path, 4), components)
    const durations = await seen.points('gen_ai.client.operation.duration')
    expect(
      durations.map(({ attributes, value }) => [
        attributes['error.type'],
        (value as { count: number }).count,
      ]),
    ).toEqual(
      expect.arrayContaining([
        [undefined, 3],
        ['bad_request', 1],
      ]),
    )
    const tokens = await seen.points('gen_ai.client.token.usage')
    expect(
      tokens.map(({ attributes, value }) => [
        attributes['gen_ai.token.type'],
        (value as { sum: number }).sum,
      ]),
    ).toEqual([
      ['input', 30],
      ['output', 15],
    ])
    const rows = await seen.points('rowsmith.rows')
    expect(rows.map(({ attributes, value }) => [attributes['rowsmith.row.fate'], value])).toEqual([
      ['written', 3],
      ['dropped', 1],
    ])
    const inFlight = await seen.points('rowsmith.requests.in_flight')
    expect(inFlight.map(({ value }) => value)).toEqual([0])
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

describe('a run without one', () => {
  it('has no telemetry, and wraps nothing', async () => {
    const key = Symbol.for('opentelemetry.js.api.1') as unknown as keyof typeof globalThis
    const kept = globalThis[key]
    delete (globalThis as Record<PropertyKey, unknown>)[key]
    try {
      expect(await openTelemetry('dataset', 1, systemClock)).toBeUndefined()
    } finally {
      if (kept !== undefined) Object.assign(globalThis, { [key]: kept })
    }
  })
})
