/**
 * OpenTelemetry: spans and metrics of a run and of its requests, by the semantic conventions for generative AI.
 *
 * Owns:   what is reported: names, attributes, instruments.
 * Never:  reports a prompt, an answer, a key or a URL; sends anything by itself; loads an SDK.
 * Rules:
 *   O1. Off unless the program has registered a provider with the official API package. Then no module of it is loaded, and
 *       nothing is wrapped.
 *   O2. One span per answer, whatever it takes: its failed attempts are events of it. One span per call of a tool. All are children
 *       of the span of the run; that is a child of the caller's.
 *   O3. Attributes of metrics are bounded: provider, models, server, operation, kind of failure. Rows and columns stand in spans alone.
 *   O4. An answer begins with its first request; what it waits for before, a slot or a budget, is Rowsmith's own and not its provider's.
 */

import { createRequire } from 'node:module'
import type { Attributes, Context, Counter, Histogram, Span, Tracer, UpDownCounter } from '@opentelemetry/api'
import { RowsmithError } from '../../base/errors/errors.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Clock } from '../../base/work/clock.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import type { Attempt, Content, Endpoint, ModelRequest, Models, Usage } from '../contract/contract.ts'
import type { Effect, EffectEnd } from '../contract/effect.ts'
import { accountOf, readReply } from '../wire/reply.ts'
import { type CallMeter, callMeters } from './telemetry-meters.ts'
import {
  conventionsOf,
  optInVariable,
  parametersOf,
  responseOf,
  schemaUrlOf,
  usageOf,
  whoOf,
} from './telemetry-names.ts'

type Api = typeof import('@opentelemetry/api')

/** Where the API package, of any version 1, keeps what was registered with it. */
const registered = Symbol.for('opentelemetry.js.api.1')

const name = 'rowsmith'

/** How long the end of a run waits for an exporter. */
const flushMs = 5_000

const operations = { chat: 'chat', embedding: 'embeddings', image: 'generate_content' } as const

/** What a run is reported with. */
export interface CallReport {
  readonly dataset: string
  readonly rowsPlanned: number
  readonly clock: Clock
  readonly providers: readonly ProviderConfig[]
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The telemetry of one run; undefined while no provider is registered (rule O1). */
export async function openTelemetry(report: CallReport): Promise<Telemetry | undefined> {
  if (!(registered in globalThis)) return undefined
  return new Telemetry(await import('@opentelemetry/api'), report)
}

/** Our version, where this file still lies in our package. */
function ownVersion(): string | undefined {
  try {
    const { version } = createRequire(import.meta.url)('rowsmith/package.json') as { version?: string }
    return version
  } catch {
    return undefined
  }
}

/** An answer that is being requested. */
interface Call {
  readonly span: Span
  readonly startedAt: number
  readonly request: ModelRequest
  /** Of its metrics. */
  readonly common: Attributes
  attempts: number
  /** What its last attempt came to; undefined while it has none. */
  last: Attempt | undefined
}

export class Telemetry {
  readonly #api: Api
  readonly #clock: Clock
  readonly #tracer: Tracer
  readonly #span: Span
  readonly #context: Context
  readonly #providers: ReadonlyMap<string, ProviderConfig>
  readonly #meters: readonly CallMeter[]
  readonly #tools: Histogram
  readonly #inFlight: UpDownCounter
  readonly #rows: Counter
  /** By effect key. */
  readonly #calls = new Map<string, Call>()

  constructor(api: Api, { dataset, rowsPlanned, clock, providers, env }: CallReport) {
    this.#clock = clock
    this.#api = api
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]))
    const conventions = conventionsOf(env[optInVariable])
    const schemaUrl = schemaUrlOf(conventions)
    const version = ownVersion()
    this.#tracer = api.trace.getTracerProvider().getTracer(name, version, { schemaUrl })
    const parent = api.context.active()
    const attributes = { 'rowsmith.dataset': dataset, 'rowsmith.rows.planned': rowsPlanned }
    this.#span = this.#tracer.startSpan('rowsmith.run', { attributes }, parent)
    this.#context = api.trace.setSpan(parent, this.#span)
    const meter = api.metrics.getMeter(name, version, { schemaUrl })
    this.#meters = callMeters(meter, conventions)
    this.#tools = meter.createHistogram('gen_ai.execute_tool.duration', { unit: 's' })
    this.#inFlight = meter.createUpDownCounter('rowsmith.requests.in_flight', { unit: '{request}' })
    this.#rows = meter.createCounter('rowsmith.rows', { unit: '{row}' })
  }

  /** The same models, whose requests are reported. */
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

  /** One answer, from its first request to its end, however many requests it takes. */
  async answer<T>(effectKey: string, request: () => Promise<T>): Promise<T> {
    let failure: string | undefined = 'aborted'
    try {
      const answered = await request()
      failure = undefined
      return answered
    } catch (error) {
      if (RowsmithError.isInstance(error)) failure = error.code
      throw error
    } finally {
      this.#ended(effectKey, failure)
    }
  }

  /** Runs an effect; of a call of a tool is reported. */
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
          ...(effect.callId === undefined ? {} : { 'gen_ai.tool.call.id': effect.callId }),
          ...placeOf(effectKey),
        },
      },
      this.#context,
    )
    const startedAt = this.#clock.monotonic()
    let failure: string | undefined = 'aborted'
    try {
      const ended = await effect.run(signal)
      failure =
        ended.kind === 'failed' ? ended.failure.code : saysItFailed(ended.value) ? 'tool_error' : undefined
      return ended
    } finally {
      if (failure !== undefined) this.#fail(span, failure)
      span.end()
      this.#tools.record(this.#secondsSince(startedAt), {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': effect.name,
        ...(failure === undefined ? {} : { 'error.type': failure }),
      })
    }
  }

  /** Rows that are settled now. */
  rows(state: 'written' | 'dropped', count: number): void {
    this.#rows.add(count, { 'rowsmith.row.fate': state })
  }

  /**
   * The run is over. Waits until what was reported has been handed on, since a command ends its process at once; not longer than
   * `flushMs`, and whatever fails there is no failure of the run.
   *
   * @param errorCode what stopped it, or null
   */
  async end(errorCode: string | null): Promise<void> {
    for (const effectKey of [...this.#calls.keys()]) this.#ended(effectKey, errorCode ?? 'aborted')
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
    endpoint: Endpoint,
    request: ModelRequest,
    options: Parameters<Endpoint['send']>[1],
  ): ReturnType<Endpoint['send']> {
    const call = this.#callOf(endpoint, request, options.effectKey)
    this.#inFlight.add(1, call.common)
    call.attempts++
    call.last = undefined
    try {
      call.last = await endpoint.send(request, options)
      return call.last
    } finally {
      this.#inFlight.add(-1, call.common)
      const { last, attempts } = call
      if (last?.kind === 'failed') call.span.addEvent('rowsmith.attempt_failed', failureOf(last, attempts))
    }
  }

  #callOf({ provider, model }: Endpoint, request: ModelRequest, effectKey: string): Call {
    const known = this.#calls.get(effectKey)
    if (known !== undefined) return known
    const operation = operations[request.kind]
    const config = this.#providers.get(provider)
    const common: Attributes = {
      'gen_ai.operation.name': operation,
      'gen_ai.request.model': model,
      ...whoOf(provider, config),
    }
    const span = this.#tracer.startSpan(
      `${operation} ${model}`,
      {
        kind: this.#api.SpanKind.CLIENT,
        attributes: {
          ...common,
          ...parametersOf(request, config?.stall_timeout !== undefined),
          'rowsmith.provider': provider,
          ...placeOf(effectKey),
        },
      },
      this.#context,
    )
    const call: Call = {
      span,
      startedAt: this.#clock.monotonic(),
      request,
      common,
      attempts: 0,
      last: undefined,
    }
    this.#calls.set(effectKey, call)
    return call
  }

  #ended(effectKey: string, failure: string | undefined): void {
    const call = this.#calls.get(effectKey)
    if (call === undefined) return
    this.#calls.delete(effectKey)
    const { span, startedAt, request, common, attempts, last } = call
    if (attempts > 1) span.setAttribute('rowsmith.attempts', attempts)
    const answered = last?.kind === 'reply' ? responseOf(last.body) : {}
    const usage = last?.kind === 'reply' ? this.#used(span, request, last.body) : null
    const parts = (last?.kind === 'reply' ? (last.partsMs ?? []) : []).map((ms) => ms / 1000)
    const [firstChunk] = parts
    span.setAttributes(answered)
    if (firstChunk !== undefined) span.setAttribute('gen_ai.response.time_to_first_chunk', firstChunk)
    if (last?.kind === 'failed' && last.failure.status !== null) {
      span.setAttribute('http.response.status_code', last.failure.status)
    }
    if (failure !== undefined) this.#fail(span, failure)
    span.end()
    const attributes = {
      ...common,
      ...(answered['gen_ai.response.model'] === undefined
        ? {}
        : { 'gen_ai.response.model': answered['gen_ai.response.model'] }),
      ...(failure === undefined ? {} : { 'error.type': failure }),
    }
    const modality = isOfText(request) ? 'text' : null
    const seconds = this.#secondsSince(startedAt)
    for (const meter of this.#meters)
      meter.ended({ kind: request.kind, seconds, parts, attributes, usage, modality })
  }

  /** @returns null where the provider reported none that can be believed */
  #used(span: Span, request: ModelRequest, body: string): Usage | null {
    const { usage } = accountOf(body)
    const isRecorded = usage.usageUnknown !== true
    if (isRecorded) span.setAttributes(usageOf(usage, request.kind))
    const finish = request.kind === 'chat' ? readReply(body).finishReason : null
    if (finish !== null) span.setAttribute('gen_ai.response.finish_reasons', [finish])
    return isRecorded ? usage : null
  }

  #secondsSince(startedAt: number): number {
    return (this.#clock.monotonic() - startedAt) / 1000
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

/** What is reported of an attempt that failed. */
function failureOf({ failure }: Attempt & { kind: 'failed' }, attempt: number): Attributes {
  const { code, status } = failure
  return {
    'rowsmith.attempt': attempt,
    'error.type': code,
    ...(status === null ? {} : { 'http.response.status_code': status }),
  }
}

/** Whether nothing but words is requested and answered. */
function isOfText(request: ModelRequest): boolean {
  return request.kind === 'chat' && request.messages.every(({ content }) => isWords(content))
}

function isWords(content: Content): boolean {
  return typeof content === 'string' || content.every(({ type }) => type === 'text')
}
