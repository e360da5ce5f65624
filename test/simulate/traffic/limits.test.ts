import { describe, expect, it } from 'vitest'
import type { TransportResponse } from '../../../src/models/http/transport.ts'
import { Limits } from '../../../src/simulate/traffic/limits.ts'
import { TimelineMeter } from '../../../src/simulate/traffic/timeline.ts'
import { asking, scenarioOf } from '../support.ts'

const asked = {
  kind: 'images',
  model: 'm',
  characters: 1,
  lastText: '',
  count: 1,
  links: false,
  stream: false,
  partial: 0,
} as const
const limitsOf = (limit: object) => new Limits(scenarioOf({ limits: [limit] }))

describe('the limits of a simulated provider', () => {
  it('let a burst through, then as many as the rate allows', () => {
    const limits = limitsOf({ requests_per_second: 10, burst: 3 })
    const seen = [0, 0, 0, 0, 99, 100, 100, 1000, 1000, 1000, 1000].map((now) => {
      const waitMs = limits.enter(asked, 1, now)?.retryAfterMs
      return waitMs ? Math.round(waitMs) : 'in'
    })
    expect(seen).toEqual(['in', 'in', 'in', 100, 1, 'in', 100, 'in', 'in', 'in', 100])
  })

  it('count tokens by the minute', () => {
    const limits = limitsOf({ tokens_per_minute: 600 })
    expect(limits.enter(asked, 500, 0)).toBeUndefined()
    expect(limits.enter(asked, 200, 0)).toEqual({ retryAfterMs: 10_000 })
    expect(limits.enter(asked, 200, 10_000)).toBeUndefined()
    // More than there can ever be is let through when the bucket is full.
    expect(limits.enter(asked, 5000, 70_000)).toBeUndefined()
    expect(limits.enter(asked, 1, 70_000)).toBeDefined()
  })

  it('cap what is in flight', () => {
    const limits = limitsOf({ in_flight: 2, model: 'm' })
    expect(limits.enter(asked, 1, 0)).toBeUndefined()
    expect(limits.enter(asked, 1, 0)).toBeUndefined()
    expect(limits.enter(asked, 1, 0)).toEqual({ retryAfterMs: 1000 })
    expect(limits.enter({ ...asked, model: 'other' }, 1, 0)).toBeUndefined()
    limits.leave(asked)
    expect(limits.enter(asked, 1, 0)).toBeUndefined()
  })

  it('say when to come back, in whole seconds, or do not say', async () => {
    const told = asking({ limits: [{ requests_per_second: 0.4 }] })
    await told.chat('x')
    expect(await told.chat('x')).toMatchObject({ status: 429, headers: { 'retry-after': '3' } })
    const untold = asking({ limits: [{ requests_per_second: 0.4, retry_after: false }] })
    await untold.chat('x')
    const refused = (await untold.chat('x')) as TransportResponse
    expect(refused.status).toBe(429)
    expect(refused.headers).not.toHaveProperty('retry-after')
    expect(untold.stats()).toMatchObject({ requests: 2, answered: 1, statuses: { 200: 1, 429: 1 } })
  })

  it('let requests wait for a worker, in order of arrival', () => {
    const limits = limitsOf({ workers: 2 })
    const waits = [0, 0, 0, 0, 150].map((now) => limits.queueMs(asked, 100, now))
    expect(waits).toEqual([0, 0, 100, 100, 50])
  })
})

describe('latency', () => {
  const took = async (scenario: object, requests: readonly string[], more: object = {}) => {
    const simulator = asking(scenario)
    const times: number[] = []
    for (const prompt of requests) {
      const before = simulator.clock.ms
      await simulator.chat(prompt, more)
      times.push(simulator.clock.ms - before)
    }
    return times
  }

  it('is fixed, or so much for each token', async () => {
    expect(await took({ latency: '70ms' }, ['a', 'b'])).toEqual([70, 70])
    const simulator = asking({ latency: { first_token: '100ms', per_token: '2ms' } })
    await simulator.chat('x')
    expect(simulator.clock.ms).toBe(100 + 2 * simulator.stats().completion_tokens)
  })

  it('is lognormal: its logarithms have the median and the spread asked for', async () => {
    const rows = Array.from({ length: 4000 }, (_, row) => `Row ${row}`)
    const logs = (await took({ latency: { median: '200ms', sigma: 0.5 } }, rows)).map(Math.log)
    const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
    const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / logs.length
    expect(mean).toBeCloseTo(Math.log(200), 1)
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1)
    expect(await took({ latency: { median: '200ms', sigma: 0.5 } }, ['Row 7'])).toEqual([
      expect.closeTo(Math.exp(logs[7]!), 6),
    ])
  })

  it('differs by model and by prompt where the scenario says so', async () => {
    const scenario = {
      latency: '10ms',
      replies: [
        { model: 'slow-*', latency: '1s' },
        { prompt: 'essay', latency: '2s', words: 200 },
      ],
    }
    expect(await took(scenario, ['x', 'an Essay'])).toEqual([10, 2000])
    expect(await took(scenario, ['an Essay'], { model: 'slow-1' })).toEqual([1000])
  })
})

describe('the timeline', () => {
  it('has arrivals, answers and the mean in flight by interval', () => {
    const meter = new TimelineMeter()
    meter.arrived(5000)
    meter.arrived(5500)
    meter.left(6500, true)
    meter.left(8250, false)
    expect(meter.read(8500)).toEqual({
      interval_ms: 1000,
      elapsed_ms: 3500,
      arrivals: [2, 0, 0, 0],
      answered: [0, 1, 0, 0],
      in_flight: [1.5, 1.5, 1, 0.5],
    })
  })

  it('has nothing before the first request', () => {
    expect(new TimelineMeter().read(99).arrivals).toEqual([])
  })

  it('stays short however long it goes on, and loses nothing', () => {
    const meter = new TimelineMeter()
    const hours = 10
    for (let second = 0; second < hours * 3600; second++) {
      meter.arrived(second * 1000)
      meter.left(second * 1000 + 500, true)
    }
    const { interval_ms, arrivals, in_flight } = meter.read(hours * 3_600_000)
    expect(arrivals.length).toBeLessThanOrEqual(600)
    expect(arrivals.reduce((sum, count) => sum + count, 0)).toBe(hours * 3600)
    expect(interval_ms).toBe(64_000)
    for (const mean of in_flight.slice(0, -1)) expect(mean).toBeCloseTo(0.5, 2)
  })
})
