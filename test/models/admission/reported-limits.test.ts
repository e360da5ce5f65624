/** Limits that a server told, and who is held back by them. */
import { describe, expect, it } from 'vitest'
import { Admissions, defaultAdmission } from '../../../src/models/admission/admissions.ts'
import type { EndpointRates, ReportedLimit, Usage } from '../../../src/models/contract/contract.ts'
import { SimulatedClock } from '../../proof/clock/simulated-clock.ts'

const never = new AbortController().signal
const limit = (more: Partial<ReportedLimit> = {}): ReportedLimit => ({
  name: 'requests',
  header: 'x-ratelimit-remaining-requests',
  limit: 10,
  remaining: 0,
  reset: { afterMs: 5_000 },
  ...more,
})

const usageOf = (inputTokens: number, outputTokens: number) => ({
  inputTokens,
  cachedInputTokens: 0,
  outputTokens,
  reasoningTokens: 0,
})

/** One answer that told a limit; then as many as want to go. @returns how many go, at once and by a moment */
async function asked(
  told: readonly ReportedLimit[],
  by: number,
  { rates, usage, held = [] }: { rates?: EndpointRates; usage?: Usage; held?: unknown[] } = {},
) {
  const clock = new SimulatedClock()
  const watcher = {
    free: () => {},
    rateLimited: () => {},
    heldBack: (...hold: unknown[]) => held.push(hold),
    down: () => {},
    back: () => {},
  }
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
  if (usage !== undefined) slots.used(first, usage)
  slots.give(first, { kind: 'reply', body: '{}', limits: told })
  let went = 0
  for (let row = 1; row <= 4; row++) void Promise.resolve(slots.take(row, never)).then(() => went++)
  await clock.runUntil(1_001)
  const atOnce = went
  await clock.runUntil(by)
  return [atOnce, went]
}

describe('a limit that a server told', () => {
  it.each<[string, readonly ReportedLimit[], number, readonly number[]]>([
    ['holds back who would be refused, before anybody is', [limit()], 5_050, [0, 0]],
    ['until it is full again', [limit()], 5_101, [0, 4]],
    ['lets as many go as remain', [limit({ remaining: 2 })], 5_050, [2, 2]],
    ['counts by the wall clock where it names a moment', [limit({ reset: { at: 3_000 } })], 2_999, [0, 0]],
    ['and lets go then', [limit({ reset: { at: 3_000 } })], 3_001, [0, 4]],
    ['of tokens holds back when none are left', [limit({ name: 'tokens' })], 5_050, [0, 0]],
    [
      'of tokens counts no more than 1 while no usage is known',
      [limit({ name: 'tokens', remaining: 1 })],
      5_050,
      [1, 1],
    ],
    ['lets as many go as it allows once it is full', [limit({ limit: 3 })], 6_000, [0, 3]],
    ['and as many again when it must be full again', [limit({ limit: 3 })], 10_300, [0, 4]],
    ['that is hours away holds nobody back', [limit({ reset: { afterMs: 7_200_000 } })], 5_050, [4, 4]],
    ['counts besides others', [limit({ remaining: 3 }), limit({ name: 'day', remaining: 1 })], 5_050, [1, 1]],
  ])('%s', async (_, told, by, expected) => {
    expect(await asked(told, by)).toEqual(expected)
  })

  it.each<[string, string, number, readonly number[]]>([
    ['all tokens', 'tokens', 700, [2, 2]],
    ['tokens of the input', 'input-tokens', 700, [3, 3]],
    ['tokens of the output', 'output-tokens', 299, [2, 2]],
    ['fewer than one request takes', 'tokens', 299, [0, 0]],
  ])('of %s lets as many go as fit by what requests took lately', async (_, name, remaining, expected) => {
    const told = [limit({ name, limit: 10_000, remaining })]
    expect(await asked(told, 5_050, { usage: usageOf(200, 100) })).toEqual(expected)
  })

  it('is told once while it holds back, with the header that says so', async () => {
    const held: unknown[] = []
    await asked([limit()], 5_050, { held })
    expect(held).toEqual([['p/m', 4_100, 'x-ratelimit-remaining-requests']])
  })

  it('is not told when it holds back for less than a second', async () => {
    const held: unknown[] = []
    await asked([limit({ reset: { afterMs: 900 } })], 5_050, { held })
    expect(held).toEqual([])
  })

  it('counts for nothing where the user says what may be asked', async () => {
    const rates = {
      provider: { requestsPerMinute: 6_000, tokensPerMinute: null },
      model: { requestsPerMinute: null, tokensPerMinute: null },
      weight: 1,
    }
    expect(await asked([limit()], 1_500, { rates })).toEqual([4, 4])
  })
})
