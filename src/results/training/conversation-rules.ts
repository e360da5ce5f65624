/**
 * What a conversation must be for a trainer. Chat templates fail, or train on nonsense, where one of these does not hold.
 *
 * Rules:
 *   1. A system message is the first one, or there is none.
 *   2. Then a user message starts, and user and assistant take turns.
 *   3. An assistant message with tool calls is followed by one result for each call. Only the last message of a conversation may
 *      have calls without results: a trainer learns the call itself.
 *   4. No message is empty. The result of a tool may be.
 *   5. The last message is the assistant's.
 */
import { type Message, UnfitRow } from './messages.ts'

/** @throws UnfitRow */
export function requireConversation(messages: readonly Message[]): void {
  const turns = messages[0]?.role === 'system' ? messages.slice(1) : messages
  if (turns.length === 0) throw new UnfitRow('there are no messages')
  if (turns.some(({ role }) => role === 'system')) throw new UnfitRow('a system message is not the first one')
  for (const message of messages) requireContent(message)
  let expected: 'user' | 'assistant' = 'user'
  let open: string[] = []
  for (const { role, toolCalls, toolCallId } of turns) {
    if (role === 'tool') {
      if (toolCallId === null || !open.includes(toolCallId))
        throw new UnfitRow('a tool result answers no call')
      open.splice(open.indexOf(toolCallId), 1)
      continue
    }
    if (open.length > 0) throw new UnfitRow('a tool call has no result')
    if (role !== expected) throw new UnfitRow(wrongTurn(role, turns[0]?.role))
    open = toolCalls.map(({ id }) => id)
    if (new Set(open).size !== open.length) throw new UnfitRow('two tool calls have one id')
    expected = role === 'user' || toolCalls.length > 0 ? 'assistant' : 'user'
  }
  if (turns.at(-1)?.role !== 'assistant') throw new UnfitRow('the last message is not from the assistant')
}

function wrongTurn(role: string, first: string | undefined): string {
  if (first !== 'user') return 'the first message is not from the user'
  return `two messages of the ${role} follow each other`
}

function requireContent({ role, content, toolCalls }: Message): void {
  if (toolCalls.length > 0 && role !== 'assistant')
    throw new UnfitRow(`a message of the ${role} has tool calls`)
  if (role === 'tool' || toolCalls.length > 0) return
  const isEmpty =
    content === null || (typeof content === 'string' ? content.trim() === '' : content.length === 0)
  if (isEmpty) throw new UnfitRow(`a message of the ${role} is empty`)
}
