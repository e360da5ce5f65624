import { describe, expect, it } from 'vitest'
import { create, open, retry } from '../../../src/index.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const components = { encoder: () => inThread }

describe('a row is shown', () => {
  it('with its prompt, every attempt, raw reply, tokens and times', async () => {
    const run = quick((asked) => (rowOf(asked) === 1 && asked.before === 0 ? failure(503) : echo(asked)))
    const { path } = await create(
      smallConfig(),
      {
        ...smallOptions(folder.path, 4),
        runConfig: {
          buffer_size: 4,
          prices: { writer: { input: 1, cached_input: null, output: 2, request: 0 } },
        },
      },
      run.components,
    )
    const row = await open(path, components).inspect({ row: 1, column: 'text' })
    const prompt = run.asked.find((asked) => rowOf(asked) === 1)!.prompt
    expect(row).toMatchObject({ row: 1, row_group: 0, fate: 'written', verdicts: [], not_rendered: null })
    expect(row.cells).toHaveLength(1)
    expect(row.cells[0]).toMatchObject({
      column: 'text',
      value: `about ${prompt}`,
      attempts: [
        { outcome: 'failed', code: 'server_error', status: 503, superseded: false },
        {
          outcome: 'answered',
          model: 'simulator/m',
          content: `about ${prompt}`,
          finish_reason: 'stop',
          prompt: { kind: 'chat', messages: [{ role: 'user', content: prompt }] },
          input_tokens: 10,
          output_tokens: 5,
          cost: 0.00002,
          reply: { usage: { prompt_tokens: 10n } },
        },
      ],
    })
    for (const { sent_at, milliseconds } of row.cells[0]!.attempts) {
      expect(Date.parse(sent_at!)).toBeGreaterThan(Date.now() - 600_000)
      expect(milliseconds).toBeGreaterThanOrEqual(0)
    }
  })

  it('that was dropped with its verdict, and after a retry with what was superseded', async () => {
    const refusing = quick((asked) => (rowOf(asked) === 2 ? failure(400, 'not this one') : echo(asked)))
    const { path } = await create(smallConfig(), smallOptions(folder.path, 4), refusing.components)
    const dropped = await open(path, components).inspect({ row: 2 })
    expect(dropped).toMatchObject({
      fate: 'dropped',
      verdicts: [{ column: 'text', code: 'bad_request', attempts: 1, superseded: false }],
    })
    expect(dropped.verdicts[0]!.message).toContain('not this one')
    expect(dropped.cells.map(({ column }) => column).sort()).toEqual(['id', 'text', 'topic', 'upper'])
    await retry(path, {}, quick(() => answer('first')).components)
    await retry(path, { rows: [[2, 2]] }, quick(() => answer('second')).components)
    const again = await open(path, components).inspect({ row: 2, column: 'text' })
    expect(again).toMatchObject({ fate: 'written', verdicts: [{ superseded: true }] })
    expect(again.cells[0]!.attempts).toMatchObject([
      { outcome: 'failed', round: 0, superseded: true },
      { outcome: 'answered', content: 'first', round: 1, superseded: true },
      { outcome: 'answered', content: 'second', round: 2, superseded: false },
    ])
    expect(again.cells[0]).toMatchObject({ value: 'second' })
    expect(again.cells[0]!.attempts.every(({ prompt }) => prompt !== null)).toBe(true)
  })

  it('once, while the journal still has what its file has', async () => {
    const asked = { ...smallOptions(folder.path, 8), maxRequests: 6 }
    const error = await failureOf(create(smallConfig(), asked, quick().components))
    const { dataset_path: path } = error.summary as { dataset_path: string }
    const row = await open(path, components).inspect({ row: 0, column: 'text' })
    expect(row).toMatchObject({ fate: 'written', cells: [{ attempts: [{ outcome: 'answered' }] }] })
    expect(row.cells[0]!.attempts).toHaveLength(1)
  })

  it('while its row group is open', async () => {
    const stop = new AbortController()
    const run = quick((asked) => {
      if (rowOf(asked) === 1) stop.abort()
      return echo(asked)
    })
    const error = await failureOf(
      create(smallConfig(), { ...smallOptions(folder.path, 4), signal: stop.signal }, run.components),
    )
    const { dataset_path: path } = error.summary as { dataset_path: string }
    const row = await open(path, components).inspect({ row: 0, column: 'text' })
    expect(row).toMatchObject({ fate: 'open', cells: [{ attempts: [{ outcome: 'answered' }] }] })
    expect(row.cells[0]!.value).toMatch(/^about/)
    expect((await failureOf(open(path, components).inspect({ row: 4 }))).code).toBe('usage')
    expect((await failureOf(open(path, components).inspect({ row: 0, column: 'nobody' }))).code).toBe(
      'unknown_column',
    )
  })
})
