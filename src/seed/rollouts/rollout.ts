/** What an agent did in one session, as a row: the columns that Data Designer has, whatever the format. */
import { isValueObject, objectOf, type ValueObject } from '../../base/values/value.ts'
import type { SeedColumn } from '../table/table.ts'
import { type Message, textIn } from './messages.ts'

/** What a format knows of a session; the rest of the row follows from it. */
export interface Rollout {
  readonly trace_id: string
  readonly root_session_id: string
  readonly agent_id?: string | null
  readonly is_sidechain?: boolean
  readonly cwd?: string | null
  readonly project_path?: string | null
  readonly git_branch?: string | null
  /** Texts of moments, in any order and of any offset; those that are none are left out. */
  readonly moments: readonly (string | null)[]
  readonly messages: readonly Message[]
  readonly source_meta: ValueObject
}

const text = { kind: 'string' } as const
const json = { kind: 'json' } as const
/** Lists and structs of the keys that occur. */
const asValuesSay = { kind: 'none' } as const
/** With one field at least, so that a file of sessions without any is read next to others. */
const metaStored = {
  kind: 'struct',
  fields: [{ name: 'record_count', type: { kind: 'int' } }],
  further: asValuesSay,
} as const

export const rolloutColumns: readonly SeedColumn[] = [
  { name: 'trace_id', type: text },
  { name: 'source_kind', type: text },
  { name: 'source_path', type: text },
  { name: 'root_session_id', type: text },
  { name: 'agent_id', type: text },
  { name: 'is_sidechain', type: { kind: 'bool' } },
  { name: 'cwd', type: text },
  { name: 'project_path', type: text },
  { name: 'git_branch', type: text },
  { name: 'started_at', type: text },
  { name: 'ended_at', type: text },
  { name: 'messages', type: json, stored: asValuesSay },
  { name: 'source_meta', type: json, stored: metaStored },
  { name: 'message_count', type: { kind: 'int' } },
  { name: 'tool_call_count', type: { kind: 'int' } },
  { name: 'final_assistant_message', type: text },
]

/** @param kind the name of the format */
export function rolloutRow(kind: string, path: string, rollout: Rollout): ValueObject {
  const { messages, moments } = rollout
  const calls = messages.reduce((sum, { tool_calls: list }) => sum + (list?.length ?? 0), 0)
  const said = messages.filter(({ role }) => role === 'assistant').map(textIn)
  return {
    trace_id: rollout.trace_id,
    source_kind: kind,
    source_path: path,
    root_session_id: rollout.root_session_id,
    agent_id: rollout.agent_id ?? null,
    is_sidechain: rollout.is_sidechain ?? false,
    cwd: rollout.cwd ?? null,
    project_path: rollout.project_path ?? null,
    git_branch: rollout.git_branch ?? null,
    started_at: first(moments, (a, b) => a < b),
    ended_at: first(moments, (a, b) => a > b),
    messages: messages.map((each) => ({ ...each }) as unknown as ValueObject),
    source_meta: known(rollout.source_meta),
    message_count: BigInt(messages.length),
    tool_call_count: BigInt(calls),
    final_assistant_message: said.findLast((each) => each.trim() !== '') ?? null,
  }
}

/** The moment before, or after, all others, spelled as it was. */
function first(moments: Rollout['moments'], before: (a: number, b: number) => boolean): string | null {
  let found: { text: string; time: number } | null = null
  for (const moment of moments) {
    const time = moment === null ? Number.NaN : Date.parse(moment)
    if (moment === null || Number.isNaN(time)) continue
    if (found === null || before(time, found.time)) found = { text: moment, time }
  }
  return found?.text ?? null
}

/** Without members that say nothing. */
function known(meta: ValueObject): ValueObject {
  return objectOf(
    Object.entries(meta).filter(
      ([, value]) =>
        value !== null &&
        value !== undefined &&
        !(Array.isArray(value) && value.length === 0) &&
        !(isValueObject(value) && Object.keys(value).length === 0),
    ),
  )
}
