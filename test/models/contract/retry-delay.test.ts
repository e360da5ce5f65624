import { describe, expect, it } from 'vitest'
import {
  FIRST_DELAY_MS,
  LONGEST_DELAY_MS,
  LONGEST_RETRY_AFTER_MS,
  retryDelayMs,
} from '../../../src/models/contract/retry-delay.ts'

describe('the delay before a retry', () => {
  it('is what the server asked for, up to a ceiling', () => {
    // Requests that were told the same do not come back together: a tenth more, a second at most.
    for (const key of ['a', 'b', 'c']) {
      const of = (retryAfterMs: number) => retryDelayMs({ attempt: 3, retryAfterMs, key })
      expect(of(1234)).toBeGreaterThanOrEqual(1234)
      expect(of(1234)).toBeLessThanOrEqual(1.1 * 1234)
      expect(of(0)).toBe(0)
      expect(of(1e12)).toBeGreaterThanOrEqual(LONGEST_RETRY_AFTER_MS)
      expect(of(1e12)).toBeLessThanOrEqual(LONGEST_RETRY_AFTER_MS + 1_000)
    }
  })

  it('doubles from attempt to attempt, between half and whole, up to a ceiling', () => {
    for (let attempt = 1; attempt <= 50; attempt++) {
      const whole = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS)
      for (const key of ['a', 'b', 'c']) {
        const delay = retryDelayMs({ attempt, retryAfterMs: null, key })
        expect(delay).toBeGreaterThanOrEqual(whole / 2)
        expect(delay).toBeLessThanOrEqual(whole)
      }
    }
  })

  it('differs between requests and is the same for the same request', () => {
    const delays = Array.from({ length: 100 }, (_, row) =>
      retryDelayMs({ attempt: 4, retryAfterMs: null, key: `${row}:review` }),
    )
    expect(new Set(delays).size).toBeGreaterThan(90)
    expect(retryDelayMs({ attempt: 4, retryAfterMs: null, key: '7:review' })).toBe(delays[7])
  })
})
