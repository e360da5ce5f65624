/**
 * Sessions of the Pi coding agent: a JSONL file whose entries form a tree. What counts is the way from the last entry to the
 * root: branches that were left are not part of what was done.
 */
import type { ValueObject } from '../../base/values/value.ts'
import { blocksOf, type Message, message, type ToolCall, textBlock, toolCall } from './messages.ts'
import type { Rollout } from './rollout.ts'
import {
  malformed,
  objectOf,
  recordsOf,
  type SessionFile,
  type SessionRecord,
  textOf,
} from './session-file.ts'

/** @throws RowsmithError when it is none */
export function readPi(file: SessionFile): Rollout {
  const [header, ...entries] = recordsOf(file)
  const session = header?.value.type === 'session' ? textOf(header.value, 'id') : null
  if (header === undefined || session === null)
    throw malformed(file, 'does not begin with a session and its id', 1)
  const stored = pathToRoot(file, entries)
  const builder = new Builder()
  for (const { value } of stored) builder.entry(value)
  if (builder.messages.length === 0) throw malformed(file, 'has no message')
  const cwd = textOf(header.value, 'cwd')
  return {
    trace_id: session,
    root_session_id: session,
    cwd,
    project_path: cwd,
    moments: [header, ...stored].map(({ value }) => textOf(value, 'timestamp')),
    messages: builder.messages,
    source_meta: {
      version: header.value.version ?? null,
      parent_session: textOf(header.value, 'parentSession'),
      has_branches: stored.length < entries.length,
      models: [...builder.models],
      stop_reasons: [...builder.stopReasons],
    },
  }
}

function pathToRoot(file: SessionFile, entries: readonly SessionRecord[]): SessionRecord[] {
  const byId = new Map<string, SessionRecord>()
  for (const entry of entries) {
    const id = textOf(entry.value, 'id')
    if (id === null) throw malformed(file, 'the entry lacks an id', entry.line)
    byId.set(id, entry)
  }
  const path: SessionRecord[] = []
  const passed = new Set<SessionRecord>()
  for (let at = entries.at(-1); at !== undefined; ) {
    if (passed.has(at)) throw malformed(file, 'the entry is its own ancestor', at.line)
    passed.add(at)
    path.unshift(at)
    const parent = textOf(at.value, 'parentId')
    const next = parent === null ? undefined : byId.get(parent)
    if (parent !== null && next === undefined)
      throw malformed(file, `has no entry ${parent}, the parent`, at.line)
    at = next
  }
  return path
}

class Builder {
  readonly messages: Message[] = []
  readonly models = new Set<string>()
  readonly stopReasons = new Set<string>()
  #commands = 0

  entry(entry: ValueObject): void {
    const summary = textOf(entry, 'summary')
    if (entry.type === 'message') this.#message(objectOf(entry, 'message') ?? {})
    else if ((entry.type === 'compaction' || entry.type === 'branch_summary') && summary !== null) {
      this.messages.push(message('system', [textBlock(summary)]))
    } else if (entry.type === 'custom_message') {
      this.messages.push(message('user', blocksOf(entry.content)))
    } else if (entry.type === 'model_change') {
      this.#model(entry, 'modelId')
    }
  }

  #message(said: ValueObject): void {
    const summary = textOf(said, 'summary')
    switch (said.role) {
      case 'user':
      case 'custom':
        this.messages.push(message('user', blocksOf(said.content)))
        return
      case 'assistant':
        this.#assistant(said)
        return
      case 'toolResult':
        this.messages.push(
          message('tool', blocksOf(said.content), { answers: String(said.toolCallId ?? '') }),
        )
        return
      case 'bashExecution':
        this.#command(said)
        return
      case 'compactionSummary':
      case 'branchSummary':
        if (summary !== null) this.messages.push(message('system', [textBlock(summary)]))
        return
    }
  }

  #assistant(said: ValueObject): void {
    this.#model(said, 'model')
    const stopped = textOf(said, 'stopReason')
    if (stopped !== null) this.stopReasons.add(stopped)
    const content: ValueObject[] = []
    const reasoning: string[] = []
    const calls: ToolCall[] = []
    for (const block of blocksOf(said.content)) {
      if (block.type === 'thinking') reasoning.push(textOf(block, 'thinking') ?? '')
      else if (block.type === 'toolCall') {
        calls.push(toolCall(String(block.id ?? ''), String(block.name ?? ''), block.arguments))
      } else content.push(block)
    }
    this.messages.push(message('assistant', content, { reasoning, calls }))
  }

  /** A command that the user ran: a call and its result, as if the agent had made it. */
  #command(said: ValueObject): void {
    this.#commands += 1
    const id = `bash-${this.#commands}`
    const call = toolCall(id, 'bash', { command: said.command ?? '' })
    this.messages.push(message('assistant', [], { calls: [call] }))
    this.messages.push(message('tool', blocksOf(said.output), { answers: id }))
  }

  #model(from: ValueObject, key: string): void {
    const model = textOf(from, key)
    const provider = textOf(from, 'provider')
    if (model !== null) this.models.add(provider === null ? model : `${provider}/${model}`)
  }
}
