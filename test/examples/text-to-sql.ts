import { expect } from 'vitest'
import type { Example } from './example.ts'

export const example: Example = {
  rows: 30,
  columns: ['request_id', 'level', 'schema', 'parts', 'query', 'free_query', 'verdict', 'free_verdict'],
  /** Queries put together of closed lists parse. */
  check(rows) {
    for (const { verdict } of rows) expect(verdict).toEqual({ is_valid: true, error_messages: '' })
  },
}
