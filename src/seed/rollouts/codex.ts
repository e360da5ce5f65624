/**
 * Sessions of Codex: `rollout-*.jsonl`, each record with a type and a payload. Reasoning belongs to the message or the call
 * that follows it; it comes as an event and as an item, often with the same words, which count once.
 */
import type { Value, ValueObject } from '../../base/values/value.ts'
import { blocksOf, type Message, message, roleOf, textBlock, toolCall } from './messages.ts'
import type { Rollout } from './rollout.ts'
import { malformed, objectOf, objectsOf, recordsOf, type SessionFile, textOf } from './session-file.ts'

export function isCodexSession({ name }: { name: string }): boolean {
  return name.startsWith('rollout-')
}

/** @throws RowsmithError when it is none */
export function readCodex(file: SessionFile): Rollout {
  const records = recordsOf(file)
  const builder = new Builder()
  let meta: ValueObject | undefined
  const models = new Set<string>()
  for (const { value } of records) {
    const payload = payloadOf(value)
    if (payload === undefined) continue
    if (value.type === 'session_meta' || isOldMeta(value)) meta ??= payload
    else if (value.type === 'turn_context') models.add(textOf(payload, 'model') ?? '')
    else if (value.type === 'response_item' || payload === value) builder.item(payload)
    else if (value.type === 'event_msg' && payload.type === 'agent_reasoning') {
      builder.reason(textOf(payload, 'text'))
    }
  }
  const session = textOf(meta, 'id')
  if (session === null) throw malformed(file, 'has no session_meta with an id')
  if (builder.messages.length === 0) throw malformed(file, 'has no message')
  const cwd = textOf(meta, 'cwd')
  models.delete('')
  return {
    trace_id: session,
    root_session_id: session,
    cwd,
    project_path: cwd,
    git_branch: textOf(objectOf(meta, 'git'), 'branch'),
    moments: [textOf(meta, 'timestamp'), ...records.map(({ value }) => textOf(value, 'timestamp'))],
    messages: builder.messages,
    source_meta: {
      originator: textOf(meta, 'originator'),
      cli_version: textOf(meta, 'cli_version'),
      model_provider: textOf(meta, 'model_provider'),
      models: [...models],
      git: objectOf(meta, 'git') ?? null,
      unattached_reasoning: builder.pending,
    },
  }
}

/**
 * What a record says. Before `session_meta` there was (2025), records stood alone: first what the session is, then its items. One that
 * says nothing is passed over.
 */
function payloadOf(value: ValueObject): ValueObject | undefined {
  if (value.type === 'session_meta' || Object.hasOwn(value, 'payload')) return objectOf(value, 'payload')
  return value
}

function isOldMeta(value: ValueObject): boolean {
  return value.type === undefined && textOf(value, 'id') !== null && textOf(value, 'timestamp') !== null
}

class Builder {
  readonly messages: Message[] = []
  pending: string[] = []

  reason(text: string | null): void {
    if (text !== null && !this.pending.includes(text)) this.pending.push(text)
  }

  item(item: ValueObject): void {
    const type = textOf(item, 'type') ?? ''
    const call = textOf(item, 'call_id') ?? textOf(item, 'id')
    if (type === 'message') this.#message(item)
    else if (type === 'reasoning') {
      for (const part of objectsOf(item, 'summary')) this.reason(textOf(part, 'text'))
    } else if (type.endsWith('_call_output') && call !== null) {
      this.messages.push(message('tool', outputOf(item.output), { answers: call }))
    } else if (type.endsWith('_call') && call !== null) {
      // `apply_patch_call` is a call of `apply_patch`.
      const name = textOf(item, 'name') ?? type.slice(0, -'_call'.length)
      const made = toolCall(call, name, item.arguments ?? item.input ?? item.action ?? item.operation)
      this.messages.push(message('assistant', [], { reasoning: this.#taken(), calls: [made] }))
    }
  }

  #message(item: ValueObject): void {
    const role = roleOf(item.role)
    if (role === undefined) return
    const reasoning = role === 'assistant' ? this.#taken() : []
    this.messages.push(message(role, blocksOf(item.content), { reasoning }))
  }

  #taken(): string[] {
    const taken = this.pending
    this.pending = []
    return taken
  }
}

/** Text, blocks, or an object with the text in `content` or `output`. */
function outputOf(output: Value | undefined): ValueObject[] {
  if (typeof output === 'object' && output !== null && !Array.isArray(output)) {
    const object = output as ValueObject
    const text = textOf(object, 'content') ?? textOf(object, 'output')
    if (text !== null) return [textBlock(text)]
  }
  return blocksOf(output)
}
