import { expect, test } from 'vitest'
import { formatSummary } from '../../src/cli/summary.ts'
import type { Summary } from '../../src/index.ts'

const summary: Summary = {
  dataset_path: 'artifacts/my data',
  decision: 'resume',
  rows_planned: 100,
  rows_written: 90,
  rows_dropped: 4,
  rows_open: 6,
  row_groups: { total: 10, reused: 8, generated: 1 },
  this_run: {
    requests_sent: 1,
    replies_replayed: 30,
    replies_reused: 40,
    usage: { input_tokens: 12, output_tokens: 34 },
    seconds: 75,
    columns: [],
  },
  total: {
    requests: 120,
    unknown: 2,
    replies_reused: 40,
    usage: { input_tokens: 1200, output_tokens: 3400 },
    cost: null,
  },
  replies_unused: 1,
  reuse_sources: ['artifacts/old data'],
  failures: [
    { column: 'review', code: 'truncated', rows: 3 },
    { column: 'insight', code: 'schema_failed', rows: 1 },
  ],
  resume_command: `rowsmith resume 'artifacts/my data'`,
}

test('a summary says where the rows are, what it cost, what was lost by column with what helps, and how to go on', () => {
  expect(formatSummary(summary, [{ id: 1n, review: 'Fine.' }], 80)).toBe(`
90 rows of 100, 4 dropped, 6 still to do, in artifacts/my data/parquet-files (9 files)

id  review
1   Fine.

This run: 1 request sent, 30 answers taken from the journal, 40 from artifacts/old data, 12 input and 34 output tokens, 1m 15s
In total: 120 requests (2 of them unanswered when a run was killed), 1200 input and 3400 output tokens, cost not known: no prices are set
1 kept answer went unused

Dropped rows by column:
  review: 3 rows truncated. Raise max_tokens of the model.
  insight: 1 row schema_failed. Loosen the output_format, or raise max_conversation_restarts.

To go on, with every answer so far: rowsmith resume 'artifacts/my data'
`)
})

test('a finished dataset has no command to go on', () => {
  const done = { ...summary, rows_open: 0, rows_dropped: 0, failures: [], resume_command: null }
  expect(formatSummary(done, [], 80)).not.toMatch(/go on|Dropped/)
})
