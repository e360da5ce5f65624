/**
 * The text of an answer, when it is whole. An answer that was cut off is none, however much of it came: it is unknown
 * what its end would have been.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { endOf } from '../body/finish-reasons.ts'
import type { ModelReply } from '../contract/contract.ts'

/**
 * @returns the text without white space around it
 * @throws RowsmithError `content_filtered`, `truncated`, `server_error` or `empty_reply`: row failures
 */
export function readText(reply: ModelReply): string {
  requireWhole(reply)
  // Invisible marks are no answer.
  const text = /^[\s\p{Cf}]*$/u.test(reply.content) ? '' : reply.content.trim()
  if (reply.toolCalls !== undefined) {
    throw new RowsmithError('empty_reply', 'The model wanted to call a tool, and answered nothing.')
  }
  if (text !== '') return text
  const thought = reply.reasoning === null ? '' : ' thought, and'
  throw new RowsmithError('empty_reply', `The model${thought} answered nothing.`)
}

/** @throws RowsmithError what an answer comes to that the provider says is not whole */
function requireWhole(reply: ModelReply): void {
  switch (endOf(reply.finishReason)) {
    case 'truncated':
      throw truncated(reply)
    case 'filtered':
      throw filtered(reply)
    case 'interrupted':
      // An endpoint does not hand these on: this one was stored by an earlier Rowsmith.
      throw new RowsmithError(
        'server_error',
        `The answer broke off: the provider says "${reply.finishReason}".`,
      )
  }
}

function filtered({ content }: ModelReply): RowsmithError {
  const message =
    content.trim() === ''
      ? 'The provider refused to answer.'
      : 'The provider cut the answer: its content filter did.'
  return new RowsmithError('content_filtered', message)
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
