/** What each member of the results is about after a resume: the whole dataset, or this invocation alone. */
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import { type Components, create, loadConfig, open, type Results, type RunEvent } from '../../../src/index.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  rowOf,
  rowsOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

function ofType<T extends RunEvent['type']>(events: readonly RunEvent[], type: T) {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type)
}

async function watched(run: ReturnType<typeof create>): Promise<{ results: Results; events: RunEvent[] }> {
  const events: RunEvent[] = []
  for await (const event of run.events()) events.push(event)
  return { results: await run, events }
}

/** What cannot be built: whoever asks for a transport or an encoder fails. */
const nothingBuilt: Components = {
  transport: () => {
    throw new Error('A transport was built')
  },
  encoder: () => {
    throw new Error('An encoder was built')
  },
}

describe('a dataset that was stopped in its second row group, resumed, and then extended', () => {
  interface Story {
    readonly sent: readonly number[]
    readonly resumed: Results
    readonly extended: Results
    readonly resumedEvents: RunEvent[]
    readonly extendedEvents: RunEvent[]
  }
  let story: Story

  /** Three processes: rows 1 and 9 are refused by the model, in the first and in the second of them. */
  beforeEach(async () => {
    const stop = new AbortController()
    const reply: Parameters<typeof scripted>[0] = (asked) =>
      rowOf(asked) === 1 || rowOf(asked) === 9 ? failure(400, 'bad parameters') : echo(asked)
    const processes = [
      scripted((asked) => {
        if (rowOf(asked) === 6) stop.abort()
        return reply(asked)
      }),
      scripted(reply),
      scripted(reply),
    ] as const
    const config = smallConfig(undefined, 1n)
    const options = {
      ...smallOptions(folder.path, 12),
      // A refusal is a verdict at once: none can be a sign that the run will be shut down early.
      runConfig: { buffer_size: 4, async_trace: true, disable_early_shutdown: true },
    }
    await failureOf(create(config, { ...options, signal: stop.signal }, processes[0].components))
    const second = await watched(create(config, options, processes[1].components))
    const third = await watched(create(config, { ...options, numRecords: 18 }, processes[2].components))
    story = {
      sent: processes.map(({ asked }) => asked.length),
      resumed: second.results,
      extended: third.results,
      resumedEvents: second.events,
      extendedEvents: third.events,
    }
  })

  it('gives rows, their count, an export and the statistics of the whole dataset', async () => {
    const { resumed, extended } = story
    // Both look at the directory, which has been extended meanwhile.
    for (const results of [resumed, extended, open(extended.path)]) {
      expect(await results.countRecords()).toBe(16)
      const rows = []
      for await (const row of results.rows({ integers: 'bigint' })) rows.push(row)
      expect(rows).toHaveLength(16)
      const { path, rows: exported } = await results.export()
      expect(exported).toBe(16)
      expect(
        readFileSync(path, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => parseJson(line)),
      ).toEqual(rows)
      expect(await results.loadAnalysis()).toMatchObject([{ column_name: 'id', num_records: 16n }, {}, {}])
    }
  })

  it('sums up the whole dataset in the summary, and this invocation under `this_run` and `generated`', () => {
    const { sent, resumed, extended } = story
    expect(sent[0]! + sent[1]! + sent[2]!).toBe(18)
    expect(sent.every((count) => count > 0)).toBe(true)
    expect(resumed.summary).toMatchObject({
      decision: 'resume',
      rows_planned: 12,
      rows_written: 10,
      rows_dropped: 2,
      rows_open: 0,
      row_groups: { total: 3, reused: 1, generated: 2 },
      this_run: { requests_sent: sent[1]!, replies_replayed: sent[0]! - 4 },
      total: { requests: 12, unknown: 0, usage: { input_tokens: 100, output_tokens: 50 } },
      failures: [{ column: 'text', code: 'bad_request', rows: 2 }],
    })
    expect(resumed.summary.this_run.usage).toEqual({
      input_tokens: (sent[1]! - 1) * 10,
      cached_input_tokens: 0,
      output_tokens: (sent[1]! - 1) * 5,
      reasoning_tokens: 0,
    })
    expect(extended.summary).toMatchObject({
      decision: 'resume',
      rows_planned: 18,
      rows_written: 16,
      rows_dropped: 2,
      row_groups: { total: 5, reused: 3, generated: 2 },
      this_run: { requests_sent: 6, replies_replayed: 0, usage: { input_tokens: 60, output_tokens: 30 } },
      total: { requests: 18, unknown: 0, usage: { input_tokens: 160, output_tokens: 80 } },
      failures: [{ column: 'text', code: 'bad_request', rows: 2 }],
    })
  })

  it('traces the cells of this invocation, those made from kept answers too', () => {
    const { sent, resumed, extended } = story
    const rows = (results: Results) => results.taskTraces.map(({ row }) => row).sort((a, b) => a - b)
    expect(rows(resumed)).toEqual([4, 5, 6, 7, 8, 9, 10, 11])
    expect(resumed.taskTraces.filter(({ requests }) => requests > 0)).toHaveLength(sent[1]!)
    expect(rows(extended)).toEqual([12, 13, 14, 15, 16, 17])
  })

  it('names the first failure of this invocation, not one of an earlier', () => {
    expect(story.resumed.firstNonRetryableError).toMatchObject({ code: 'bad_request', facts: { row: 9 } })
    expect(story.extended.firstNonRetryableError).toBeNull()
    expect(story.extended.earlyShutdown).toBe(false)
  })

  it('tells of the row groups and rows of this invocation, and counts progress from where the dataset was', () => {
    const { resumedEvents, extendedEvents } = story
    expect(ofType(resumedEvents, 'started')).toMatchObject([
      { rowsPlanned: 12, rowsWritten: 3, groupsTotal: 3, groupsReused: 1 },
    ])
    expect(ofType(resumedEvents, 'group-published')).toMatchObject([
      { group: 1, rows: 4, dropped: 0 },
      { group: 2, rows: 3, dropped: 1 },
    ])
    expect(ofType(resumedEvents, 'row-dropped').map(({ row }) => row)).toEqual([9])
    const progress = ofType(resumedEvents, 'progress')
    expect(progress[0]).toMatchObject({ rowsDone: 4, rowsDropped: 1, rowsPlanned: 12, requestsSent: 0 })
    expect(progress.at(-1)).toMatchObject({ rowsDone: 12, rowsDropped: 2, rowsPlanned: 12 })
    expect(ofType(extendedEvents, 'started')).toMatchObject([
      { rowsPlanned: 18, rowsWritten: 10, groupsTotal: 5, groupsReused: 3 },
    ])
    expect(ofType(extendedEvents, 'group-published').map(({ group }) => group)).toEqual([3, 4])
    for (const { rowsDone, rowsPlanned } of ofType([...resumedEvents, ...extendedEvents], 'progress')) {
      expect(rowsDone).toBeLessThanOrEqual(rowsPlanned)
    }
  })
})

describe('the results of a run that finds its dataset complete', () => {
  const scopes = {
    decision: 'already_complete',
    earlyShutdown: false,
    firstNonRetryableError: null,
    taskTraces: [],
  }

  it('can all be used, though no model was connected, no worker started and nothing sent', async () => {
    const options = { ...smallOptions(folder.path, 6), runConfig: { buffer_size: 4, async_trace: true } }
    const reply: Parameters<typeof scripted>[0] = (asked) =>
      rowOf(asked) === 2 ? failure(400, 'bad parameters') : echo(asked)
    const made = await create(smallConfig(), options, scripted(reply).components)
    const { results, events } = await watched(create(smallConfig(), options, nothingBuilt))
    expect(results).toMatchObject({ ...scopes, path: made.path })
    expect(results.summary).toMatchObject({
      rows_planned: 6,
      rows_written: 5,
      rows_dropped: 1,
      rows_open: 0,
      row_groups: { total: 2, reused: 2, generated: 0 },
      this_run: {
        requests_sent: 0,
        replies_replayed: 0,
        usage: { input_tokens: 0, output_tokens: 0 },
      },
      total: { requests: 6, unknown: 0, usage: { input_tokens: 50, output_tokens: 25 } },
      replies_unused: 0,
      failures: [{ column: 'text', code: 'bad_request', rows: 1 }],
      resume_command: null,
    })
    expect(await results.countRecords()).toBe(5)
    expect(await rowsOf(results)).toEqual(await rowsOf(made))
    expect((await results.export({ format: 'csv' })).rows).toBe(5)
    expect(await results.loadAnalysis()).toMatchObject([{ column_name: 'id', num_records: 5n }, {}, {}])
    expect(events.map(({ type }) => type)).toEqual(['decided', 'finished'])
  })

  it('can all be used on a directory of Data Designer', async () => {
    const fixture = fileURLToPath(new URL('../../fixtures/data-designer/complete', import.meta.url))
    cpSync(join(fixture, 'dataset'), join(folder.path, 'dataset'), { recursive: true })
    const { results, events } = await watched(
      create(
        await loadConfig(join(fixture, 'config.yaml')),
        { artifactPath: folder.path, numRecords: 25 },
        nothingBuilt,
      ),
    )
    expect(results).toMatchObject(scopes)
    expect(results.summary).toMatchObject({
      rows_planned: 25,
      rows_written: 25,
      rows_open: 0,
      row_groups: { total: 3, reused: 3, generated: 0 },
      this_run: { requests_sent: 0 },
      resume_command: null,
    })
    expect(await results.countRecords()).toBe(25)
    expect(await rowsOf(results)).toHaveLength(25)
    expect((await results.export({ format: 'parquet' })).rows).toBe(25)
    expect(await results.loadAnalysis()).toHaveLength(4)
    expect(events.map(({ type }) => type)).toEqual(['decided', 'finished'])
  })
})

describe('an early shutdown that was salvaged', () => {
  it('is told by the run that had it, and by no later one', async () => {
    const options = { ...smallOptions(folder.path, 50), runConfig: { buffer_size: 50, salvage: true } }
    const { components } = scripted((each) => (rowOf(each) < 5 ? echo(each) : failure(400)))
    const first = await create(smallConfig(), options, components)
    expect(first.earlyShutdown).toBe(true)
    expect(first.firstNonRetryableError).toMatchObject({ code: 'bad_request' })
    const again = await create(smallConfig(), options, nothingBuilt)
    expect(again).toMatchObject({
      decision: 'already_complete',
      earlyShutdown: false,
      firstNonRetryableError: null,
    })
    expect(again.summary.failures).toEqual(first.summary.failures)
    expect(await rowsOf(again)).toHaveLength(5)
    const more = scripted(echo)
    const grown = await create(smallConfig(), { ...options, numRecords: 53 }, more.components)
    expect(grown.earlyShutdown).toBe(false)
    expect(more.asked.map(rowOf).sort()).toEqual([50, 51, 52])
    expect(grown.summary).toMatchObject({ rows_written: 8, rows_dropped: 45 })
  })
})
