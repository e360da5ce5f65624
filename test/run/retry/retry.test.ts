/** Cells are asked for again: only those that failed or are named. The provider counts. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Config, create, estimate, open, type RunEvent, resume, retry } from '../../../src/index.ts'
import { dataFiles } from '../../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { everyByte } from '../../support/every-byte.ts'
import { type Asked, answer, failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  rowsOf,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

/** Three model columns: `second` reads `first`, `other` reads none of them. */
function threeColumns(parameters: { max_tokens?: bigint } = {}): Config {
  const asked = (name: string, prompt: string) => ({
    name,
    column_type: 'llm-text',
    model_alias: 'writer',
    prompt,
  })
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { max_parallel_requests: 2n, ...parameters },
        },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        { ...asked('first', 'First for {{ id }}'), drop: true },
        asked('second', 'After {{ first }}'),
        asked('other', 'Other for {{ id }}'),
        { name: 'shown', column_type: 'expression', expr: '{{ second | upper }}' },
      ],
    },
    'test',
  )
}

const columnOf = ({ key }: { key: string }) => key.split('/')[1]!
const options = (numRecords = 12) => ({ ...smallOptions(folder.path, numRecords), seed: 7n })
const anew = (asked: Asked) => answer(`anew ${asked.prompt}`)
/** Answers all but some cells, which it refuses. */
const refusing = (cells: readonly string[]) => (asked: Asked) =>
  cells.includes(`${rowOf(asked)}/${columnOf(asked)}`) ? failure(400) : echo(asked)
const cellsOf = (asked: readonly Asked[]) => asked.map((each) => `${rowOf(each)}/${columnOf(each)}`).sort()

/** A dataset in which some cells were refused. */
async function withFailures(cells: readonly string[], numRecords = 12) {
  const run = quick(refusing(cells))
  const results = await create(threeColumns(), options(numRecords), run.components)
  return { ...results, asked: run.asked }
}

async function withEvents(run: ReturnType<typeof retry>) {
  const events: RunEvent[] = []
  const watching = (async () => {
    for await (const event of run.events()) events.push(event)
  })()
  const results = await run
  await watching
  return { results, events }
}

describe('a retry of what failed', () => {
  it('asks exactly the failed cells and what depends on them, and puts rows back in their places', async () => {
    const broken = await withFailures(['3/first', '5/second', '9/other'])
    expect(broken.summary).toMatchObject({ rows_written: 9, rows_dropped: 3 })
    const again = quick()
    const { summary } = await retry(broken.path, {}, again.components)
    // Of row 3 all but `other` had never been asked.
    expect(cellsOf(again.asked)).toEqual(['3/first', '3/second', '5/second', '9/other'])
    expect(summary).toMatchObject({
      decision: 'retry',
      rows_planned: 12,
      rows_written: 12,
      rows_dropped: 0,
      rows_open: 0,
      failures: [],
      replies_unused: 0,
      total: { requests: broken.asked.length + 4 },
      resume_command: null,
    })
    const whole = await create(threeColumns(), { ...options(), datasetName: 'whole' }, quick().components)
    expect(await dataFiles(nodeDisk, broken.path)).toEqual(await dataFiles(nodeDisk, whole.path))
    expect(await open(broken.path).status()).toMatchObject({
      rows_written: 12,
      rows_dropped: 0,
      rows_open: 0,
    })
    expect((await open(broken.path).verify({ replay: true })).whole).toBe(true)
  })

  it('leaves row groups alone that have no such cell', async () => {
    const broken = await withFailures(['5/second'])
    const before = everyByte(join(broken.path, 'parquet-files'))
    await retry(broken.path, {}, quick().components)
    const changed = everyByte(join(broken.path, 'parquet-files')).filter((line) => !before.includes(line))
    expect(changed).toHaveLength(1)
    expect(changed[0]).toContain('batch_00001.parquet')
  })

  it('narrows to codes, columns and rows', async () => {
    const broken = await withFailures(['1/first', '3/first', '5/second', '9/other'])
    const first = quick(refusing(['3/first']))
    await retry(broken.path, { columns: ['first'] }, first.components)
    expect(cellsOf(first.asked)).toEqual(['1/first', '1/second', '3/first'])
    const second = quick()
    await retry(broken.path, { rows: [[4, 6]] }, second.components)
    expect(cellsOf(second.asked)).toContain('5/second')
    const third = quick()
    const { summary } = await retry(broken.path, { codes: ['bad_request'] }, third.components)
    expect(cellsOf(third.asked)).toEqual(['3/first', '3/second', '9/other'])
    expect(summary).toMatchObject({ rows_written: 12 })
    expect((await open(broken.path).verify({ replay: true })).whole).toBe(true)
  })

  it('drops a row again that fails again, and can be given once more', async () => {
    const broken = await withFailures(['3/first'])
    const still = quick(refusing(['3/first']))
    const { summary } = await retry(broken.path, {}, still.components)
    expect(summary).toMatchObject({
      rows_written: 11,
      rows_dropped: 1,
      failures: [{ column: 'first', code: 'bad_request', rows: 1 }],
    })
    const { summary: last } = await retry(broken.path, {}, quick().components)
    expect(last).toMatchObject({ rows_written: 12, rows_dropped: 0 })
  })

  it('refuses when nothing fits, and changes no byte', async () => {
    const whole = await withFailures([])
    const before = everyByte(whole.path)
    expect((await failureOf(retry(whole.path, {}, quick().components))).code).toBe('nothing_to_retry')
    for (const [filter, code] of [
      [{ rows: [[12, 12]] }, 'usage'],
      [{ columns: ['shown'] }, 'usage'],
      [{ columns: ['nobody'] }, 'unknown_column'],
      [{ where: 'id = ' }, 'where_invalid'],
    ] as const) {
      expect((await failureOf(retry(whole.path, filter, quick().components))).code).toBe(code)
    }
    expect(everyByte(whole.path)).toEqual(before)
  })
})

describe('a retry of what is named', () => {
  it('replaces written cells and what depends on them, and nothing else', async () => {
    const whole = await withFailures([])
    const before = await rowsOf(whole)
    const again = quick(anew)
    const results = await retry(
      whole.path,
      {
        rows: [
          [2, 2],
          [9, 9],
        ],
        columns: ['first'],
      },
      again.components,
    )
    expect(cellsOf(again.asked)).toEqual(['2/first', '2/second', '9/first', '9/second'])
    const after = await rowsOf(results)
    expect(after.map((row, index) => (row.second === before[index]!.second ? '' : index)).join('')).toBe('29')
    expect(after[2]).toMatchObject({ other: before[2]!.other, shown: String(after[2]!.second).toUpperCase() })
    expect(results.summary.replies_unused).toBe(0)
    expect((await open(whole.path).verify({ replay: true })).whole).toBe(true)
  })

  it('takes rows by a condition on their values', async () => {
    const whole = await withFailures([])
    const [, , third] = await rowsOf(whole)
    const again = quick(anew)
    await retry(whole.path, { where: `id = '${third!.id}'`, columns: ['other'] }, again.components)
    expect(cellsOf(again.asked)).toEqual(['2/other'])
  })

  it('asks only for answers that were cut off', async () => {
    const run = quick((asked) =>
      cellsOf([asked])[0] === '4/other' ? answer('cut o', 'length') : echo(asked),
    )
    const { path } = await create(threeColumns(), options(), run.components)
    const again = quick(anew)
    await retry(path, { finishReason: 'length' }, again.components)
    expect(cellsOf(again.asked)).toEqual(['4/other'])
    const none = retry(path, { finishReason: 'length' }, quick().components)
    expect((await failureOf(none)).code).toBe('nothing_to_retry')
  })

  it('never loses a row: one that cannot be had anew keeps its former values', async () => {
    const whole = await withFailures(['5/other'])
    const before = await rowsOf(whole)
    const again = quick((asked) =>
      columnOf(asked) === 'second' && rowOf(asked) === 2 ? failure(400) : anew(asked),
    )
    const { results, events } = await withEvents(
      retry(whole.path, { rows: [[1, 2]], columns: ['first'] }, again.components),
    )
    expect(results.summary).toMatchObject({ rows_written: 11, rows_dropped: 1, rows_open: 0 })
    const after = await rowsOf(results)
    expect(after[2]).toEqual(before[2])
    expect(after[1]!.second).not.toBe(before[1]!.second)
    expect(events).toContainEqual(expect.objectContaining({ type: 'row-kept', row: 2, column: 'second' }))
    expect(await open(whole.path).verify({ replay: true })).toMatchObject({
      whole: true,
      replay: { differing: 0 },
    })
    // The former answers are still there to be asked about.
    const later = quick(anew)
    await retry(whole.path, { rows: [[2, 2]], columns: ['second'] }, later.components)
    expect(cellsOf(later.asked)).toEqual(['2/second'])
  })

  it('keeps the former answer, and buys it no second time', async () => {
    const whole = await withFailures([])
    await retry(whole.path, { rows: [[0, 0]], columns: ['other'] }, quick(anew).components)
    rmSync(join(whole.path, 'parquet-files', 'batch_00000.parquet'))
    const mending = quick()
    const results = await create(threeColumns(), options(), mending.components)
    expect(mending.asked).toEqual([])
    expect((await rowsOf(results))[0]!.other).toMatch(/^anew/)
  })

  it('is refused for rows whose answers are gone', async () => {
    const whole = await withFailures([])
    rmSync(join(whole.path, '.rowsmith', 'replies', 'batch_00001.jsonl.zst'))
    const again = quick(anew)
    const error = await failureOf(retry(whole.path, { rows: [[5, 5]] }, again.components))
    expect(error.code).toBe('answers_missing')
    expect(again.asked).toEqual([])
  })
})

describe('a retry with longer answers', () => {
  /** Whoever may not answer at length is cut off in some cells. */
  const cutOff = (asked: Asked) =>
    ['1/first', '5/second', '9/other'].includes(cellsOf([asked])[0]!) && (asked.maxTokens ?? 99) < 50
      ? answer('cut o', 'length')
      : echo(asked)
  const lengths = (asked: readonly Asked[]) =>
    Object.fromEntries(asked.map((each) => [cellsOf([each])[0]!, each.maxTokens]))
  const longer = { finishReason: 'length', answerTokens: 50 }

  async function withCutOffs() {
    const { path, summary } = await create(
      threeColumns({ max_tokens: 8n }),
      options(),
      quick(cutOff).components,
    )
    expect(summary).toMatchObject({ rows_dropped: 3, failures: [{ code: 'truncated' }, {}, {}] })
    return path
  }

  it('asks the cells that were cut off, and no others, for longer ones; what depends on them as ever', async () => {
    const path = await withCutOffs()
    const again = quick(cutOff)
    const { summary } = await retry(path, longer, again.components)
    expect(lengths(again.asked)).toEqual({ '1/first': 50, '1/second': 8, '5/second': 50, '9/other': 50 })
    expect(summary).toMatchObject({ rows_written: 12, rows_dropped: 0, replies_unused: 0 })
    expect(await open(path).verify({ replay: true })).toMatchObject({ whole: true, replay: { differing: 0 } })

    const attempts = async (row: number, column: string) =>
      (await open(path, { encoder: () => inThread }).inspect({ row, column })).cells[0]!.attempts
    const asked = { kind: 'chat', messages: [{ role: 'user' }] }
    expect(await attempts(5, 'second')).toMatchObject([
      { round: 0, superseded: true, finish_reason: 'length', prompt: { ...asked, maxTokens: 8 } },
      { round: 1, superseded: false, finish_reason: 'stop', prompt: { ...asked, maxTokens: 50 } },
    ])
    const story = (await open(path).history()).map(({ text }) => text)
    expect(story).toContainEqual(
      expect.stringMatching(/^Retry 1: 3 rows to regenerate .*, with max_tokens 50$/),
    )
    // A later retry that does not say so asks as the config has it.
    const later = quick()
    await retry(path, { rows: [[5, 5]], columns: ['second'] }, later.components)
    expect(lengths(later.asked)).toEqual({ '5/second': 8 })
  })

  it.each(['the same command', 'resume'])('that was stopped goes on by %s, as long', async (how) => {
    const path = await withCutOffs()
    const stop = new AbortController()
    const first = quick((asked) => {
      stop.abort()
      return cutOff(asked)
    })
    const stopped = { ...longer, graceMs: 1_000_000, signal: stop.signal }
    expect((await failureOf(retry(path, stopped, first.components))).code).toBe('aborted')
    const second = quick(cutOff)
    const run =
      how === 'resume' ? resume(path, {}, second.components) : retry(path, longer, second.components)
    const { summary } = await run
    expect(summary).toMatchObject({ rows_written: 12, rows_dropped: 0, replies_unused: 0 })
    const all = [...first.asked, ...second.asked]
    expect(all).toHaveLength(4)
    expect(lengths(all)).toEqual({ '1/first': 50, '1/second': 8, '5/second': 50, '9/other': 50 })
  })

  it('gives the longer answers to a dataset made beside it, and the cut ones to nobody', async () => {
    const path = await withCutOffs()
    await retry(path, longer, quick(cutOff).components)
    const { columns, ...rest } = threeColumns({ max_tokens: 8n })
    const edited = { ...rest, columns: [...columns, { ...columns.at(-1)!, name: 'again' }] } as Config
    const beside = { ...options(), datasetName: 'beside', reuse: { directory: path } }
    const found = await estimate(edited, beside, quick().components)
    const bought = quick(cutOff)
    const { summary } = await create(edited, beside, bought.components)
    expect(bought.asked).toEqual([])
    expect(found.total.requests).toBe(0)
    expect(summary).toMatchObject({ rows_written: 12, rows_dropped: 0, this_run: { replies_reused: 36 } })
    // Two cells of one row: what is asked may differ by more than its length.
    await retry(path, { rows: [[7, 7]], answerTokens: 60 }, quick(anew).components)
    const other = quick(cutOff)
    await create(edited, { ...beside, datasetName: 'other' }, other.components)
    expect(lengths(other.asked)).toEqual({ '7/first': 8, '7/second': 8, '7/other': 8 })
  })

  it('keeps the former length with the former answer, where a row cannot be had anew', async () => {
    const path = (await create(threeColumns({ max_tokens: 8n }), options(4), quick().components)).path
    const refused = quick((asked) => (columnOf(asked) === 'second' ? failure(400) : anew(asked)))
    await retry(path, { rows: [[2, 2]], columns: ['first'], answerTokens: 50 }, refused.components)
    expect(lengths(refused.asked)).toEqual({ '2/first': 50, '2/second': 8 })
    expect(await open(path).verify({ replay: true })).toMatchObject({ whole: true, replay: { differing: 0 } })
  })

  it.each([0, 1.5, Number.NaN])('refuses %s tokens', (answerTokens) => {
    expect(() => retry(folder.path, { answerTokens })).toThrow(
      'answerTokens must be a whole number of at least 1',
    )
  })
})

describe('a retry that was stopped', () => {
  const stoppedAfter = async (path: string, requests: number) => {
    const stop = new AbortController()
    const run = quick((asked) => {
      if (run.asked.length === requests) stop.abort()
      return echo(asked)
    })
    const error = await failureOf(retry(path, { graceMs: 1_000_000, signal: stop.signal }, run.components))
    expect(error.code).toBe('aborted')
    return { asked: run.asked, summary: error.summary }
  }

  it.each(['the same command', 'resume'])('goes on by %s, and buys nothing twice', async (how) => {
    const broken = await withFailures(['1/first', '5/first', '9/first', '10/first'])
    const first = await stoppedAfter(broken.path, 1)
    expect(first.summary).toMatchObject({ rows_dropped: 0, rows_open: 4, rows_written: 8 })
    expect(await open(broken.path).status()).toMatchObject({ rows_dropped: 0, rows_open: 4, rows_written: 8 })
    const second = quick()
    const run =
      how === 'resume'
        ? resume(broken.path, {}, second.components)
        : retry(broken.path, {}, second.components)
    const { summary } = await run
    const all = [...first.asked, ...second.asked]
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length)
    expect(cellsOf(all)).toEqual(['1', '10', '5', '9'].flatMap((row) => [`${row}/first`, `${row}/second`]))
    expect(summary).toMatchObject({
      rows_written: 12,
      total: { requests: broken.asked.length + 8, unknown: 0 },
    })
    // It is over: given again, there is nothing to do.
    expect((await failureOf(retry(broken.path, {}, quick().components))).code).toBe('nothing_to_retry')
    const { decision } = await resume(broken.path, {}, quick().components)
    expect(decision).toBe('already_complete')
  })

  it('leaves row groups alone that are still to be made', async () => {
    const stop = new AbortController()
    const begun = quick((asked) => {
      if (rowOf(asked) === 6) stop.abort()
      return refusing(['1/first', '5/first'])(asked)
    })
    const error = await failureOf(
      create(
        threeColumns(),
        { ...options(40), signal: stop.signal, runConfig: { buffer_size: 4, disable_early_shutdown: true } },
        begun.components,
      ),
    )
    const { dataset_path: path } = error.summary as { dataset_path: string }
    const again = quick()
    await retry(path, {}, again.components)
    expect(cellsOf(again.asked)).toEqual(['1/first', '1/second'])
    const rest = quick()
    const { summary } = await resume(path, {}, rest.components)
    expect(summary).toMatchObject({ rows_written: 40, rows_dropped: 0, replies_unused: 0 })
    const all = [...begun.asked, ...again.asked, ...rest.asked].map(({ key }) => key)
    expect(new Set(all).size).toBe(all.length)
  })
})

it('runs the after-generation stage again over the rows there are now', async () => {
  const keep = {
    name: 'keep',
    processor_type: 'sql',
    sql: 'SELECT * FROM dataset ORDER BY _row',
    outputs: {},
  } as const
  const staged = { ...threeColumns(), processors: [keep] } as Config
  const { path, summary } = await create(staged, options(), quick(refusing(['3/first'])).components)
  expect(summary).toMatchObject({ rows_dropped: 1, stage: { state: 'complete', rows: 11 } })
  const again = quick()
  const results = await retry(path, {}, again.components)
  expect(cellsOf(again.asked)).toEqual(['3/first', '3/second'])
  expect(results.summary).toMatchObject({
    rows_dropped: 0,
    stage: { state: 'complete', made: true, rows: 12 },
  })
  expect(await rowsOf(results)).toHaveLength(12)
})

it('says of a processed dataset that it is not complete before the first file is replaced, and that it is in the end', async () => {
  const keep = { name: 'keep', processor_type: 'sql', sql: 'SELECT * FROM dataset', outputs: {} } as const
  const staged = { ...threeColumns(), processors: [keep] } as Config
  const { path } = await create(staged, options(), quick().components)
  const marker = (): string =>
    JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8')).post_generation_state
  expect(marker()).toBe('complete')
  const again = quick((asked) => {
    expect(marker()).toBe('started')
    return echo(asked)
  })
  // The answers are those of before, and so are the bytes: the stage has nothing to do.
  const { summary } = await retry(path, { rows: [[2, 2]] }, again.components)
  expect(again.asked.length).toBeGreaterThan(0)
  expect(summary.stage).toMatchObject({ state: 'complete', made: false })
  expect(marker()).toBe('complete')
})

it('a dataset made beside a retried one takes the newest answers', async () => {
  const whole = await withFailures([])
  await retry(
    whole.path,
    { rows: [[2, 2]], columns: ['other'] },
    quick((asked) => answer(`anew ${asked.prompt}`)).components,
  )
  const [, , third] = await rowsOf(whole)
  const beside = quick()
  const results = await create(
    threeColumns(),
    { ...options(), datasetName: 'beside', reuse: { directory: whole.path } },
    beside.components,
  )
  expect(beside.asked).toEqual([])
  expect((await rowsOf(results))[2]).toEqual(third)
})

it('what is to be retried is in the commit log before the first request', async () => {
  const broken = await withFailures(['3/first'])
  const run = quick((asked) => {
    const log = readFileSync(join(broken.path, '.rowsmith', 'commits-2.log'), 'utf8')
    expect(log).toContain('{"kind":"retry","asked":"{}","number":1')
    return echo(asked)
  })
  await retry(broken.path, {}, run.components)
  expect(run.asked.length).toBe(2)
})
