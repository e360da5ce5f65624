/** What is measured of calls, by the names of the conventions; which ones those are is `telemetry-names.ts`'. */
import type { Attributes, Counter, Histogram, Meter } from '@opentelemetry/api'
import type { ModelRequest, Usage } from '../contract/contract.ts'
import type { Conventions } from './telemetry-names.ts'

/** Buckets of the conventions. */
const durationBuckets = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
const tokenBuckets = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
]

const chunkBuckets = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]

const perChunkName = 'Time from one part of a streamed answer to the next.'
const firstChunkName = 'Time until the first part of a streamed answer came.'

/** A call that is over. */
interface EndedCall {
  readonly kind: ModelRequest['kind']
  readonly seconds: number
  /** When each part of a streamed answer came, in seconds from its request on; none for one that came whole. */
  readonly parts: readonly number[]
  /** Bounded: operation, provider, models, server, kind of failure. */
  readonly attributes: Attributes
  /** Null when unknown. */
  readonly usage: Usage | null
  /** Of what its tokens are made; null where they cannot be distinguished. */
  readonly modality: 'text' | null
}

/** Instruments of calls. */
export interface CallMeter {
  ended(call: EndedCall): void
}

export function callMeters(meter: Meter, { current, older }: Conventions): CallMeter[] {
  return [...(current ? [new CurrentMeter(meter)] : []), ...(older ? [new OlderMeter(meter)] : [])]
}

function durations(
  meter: Meter,
  name: string,
  description: string,
  explicitBucketBoundaries = durationBuckets,
): Histogram {
  return meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries } })
}

/** How the parts of streamed answers came. */
class ChunkMeter {
  readonly #first: Histogram
  readonly #later: Histogram

  /** @param prefix of the two names */
  constructor(meter: Meter, prefix: string) {
    this.#first = durations(meter, `${prefix}.time_to_first_chunk`, firstChunkName)
    this.#later = durations(meter, `${prefix}.time_per_output_chunk`, perChunkName, chunkBuckets)
  }

  came(parts: readonly number[], attributes: Attributes): void {
    let before: number | undefined
    for (const part of parts) {
      if (before === undefined) this.#first.record(part, attributes)
      else this.#later.record(part - before, attributes)
      before = part
    }
  }
}

function tokens(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, {
    description,
    unit: '{token}',
    advice: { explicitBucketBoundaries: tokenBuckets },
  })
}

type TokenPart = Exclude<keyof Usage, 'usageUnknown'>

class CurrentMeter implements CallMeter {
  readonly #inference: Histogram
  readonly #chunks: ChunkMeter
  readonly #embeddings: Histogram
  readonly #inputs: Histogram
  readonly #outputs: Histogram
  readonly #embedded: Histogram
  readonly #used: Readonly<Record<TokenPart, Counter>>

  constructor(meter: Meter) {
    this.#inference = durations(meter, 'gen_ai.client.inference.duration', 'Duration of inference calls.')
    this.#chunks = new ChunkMeter(meter, 'gen_ai.client.inference')
    this.#embeddings = durations(meter, 'gen_ai.client.embeddings.duration', 'Duration of embedding calls.')
    this.#inputs = tokens(meter, 'gen_ai.client.inference.operation.input_tokens', 'Input tokens per call.')
    this.#outputs = tokens(
      meter,
      'gen_ai.client.inference.operation.output_tokens',
      'Output tokens per call.',
    )
    this.#embedded = tokens(
      meter,
      'gen_ai.client.embeddings.operation.input_tokens',
      'Input tokens per call.',
    )
    const counter = (part: string, description: string) =>
      meter.createCounter(`gen_ai.client.inference.usage.${part}`, { description, unit: '{token}' })
    this.#used = {
      inputTokens: counter('input_tokens', 'Input tokens, cached ones too.'),
      cachedInputTokens: counter('cache_read.input_tokens', 'Input tokens that a cache held.'),
      cacheWriteTokens: counter('cache_write.input_tokens', 'Input tokens that a cache took.'),
      outputTokens: counter('output_tokens', 'Output tokens, those of reasoning too.'),
      reasoningTokens: counter('reasoning.output_tokens', 'Output tokens of reasoning.'),
    }
  }

  ended({ kind, seconds, parts, attributes, usage, modality }: EndedCall): void {
    const isEmbedding = kind === 'embedding'
    const durations = isEmbedding ? this.#embeddings : this.#inference
    durations.record(seconds, attributes)
    const { 'error.type': _, ...common } = attributes
    this.#chunks.came(parts, common)
    if (isEmbedding) {
      if (usage !== null) this.#embedded.record(usage.inputTokens, common)
      return
    }
    const parted = { ...common, 'gen_ai.token.modality': (usage === null ? null : modality) ?? 'unknown' }
    for (const part of ['inputTokens', 'outputTokens'] as const)
      this.#used[part].add(usage?.[part] ?? 0, parted)
    if (usage === null) return
    for (const part of ['cachedInputTokens', 'cacheWriteTokens', 'reasoningTokens'] as const) {
      const count = usage[part] ?? 0
      if (count > 0) this.#used[part].add(count, parted)
    }
    this.#inputs.record(usage.inputTokens, common)
    this.#outputs.record(usage.outputTokens, common)
  }
}

class OlderMeter implements CallMeter {
  readonly #duration: Histogram
  readonly #chunks: ChunkMeter
  readonly #tokens: Histogram

  constructor(meter: Meter) {
    this.#chunks = new ChunkMeter(meter, 'gen_ai.client.operation')
    this.#duration = durations(meter, 'gen_ai.client.operation.duration', 'GenAI operation duration.')
    this.#tokens = tokens(meter, 'gen_ai.client.token.usage', 'Number of input and output tokens used.')
  }

  ended({ kind, seconds, parts, attributes, usage }: EndedCall): void {
    this.#duration.record(seconds, attributes)
    const { 'error.type': _, ...common } = attributes
    this.#chunks.came(parts, common)
    if (usage === null) return
    this.#tokens.record(usage.inputTokens, { ...common, 'gen_ai.token.type': 'input' })
    if (kind === 'embedding') return
    this.#tokens.record(usage.outputTokens, { ...common, 'gen_ai.token.type': 'output' })
  }
}
