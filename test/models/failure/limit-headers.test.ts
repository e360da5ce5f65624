/** What servers say of their limits, in headers as they are sent. */
import { describe, expect, it } from 'vitest'
import type { ModelRequest } from '../../../src/models/contract/contract.ts'
import { classify } from '../../../src/models/failure/classify.ts'
import { reportedLimits } from '../../../src/models/failure/limit-headers.ts'

const now = Date.parse('2026-11-30T12:00:00Z')
const request: ModelRequest = { kind: 'chat', provider: 'p', model: 'm', messages: [] }

describe('limits that a server tells', () => {
  it.each<[string, Record<string, string>, unknown]>([
    [
      'OpenAI',
      {
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-limit-tokens': '30000',
        'x-ratelimit-remaining-requests': '499',
        'x-ratelimit-remaining-tokens': '29980',
        'x-ratelimit-reset-requests': '120ms',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      [
        { name: 'requests', limit: 500, remaining: 499, reset: { afterMs: 120 } },
        { name: 'tokens', limit: 30000, remaining: 29980, reset: { afterMs: 360_000 } },
      ],
    ],
    [
      'Groq',
      {
        'x-ratelimit-limit-requests': '14400',
        'x-ratelimit-remaining-requests': '14370',
        'x-ratelimit-reset-requests': '2m59.56s',
      },
      [{ name: 'requests', limit: 14400, remaining: 14370, reset: { afterMs: 179_560 } }],
    ],
    [
      'Cerebras',
      {
        'x-ratelimit-limit-requests-day': '14400',
        'x-ratelimit-remaining-requests-day': '0',
        'x-ratelimit-reset-requests-day': '33011.382867',
      },
      [{ name: 'requests-day', limit: 14400, remaining: 0, reset: { afterMs: 33_011_382.867 } }],
    ],
    [
      'Together',
      { 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '9', 'x-ratelimit-reset': '1' },
      [{ name: '', limit: 10, remaining: 9, reset: { afterMs: 1000 } }],
    ],
    [
      'OpenRouter',
      {
        'X-RateLimit-Limit': '20',
        'X-RateLimit-Remaining': '0',
        'X-RateLimit-Reset': String(now + 60_000),
      },
      [{ name: '', limit: 20, remaining: 0, reset: { at: now + 60_000 } }],
    ],
    [
      'servers that write rate-limit, and a date for people',
      {
        'x-rate-limit-limit': '20',
        'x-rate-limit-remaining': '7',
        'x-rate-limit-reset': 'Mon Nov 30 2026 13:00:42 GMT+0100 (Central European Standard Time)',
      },
      [{ name: '', limit: 20, remaining: 7, reset: { at: now + 42_000 } }],
    ],
    [
      'GitHub Models',
      { 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': String(now / 1000 + 30) },
      [{ name: '', limit: null, remaining: 3, reset: { at: now + 30_000 } }],
    ],
    [
      'Anthropic',
      {
        'anthropic-ratelimit-requests-limit': '50',
        'anthropic-ratelimit-requests-remaining': '0',
        'anthropic-ratelimit-requests-reset': '2026-11-30T12:00:07Z',
        'anthropic-ratelimit-input-tokens-limit': '40000',
        'anthropic-ratelimit-input-tokens-remaining': '39000',
        'anthropic-ratelimit-input-tokens-reset': '2026-11-30T12:00:02Z',
      },
      [
        { name: 'requests', limit: 50, remaining: 0, reset: { at: now + 7_000 } },
        { name: 'input-tokens', limit: 40000, remaining: 39000, reset: { at: now + 2_000 } },
      ],
    ],
    [
      'IETF, draft 6 and before',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '0', 'ratelimit-reset': '50' },
      [{ name: '', limit: 100, remaining: 0, reset: { afterMs: 50_000 } }],
    ],
    [
      'IETF, draft 7',
      { ratelimit: 'limit=100, remaining=50, reset=30', 'ratelimit-policy': '100;w=60' },
      [{ name: '', limit: 100, remaining: 50, reset: { afterMs: 30_000 } }],
    ],
    [
      'IETF, from draft 8 on',
      {
        'ratelimit-policy': '"burst";q=100;w=60,"daily";q=1000;w=86400',
        ratelimit: '"burst";r=0;t=30, "daily";r=900;t=40000',
      },
      [
        { name: 'burst', limit: 100, remaining: 0, reset: { afterMs: 30_000 } },
        { name: 'daily', limit: 1000, remaining: 900, reset: { afterMs: 40_000_000 } },
      ],
    ],
  ])('are read from %s', (_, headers, expected) => {
    expect(reportedLimits(headers, now).map(({ header: _, ...limit }) => limit)).toEqual(expected)
  })

  it.each<[string, Record<string, string>]>([
    ['a negative number', { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '5' }],
    ['a word', { 'x-ratelimit-remaining': 'none', 'x-ratelimit-reset': '5' }],
    [
      'no reset, as from Mistral',
      { 'x-ratelimit-limit-req-minute': '60', 'x-ratelimit-remaining-req-minute': '0' },
    ],
    ['no reset', { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '0' }],
    ['a past moment', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1700000000' }],
    ['a moment of another age', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9999999999' }],
    [
      'no date',
      { 'anthropic-ratelimit-requests-remaining': '0', 'anthropic-ratelimit-requests-reset': 'soon' },
    ],
    [
      'more remaining than the limit',
      { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '6', 'x-ratelimit-reset': '5' },
    ],
    ['a limit of 0', { 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '5' }],
    ['a broken item', { ratelimit: '"a";r=;t=' }],
    ['an empty field', { ratelimit: '' }],
    ['other words', { 'anthropic-ratelimit-unified-status': 'allowed', 'x-ratelimit-over-limit': 'no' }],
  ])('are none where there is %s', (_, headers) => {
    expect(reportedLimits(headers, now)).toEqual([])
  })
})

describe('a refusal that says when its limit is full again', () => {
  const full = {
    'x-ratelimit-limit-requests': '2',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '100ms',
  }
  const left = {
    'x-ratelimit-limit-tokens': '9000',
    'x-ratelimit-remaining-tokens': '8000',
    'x-ratelimit-reset-tokens': '40s',
  }

  it.each<[string, number, Record<string, string>, string, number | null]>([
    [
      'names no time of its own: everybody waits until its limit is full',
      429,
      { ...full, ...left },
      'No.',
      null,
    ],
    ['waits for what Retry-After says, if it does', 429, { ...full, 'retry-after': '3' }, 'No.', 3000],
    ['waits for what its sentence says, if it does', 429, { ...full }, 'Please try again in 20ms.', 20],
    ['waits for none that has enough left', 429, left, 'No.', null],
    ['waits for nothing when it is no refusal for asking too often', 500, full, 'No.', null],
  ])('%s', (_, status, headers, message, expected) => {
    const body = JSON.stringify({ error: { message } })
    const attempt = classify(request, { status, headers, body }, now, (text) => text)
    expect(attempt).toMatchObject({ kind: 'failed', failure: { retryAfterMs: expected } })
  })

  it('stops the run when it is hours away', () => {
    const headers = {
      'x-ratelimit-limit-requests-day': '9',
      'x-ratelimit-remaining-requests-day': '0',
      'x-ratelimit-reset-requests-day': '33011',
    }
    const attempt = classify(
      request,
      { status: 429, headers, body: '{"error":{"message":"No."}}' },
      now,
      (text) => text,
    )
    expect(attempt).toMatchObject({ failure: { code: 'quota_exhausted', action: 'stop' } })
  })
})
