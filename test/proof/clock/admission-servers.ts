/**
 * Servers under load, as providers are reported to behave, and what is expected of a run against each of them.
 *
 * The ideal is the time of somebody who knows the server: every place or token of it used from the first moment to the last.
 */
import type { Play, Served, ServerOf } from './admission-judge.ts'
import { type Conditions, epoch, roundTripMs } from './simulated-machine.ts'

export interface Scenario extends Play {
  readonly name: string
  readonly idealSeconds: number
  /** Answers that the ideal waits for one behind the other: what the network takes is added to each. */
  readonly turns: number
  /** The most that the time may be, as a multiple of the ideal. */
  readonly ratio: number
  /** The most that may be refused; null where refusals are the server's own. */
  readonly refused: number | null
  /** The same where timers are late: answers overtake each other, so that what is left is known a moment too late. */
  readonly refusedLate?: number
  /** The most that the time may be there, where it is more. */
  readonly ratioLate?: number
  /** @default 1, 2, 3 */
  readonly seeds?: readonly number[]
}

/** The ideal on a machine: each turn takes the network's time besides. */
export function idealSecondsOf({ idealSeconds, turns }: Scenario, conditions: Conditions): number {
  return idealSeconds + (turns * roundTripMs(conditions)) / 1000
}

type Refusal = Extract<Served, { refuses: unknown }>

const after = (seconds: number | string) => ({ 'retry-after': String(seconds) })
const spread = (draw: () => number, sigma = 0.125) => Math.exp(2 * sigma * (draw() + draw() + draw() - 1.5))

/** Works on so many at once, and refuses what goes beyond. */
const places =
  (capacity: number | ((now: number) => number), refusal: Refusal, latencyMs = 200, noise = 0): ServerOf =>
  (now, draw) => {
    let inWork = 0
    return () => {
      if (noise > 0 && draw() < noise) return { refuses: 500 }
      if (inWork >= (typeof capacity === 'number' ? capacity : capacity(now()))) return refusal
      inWork++
      return { takesMs: latencyMs * spread(draw), over: () => inWork-- }
    }
  }

/** A token bucket: `refusal` is given the time until the next token. */
const bucket =
  (
    perSecond: number,
    burst: number,
    refusal: (untilMs: number) => Refusal,
    latencyMs = 200,
    sigma = 0.125,
  ): ServerOf =>
  (now, draw) => {
    let level = burst
    let at = 0
    return () => {
      level = Math.min(burst, level + ((now() - at) / 1000) * perSecond)
      at = now()
      if (level < 1) return refusal(((1 - level) / perSecond) * 1000)
      level--
      return { takesMs: latencyMs * spread(draw, sigma) }
    }
  }

/** How a server tells what remains of a limit, and when it is full again. */
type ReportsLimits = (
  limit: number,
  remaining: number,
  resetMs: number,
  now: number,
) => Record<string, string>

const tells = {
  openai: (limit, remaining, resetMs) => ({
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests':
      resetMs < 1000
        ? `${Math.ceil(resetMs)}ms`
        : `${Math.floor(resetMs / 60_000)}m${(resetMs % 60_000) / 1000}s`,
  }),
  anthropic: (limit, remaining, resetMs, now) => ({
    'anthropic-ratelimit-requests-limit': String(limit),
    'anthropic-ratelimit-requests-remaining': String(remaining),
    'anthropic-ratelimit-requests-reset': new Date(
      Math.ceil((epoch + now + resetMs) / 1000) * 1000,
    ).toISOString(),
  }),
  openrouter: (limit, remaining, resetMs, now) => ({
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(epoch + now + resetMs)),
  }),
  ietf: (limit, remaining, resetMs) => ({
    'ratelimit-policy': `"default";q=${limit};w=60`,
    ratelimit: `"default";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
  }),
} satisfies Record<string, ReportsLimits>

/** So many in every window of the clock, or as a bucket that fills; told with every answer and refusal. */
const telling =
  (allowed: number, lengthMs: number, how: ReportsLimits, fills = false): ServerOf =>
  (now, draw) => {
    let left = allowed
    let at = 0
    return () => {
      const [from, to] = [Math.floor(at / lengthMs), Math.floor(now() / lengthMs)]
      if (fills) left = Math.min(allowed, left + ((now() - at) * allowed) / lengthMs)
      else if (from !== to) left = allowed
      at = now()
      const isRefused = left < 1
      if (!isRefused) left--
      const resetMs = fills ? ((allowed - left) * lengthMs) / allowed : lengthMs - (at % lengthMs)
      const headers = how(allowed, Math.floor(left), resetMs, at)
      return isRefused ? { refuses: 429, headers } : { takesMs: 200 * spread(draw), headers }
    }
  }

/** A rate that grows by a factor from step to step, as acceleration limits do. */
const rising =
  (perSecond: number, factor: number, stepMs: number): ServerOf =>
  (now) => {
    let level = 1
    let at = 0
    return () => {
      const rate = perSecond * factor ** Math.floor(now() / stepMs)
      level = Math.min(rate, level + ((now() - at) / 1000) * rate)
      at = now()
      if (level < 1) return { refuses: 429 }
      level--
      return { takesMs: 200 }
    }
  }

/** So many in every window of the clock. */
const windows =
  (allowed: number, lengthMs: number, named: boolean): ServerOf =>
  (now) => {
    let window = -1
    let taken = 0
    return () => {
      const current = Math.floor(now() / lengthMs)
      if (current !== window) taken = 0
      window = current
      if (taken++ < allowed) return { takesMs: 100 }
      return {
        refuses: 429,
        ...(named ? { headers: after(Math.ceil((lengthMs - (now() % lengthMs)) / 1000)) } : {}),
      }
    }
  }

/** Refuses some, whatever the load. */
const noisy =
  (share: number, refusal: Refusal = { refuses: 503 }): ServerOf =>
  (_, draw) =>
  () =>
    draw() < share ? refusal : { takesMs: 200 }

/** Works on so many at once; the others wait in line. @param notices who gave up: they are worked on no more */
const queue =
  (workers: number, notices = true, workMs = 200): ServerOf =>
  (now) => {
    const ends = Array.from({ length: workers }, () => 0)
    return (_, timeoutMs) => {
      const first = ends.indexOf(Math.min(...ends))
      const from = Math.max(now(), ends[first]!)
      if (notices && from >= now() + timeoutMs) return { takesMs: Number.POSITIVE_INFINITY }
      ends[first] = notices ? Math.min(from + workMs, now() + timeoutMs) : from + workMs
      return { takesMs: from + workMs - now() }
    }
  }

const outage =
  (fromMs: number, untilMs: number, refusal: Refusal): ServerOf =>
  (now) =>
  () =>
    now() > fromMs && now() < untilMs ? refusal : { takesMs: 200 }

const four = (name: string, refusal: Refusal): Scenario => ({
  name: `capacity 4, ${name}`,
  rows: 250,
  limit: 32,
  server: places(4, refusal),
  idealSeconds: 12.5,
  turns: 62,
  ratio: 1.25,
  refused: 50,
})

export const targets: readonly Scenario[] = [
  four('429', { refuses: 429 }),
  four('503', { refuses: 503 }),
  four('503 + Retry-After 2', { refuses: 503, headers: after(2) }),
  four('529 + Retry-After 1', { refuses: 529, headers: after(1) }),
  four('500', { refuses: 500 }),
  four('reset', { refuses: 'closed' }),
  {
    name: 'capacity 2, 529, limit 4',
    rows: 100,
    limit: 4,
    server: places(2, { refuses: 529 }),
    idealSeconds: 10,
    turns: 50,
    ratio: 1.25,
    refused: 50,
  },
  {
    name: 'capacity 40, 503, limit 256',
    rows: 2000,
    limit: 256,
    server: places(40, { refuses: 503 }),
    idealSeconds: 10,
    turns: 50,
    ratio: 1.25,
    refused: 300,
  },
  {
    name: 'capacity 4 then 16 after 20 s, 429',
    rows: 1500,
    limit: 32,
    server: places((now) => (now < 20_000 ? 4 : 16), { refuses: 429 }),
    idealSeconds: 33.75,
    turns: 162,
    ratio: 1.25,
    refused: 50,
  },
  {
    name: '10/s, 429 + Retry-After 1',
    rows: 250,
    limit: 32,
    server: bucket(10, 2, () => ({ refuses: 429, headers: after(1) })),
    idealSeconds: 25,
    turns: 1,
    ratio: 1.1,
    refused: 32,
  },
  {
    name: '10/s, 429',
    rows: 250,
    limit: 32,
    server: bucket(10, 2, () => ({ refuses: 429 })),
    idealSeconds: 25,
    turns: 1,
    ratio: 1.1,
    refused: 32,
  },
  {
    name: '10/s, 429 + exact reset',
    rows: 250,
    limit: 32,
    server: bucket(10, 2, (ms) => ({ refuses: 429, headers: { 'retry-after-ms': String(Math.ceil(ms)) } })),
    idealSeconds: 25,
    turns: 1,
    ratio: 1.1,
    refused: 33,
  },
  {
    name: '1/s, 429',
    rows: 60,
    limit: 32,
    server: bucket(1, 2, () => ({ refuses: 429 })),
    idealSeconds: 58,
    turns: 1,
    ratio: 1.1,
    refused: 34,
    refusedLate: 40,
  },
  {
    name: '10/s, answers of 3 s, limit 256, 429',
    rows: 1000,
    limit: 256,
    server: bucket(10, 10, () => ({ refuses: 429 }), 3000),
    idealSeconds: 100,
    turns: 1,
    ratio: 1.06,
    refused: 259,
  },
  {
    name: '60 a minute, Retry-After to its end',
    rows: 130,
    limit: 16,
    server: windows(60, 60_000, true),
    idealSeconds: 120,
    turns: 1,
    ratio: 1.05,
    refused: 10,
  },
  {
    name: '30% random 503, limit 8',
    rows: 250,
    limit: 8,
    server: noisy(0.3),
    idealSeconds: 6.3,
    turns: 32,
    ratio: 2.2,
    // Of 100, those that were slowest with the laws so far.
    seeds: [1, 2, 34, 43, 50, 51, 79],
    refused: null,
  },
  {
    name: '2% random 503, limit 256',
    rows: 5000,
    limit: 256,
    server: noisy(0.02),
    idealSeconds: 3.9,
    turns: 20,
    ratio: 1.2,
    refused: null,
  },
  {
    name: 'queues, 4 workers, limit 64',
    rows: 400,
    limit: 64,
    server: queue(4),
    idealSeconds: 20,
    turns: 1,
    ratio: 1.05,
    refused: 0,
  },
  {
    name: 'queues, 4 workers, time-out 2 s',
    rows: 1000,
    limit: 64,
    timeoutMs: 2000,
    server: queue(4, true),
    idealSeconds: 50,
    turns: 1,
    ratio: 1.05,
    refused: null,
  },
  {
    name: 'queues, 4 workers, time-out 2 s, works on for nobody',
    rows: 2000,
    limit: 64,
    timeoutMs: 2000,
    server: queue(4, false),
    idealSeconds: 100,
    turns: 1,
    ratio: 1.05,
    refused: null,
  },
  {
    name: 'outage of 10 s, reset, limit 32',
    rows: 1000,
    limit: 32,
    server: outage(2_000, 12_000, { refuses: 'closed' }),
    idealSeconds: 16.3,
    turns: 32,
    ratio: 1.3,
    refused: null,
  },
  {
    name: 'outage of 60 s, 503 + Retry-After 30',
    rows: 1000,
    limit: 32,
    server: outage(2_000, 62_000, { refuses: 503, headers: after(30) }),
    idealSeconds: 66.3,
    turns: 32,
    ratio: 1.02,
    refused: null,
  },
  {
    name: '1% of rows refused for ever, 429, limit 16',
    rows: 300,
    limit: 16,
    server: () => (row) => (row % 100 === 50 ? { refuses: 429 } : { takesMs: 200 }),
    hopeless: (row) => row % 100 === 50,
    idealSeconds: 3.8,
    turns: 19,
    ratio: 1.4,
    refused: null,
  },
  {
    name: 'no limit, limit 256',
    rows: 5000,
    limit: 256,
    server: () => () => ({ takesMs: 200 }),
    idealSeconds: 3.9,
    turns: 20,
    ratio: 1.06,
    ratioLate: 1.1,
    refused: 0,
  },
  {
    name: '1,000 ms, limit 1,024',
    rows: 8192,
    limit: 1024,
    server: () => () => ({ takesMs: 1000 }),
    idealSeconds: 8,
    turns: 8,
    ratio: 1.03,
    refused: 0,
  },
]

const toldWindow = (name: string, how: ReportsLimits): Scenario => ({
  name: `60 a minute, told as by ${name}`,
  rows: 130,
  limit: 16,
  server: telling(60, 60_000, how),
  idealSeconds: 120,
  turns: 1,
  ratio: 1.05,
  refused: 0,
  refusedLate: 5,
})

/** Servers that say what they allow. */
export const reported: readonly Scenario[] = [
  toldWindow('OpenAI', tells.openai),
  toldWindow('Anthropic', tells.anthropic),
  toldWindow('OpenRouter', tells.openrouter),
  toldWindow("the IETF's draft", tells.ietf),
  {
    name: '10/s, told as by OpenAI',
    rows: 250,
    limit: 32,
    server: telling(2, 200, tells.openai, true),
    idealSeconds: 25,
    turns: 1,
    ratio: 1.1,
    refused: 32,
  },
  {
    name: '600 a minute that fill evenly, told as by OpenAI',
    rows: 1000,
    limit: 64,
    server: telling(600, 60_000, tells.openai, true),
    idealSeconds: 40,
    turns: 1,
    ratio: 1.05,
    refused: 5,
    refusedLate: 10,
  },
  {
    name: '600 a minute that fill evenly, told as by Anthropic',
    rows: 1000,
    limit: 64,
    server: telling(600, 60_000, tells.anthropic, true),
    idealSeconds: 40,
    turns: 1,
    ratio: 1.05,
    refused: 20,
  },
  {
    name: 'no limit, and headers that always say 0 for a second',
    rows: 1000,
    limit: 64,
    server: () => () => ({ takesMs: 200, headers: tells.openai(60, 0, 1_000) }),
    idealSeconds: 3.2,
    turns: 16,
    ratio: 1.5,
    refused: 0,
  },
]

/** Everything is refused for 5 s after an error, which comes at every 150th request. */
const cooldown = (): ServerOf => (now) => {
  let coldUntil = Number.NEGATIVE_INFINITY
  let requested = 0
  return () => {
    const seconds = (coldUntil - now()) / 1000
    if (seconds > 0) return { refuses: 429, headers: after(seconds) }
    if (requested++ % 150 === 0) coldUntil = now() + 5_000
    return { takesMs: 60 }
  }
}

/** What nobody listed: servers that a law made for the others might come to grief on. */
export const unlisted: readonly Scenario[] = [
  // LiteLLM: after one error a deployment is cold for 5 s, and everything is refused. Twelve answers took 36 s.
  {
    name: 'a gateway cold for 5 s from the first request on',
    rows: 12,
    limit: 4,
    server: outage(-1, 5_000, { refuses: 429, headers: after(5) }),
    idealSeconds: 5.6,
    turns: 3,
    ratio: 1.3,
    refused: 6,
  },
  {
    name: 'a gateway that cools down for 5 s now and then',
    rows: 500,
    limit: 8,
    server: cooldown(),
    idealSeconds: 23.8,
    turns: 62,
    ratio: 1.25,
    refused: 30,
  },
  {
    name: '5/s with bursts of 60',
    rows: 300,
    limit: 64,
    server: bucket(5, 60, () => ({ refuses: 429 })),
    idealSeconds: 48,
    turns: 1,
    ratio: 1.1,
    refused: 200,
  },
  {
    name: 'capacity 32 that shrinks to 4 after 5 s',
    rows: 1000,
    limit: 64,
    server: places((now) => (now < 5_000 ? 32 : 4), { refuses: 503 }),
    idealSeconds: 15,
    turns: 75,
    ratio: 1.25,
    ratioLate: 1.65,
    refused: 200,
    refusedLate: 300,
  },
  {
    name: 'capacity 8 and 5% random 500',
    rows: 500,
    limit: 64,
    server: places(8, { refuses: 429 }, 200, 0.05),
    idealSeconds: 12.5,
    turns: 62,
    ratio: 1.6,
    ratioLate: 2.2,
    refused: null,
  },
  {
    name: 'capacity 4, Retry-After of an hour',
    rows: 200,
    limit: 4,
    server: places(4, { refuses: 503, headers: after(3600) }),
    idealSeconds: 10,
    turns: 50,
    ratio: 1.05,
    refused: 0,
  },
  {
    name: 'outage of 10 s, Retry-After 0',
    rows: 1000,
    limit: 32,
    server: outage(2_000, 12_000, { refuses: 429, headers: after(0) }),
    idealSeconds: 16.3,
    turns: 32,
    ratio: 1.3,
    refused: 80,
  },
  {
    name: 'two models behind one gateway of 10/s, 429',
    rows: 250,
    models: 2,
    limit: 32,
    server: bucket(10, 2, () => ({ refuses: 429 })),
    idealSeconds: 25,
    turns: 1,
    ratio: 1.3,
    // In some of a hundred plays what the one takes looks like chance to the other, for a moment.
    refused: 200,
    refusedLate: 250,
  },
  {
    name: 'two models behind one gateway with 4 places, 503',
    rows: 250,
    models: 2,
    limit: 32,
    server: places(4, { refuses: 503 }),
    idealSeconds: 12.5,
    turns: 62,
    ratio: 1.5,
    refused: 100,
  },
  {
    name: 'three models behind one gateway with 4 places, 503',
    rows: 250,
    models: 3,
    limit: 32,
    server: places(4, { refuses: 503 }),
    idealSeconds: 12.5,
    turns: 62,
    ratio: 1.4,
    refused: 200,
    refusedLate: 300,
    // One of them lost a row, the last of its model, while the others kept every place.
    seeds: [1, 2, 40],
  },
  {
    name: 'two models with 10/s each, 429',
    rows: 250,
    models: 2,
    limit: 32,
    server: (now, draw) => {
      const own = [0, 1].map(() => bucket(10, 2, () => ({ refuses: 429 }))(now, draw))
      return (row, timeoutMs) => own[row % 2]!(row, timeoutMs)
    },
    idealSeconds: 12.5,
    turns: 1,
    ratio: 1.1,
    refused: 64,
  },
  {
    name: 'a model that loads for 20 s, 503, and has 4 places then',
    rows: 250,
    limit: 32,
    server: (now, draw) => {
      const loaded = places(4, { refuses: 503 })(now, draw)
      return (row, timeoutMs) => (now() < 20_000 ? { refuses: 503 } : loaded(row, timeoutMs))
    },
    idealSeconds: 32.5,
    turns: 62,
    ratio: 1.3,
    refused: 50,
  },
  {
    name: 'a provider that lets the rate rise by half every 5 s from 4/s',
    rows: 1000,
    limit: 64,
    server: rising(4, 1.5, 5_000),
    idealSeconds: 26,
    turns: 1,
    ratio: 1.7,
    refused: 150,
  },
]
