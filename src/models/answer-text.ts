/**
 * The text of an answer, when it is whole. An answer that was cut off is none, however much of it came: nobody knows
 * what its end would have been.
 */
import { RowsmithError } from '../base/errors.ts'
import type { ModelReply } from './contract.ts'

/**
 * @returns the text without white space around it
 * @throws RowsmithError `content_filtered`, `truncated` or `empty_reply`: verdicts on a row
 */
export function readText(reply: ModelReply): string {
  if (reply.finishReason === 'length') throw truncated(reply)
  const text = reply.content.trim()
  if (text !== '') return text
  if (reply.finishReason === 'content_filter') {
    throw new RowsmithError('content_filtered', 'The provider refused to answer.')
  }
  throw new RowsmithError('empty_reply', 'The model answered nothing.')
}

/** Limits are suggested in steps of this many tokens. */
const step = 256

function truncated({ content, reasoning, usage }: ModelReply): RowsmithError {
  const { outputTokens: tokens } = usage
  const nothing = content.trim() === ''
  const where = nothing ? 'before its first word' : 'before its end'
  const onReasoning = nothing && (usage.reasoningTokens > 0 || reasoning !== null) ? ' of reasoning' : ''
  const spent = tokens === 0 ? '' : `, after ${tokens} tokens${onReasoning}`
  const suggested = step * Math.max(2, Math.ceil((2 * tokens) / step))
  const message = `The answer was cut off ${where}${spent}: try max_tokens ${suggested}.`
  return new RowsmithError('truncated', message, {
    facts: { output_tokens: tokens, suggested_max_tokens: suggested },
  })
}
