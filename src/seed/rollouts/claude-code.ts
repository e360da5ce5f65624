/**
 * Sessions of Claude Code: one JSONL file is one session, or one agent of it.
 *
 * Rules:
 *   1. Records of one answer, which share a message id, are one message. A record that is there twice counts once.
 *   2. Records form a tree by `parentUuid`. A prompt that was edited begins another branch; the conversation is the branch that the
 *      last record is on.
 *   3. What the program put in by itself is no message: `isMeta`, errors of the API, and summaries of what was compacted.
 */
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { blocksOf, type Message, message, type ToolCall, toolCall } from './messages.ts'
import type { Rollout } from './rollout.ts'
import {
  malformed,
  objectOf,
  recordsOf,
  type SessionFile,
  type SessionRecord,
  textOf,
} from './session-file.ts'

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
  for (const { value, line } of conversationOf(records)) {
    const type = value.type
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

/** Rules 2 and 3, and 1 for records that were written twice. */
function conversationOf(records: readonly SessionRecord[]): readonly SessionRecord[] {
  const byId = new Map<string, SessionRecord>()
  for (const record of records) {
    const id = textOf(record.value, 'uuid')
    if (id !== null && !byId.has(id)) byId.set(id, record)
  }
  const unique = records.filter((record) => {
    const id = textOf(record.value, 'uuid')
    return id === null || byId.get(id) === record
  })
  const abandoned = abandonedIn(unique, byId)
  return unique.filter(
    ({ value }) => isSaid(value) && !isOfProgram(value) && !abandoned.has(textOf(value, 'uuid') ?? ''),
  )
}

function isSaid({ type }: ValueObject): boolean {
  return type === 'user' || type === 'assistant'
}

function isOfProgram(value: ValueObject): boolean {
  return value.isMeta === true || value.isApiErrorMessage === true || value.isCompactSummary === true
}

/**
 * The records of branches that were left. Only where a prompt was edited: answers to several calls at once have several children
 * as well, and all of them belong.
 */
function abandonedIn(
  records: readonly SessionRecord[],
  byId: ReadonlyMap<string, SessionRecord>,
): ReadonlySet<string> {
  const stored = new Set<string>()
  const last = records.findLast(({ value }) => isSaid(value) && textOf(value, 'uuid') !== null)
  for (let id = textOf(last?.value, 'uuid'); id !== null && !stored.has(id); ) {
    stored.add(id)
    const { value } = byId.get(id) ?? {}
    id = textOf(value, 'parentUuid') ?? textOf(value, 'logicalParentUuid')
  }
  const abandoned = new Set<string>()
  const parents = new Set([...stored].map((id) => textOf(byId.get(id)?.value, 'parentUuid')))
  for (const { value } of records) {
    const id = textOf(value, 'uuid')
    if (id === null || stored.has(id)) continue
    const parent = textOf(value, 'parentUuid')
    const isEdited =
      parents.has(parent) && value.isSidechain !== true && value.type === 'user' && isPrompt(value)
    if (isEdited || (parent !== null && abandoned.has(parent))) abandoned.add(id)
  }
  return abandoned
}

/** Whether a user said it, and no tool. */
function isPrompt(value: ValueObject): boolean {
  return !blocksOf(objectOf(value, 'message')?.content).some(({ type }) => type === 'tool_result')
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
      const answers = String(result.tool_use_id ?? '')
      this.messages.push(message('tool', said, { answers, failed: result.is_error === true }))
    }
    const rest = blocks.filter(({ type }) => type !== 'tool_result')
    if (rest.length > 0 || results.length === 0) this.messages.push(message('user', rest))
    this.#lastId = null
  }
}
