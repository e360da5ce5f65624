import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../../src/base/errors/error-codes.ts'
import { type FailureRule, failureTable, judge } from '../../../src/models/failure/failure-table.ts'

const shown = ({ when, words, code, action: verdict, down, load }: FailureRule) => {
  const ended = typeof when === 'object' ? when.join('-') : String(when)
  return [ended, words ?? '', `\`${code}\``, verdict, down === true ? 'yes' : '', load === true ? 'yes' : '']
}

const said = (text: string) => ({ names: '', sentence: text })

describe('the table of failures', () => {
  it('is the one in docs/admission.md, line by line', () => {
    const page = readFileSync(new URL('../../../docs/admission.md', import.meta.url), 'utf8')
    const [section = ''] = page.split(/^## /m).filter((part) => part.startsWith('What a failure means'))
    const lines = section.split('\n').filter((line) => line.startsWith('|') && line.includes('`'))
    const documented = lines.map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    expect(documented).toEqual(failureTable.map(shown))
  })

  const quota = 'You exceeded your current quota, please check your plan.'
  const context = 'This model has a maximum context length of 4096 tokens.'

  it.each<[Parameters<typeof judge>[0], string, string, string]>([
    [429, quota, 'quota_exhausted', 'stop'],
    [400, 'Your credit balance is too low', 'quota_exhausted', 'stop'],
    [302, '', 'endpoint_unreachable', 'stop'],
    [400, context, 'context_window', 'drop'],
    [400, 'no', 'bad_request', 'drop'],
    [400, 'API key not valid. Please pass a valid API key.', 'authentication_failed', 'stop'],
    [403, 'Invalid API key', 'authentication_failed', 'stop'],
    [400, 'Flagged by our content policy', 'content_filtered', 'drop'],
    [403, 'Input was flagged', 'content_filtered', 'drop'],
    [400, 'gpt-x is not a valid model ID', 'model_not_found', 'stop'],
    [407, '', 'endpoint_unreachable', 'stop'],
    [429, 'GenerateRequestsPerDayPerProject', 'quota_exhausted', 'stop'],
    [401, '', 'authentication_failed', 'stop'],
    [402, '', 'quota_exhausted', 'stop'],
    [403, '', 'permission_denied', 'stop'],
    [404, '', 'model_not_found', 'stop'],
    [408, '', 'request_timeout', 'retry'],
    [409, '', 'server_error', 'retry'],
    [413, '', 'context_window', 'drop'],
    [422, context, 'context_window', 'drop'],
    [422, 'no', 'rejected_request', 'drop'],
    [425, '', 'server_error', 'retry'],
    [429, '', 'rate_limited', 'wait'],
    [429, 'You exceeded your current quota of requests per minute, retry in 7 s', 'rate_limited', 'wait'],
    [418, '', 'rejected_request', 'drop'],
    [500, quota, 'server_error', 'retry'],
    [501, '', 'server_error', 'retry'],
    [502, '', 'server_error', 'retry'],
    [503, '', 'server_error', 'retry'],
    [504, '', 'server_error', 'retry'],
    [529, 'overloaded', 'server_error', 'retry'],
    [999, '', 'server_error', 'retry'],
    ['unreachable', '', 'connection_failed', 'retry'],
    ['untrusted', '', 'endpoint_unreachable', 'stop'],
    ['closed', '', 'connection_failed', 'retry'],
    ['timeout', '', 'request_timeout', 'retry'],
    ['too_large', '', 'server_error', 'retry'],
  ])('judges %s with the words "%s" as %s: %s', (ended, words, code, verdict) => {
    expect(judge(ended, said(words))).toMatchObject({ code, action: verdict })
  })

  it('has a line for every ending, and none that is never reached', () => {
    const texts: Parameters<typeof judge>[1][] = [
      '',
      quota,
      context,
      'Limit 5, Requested 6',
      'limit of requests per day',
      'API key not valid',
      'flagged by moderation',
      'unknown model',
      'Too many requests',
      'overloaded',
      'Unexpected endpoint',
      'HTTP request to an HTTPS server',
    ].map(said)
    texts.push({ ...said('Just a moment'), isPage: true }, { ...said(''), retryAfterMs: 86_400_000 })
    const endings = [
      ...Array.from({ length: 500 }, (_, at) => 100 + at),
      ...([
        'unreachable',
        'untrusted',
        'wrong_scheme',
        'closed',
        'timeout',
        'too_large',
        'unreadable',
      ] as const),
    ]
    const reached = new Set(endings.flatMap((ended) => texts.map((text) => judge(ended, text))))
    expect(failureTable.filter((rule) => !reached.has(rule))).toEqual([])
    expect([...reached].filter((rule) => !failureTable.includes(rule))).toEqual([])
  })

  it('drops a row for a 429 only when its request never fits, and stops with codes of models only', () => {
    for (const { when, words, action: verdict, code } of failureTable) {
      if (when === 429 && words !== 'a request that never fits') expect(['wait', 'stop']).toContain(verdict)
      expect(errorCodes[code].class).toBe(verdict === 'stop' ? 'models' : 'row')
    }
  })
})
