import { RowsmithError } from '../base/errors.ts'
import type { ModelReply } from '../models/contract.ts'
import type { BuildColumn } from './build.ts'
import { compilePrompts, unbuiltField } from './prompt.ts'

/** A column a model writes: its answer, without white space around it. */
export const buildTextColumn: BuildColumn<'llm-text'> = (config) => {
  const field = unbuiltField(config)
  if (field !== undefined) return { kind: 'not_built', what: `llm-text with ${field}` }
  const { name, drop, model_alias: alias } = config
  const prompts = compilePrompts(config)
  return {
    kind: 'column',
    column: {
      kind: 'asked',
      name,
      type: { kind: 'string' },
      drop,
      reads: prompts.reads,
      aliases: [alias],
      queue: { kind: 'model', alias },
      make: async (cell) => ({ value: textOf(await cell.ask({ messages: prompts.messages(cell) })) }),
    },
  }
}

function textOf(reply: ModelReply): string {
  const text = reply.content.trim()
  if (text !== '') return text
  switch (reply.finishReason) {
    case 'content_filter':
      throw new RowsmithError('content_filtered', 'The provider refused to answer.')
    case 'length':
      throw new RowsmithError('truncated', 'The answer was cut off before its first word.')
    default:
      throw new RowsmithError('empty_reply', 'The model answered nothing.')
  }
}
