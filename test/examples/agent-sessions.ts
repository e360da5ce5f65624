import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 6,
  columns: [
    'trace_id',
    'source_kind',
    'root_session_id',
    'started_at',
    'ended_at',
    'message_count',
    'tool_call_count',
    'final_assistant_message',
    'pair',
    'recommended',
  ],
  /** Each session comes once before any comes again, and what is recommended follows from its score. */
  check(rows) {
    expect(rows.map(({ trace_id }) => trace_id)).toEqual([
      ...['delay-221', 'returns-104', 'stock-lamp'],
      ...['delay-221', 'returns-104', 'stock-lamp'],
    ])
    for (const { pair, recommended, message_count: messages, tool_call_count: calls } of rows) {
      expect({ messages, calls }).toEqual({ messages: 4n, calls: 1n })
      expect(recommended).toBe(Number((pair as { faithful: bigint }).faithful) >= 4)
    }
  },
}
