/** `--json`: one object, the same keys whether it went well or not. */
import { expect, test } from 'vitest'
import {
  completion,
  folder,
  providersFor,
  refuse,
  remoteConfig,
  rowsmith,
  server,
  smallConfig,
} from '../support.ts'

const keys = [
  'dataset_path',
  'decision',
  'action',
  'rows_planned',
  'rows_written',
  'rows_dropped',
  'rows_open',
  'row_groups',
  'this_run',
  'total',
  'replies_unused',
  'answers_unused',
  'reuse_sources',
  'cells_skipped',
  'failures',
  'stage',
  'post_processing',
  'resume_command',
  'exported',
  'exit_code',
]

test('create --json prints one object, and the same command again says it is complete already', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  const first = await rowsmith(['create', 'c.yaml', '-n', '7', '--json'], { cwd })
  expect(first.code, first.stderr).toBe(0)
  expect(first.stdout.trimEnd().split('\n')).toHaveLength(1)
  const made = JSON.parse(first.stdout)
  expect(Object.keys(made)).toEqual(keys)
  expect(made).toMatchObject({
    decision: 'fresh',
    rows_planned: 7,
    rows_written: 7,
    rows_dropped: 0,
    rows_open: 0,
    row_groups: { total: 1, reused: 0, generated: 1 },
    this_run: { requests_sent: 7, replies_replayed: 0 },
    total: { requests: 7, unknown: 0, cost: null },
    replies_unused: 0,
    failures: [],
    resume_command: null,
    exit_code: 0,
  })
  expect(made.this_run.usage.output_tokens).toBeGreaterThan(0)
  expect(made.total.usage).toEqual(made.this_run.usage)

  const again = await rowsmith(['create', 'c.yaml', '-n', '7', '--json'], { cwd })
  expect(again.code).toBe(0)
  expect(JSON.parse(again.stdout)).toMatchObject({
    dataset_path: made.dataset_path,
    decision: 'already_complete',
    rows_written: 7,
    row_groups: { total: 1, reused: 1, generated: 0 },
    this_run: { requests_sent: 0, replies_replayed: 0 },
    total: { requests: 7, usage: made.total.usage },
    exit_code: 0,
  })
})

test('status --json prints one object', async () => {
  const cwd = folder({ 'c.yaml': smallConfig })
  await rowsmith(['create', 'c.yaml', '-n', '3'], { cwd })
  const { code, stdout } = await rowsmith(['status', 'artifacts/dataset', '--json'], { cwd })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ rows_planned: 3, rows_written: 3 })
})

test('a run that loses rows exits with 6, tells them by column, and --max-dropped allows them', async () => {
  const { endpoint, requests } = await server((_request, response) => {
    if (requests.length === 1) refuse(response, 400, 'bad', 'That one not.')
    else response.setHeader('content-type', 'application/json').end(completion('Fine.'))
  })
  const cwd = folder({ 'c.yaml': remoteConfig, 'p.yaml': providersFor(endpoint) })
  const create = ['create', 'c.yaml', '--providers', 'p.yaml', '-n', '20', '--json']
  const env = { LOCAL_KEY: 'sk-secret-0123456789' }

  const short = await rowsmith(create, { cwd, env })
  expect(short.code, short.stderr).toBe(6)
  expect(JSON.parse(short.stdout)).toMatchObject({
    rows_written: 19,
    rows_dropped: 1,
    rows_open: 0,
    failures: [{ column: 'text', code: 'bad_request', rows: 1 }],
    exit_code: 6,
    error: { code: 'finished_short', facts: { rows_dropped: 1 } },
  })

  for (const allowed of ['1', '5%']) {
    const fine = await rowsmith([...create, '--max-dropped', allowed], { cwd, env })
    expect(fine.code, fine.stderr).toBe(0)
    expect(JSON.parse(fine.stdout)).toMatchObject({
      decision: 'already_complete',
      rows_dropped: 1,
      exit_code: 0,
    })
  }
  expect(requests).toHaveLength(20)
})
