/** ATIF, the Agent Trajectory Interchange Format: one JSON document is one session. */
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { blocksOf, type Message, message, type Role, type ToolCall, toolCall } from './messages.ts'
import type { Rollout } from './rollout.ts'
import { documentOf, malformed, objectOf, objectsOf, type SessionFile, textOf } from './session-file.ts'

const roles: Readonly<Record<string, Role>> = { user: 'user', system: 'system', agent: 'assistant' }

/** @throws RowsmithError when it is none */
export function readAtif(file: SessionFile): Rollout {
  const document = documentOf(file)
  const required = (key: string): string => {
    const value = textOf(document, key)
    if (value === null) throw malformed(file, `lacks ${key}`)
    return value
  }
  const version = required('schema_version')
  const session = required('session_id')
  const agent = objectOf(document, 'agent')
  if (agent === undefined || textOf(agent, 'name') === null) throw malformed(file, 'lacks agent.name')
  const steps = document.steps
  if (!Array.isArray(steps) || steps.length === 0) throw malformed(file, 'lacks steps')
  const messages: Message[] = []
  const stepMeta: ValueObject[] = []
  for (const [index, step] of (steps as Value[]).entries()) {
    if (!isValueObject(step)) throw malformed(file, `steps[${index}] is not an object`)
    messages.push(...messagesOf(file, step, index))
    const { step_id, metrics, is_copied_context: copied } = step
    const refs = objectsOf(objectOf(step, 'observation'), 'results').flatMap((result) =>
      objectsOf(result, 'subagent_trajectory_ref'),
    )
    const extra = {
      ...(metrics === undefined || metrics === null ? {} : { metrics }),
      ...(copied === true ? { is_copied_context: true } : {}),
      ...(refs.length === 0 ? {} : { subagent_trajectory_ref: refs }),
    }
    if (Object.keys(extra).length > 0) stepMeta.push({ step_id: step_id ?? null, ...extra })
  }
  const copied = stepMeta.flatMap((each) => (each.is_copied_context === true ? [each.step_id ?? null] : []))
  return {
    trace_id: session,
    root_session_id: session,
    agent_id: textOf(agent, 'name'),
    moments: (steps as ValueObject[]).map((step) => textOf(step, 'timestamp')),
    messages,
    source_meta: {
      schema_version: version,
      agent,
      copied_context_step_ids: copied,
      steps: stepMeta,
      final_metrics: document.final_metrics ?? null,
      continued_trajectory_ref: document.continued_trajectory_ref ?? null,
      notes: document.notes ?? null,
      extra: document.extra ?? null,
    },
  }
}

function messagesOf(file: SessionFile, step: ValueObject, index: number): Message[] {
  const at = `steps[${index}]`
  if (step.step_id !== BigInt(index + 1)) throw malformed(file, `${at}.step_id must be ${index + 1}`)
  const source = textOf(step, 'source') ?? ''
  const role = Object.hasOwn(roles, source) ? roles[source] : undefined
  if (role === undefined) throw malformed(file, `${at}.source must be user, agent or system`)
  if (!Object.hasOwn(step, 'message') || step.message === null) throw malformed(file, `${at} lacks message`)
  const reasoning = textOf(step, 'reasoning_content')
  const calls = callsOf(file, step, at)
  const results = objectsOf(objectOf(step, 'observation'), 'results')
  if (role !== 'assistant' && (reasoning !== null || calls.length > 0 || results.length > 0)) {
    throw malformed(file, `${at} is no agent's, but has reasoning, calls or observations`)
  }
  const said = message(role, blocksOf(step.message), {
    reasoning: reasoning === null ? [] : [reasoning],
    calls,
  })
  return [
    said,
    ...results.map((result, place) => resultOf(file, result, calls, `${at}.observation.results[${place}]`)),
  ]
}

function callsOf(file: SessionFile, step: ValueObject, at: string): ToolCall[] {
  return objectsOf(step, 'tool_calls').map((call, index) => {
    const id = textOf(call, 'tool_call_id')
    const name = textOf(call, 'function_name')
    if (id === null || name === null) {
      throw malformed(file, `${at}.tool_calls[${index}] lacks tool_call_id or function_name`)
    }
    return toolCall(id, name, call.arguments)
  })
}

/** A result without an id is that of the only call there is. */
function resultOf(file: SessionFile, result: ValueObject, calls: readonly ToolCall[], at: string): Message {
  const given = textOf(result, 'source_call_id')
  const id = given ?? (calls.length === 1 ? calls[0]?.id : undefined)
  if (id === undefined || !calls.some((call) => call.id === id)) {
    throw malformed(file, `${at} is of no call of its step`)
  }
  return message('tool', blocksOf(result.content), { answers: id })
}
