/**
 * Requests until an answer can be read.
 *
 * Rules:
 *   1. An answer that cannot be read is followed by up to `max_conversation_correction_steps` more in the same
 *      conversation, each with the error; after those the conversation starts again, up to
 *      `max_conversation_restarts` times. Every try is an answer of its own.
 *   2. The row fails with the reason of the last answer. A refusal by the provider is not requested twice.
 *   3. A conversation that starts again does so after the tools that were called: nothing is called twice.
 *   4. One that starts again says so behind its prompt, and what was wrong: a server that answers by cache would answer equal
 *      requests equally, for ever. What an earlier Rowsmith was answered to the bare prompt counts.
 *   5. An empty answer is requested again for every kind of column; one that can be read and is wrong only where `again` says so.
 */
import { errorCodes } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Value } from '../../base/values/value.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { ChatMessage, ChatPrompt, ModelReply } from '../../models/contract/contract.ts'

export interface ConversationLimits {
  readonly restarts: number
  readonly corrections: number
  /** Which answers that cannot be read are requested again (rule 5). */
  readonly again: 'all' | 'empty'
}

export function conversationLimits(
  runConfig: RunConfig,
  again: ConversationLimits['again'],
): ConversationLimits {
  return {
    restarts: runConfig.max_conversation_restarts,
    corrections: runConfig.max_conversation_correction_steps,
    again,
  }
}

/** Something that was said, with what the model thought before it. */
export interface Turn {
  readonly message: ChatMessage
  readonly reasoning: string | null
  /** What was sent in place of the message before thoughts in tags were taken apart; see rule 4. */
  readonly earlier?: ChatMessage
  /** What a trace shows of its content: without thoughts in tags, which stand next to it. */
  readonly shown?: string
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
    request(prompt: Pick<ChatPrompt, 'messages' | 'formerMessages'>): Promise<Answer>
    /** @throws RowsmithError of class `row` for an answer that cannot be read */
    read(reply: ModelReply): Value | Promise<Value>
  },
): Promise<Conversation> {
  let start = opening.map(turnOf)
  let turns = start
  let restarts = 0
  let corrections = 0
  let wrong: RowsmithError | undefined
  for (;;) {
    const { reply, between } = await using.request(promptOf(start.length, turns, restarts, wrong))
    turns = [...turns, ...between]
    if (between.length > 0) start = turns
    const answered: Turn = {
      message: { role: 'assistant', content: reply.content },
      reasoning: reply.reasoning,
      ...(reply.rawContent === undefined
        ? {}
        : { earlier: { role: 'assistant', content: reply.rawContent } }),
    }
    try {
      const value = using.read(reply)
      return {
        value: value instanceof Promise ? await value : value,
        reply,
        turns: [...turns, answered],
      }
    } catch (error) {
      if (!isUnreadable(error) || (limits.again === 'empty' && !isEmpty(error))) throw error
      // An empty answer cannot be corrected: providers refuse empty messages.
      if (corrections < limits.corrections && reply.content.trim() !== '') {
        corrections++
        turns = [...turns, answered, turnOf(correction(error))]
      } else if (restarts < limits.restarts) {
        restarts++
        corrections = 0
        wrong = error
        turns = start
      } else {
        throw error
      }
    }
  }
}

/**
 * What is sent of the turns (rule 4), and what an earlier Rowsmith would have sent.
 *
 * @param opening how many turns there were when the conversation started: the note stands in the last prompt among them
 */
function promptOf(
  opening: number,
  turns: readonly Turn[],
  restarts: number,
  wrong: RowsmithError | undefined,
): Pick<ChatPrompt, 'messages' | 'formerMessages'> {
  const messages = turns.map(({ message }) => message)
  const isNew = wrong === undefined && turns.every(({ earlier }) => earlier === undefined)
  if (isNew) return { messages }
  const formerMessages = turns.map(({ message, earlier }) => earlier ?? message)
  if (wrong === undefined) return { messages, formerMessages }
  const note = `(Attempt ${restarts + 1}. The last answer could not be used: ${wrong.message})`
  const last = turns.slice(0, opening).findLastIndex(({ message }) => message.role === 'user')
  return { messages: messages.map((each, at) => (at === last ? withNote(each, note) : each)), formerMessages }
}

/** Behind the words of the message, since two messages of one side in a row are refused by many models. */
function withNote(message: ChatMessage, note: string): ChatMessage {
  const { content } = message
  return {
    ...message,
    content:
      typeof content === 'string' ? `${content}\n\n${note}` : [...content, { type: 'text', text: note }],
  }
}

function turnOf(message: ChatMessage): Turn {
  return { message, reasoning: null }
}

function isUnreadable(error: unknown): error is RowsmithError {
  return (
    RowsmithError.isInstance(error) &&
    errorCodes[error.code].class === 'row' &&
    error.code !== 'content_filtered'
  )
}

/** Nothing came, or not all of it: whatever was requested, it may come now. */
function isEmpty({ code }: RowsmithError): boolean {
  return code === 'empty_reply' || code === 'server_error'
}

function correction(error: RowsmithError): ChatMessage {
  return {
    role: 'user',
    content: `That answer cannot be used: ${error.message} Answer again, in the form asked for.`,
  }
}
