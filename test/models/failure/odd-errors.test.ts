import { describe, expect, it } from 'vitest'
import type { ChatRequest } from '../../../src/models/contract/contract.ts'
import { classify } from '../../../src/models/failure/classify.ts'
import { type OddError, oddErrors } from '../../../src/testing/providers/odd-errors.ts'

const now = Date.UTC(2026, 10, 30, 12)

const failureOf = ({ status, headers = {}, body, prompt = 'Hello' }: OddError) => {
  const request: ChatRequest = {
    kind: 'chat',
    provider: 'p',
    model: 'm',
    messages: [{ role: 'user', content: prompt }],
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const attempt = classify(request, { status, headers, body: text }, now, (said) => said)
  if (attempt.kind === 'reply') throw new Error('It was taken for an answer.')
  return attempt.failure
}

describe.each(Object.entries(oddErrors))('%s', (_kind, cases) => {
  it.each(cases.map((each) => [`${each.from} (${each.status})`, each] as const))('%s', (_from, odd) => {
    const failure = failureOf(odd)
    expect([failure.code, failure.action, failure.message]).toEqual([
      odd.code,
      odd.action,
      expect.stringContaining(odd.says ?? ''),
    ])
    if (odd.retryAfterMs !== undefined) expect(failure.retryAfterMs).toBe(odd.retryAfterMs)
    if (odd.prompt !== undefined) expect(failure.message).not.toContain(odd.prompt)
    expect(failure.message.length).toBeLessThan(400)
  })
})

it('a page where an answer should be is a sign that nobody can be answered; other bodies without an answer are none', () => {
  const odd = oddErrors['a success without an answer']
  expect(odd.map((each) => [each.from, failureOf(each).down === true])).toEqual(
    odd.map((each) => [each.from, each.from === 'a page']),
  )
})
