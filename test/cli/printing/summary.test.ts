import { expect, test } from 'vitest'
import { formatSummary } from '../../../src/cli/printing/summary.ts'
import type { Summary } from '../../../src/index.ts'

const usage = (input: number, output: number) => ({
  input_tokens: input,
  cached_input_tokens: 0,
  output_tokens: output,
  reasoning_tokens: 0,
})

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
    usage: usage(12, 34),
    cost: null,
    cost_complete: false,
    models: [],
    seconds: 75,
    columns: [],
  },
  total: {
    requests: 120,
    unknown: 2,
    replies_reused: 40,
    usage: usage(1200, 3400),
    cost: null,
    cost_complete: false,
    unseen_cost: null,
    unrecorded_at_most: 0,
    models: [],
  },
  replies_unused: 1,
  reuse_sources: ['artifacts/old data'],
  cells_skipped: [{ column: 'insight', cells: 7 }],
  stage: null,
  failures: [
    { column: 'review', code: 'truncated', rows: 3 },
    { column: 'insight', code: 'schema_failed', rows: 1 },
  ],
  resume_command: `rowsmith resume 'artifacts/my data'`,
}

test('a summary says where the rows are, what it cost, what was lost by column with what helps, and how to go on', () => {
  expect(formatSummary(summary, [{ id: 1n, review: 'Fine.' }], 80)).toBe(`
90 rows of 100, 4 dropped, 6 to do, in artifacts/my data/parquet-files (9 files)

id  review
1   Fine.

This run: 1 request sent, 30 answers replayed from the journal, 40 from artifacts/old data, 12 input and 34 output tokens, 1m 15s
In total: 120 requests (2 of them unanswered at a crash), 1200 input and 3400 output tokens, cost unknown: no prices are set
1 stored answer unused

Cells skipped: insight 7

Dropped rows by column:
  review: 3 rows truncated. Raise max_tokens. For these rows only: \`rowsmith retry DATASET_DIR --code truncated --answer-tokens N\`.
  insight: 1 row schema_failed. Loosen the output_format, or raise max_conversation_restarts.

Continue, with all stored answers:
  rowsmith resume 'artifacts/my data'
`)
})

test('a cost is told in four digits that count, as "at least" where a price is missing, and with what nobody saw', () => {
  const { total } = summary
  const textOf = (more: object) => formatSummary({ ...summary, total: { ...total, ...more } }, [], 80)
  expect(textOf({ cost: 1.25, cost_complete: true, unseen_cost: 0 })).toContain(', cost $1.25\n')
  expect(textOf({ cost: 1e-7, cost_complete: true, unseen_cost: 0 })).toContain(', cost $0.0000001\n')
  expect(textOf({ cost: 0.07598145, cost_complete: true, unseen_cost: 0 })).toContain(', cost $0.07598\n')
  expect(textOf({ cost: 12345.678, cost_complete: true, unseen_cost: 0 })).toContain(', cost $12346\n')
  const model = { requests: 3, replies_reused: 0, unknown: 0, replies: 3, unseen_cost: null }
  const models = [
    { ...model, model: 'p/a', aliases: ['writer', 'judge'], usage: usage(10, 20), cost: 1.25 },
    { ...model, model: 'p/b', aliases: [], usage: { ...usage(30, 40), reasoning_tokens: 5 }, cost: null },
  ]
  const partly = textOf({ cost: 1.25, cost_complete: false, unseen_cost: 0.5, models })
  expect(partly).toContain(', cost at least $1.25, and at most $0.50 for unanswered requests\n')
  expect(partly).toContain('  writer, judge (p/a): 3 requests, 10 input and 20 output tokens, cost $1.25\n')
  expect(partly).toContain(
    '  p/b: 3 requests, 30 input and 40 output tokens (5 for reasoning), cost unknown: no price is set\n',
  )
})

test('columns say what was bought, what was reused and what that spared, where several asked or any was reused', () => {
  const none = { bought: 0, replayed: 0, reused: 0, usage: usage(0, 0), reused_usage: usage(0, 0) }
  const free = { ...none, cost: 0, cost_complete: true, reused_cost: 0 }
  const unpriced = { ...none, cost: null, cost_complete: false, reused_cost: null }
  const title = { ...free, column: 'title', bought: 3, usage: usage(30, 60), cost: 0.25 }
  const text = {
    ...free,
    column: 'text',
    replayed: 2,
    reused: 9,
    reused_usage: usage(90, 9),
    reused_cost: 1.5,
  }
  const tags = { ...unpriced, column: 'tags', reused: 4, reused_usage: usage(40, 8) }
  const idle = { ...free, column: 'idle' }
  const linesOf = (...columns: (typeof title)[]) =>
    formatSummary({ ...summary, this_run: { ...summary.this_run, columns } }, [], 80)
      .split('\n')
      .filter((line) => /^ {2}(title|text|tags|idle):/.test(line))
  expect(linesOf(title, text, idle)).toEqual([
    '  title: 3 requested, 30 input and 60 output tokens, cost $0.25',
    '  text: 9 reused, which saved a cost of $1.50; 2 replayed',
  ])
  expect(linesOf(tags as never)).toEqual(['  tags: 4 reused, which saved 40 input and 8 output tokens'])
  expect(linesOf({ ...title, cost_complete: false }, { ...title, column: 'text' })[0]).toMatch(
    /at least \$0\.25/,
  )
  expect(linesOf(title, idle)).toEqual([])
})

test('what nobody knows of the requests is told: those of a kill, and as many as a power loss may have taken', () => {
  const textOf = (unknown: number, unrecorded: number): string =>
    formatSummary(
      { ...summary, total: { ...summary.total, unknown, unrecorded_at_most: unrecorded } },
      [],
      80,
    )
  expect(textOf(0, 0)).toContain('In total: 120 requests, ')
  expect(textOf(0, 64)).toContain('120 requests (at most 64 more not recorded at a power loss), ')
  expect(textOf(2, 128)).toContain(
    '120 requests (2 of them unanswered at a crash; at most 128 more not recorded at a power loss), ',
  )
})

test('a finished dataset has no command to go on', () => {
  const done = { ...summary, rows_open: 0, rows_dropped: 0, failures: [], resume_command: null }
  expect(formatSummary(done, [], 80)).not.toMatch(/go on|Dropped/)
})
