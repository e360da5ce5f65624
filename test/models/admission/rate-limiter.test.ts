import { describe, expect, it } from 'vitest'
import type { AdmissionQueue } from '../../../src/models/admission/admission-queue.ts'
import {
  type AdmissionSettings,
  Admissions,
  defaultAdmission,
} from '../../../src/models/admission/admissions.ts'
import type { Endpoint, EndpointRates, Rates } from '../../../src/models/contract/contract.ts'
import { SimulatedClock } from '../../proof/clock/simulated-clock.ts'

const never = new AbortController().signal
const noRates: Rates = { requestsPerMinute: null, tokensPerMinute: null }
const most = { input: 400, output: 1000 }
const usage = { inputTokens: 100, cachedInputTokens: 0, outputTokens: 200, reasoningTokens: 0 }

function endpoint(model: string, rates: Partial<EndpointRates>, limit = 64): Endpoint {
  const all = { provider: noRates, model: noRates, weight: 1, ...rates }
  return { provider: 'p', model, limit, rates: all, send: async () => ({ kind: 'reply', body: '{}' }) }
}

/** Models that are asked without end, each answered after a second. */
async function asked(
  endpoints: readonly Endpoint[],
  forMs: number,
  settings: AdmissionSettings = defaultAdmission,
) {
  const clock = new SimulatedClock()
  const times = new Map(endpoints.map(({ model }) => [model, [] as number[]]))
  const look: (() => void)[] = []
  const admissions = new Admissions(settings, clock, {
    free: () => {
      for (const each of look) each()
    },
    rateLimited: () => {},
    heldBack: () => {},
    down: () => {},
    back: () => {},
  })
  const ask = async (slots: AdmissionQueue, sent: number[]): Promise<void> => {
    const slot = await slots.take(sent.length, never, { most, standing: 'new' })
    slots.sent(slot)
    sent.push(clock.now())
    await clock.sleep(1_000)
    slots.give(slot, { kind: 'reply', body: '{}' })
    slots.used(slot, usage)
  }
  for (const each of endpoints) {
    const slots = admissions.model(each)
    const sent = times.get(each.model)!
    look.push(() => {
      while (slots.free > 0) void ask(slots, sent)
    })
  }
  for (const each of look) each()
  await clock.runUntil(forMs)
  return { times, of: (model: string) => times.get(model)!.length, clock }
}

/** The most in any minute. */
function busiestMinute(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))
}

describe('what a provider allows per minute', () => {
  it('is used up, evenly, and never passed', async () => {
    const rates = { provider: { requestsPerMinute: 120, tokensPerMinute: null } }
    const { times, of } = await asked([endpoint('a', rates)], 300_000)
    expect(of('a')).toBeGreaterThanOrEqual(0.97 * 600)
    expect(busiestMinute(times.get('a')!)).toBeLessThanOrEqual(122)
  })

  it('counts tokens as they turn out, not as they are feared', async () => {
    const rates = { provider: { requestsPerMinute: null, tokensPerMinute: 30_000 } }
    const { of } = await asked([endpoint('a', rates)], 600_000)
    // Three hundred tokens each: a hundred a minute.
    expect(of('a')).toBeGreaterThanOrEqual(0.95 * 1000)
    expect(of('a')).toBeLessThanOrEqual(1.03 * 1000)
  })

  it('is shared between its models by their weights, and goes to one when the other wants nothing', async () => {
    const provider = { requestsPerMinute: 600, tokensPerMinute: null }
    const both = await asked(
      [endpoint('a', { provider, weight: 3 }), endpoint('b', { provider, weight: 1 })],
      300_000,
    )
    expect(both.of('a') / both.of('b')).toBeCloseTo(3, 1)
    expect(both.of('a') + both.of('b')).toBeGreaterThanOrEqual(0.97 * 3000)
    // One at a time, a second each: it wants less than its share.
    const one = await asked(
      [endpoint('a', { provider, weight: 1 }), endpoint('b', { provider, weight: 1 }, 1)],
      300_000,
    )
    expect(one.of('b')).toBeGreaterThanOrEqual(0.8 * 300)
    expect(one.of('a') + one.of('b')).toBeGreaterThanOrEqual(0.97 * 3000)
  })

  it('holds for one model besides the others', async () => {
    const provider = { requestsPerMinute: 600, tokensPerMinute: null }
    const own = { requestsPerMinute: 60, tokensPerMinute: null }
    const { of } = await asked(
      [endpoint('a', { provider, model: own }), endpoint('b', { provider })],
      300_000,
    )
    expect(of('a')).toBeGreaterThanOrEqual(0.95 * 300)
    expect(of('a')).toBeLessThanOrEqual(301)
    expect(of('a') + of('b')).toBeGreaterThanOrEqual(0.97 * 3000)
  })
})

describe("Data Designer's request_admission", () => {
  const aimd = { decreaseFactor: 0.75, increaseStep: 1, successesUntilIncrease: 25, rampMs: 0 }

  it('begins with one in flight and rises evenly to the limit', async () => {
    const settings = { aimd: { ...aimd, rampMs: 64_000 }, cooldownMs: 2_000 }
    const { times } = await asked([endpoint('a', {}, 64)], 120_000, settings)
    const between = (from: number, to: number) => times.get('a')!.filter((at) => at >= from && at < to).length
    expect(between(0, 1_000)).toBe(1)
    expect(between(31_000, 32_000)).toBeGreaterThanOrEqual(30)
    expect(between(31_000, 32_000)).toBeLessThanOrEqual(34)
    expect(between(100_000, 101_000)).toBe(64)
  })

  it('falls by its factor on a burst, ends the ramp, and rises after so many answers', () => {
    const clock = new SimulatedClock()
    const watcher = {
      free: () => {},
      rateLimited: () => {},
      heldBack: () => {},
      down: () => {},
      back: () => {},
    }
    const slots = new Admissions({ aimd, cooldownMs: 2_000 }, clock, watcher).model(endpoint('a', {}, 16))
    const send = () => {
      const slot = slots.take(1, never)
      if (slot instanceof Promise) throw new Error('There was no slot.')
      slots.sent(slot)
      return slot
    }
    const burst = Array.from({ length: 16 }, send)
    const refused = {
      code: 'rate_limited',
      action: 'wait',
      message: 'no',
      status: 429,
      retryAfterMs: null,
      maybeCharged: false,
    } as const
    for (const slot of burst.slice(0, 4)) slots.give(slot, { kind: 'failed', failure: refused })
    expect(slots.limitNow).toBe(12)
    for (const slot of burst.slice(4)) slots.give(slot, { kind: 'reply', body: '{}' })
    expect(slots.limitNow).toBe(12)
  })
})
