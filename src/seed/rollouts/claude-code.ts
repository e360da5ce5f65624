/**
 * Sessions of Claude Code: one JSONL file is one session, or one agent of it. Records of one answer, which share a message id,
 * are one message.
 */
import { isValueObject, type Value, type ValueObject } from '../../base/value.ts'
import { blocksOf, type Message, message, type ToolCall, toolCall } from './messages.ts'
import type { Rollout } from './rollout.ts'
import { malformed, objectOf, recordsOf, type SessionFile, textOf } from './session-file.ts'

/** Files in the folder that are no sessions. */
export function isClaudeSession({ name, relative }: { name: string; relative: string }): boolean {
  return name !== 'history.jsonl' && !relative.split('/').slice(0, -1).includes('tool-results')
}

/**
 * @param index what `sessions-index.json` says of a session, by its id
 * @throws RowsmithError when it is none
 */
export function readClaudeCode(
  file: SessionFile,
  index: (session: string) => ValueObject | undefined,
): Rollout {
  const records = recordsOf(file)
  const builder = new Builder()
  for (const { value, line } of records) {
    const type = value.type
    if (type !== 'user' && type !== 'assistant') continue
    const said = objectOf(value, 'message')
    if (said === undefined) throw malformed(file, `a record of type ${type} lacks message`, line)
    if (type === 'assistant') builder.assistant(said)
    else builder.user(said.content)
  }
  const values = records.map(({ value }) => value)
  const firstOf = (key: string): string | null =>
    values.map((value) => textOf(value, key)).find((text) => text !== null) ?? null
  const session = firstOf('sessionId')
  if (session === null) throw malformed(file, 'no record has a sessionId')
  if (builder.messages.length === 0) throw malformed(file, 'has no message')
  const agent = firstOf('agentId')
  const entry = index(session)
  const cwd = firstOf('cwd')
  return {
    trace_id: agent === null ? session : `${session}:${agent}`,
    root_session_id: session,
    agent_id: agent,
    is_sidechain: values.some((value) => value.isSidechain === true),
    cwd,
    project_path: textOf(entry, 'projectPath') ?? cwd,
    git_branch: firstOf('gitBranch'),
    moments: values.map((value) => textOf(value, 'timestamp')),
    messages: builder.messages,
    source_meta: {
      version: firstOf('version'),
      models: [...builder.models],
      summary: textOf(entry, 'summary') ?? firstSummary(values),
      first_prompt: textOf(entry, 'firstPrompt'),
    },
  }
}

function firstSummary(values: readonly ValueObject[]): string | null {
  return (
    values.map((value) => (value.type === 'summary' ? textOf(value, 'summary') : null)).find(Boolean) ?? null
  )
}

class Builder {
  readonly messages: Message[] = []
  readonly models = new Set<string>()
  #lastId: string | null = null

  assistant(said: ValueObject): void {
    const model = textOf(said, 'model')
    if (model !== null) this.models.add(model)
    const content: ValueObject[] = []
    const reasoning: string[] = []
    const calls: ToolCall[] = []
    for (const block of blocksOf(said.content)) {
      if (block.type === 'thinking') reasoning.push(textOf(block, 'thinking') ?? '')
      else if (block.type === 'tool_use') {
        calls.push(toolCall(String(block.id ?? ''), String(block.name ?? ''), block.input))
      } else if (block.type !== 'redacted_thinking') content.push(block)
    }
    const id = textOf(said, 'id')
    const last = this.messages.at(-1)
    if (id !== null && id === this.#lastId && last !== undefined) {
      const before = last.reasoning_content === undefined ? [] : [last.reasoning_content]
      this.messages[this.messages.length - 1] = message('assistant', [...last.content, ...content], {
        reasoning: [...before, ...reasoning],
        calls: [...(last.tool_calls ?? []), ...calls],
      })
    } else {
      this.messages.push(message('assistant', content, { reasoning, calls }))
    }
    this.#lastId = id
  }

  /** What tools answered comes first: it belongs to the message before. */
  user(content: Value | undefined): void {
    const blocks = blocksOf(content)
    const results = blocks.filter(({ type }) => type === 'tool_result')
    for (const result of results) {
      const said = blocksOf(isValueObject(result.content) ? [result.content] : result.content)
      this.messages.push(message('tool', said, { answers: String(result.tool_use_id ?? '') }))
    }
    const rest = blocks.filter(({ type }) => type !== 'tool_result')
    if (rest.length > 0 || results.length === 0) this.messages.push(message('user', rest))
    this.#lastId = null
  }
}
