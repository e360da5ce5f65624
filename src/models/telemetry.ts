/**
 * OpenTelemetry: spans and metrics of a run and of its requests, by the semantic conventions for generative AI.
 *
 * Owns:   what is told: names, attributes, instruments.
 * Never:  tells a prompt, an answer, a key or a URL; sends anything by itself; loads an SDK.
 * Rules:
 *   O1. Off unless whoever runs us has registered a provider with the official API package. Then no module of it is loaded, and
 *       nothing is wrapped.
 *   O2. One span per HTTP request and per call of a tool, retries included, child of the span of the run; that is a child of
 *       the caller's.
 *   O3. Attributes of metrics are bounded: provider, model, operation, kind of failure. Rows and columns stand in spans alone.
 *
 * Conventions: https://opentelemetry.io/docs/specs/semconv/gen-ai/ (gen_ai.client.operation.duration, gen_ai.client.token.usage).
 */
import type { Attributes, Context, Counter, Histogram, Span, Tracer, UpDownCounter } from '@opentelemetry/api'
import type { Clock } from '../base/clock.ts'
import { isValueObject, type Value } from '../base/value.ts'
import type { Endpoint, ModelRequest, Models } from './contract.ts'
import type { Effect, EffectEnd } from './effect.ts'
import { readReply, usageIn } from './reply.ts'

type Api = typeof import('@opentelemetry/api')

/** Where the API package, of any version 1, keeps what was registered with it. */
const registered = Symbol.for('opentelemetry.js.api.1')

const name = 'rowsmith'

/** Buckets of the conventions. */
const durationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
const tokenBuckets = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
]

/** How long the end of a run waits for an exporter. */
const flushMs = 5_000

/** Names that the conventions have for vendors whom configs call otherwise. */
const vendors: Readonly<Record<string, string>> = { gemini: 'gcp.gemini' }

const operations = { chat: 'chat', embedding: 'embeddings', image: 'generate_content' } as const

/** The telemetry of one run; undefined while nobody has registered a provider (rule O1). */
export async function openTelemetry(
  dataset: string,
  rowsPlanned: number,
  clock: Clock,
): Promise<Telemetry | undefined> {
  if (!(registered in globalThis)) return undefined
  return new Telemetry(await import('@opentelemetry/api'), dataset, rowsPlanned, clock)
}

export class Telemetry {
  readonly #api: Api
  readonly #clock: Clock
  readonly #tracer: Tracer
  readonly #span: Span
  readonly #context: Context
  readonly #duration: Histogram
  readonly #tokens: Histogram
  readonly #inFlight: UpDownCounter
  readonly #rows: Counter

  constructor(api: Api, dataset: string, rowsPlanned: number, clock: Clock) {
    this.#clock = clock
    this.#api = api
    this.#tracer = api.trace.getTracer(name)
    const parent = api.context.active()
    const attributes = { 'rowsmith.dataset': dataset, 'rowsmith.rows.planned': rowsPlanned }
    this.#span = this.#tracer.startSpan('rowsmith.run', { attributes }, parent)
    this.#context = api.trace.setSpan(parent, this.#span)
    const meter = api.metrics.getMeter(name)
    this.#duration = meter.createHistogram('gen_ai.client.operation.duration', {
      description: 'GenAI operation duration.',
      unit: 's',
      advice: { explicitBucketBoundaries: durationBuckets },
    })
    this.#tokens = meter.createHistogram('gen_ai.client.token.usage', {
      description: 'Number of input and output tokens used.',
      unit: '{token}',
      advice: { explicitBucketBoundaries: tokenBuckets },
    })
    this.#inFlight = meter.createUpDownCounter('rowsmith.requests.in_flight', { unit: '{request}' })
    this.#rows = meter.createCounter('rowsmith.rows', { unit: '{row}' })
  }

  /** The same models, whose requests are told of. */
  observe(models: Models): Models {
    const observed = new Map<Endpoint, Endpoint>()
    return {
      ...models,
      endpoint: (alias) => {
        const endpoint = models.endpoint(alias)
        let wrapped = observed.get(endpoint)
        if (wrapped === undefined) {
          wrapped = { ...endpoint, send: (request, options) => this.#send(endpoint, request, options) }
          observed.set(endpoint, wrapped)
        }
        return wrapped
      },
    }
  }

  /** Runs an effect; of a call of a tool is told. */
  async run(effect: Effect, effectKey: string, signal: AbortSignal): Promise<EffectEnd> {
    if (effect.kind !== 'tool') return effect.run(signal)
    const span = this.#tracer.startSpan(
      `execute_tool ${effect.name}`,
      {
        kind: this.#api.SpanKind.INTERNAL,
        attributes: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': effect.name,
          'gen_ai.tool.type': 'function',
          ...placeOf(effectKey),
        },
      },
      this.#context,
    )
    let failure: string | undefined = 'aborted'
    try {
      const ended = await effect.run(signal)
      failure =
        ended.kind === 'failed' ? ended.failure.code : saysItFailed(ended.value) ? 'tool_error' : undefined
      return ended
    } finally {
      if (failure !== undefined) this.#fail(span, failure)
      span.end()
    }
  }

  /** Rows that have a fate now. */
  rows(fate: 'written' | 'dropped', count: number): void {
    this.#rows.add(count, { 'rowsmith.row.fate': fate })
  }

  /**
   * The run is over. Waits until what was told has been handed on, since a command ends its process at once; not longer than
   * `flushMs`, and whatever fails there is no failure of the run.
   *
   * @param errorCode what stopped it, or null
   */
  async end(errorCode: string | null): Promise<void> {
    if (errorCode !== null) this.#fail(this.#span, errorCode)
    this.#span.end()
    const { trace, metrics } = this.#api
    const proxy: object = trace.getTracerProvider()
    const tracing: unknown =
      'getDelegate' in proxy && typeof proxy.getDelegate === 'function' ? proxy.getDelegate() : proxy
    const over = new AbortController()
    const flushed = Promise.allSettled([flush(tracing), flush(metrics.getMeterProvider())])
    await Promise.race([flushed, this.#clock.sleep(flushMs, over.signal).catch(() => {})])
    over.abort()
  }

  async #send(
    { provider, model, send }: Endpoint,
    request: ModelRequest,
    options: Parameters<Endpoint['send']>[1],
  ): ReturnType<Endpoint['send']> {
    const operation = operations[request.kind]
    const common: Attributes = {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': vendors[provider] ?? provider,
      'gen_ai.request.model': model,
    }
    const span = this.#tracer.startSpan(
      `${operation} ${model}`,
      {
        kind: this.#api.SpanKind.CLIENT,
        attributes: {
          ...common,
          ...parametersOf(request),
          ...placeOf(options.effectKey),
        },
      },
      this.#context,
    )
    this.#inFlight.add(1, common)
    const began = this.#clock.monotonic()
    let failure: string | undefined = 'aborted'
    try {
      const ended = await send(request, options)
      failure = ended.kind === 'failed' ? ended.failure.code : undefined
      if (ended.kind === 'reply') {
        this.#used(span, common, request.kind, ended.body)
        const finish = request.kind === 'chat' ? readReply(ended.body).finishReason : null
        if (finish !== null) span.setAttribute('gen_ai.response.finish_reasons', [finish])
      } else if (ended.failure.status !== null) {
        span.setAttribute('http.response.status_code', ended.failure.status)
      }
      return ended
    } finally {
      const seconds = (this.#clock.monotonic() - began) / 1000
      this.#duration.record(seconds, failure === undefined ? common : { ...common, 'error.type': failure })
      this.#inFlight.add(-1, common)
      if (failure !== undefined) this.#fail(span, failure)
      span.end()
    }
  }

  #used(span: Span, common: Attributes, kind: ModelRequest['kind'], body: string): void {
    const { inputTokens, outputTokens } = usageIn(body)
    span.setAttribute('gen_ai.usage.input_tokens', inputTokens)
    this.#tokens.record(inputTokens, { ...common, 'gen_ai.token.type': 'input' })
    // Embeddings have none.
    if (kind === 'embedding') return
    span.setAttribute('gen_ai.usage.output_tokens', outputTokens)
    this.#tokens.record(outputTokens, { ...common, 'gen_ai.token.type': 'output' })
  }

  #fail(span: Span, code: string): void {
    span.setAttribute('error.type', code)
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR })
  }
}

/** Providers of an SDK can be flushed; the API's own have nothing to flush. */
async function flush(provider: unknown): Promise<void> {
  if (typeof provider !== 'object' || provider === null || !('forceFlush' in provider)) return
  if (typeof provider.forceFlush === 'function') await provider.forceFlush()
}

/** Whose cell it is for. */
function placeOf(effectKey: string): Attributes {
  const [row, column] = effectKey.split('/')
  return { 'rowsmith.row': Number(row), 'rowsmith.column': decodeURIComponent(column ?? '') }
}

/** Of what a tool gave, whether it is its error. */
function saysItFailed(value: Value): boolean {
  return isValueObject(value) && value.is_error === true
}

function parametersOf(request: ModelRequest): Attributes {
  if (request.kind !== 'chat') return {}
  const { temperature, topP, maxTokens } = request
  return {
    ...(temperature === undefined ? {} : { 'gen_ai.request.temperature': temperature }),
    ...(topP === undefined ? {} : { 'gen_ai.request.top_p': topP }),
    ...(maxTokens === undefined ? {} : { 'gen_ai.request.max_tokens': maxTokens }),
  }
}
