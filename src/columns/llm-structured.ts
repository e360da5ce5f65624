/**
 * Structured columns: a model answers in JSON that follows a schema.
 *
 * Rules:
 *   1. An answer that does not parse or fit is followed by up to `max_conversation_correction_steps` more in the same
 *      conversation, each told what was wrong; after those the conversation starts again, up to
 *      `max_conversation_restarts` times. Every try is an answer of its own, also where prompts are equal.
 *   2. The row fails with the reason of the last answer. A refusal by the provider is not asked about twice.
 */
import { errorCodes } from '../base/error-codes.ts'
import { RowsmithError } from '../base/errors.ts'
import type { Value } from '../base/value.ts'
import type { ChatMessage, ModelReply } from '../models/contract.ts'
import { columnTypeOfSchema } from '../models/schema-type.ts'
import { structuredPrompt, structuredReader } from '../models/structured.ts'
import type { BuildColumn } from './build.ts'
import type { AskingCell } from './column.ts'
import { compilePrompts, unbuiltField } from './prompt.ts'

/** A column a model fills with objects of one schema. */
export const buildStructuredColumn: BuildColumn<'llm-structured'> = (config, runConfig) => {
  const field = unbuiltField(config)
  if (field !== undefined) return { kind: 'not_built', what: `llm-structured with ${field}` }
  const { name, drop, model_alias: alias, output_format: schema } = config
  const prompts = compilePrompts(config)
  const reader = structuredReader(schema)
  const limits = {
    restarts: runConfig.max_conversation_restarts,
    corrections: runConfig.max_conversation_correction_steps,
  }
  return {
    kind: 'column',
    column: {
      kind: 'asked',
      name,
      type: columnTypeOfSchema(schema),
      drop,
      reads: prompts.reads,
      aliases: [alias],
      queue: { kind: 'model', alias },
      make: async (cell) => {
        const messages = prompts.messages(cell, (prompt) => structuredPrompt(prompt, schema))
        const value = await converse(messages, limits, {
          ask: (conversation) => cell.ask({ messages: conversation, responseSchema: schema }),
          read: (reply) => reader.read(reply),
        })
        return { value }
      },
    },
  }
}

/**
 * Asks until an answer can be read (rule 1).
 *
 * @throws the error of the last answer (rule 2); anything `ask` throws, at once
 */
async function converse(
  opening: readonly ChatMessage[],
  limits: { readonly restarts: number; readonly corrections: number },
  using: {
    ask(messages: readonly ChatMessage[]): ReturnType<AskingCell['ask']>
    read(reply: ModelReply): Value
  },
): Promise<Value> {
  let restarts = 0
  let corrections = 0
  let messages = opening
  for (;;) {
    const reply = await using.ask(messages)
    try {
      return using.read(reply)
    } catch (error) {
      if (!isUnreadable(error)) throw error
      // An empty answer cannot be corrected: providers refuse empty messages.
      if (corrections < limits.corrections && reply.content.trim() !== '') {
        corrections++
        messages = [...messages, ...correction(reply, error)]
      } else if (restarts < limits.restarts) {
        restarts++
        corrections = 0
        messages = opening
      } else {
        throw error
      }
    }
  }
}

function isUnreadable(error: unknown): error is RowsmithError {
  return (
    RowsmithError.isInstance(error) &&
    errorCodes[error.code].class === 'row' &&
    error.code !== 'content_filtered'
  )
}

function correction(reply: ModelReply, error: RowsmithError): readonly ChatMessage[] {
  return [
    { role: 'assistant', content: reply.content },
    {
      role: 'user',
      content: `That answer cannot be used: ${error.message} Answer again, in the form asked for.`,
    },
  ]
}
