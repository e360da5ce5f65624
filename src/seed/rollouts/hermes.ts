/**
 * Sessions of Hermes Agent: `session_*.json`, a document with its messages, from the command line; `*.jsonl`, a message per
 * line, from the gateway. `sessions.json` says more of the latter. Other JSON files of the folder are none.
 */
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { blocksOf, type Message, message, roleOf, textBlock, toolCall } from './messages.ts'
import type { Rollout } from './rollout.ts'
import {
  documentOf,
  malformed,
  objectOf,
  objectsOf,
  recordsOf,
  type SessionFile,
  textOf,
} from './session-file.ts'

export function isHermesSession({ name }: { name: string }): boolean {
  return name.endsWith('.jsonl') || (name.startsWith('session_') && name.endsWith('.json'))
}

/**
 * @param index what `sessions.json` says of a session, by its id
 * @throws RowsmithError when it is none
 */
export function readHermes(file: SessionFile, index: (session: string) => ValueObject | undefined): Rollout {
  return file.name.endsWith('.jsonl') ? readGateway(file, index) : readCommandLine(file)
}

function readCommandLine(file: SessionFile): Rollout {
  const document = documentOf(file)
  const session = textOf(document, 'session_id')
  if (session === null) throw malformed(file, 'lacks session_id')
  if (!Array.isArray(document.messages)) throw malformed(file, 'lacks messages')
  const system = textOf(document, 'system_prompt')
  const said = (document.messages as Value[]).map((each, place) => {
    const found = isValueObject(each) ? messageOf(each) : undefined
    if (found === undefined) throw malformed(file, `messages[${place}] is no message with a role`)
    return found
  })
  const prompt = system === null || said[0]?.role === 'system' ? [] : [message('system', [textBlock(system)])]
  return {
    trace_id: session,
    root_session_id: session,
    moments: [textOf(document, 'session_start'), textOf(document, 'last_updated')],
    messages: [...prompt, ...said],
    source_meta: {
      model: textOf(document, 'model'),
      platform: textOf(document, 'platform'),
      base_url: textOf(document, 'base_url'),
      tools: objectsOf(document, 'tools'),
    },
  }
}

function readGateway(file: SessionFile, index: (session: string) => ValueObject | undefined): Rollout {
  const session = file.name.replace(/\.jsonl$/, '')
  const messages: Message[] = []
  const moments: (string | null)[] = []
  let meta: ValueObject | undefined
  for (const { value, line } of recordsOf(file)) {
    moments.push(textOf(value, 'timestamp'))
    if (value.role === 'session_meta') {
      meta ??= value
      continue
    }
    const found = messageOf(value)
    if (found === undefined) throw malformed(file, 'is no message with a role', line)
    messages.push(found)
  }
  if (messages.length === 0) throw malformed(file, 'has no message')
  const entry = index(session)
  return {
    trace_id: session,
    root_session_id: session,
    moments: [...moments, textOf(entry, 'created_at'), textOf(entry, 'updated_at')],
    messages,
    source_meta: {
      model: textOf(meta, 'model'),
      platform: textOf(meta, 'platform') ?? textOf(entry, 'platform'),
      display_name: textOf(entry, 'display_name'),
      chat_type: textOf(entry, 'chat_type'),
      tools: objectsOf(meta, 'tools'),
    },
  }
}

function messageOf(value: ValueObject): Message | undefined {
  const role = roleOf(value.role)
  if (role === undefined) return undefined
  const calls = objectsOf(value, 'tool_calls').map((call) => {
    const made = objectOf(call, 'function')
    return toolCall(
      String(call.id ?? call.call_id ?? ''),
      String(made?.name ?? call.name ?? ''),
      made?.arguments,
    )
  })
  const reasoning = textOf(value, 'reasoning_content') ?? textOf(value, 'reasoning')
  const answers = textOf(value, 'tool_call_id')
  return message(role, blocksOf(value.content), {
    reasoning: reasoning === null ? [] : [reasoning],
    calls,
    ...(answers === null ? {} : { answers }),
  })
}
