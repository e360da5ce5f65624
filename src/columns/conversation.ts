/**
 * Asking until an answer can be read.
 *
 * Rules:
 *   1. An answer that cannot be read is followed by up to `max_conversation_correction_steps` more in the same
 *      conversation, each told what was wrong; after those the conversation starts again, up to
 *      `max_conversation_restarts` times. Every try is an answer of its own, also where prompts are equal.
 *   2. The row fails with the reason of the last answer. A refusal by the provider is not asked about twice.
 *   3. A conversation that starts again does so after the tools that were called: nothing is called twice.
 */
import { errorCodes } from '../base/error-codes.ts'
import { RowsmithError } from '../base/errors.ts'
import type { Value } from '../base/value.ts'
import type { RunConfig } from '../config/run-config.ts'
import type { ChatMessage, ModelReply } from '../models/contract.ts'

export interface ConversationLimits {
  readonly restarts: number
  readonly corrections: number
}

export function conversationLimits(runConfig: RunConfig): ConversationLimits {
  return {
    restarts: runConfig.max_conversation_restarts,
    corrections: runConfig.max_conversation_correction_steps,
  }
}

/** Something that was said, with what the model thought before it. */
export interface Turn {
  readonly message: ChatMessage
  readonly reasoning: string | null
}

/** An answer, and what was said before it came: tools that were called, and what they gave. */
export interface Answer {
  readonly reply: ModelReply
  readonly between: readonly Turn[]
}

export interface Conversation {
  readonly value: Value
  readonly reply: ModelReply
  /** All that was said and led to the value: corrections, but not what stood before a new start. */
  readonly turns: readonly Turn[]
}

/**
 * @throws the error of the last answer (rule 2); anything `ask` throws, at once
 */
export async function converse(
  opening: readonly ChatMessage[],
  limits: ConversationLimits,
  using: {
    ask(messages: readonly ChatMessage[]): Promise<Answer>
    /** @throws RowsmithError of class `row` for an answer that cannot be read */
    read(reply: ModelReply): Value
  },
): Promise<Conversation> {
  let start = opening.map(said)
  let turns = start
  let restarts = 0
  let corrections = 0
  for (;;) {
    const { reply, between } = await using.ask(turns.map(({ message }) => message))
    turns = [...turns, ...between]
    if (between.length > 0) start = turns
    const answered: Turn = {
      message: { role: 'assistant', content: reply.content },
      reasoning: reply.reasoning,
    }
    try {
      return { value: using.read(reply), reply, turns: [...turns, answered] }
    } catch (error) {
      if (!isUnreadable(error)) throw error
      // An empty answer cannot be corrected: providers refuse empty messages.
      if (corrections < limits.corrections && reply.content.trim() !== '') {
        corrections++
        turns = [...turns, answered, said(correction(error))]
      } else if (restarts < limits.restarts) {
        restarts++
        corrections = 0
        turns = start
      } else {
        throw error
      }
    }
  }
}

function said(message: ChatMessage): Turn {
  return { message, reasoning: null }
}

function isUnreadable(error: unknown): error is RowsmithError {
  return (
    RowsmithError.isInstance(error) &&
    errorCodes[error.code].class === 'row' &&
    error.code !== 'content_filtered'
  )
}

function correction(error: RowsmithError): ChatMessage {
  return {
    role: 'user',
    content: `That answer cannot be used: ${error.message} Answer again, in the form asked for.`,
  }
}
