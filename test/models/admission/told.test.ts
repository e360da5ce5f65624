/** Limits that a server told, and who is held back by them. */
import { describe, expect, it } from 'vitest'
import { Admissions, defaultAdmission } from '../../../src/models/admission/admissions.ts'
import type { EndpointRates, ToldLimit } from '../../../src/models/contract.ts'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'

const never = new AbortController().signal
const limit = (more: Partial<ToldLimit> = {}): ToldLimit => ({
  name: 'requests',
  limit: 10,
  remaining: 0,
  reset: { afterMs: 5_000 },
  ...more,
})

/** One answer that told a limit; then as many as want to go. @returns how many go, at once and by a moment */
async function asked(told: readonly ToldLimit[], by: number, rates?: EndpointRates) {
  const clock = new SimulatedClock()
  const watcher = { free: () => {}, rateLimited: () => {}, down: () => {}, back: () => {} }
  const endpoint = {
    provider: 'p',
    model: 'm',
    limit: 4,
    rates,
    send: () => Promise.reject(new Error('asked')),
  }
  const slots = new Admissions(defaultAdmission, clock, watcher).model(endpoint)
  const first = await slots.take(0, never)
  slots.sent(first)
  await clock.runUntil(1_000)
  slots.give(first, { kind: 'reply', body: '{}', told })
  let went = 0
  for (let row = 1; row <= 4; row++) void Promise.resolve(slots.take(row, never)).then(() => went++)
  await clock.runUntil(1_001)
  const atOnce = went
  await clock.runUntil(by)
  return [atOnce, went]
}

describe('a limit that a server told', () => {
  it.each<[string, readonly ToldLimit[], number, readonly number[]]>([
    ['holds back who would be refused, before anybody is', [limit()], 5_050, [0, 0]],
    ['until it is full again', [limit()], 5_101, [0, 4]],
    ['lets as many go as remain', [limit({ remaining: 2 })], 5_050, [2, 2]],
    ['counts by the wall clock where it names a moment', [limit({ reset: { at: 3_000 } })], 2_999, [0, 0]],
    ['and lets go then', [limit({ reset: { at: 3_000 } })], 3_001, [0, 4]],
    ['of tokens holds back when none are left', [limit({ name: 'tokens' })], 5_050, [0, 0]],
    ['of tokens says nothing while there are some', [limit({ name: 'tokens', remaining: 1 })], 5_050, [4, 4]],
    ['that is hours away holds nobody back', [limit({ reset: { afterMs: 7_200_000 } })], 5_050, [4, 4]],
    ['counts besides others', [limit({ remaining: 3 }), limit({ name: 'day', remaining: 1 })], 5_050, [1, 1]],
  ])('%s', async (_, told, by, expected) => {
    expect(await asked(told, by)).toEqual(expected)
  })

  it('counts for nothing where the user says what may be asked', async () => {
    const rates = {
      provider: { requestsPerMinute: 6_000, tokensPerMinute: null },
      model: { requestsPerMinute: null, tokensPerMinute: null },
      weight: 1,
    }
    expect(await asked([limit()], 1_500, rates)).toEqual([4, 4])
  })
})
