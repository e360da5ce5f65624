/**
 * How a simulated provider behaves: how long its answers take and are, what it carries, and what goes wrong with it.
 * `src/simulate/` acts it out; docs/simulator.md describes every key.
 */
import { z } from 'zod'
import type { Value } from '../../base/values/value.ts'
import { readBy } from '../reading/issues.ts'
import { byName, filledText, flag, float, int, read, strict } from '../reading/lax.ts'
import { namedSource } from '../reading/source.ts'
import { parseYaml } from '../reading/yaml.ts'
import { price } from './prices.ts'

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const

/** `200ms`, `1.5s`, `2m`, `1h`; 0 needs no unit. In milliseconds. */
const duration = read(
  z
    .number()
    .min(0)
    .max(24 * unitMs.h),
  'a duration such as 200ms, 1.5s or 2m',
  (value) => {
    if (value === 0n || value === 0 || value === '0') return 0
    const [, amount, unit] =
      typeof value === 'string' ? (/^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value) ?? []) : []
    return amount === undefined ? undefined : Number(amount) * unitMs[unit as keyof typeof unitMs]
  },
)

const chance = float(z.number().min(0).max(1))
const count = int(z.int().min(1))
const spread = float(z.number().min(0).max(3))

/** Words of a free text: always as many, or drawn from a lognormal distribution. */
const words = z.union([int(z.int().min(1).max(100_000)), strict({ median: count, sigma: spread })])

/**
 * How long an answer takes: always as long; drawn from a lognormal distribution; or so long until the first token and so
 * long for each token.
 */
const latency = z.union([
  duration,
  strict({ median: duration, sigma: spread }),
  strict({ first_token: duration.default(0), per_token: duration }),
])

/** Which requests are meant; all of them where nothing is given. */
const selectors = {
  route: z.enum(['chat', 'embeddings', 'images']).nullable().default(null),
  /** A model id, in which `*` stands for anything. */
  model: filledText.nullable().default(null),
  /** Stands in the last message, in whatever case. */
  prompt: filledText.nullable().default(null),
}

const reply = strict({ ...selectors, words: words.optional(), latency: latency.optional() })

/** What the provider carries. */
const limit = strict({
  route: selectors.route,
  model: selectors.model,
  /** Beyond it, 429: a bucket that holds `burst` requests and fills at this rate. */
  requests_per_second: float(z.number().gt(0)).optional(),
  /** @default what comes in a second, at least 1 */
  burst: count.optional(),
  /** Beyond it, 429: tokens of requests and answers. */
  tokens_per_minute: float(z.number().gt(0)).optional(),
  /** Beyond it, 429: requests that are being answered. */
  in_flight: count.optional(),
  /** A 429 says when to come back. */
  retry_after: flag.default(true),
  /** So many requests are worked on at once; others wait for their turn. */
  workers: count.optional(),
})
  .refine(
    (given) =>
      [given.requests_per_second, given.tokens_per_minute, given.in_flight, given.workers].some(
        (rule) => rule !== undefined,
      ),
    'needs requests_per_second, tokens_per_minute, in_flight or workers',
  )
  .refine(({ burst, requests_per_second }) => burst === undefined || requests_per_second !== undefined, {
    error: 'means nothing without requests_per_second',
    path: ['burst'],
  })

/** Which of the requests selected are struck. */
const strikes = {
  ...selectors,
  /** The share of them. */
  rate: chance.default(1),
  /** Counted from 1, in order of arrival: one, or a list. */
  nth: z
    .union([count, z.array(count).min(1)])
    .nullable()
    .default(null),
  /** Each so-and-so-manieth, in order of arrival. */
  every: count.nullable().default(null),
  /** At most so many. */
  times: count.nullable().default(null),
  /** From this moment on, counted from the first request. */
  from: duration.default(0),
  until: duration.nullable().default(null),
}

const plain = <Name extends string>(name: Name) => strict({ fault: z.literal(name), ...strikes })

const fault = z
  .discriminatedUnion('fault', [
    strict({
      fault: z.literal('status'),
      ...strikes,
      status: int(z.int().min(400).max(599)),
      message: filledText.nullable().default(null),
      retry_after: duration.nullable().default(null),
    }),
    strict({ fault: z.literal('reset'), ...strikes, after: z.enum(['nothing', 'half']).default('nothing') }),
    strict({
      fault: z.literal('stall'),
      ...strikes,
      after: z.enum(['nothing', 'half']).default('half'),
      /** Null: for ever. */
      for: duration.nullable().default(null),
    }),
    strict({ fault: z.literal('slow_first_byte'), ...strikes, by: duration }),
    plain('malformed_body'),
    plain('truncated_body'),
    plain('malformed_json'),
    plain('truncated_json'),
    plain('wrong_schema'),
    plain('length'),
    plain('content_filter'),
    plain('refusal'),
    plain('empty'),
  ])
  .refine(({ from, until }) => until === null || until > from, {
    error: 'must be later than from',
    path: ['until'],
  })

/** What goes wrong with a batch: counted are creates, looks (`poll`), handing out of results, lines answered (`line_error`). */
const batchFault = strict({
  fault: z.enum([
    'create_lost',
    'create_refused',
    'fails',
    'expires',
    'poll',
    'line_error',
    'shuffled',
    'twice',
    'missing',
    'unknown_id',
    'file_gone',
  ]),
  nth: strikes.nth,
  every: strikes.every,
  times: strikes.times,
  /** Of `create_refused`, `poll` and `line_error`. */
  status: int(z.int().min(400).max(599)).optional(),
  code: filledText.optional(),
  message: filledText.optional(),
})

/** What is remembered of prompts. */
const caching = strict({
  /** Shorter starts are not cached. */
  minimum_tokens: count.default(1024),
  /** Since it was last used; a request may ask for longer. */
  ttl: duration.default(5 * 60_000),
})

const batches = strict({
  /** From the create until every request is answered. */
  takes: duration.default(0),
  /** After which a batch expires with half of its requests answered, where the vendor's window is longer. */
  window: duration.nullable().default(null),
  cancel_takes: duration.default(0),
  /** So many lists do not show a new batch yet. */
  list_lags: int(z.int().min(0).max(100)).default(0),
  /** A batch with which more tokens would wait fails, as over the limit of a deployment. */
  enqueued_tokens: count.nullable().default(null),
  faults: z.array(batchFault).default([]),
})

export const scenarioSchema = strict({
  /** Of answers and of dice. */
  seed: read(z.bigint(), 'a whole number of 64 bits', (value) =>
    typeof value === 'bigint' && value >= -(2n ** 63n) && value < 2n ** 64n
      ? BigInt.asUintN(64, value)
      : undefined,
  ).optional(),
  answers: z.enum(['repeatable', 'serial']).optional(),
  words: words.optional(),
  latency: latency.optional(),
  /** Other lengths and times for some requests; the first entry that fits and has the key decides. */
  replies: z.array(reply).default([]),
  /** How a model uses the tools it is given. */
  tools: strict({
    /** Turns in which it calls tools before it answers. */
    turns: int(z.int().min(0).max(1000)).default(1),
    /** Calls in such a turn. */
    calls: int(z.int().min(1).max(64)).default(1),
  }).prefault({}),
  embeddings: strict({ dimensions: int(z.int().min(1).max(65_536)).default(256) }).prefault({}),
  images: strict({ pixels: int(z.int().min(8).max(512)).default(32) }).prefault({}),
  /** By model id: `/stats` adds up what was spent. */
  prices: byName(price).default({}),
  limits: z.array(limit).default([]),
  /** Left out: nothing is cached. */
  caching: caching.nullable().default(null),
  batches: batches.prefault({}),
  /** The first that strikes a request decides what goes wrong with it. */
  faults: z.array(fault).default([]),
})

/** Times in milliseconds. */
export type Scenario = z.output<typeof scenarioSchema>
export type ScenarioFault = Scenario['faults'][number]
export type ScenarioCaching = Scenario['caching']
export type ScenarioBatches = Scenario['batches']
export type ScenarioBatchFault = ScenarioBatches['faults'][number]
export type ScenarioLimit = Scenario['limits'][number]
export type ScenarioWords = z.output<typeof words>
export type ScenarioLatency = z.output<typeof latency>
export type ScenarioRoute = NonNullable<ScenarioFault['route']>

/** Nothing slow, nothing short, nothing wrong. */
export const calmScenario: Scenario = scenarioSchema.parse({})

/**
 * Reads a scenario file.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export function parseScenario(text: string, name: string): Scenario {
  const { value, source } = parseYaml(text, name)
  return readBy(scenarioSchema, value ?? {}, source)
}

/**
 * A scenario written as code, in the shape of the file.
 *
 * @throws RowsmithError config_invalid
 */
export function scenarioFromValue(value: Value, name = 'scenario'): Scenario {
  return readBy(scenarioSchema, value, namedSource(name))
}
