/**
 * Requests to a model that may call tools.
 *
 * Rules:
 *   1. A turn is one answer with calls, and their results. Calls of a turn run side by side; results stand in the order of
 *      the calls. Both are effects: made again, the cell goes through the same turns without a second request or call.
 *   2. After `max_tool_call_turns` turns of a cell, calls are refused in words, so that the model can still answer. One that
 *      goes on calling after `refusedTurnsMax` refused turns costs the row.
 *   3. A call that cannot be made, and one that failed, is reported to the model.
 *   4. Calls of an answer that was cut, filtered or broken off are not made: it is unknown what they would have been.
 *   5. A call that is spelled out in the text, since its server does not take calls apart, is no answer.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { endOf } from '../../models/body/finish-reasons.ts'
import type { ChatMessage, ChatPrompt, ModelReply, ToolCall } from '../../models/contract/contract.ts'
import { contentOf } from '../../tools/call/result.ts'
import type { Toolbox } from '../../tools/toolbox/toolbox.ts'
import type { Requests } from '../column/column.ts'
import type { Answer, Turn } from './conversation.ts'

/** Turns in which every call is refused, one after the other. */
const refusedTurnsMax = 2

/** Whether an answer came to its end (rule 4). */
function isToEnd({ finishReason }: ModelReply): boolean {
  return !['truncated', 'filtered', 'interrupted'].includes(endOf(finishReason))
}

/** Marks with which models begin a call: of Qwen and Hermes, Mistral, Llama, DeepSeek, Kimi. */
const spelled =
  /^\s*(?:<tool_calls?>|\[TOOL_CALLS\]|<\|python_tag\|>|<[|｜]tool[▁_]calls?[▁_](?:section[▁_])?begin[|｜]>|<function=\w)/

/** @throws RowsmithError `empty_reply` (rule 5) */
function requireNoSpelledCall(content: string): void {
  if (!spelled.test(content)) return
  const message =
    'The model wrote a call of a tool as text, and its server did not take it apart: vLLM wants --enable-auto-tool-choice and --tool-call-parser'
  throw new RowsmithError('empty_reply', message)
}

function continued(prompt: ChatPrompt, between: readonly Turn[]): ChatPrompt {
  const more = between.map(({ message }) => message)
  const { messages, formerMessages: earlier } = prompt
  return {
    ...prompt,
    messages: [...messages, ...more],
    ...(earlier === undefined ? {} : { formerMessages: [...earlier, ...more] }),
  }
}

/** One cell's way to use tools: its turns are counted over all its requests. */
export class ToolTurns {
  readonly #cell: Pick<Requests, 'request' | 'perform'>
  readonly #box: Toolbox
  #turns = 0

  constructor(cell: Pick<Requests, 'request' | 'perform'>, box: Toolbox) {
    this.#cell = cell
    this.#box = box
  }

  readonly ownName = (name: string): string => this.#box.ownName(name)

  /** Sends requests until there is an answer without calls. @throws RowsmithError tool_turns_exceeded, and whatever ends a row or the run */
  async request(prompt: ChatPrompt): Promise<Answer> {
    const between: Turn[] = []
    for (let refused = 0; ; ) {
      const reply = await this.#cell.request({ ...continued(prompt, between), tools: this.#box.tools })
      const { toolCalls: calls = [], carried, reasoning } = reply
      if (calls.length === 0) requireNoSpelledCall(reply.content)
      if (calls.length === 0 || !isToEnd(reply)) return { reply, between }
      // Models that think between their calls want to see what they thought.
      const content = reply.rawContent ?? reply.content
      const assistantTurn: ChatMessage = {
        role: 'assistant',
        content,
        toolCalls: calls,
        ...(carried === undefined ? {} : { carried }),
      }
      this.#turns++
      if (this.#turns > this.#box.maxTurns && ++refused > refusedTurnsMax) throw this.#exceeded()
      const results = refused > 0 ? calls.map((call) => this.#refusal(call)) : await this.#results(calls)
      between.push(
        {
          message: assistantTurn,
          reasoning,
          ...(reply.rawContent === undefined ? {} : { shown: reply.content }),
        },
        ...results.map((message) => ({ message, reasoning: null })),
      )
    }
  }

  /** One message per call. When several fail, all have ended before the first of their errors is thrown. */
  async #results(calls: readonly ToolCall[]): Promise<ChatMessage[]> {
    const ended = await Promise.allSettled(calls.map((call) => this.#result(call)))
    return ended.map((result) => {
      if (result.status === 'rejected') throw result.reason
      return result.value
    })
  }

  async #result(call: ToolCall): Promise<ChatMessage> {
    const effect = this.#box.effectOf(call)
    const content =
      typeof effect === 'string' ? `Error: ${effect}` : contentOf(await this.#cell.perform(effect))
    return { role: 'tool', content, toolCallId: call.id }
  }

  #refusal({ id }: ToolCall): ChatMessage {
    const { maxTurns } = this.#box
    const turns = maxTurns === 1 ? 'one turn' : `${maxTurns} turns`
    const content = `Error: not called. Tools may be used in ${turns}, and those are over. Answer with what you know now.`
    return { role: 'tool', content, toolCallId: id }
  }

  #exceeded(): RowsmithError {
    const { maxTurns } = this.#box
    const message = `The model called tools in more than ${maxTurns} turns, and went on when calls were refused`
    return new RowsmithError('tool_turns_exceeded', message, { facts: { max_tool_call_turns: maxTurns } })
  }
}
