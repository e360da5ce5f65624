import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { endOf, finishReasonOf, finishReasons, reasonParts } from '../../../src/models/body/finish-reasons.ts'

describe('how an answer ended', () => {
  it.each([
    ['stop', 'stop', 'complete'],
    ['STOP', 'stop', 'complete'],
    ['end_turn', 'stop', 'complete'],
    ['END TURN', 'stop', 'complete'],
    ['eos_token', 'stop', 'complete'],
    ['FinishReason.STOP', 'stop', 'complete'],
    ['length', 'length', 'truncated'],
    ['MAX_TOKENS', 'length', 'truncated'],
    ['model_length', 'length', 'truncated'],
    ['model_context_window_exceeded', 'length', 'truncated'],
    ['content-filter', 'content_filter', 'filtered'],
    ['SAFETY', 'content_filter', 'filtered'],
    ['sensitive', 'content_filter', 'filtered'],
    ['content_filter: RECITATION', 'content_filter', 'filtered'],
    ['function_call_filter: MALFORMED_FUNCTION_CALL', 'malformed_function_call', 'interrupted'],
    ['guardrail_intervened', 'content_filter', 'filtered'],
    ['tool-calls', 'tool_calls', 'tool_call'],
    ['insufficient_system_resource', 'insufficient_system_resource', 'interrupted'],
    ['network_error', 'network_error', 'interrupted'],
    ['abort', 'abort', 'interrupted'],
    ['error', 'error', 'interrupted'],
    ['Brand-New', 'brand_new', 'unknown'],
    ['other', 'other', 'unknown'],
    ['', null, 'unknown'],
    ['null', null, 'unknown'],
    ['None', null, 'unknown'],
    [null, null, 'unknown'],
    [7, null, 'unknown'],
    ['EndTurn', 'stop', 'complete'],
    ['end_of_sequence', 'stop', 'complete'],
    ['stopped_by_user', 'stopped_by_user', 'unknown'],
    ['generate', 'generate', 'unknown'],
    ['maxTokens', 'length', 'truncated'],
    ['max_new_tokens', 'length', 'truncated'],
    ['incomplete: max_output_tokens', 'length', 'truncated'],
    [{ type: 'max_tokens' }, 'length', 'truncated'],
    ['contentFilter', 'content_filter', 'filtered'],
    ['policy_violation', 'content_filter', 'filtered'],
    ['content_filter_error', 'content_filter', 'filtered'],
    ['rate_limit', 'rate_limit', 'interrupted'],
    ['Deadline-Exceeded', 'deadline_exceeded', 'interrupted'],
    ['worker_preempted', 'worker_preempted', 'interrupted'],
  ])('%j is told as %j: %s', (given, told, end) => {
    const reason = finishReasonOf(given)
    expect([reason, endOf(reason)]).toEqual([told, end])
  })

  it('has one line for a word', () => {
    const words = finishReasons.flatMap((line) => line.words)
    expect(new Set(words).size).toBe(words.length)
    for (const { end, words } of finishReasons)
      for (const word of words) expect(endOf(finishReasonOf(word))).toBe(end)
  })
})

it('docs/providers.md shows the table', () => {
  const page = readFileSync('docs/providers.md', 'utf8')
  const lines = finishReasons.map(
    ({ end, words, names: saidBy }) =>
      `| ${words.map((word) => `\`${word}\``).join(', ')} | ${saidBy} | ${end} |`,
  )
  expect(page).toContain(`\n${lines.join('\n')}\n| nothing, or a word that is not here | | unknown |\n`)
  const parts = reasonParts.map(
    ({ end, parts: begun }) => `| ${begun.map((part) => `\`${part}\``).join(', ')} | ${end} |`,
  )
  expect(page).toContain(`\n${parts.join('\n')}\n`)
})
