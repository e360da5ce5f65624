import { expect, test } from 'vitest'
import { ProgressView } from '../../../src/cli/printing/progress.ts'
import { printable } from '../../../src/cli/text/style.ts'
import type { RunEvent } from '../../../src/index.ts'

/** A view whose clock and output are at hand. */
function view(options: { tty?: boolean; quiet?: boolean; verbose?: boolean; columns?: number } = {}) {
  const seen = { at: 0, text: '', columns: options.columns ?? 120 }
  const progress = new ProgressView({
    tty: options.tty === true,
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    columns: () => seen.columns,
    monotonic: () => seen.at,
    write: (text) => {
      seen.text += printable(text)
    },
  })
  const rows = (
    at: number,
    rowsDone: number,
    waitingFor: readonly string[] = [],
    more: object = {},
  ): void => {
    seen.at = at
    progress.show({
      type: 'progress',
      rowsDone,
      rowsPlanned: 200,
      rowsDropped: 3,
      requestsSent: rowsDone,
      repliesReplayed: 0,
      repliesReused: 0,
      inFlight: 16,
      inputTokens: 1000,
      outputTokens: 500,
      cost: null,
      budgetLeft: { cost: null, tokens: null, requests: null },
      waitingFor,
      ...more,
    })
  }
  return { seen, progress, rows }
}

const warning: RunEvent = { type: 'warning', code: 'x', message: 'Look here' }

test('on a terminal one line is drawn over and over, and warnings scroll above it', () => {
  const { seen, progress, rows } = view({ tty: true })
  rows(0, 0)
  rows(1000, 50)
  progress.show(warning)
  progress.close()
  const line = '50/200 rows  25%  50 rows/s  16 in flight  1.5k tokens  3 dropped  3.0s left'
  expect(seen.text).toBe(
    `\r\u001b[2K0/200 rows  0%  16 in flight  1.5k tokens  3 dropped` +
      `\r\u001b[2K${line}\r\u001b[2Kwarning: Look here\n${line}\n`,
  )
})

test('a model that waits for the limit of its server is told with the limit and the time', () => {
  const held: RunEvent = {
    type: 'held-back',
    model: 'p/m\u001b[2J',
    waitMs: 42_000,
    header: 'x-ratelimit-reset',
  }
  const { seen, progress } = view()
  progress.show(held)
  expect(seen.text).toMatch(/^p\/m.*has used up a limit \(x-ratelimit-reset\); waiting 42/)
  expect(seen.text).not.toContain('\u001b[2J')
  progress.show({ ...held, model: 'p/other' })
  expect(seen.text.match(/has used up/g)).toHaveLength(1)
  const quiet = view({ quiet: true })
  quiet.progress.show(held)
  expect(quiet.seen.text).toBe('')
})

test('on a narrow terminal the line never wraps', () => {
  const { seen, rows } = view({ tty: true, columns: 20 })
  rows(0, 0)
  expect(seen.text).toBe('\r\u001b[2K0/200 rows')
})

test('the line tells cost and budget left, and where it does not fit the least important goes first', () => {
  const { seen, rows } = view({ tty: true })
  const money = { cost: 0.075981, budgetLeft: { cost: 1.2, tokens: null, requests: 30 } }
  const at = (columns: number): string => {
    seen.columns = columns
    seen.text = ''
    rows(1000, 50, [], money)
    return seen.text.slice(seen.text.lastIndexOf('\u001b[2K') + 4)
  }
  rows(0, 0)
  expect([140, 110, 80, 60, 40, 22, 8].map(at)).toEqual([
    '50/200 rows  25%  50 rows/s  16 in flight  1.5k tokens  $0.07598  budget left $1.20, 30 requests  3 dropped  3.0s left',
    '50/200 rows  25%  50 rows/s  16 in flight  $0.07598  budget left $1.20, 30 requests  3 dropped  3.0s left',
    '50/200 rows  $0.07598  budget left $1.20, 30 requests  3 dropped  3.0s left',
    '50/200 rows  $0.07598  3.0s left',
    '50/200 rows  $0.07598  3.0s left',
    '50/200 rows  $0.07598',
    '50/200 ',
  ])
})

test('a line that a narrower window broke in several is erased whole', () => {
  const { seen, rows } = view({ tty: true, columns: 80 })
  rows(0, 0)
  rows(1000, 50)
  seen.columns = 20
  seen.text = ''
  rows(1100, 60)
  // 78 cells in windows of 20: four lines.
  expect(seen.text).toBe(`\r${'\u001b[2K\u001b[1A'.repeat(3)}\u001b[2K60/200 rows`)
})

test('elsewhere a line is written every two seconds, and the last state at the end', () => {
  const { seen, progress, rows } = view()
  for (const at of [0, 500, 1999, 2000, 2500, 3999, 4100, 4200]) rows(at, at / 100)
  progress.close()
  expect(seen.text.split('\n').map((line) => line.split(' ')[0])).toEqual(['20/200', '41/200', '42/200', ''])
})

test('the rate is that of the last thirty seconds', () => {
  const { seen, rows } = view()
  rows(0, 0)
  rows(1000, 100)
  rows(49_000, 99)
  rows(60_000, 110)
  rows(80_000, 130)
  expect(seen.text.split('\n').at(-2)).toContain('  1.0 rows/s  ')
})

test('quiet tells only warnings', () => {
  const { seen, progress, rows } = view({ quiet: true })
  progress.show({ type: 'decided', decision: 'fresh', path: 'a/d', reason: null })
  rows(5000, 10)
  progress.show(warning)
  progress.close()
  expect(seen.text).toBe('warning: Look here\n')
})

test('retries, and dropped rows after the first, are told only when asked for', () => {
  const events: RunEvent[] = [
    { type: 'row-dropped', row: 7, column: 'text', code: 'truncated', message: 'The answer was cut.' },
    { type: 'row-dropped', row: 9, column: 'text', code: 'truncated', message: 'The answer was cut.' },
    { type: 'retry', row: 8, column: 'text', code: 'server_error', attempt: 1, waitMs: 500 },
  ]
  const plain = view()
  const verbose = view({ verbose: true })
  for (const event of events) {
    plain.progress.show(event)
    verbose.progress.show(event)
  }
  expect(plain.seen.text).toBe(
    'Row 7 dropped by "text": The answer was cut. [truncated]; -v shows every one\n',
  )
  expect(verbose.seen.text).toBe(
    'Row 7 dropped by "text": The answer was cut. [truncated]\n' +
      'Row 9 dropped by "text": The answer was cut. [truncated]\n' +
      'Row 8, "text": server_error at attempt 1, again in 0.5s\n',
  )
})

test('a model that answers nobody is told of, stands in the line, and is told of when it is back', () => {
  const { seen, progress, rows } = view()
  const [model, code] = ['p/m', 'connection_failed']
  progress.show({ type: 'endpoint-down', model, code, downMs: 500, waitMs: 2_000, patienceMs: 60_000 })
  rows(3000, 1, [model])
  progress.show({ type: 'endpoint-back', model, downMs: 3_000 })
  expect(seen.text).toContain('p/m does not answer')
  expect(seen.text).toContain('[connection_failed]: next attempt in 2.0s, at most 1m 0s more')
  expect(seen.text).toContain('16 in flight  1.5k tokens  waiting for p/m')
  expect(seen.text).toContain('p/m answers again after 3.0s')
})
