import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RowsmithError } from '../../../../src/base/errors/errors.ts'
import type { Value, ValueObject } from '../../../../src/base/values/value.ts'
import { LazyResource } from '../../../../src/base/work/lazy-resource.ts'
import type { Column, ResizingColumn } from '../../../../src/columns/column/column.ts'
import { topologicalOrder } from '../../../../src/columns/column/topological-order.ts'
import { builtInProviders } from '../../../../src/config/files/providers.ts'
import { completeRunConfig } from '../../../../src/config/files/run-config.ts'
import { nodeDisk } from '../../../../src/disk/node-disk.ts'
import { configFromValue } from '../../../../src/entries/config.ts'
import {
  type Config,
  type CreateOptions,
  create,
  open,
  type Row,
  type RunEvent,
} from '../../../../src/index.ts'
import { executeRun } from '../../../../src/run/execute/execute-run.ts'
import { openDataset } from '../../../../src/run/open/open-dataset.ts'
import { buildCompiledConfig } from '../../../../src/run/prepare/compiled-config.ts'
import { connectRun } from '../../../../src/run/prepare/connections.ts'
import { EventStream } from '../../../../src/run/report/events.ts'
import { resolveComponents, resolveOptions } from '../../../../src/run/request/options.ts'
import { groupFileName } from '../../../../src/store/files/layout.ts'
import { readFooter } from '../../../../src/store/publishing/footer.ts'
import { type Asked, answer, failure } from '../../../support/scripted-transport.ts'
import { artifactFolder, echo, failureOf, rowOf, scripted } from '../../../support/small-runs.ts'

const folder = artifactFolder()
afterEach(() => {
  vi.restoreAllMocks()
  process.throwDeprecation = false
})

/** Whatever is warned of, instead of being shown. */
function warnings(): Error[] {
  const seen: Error[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    seen.push(warning as Error)
  })
  return seen
}

const written = (name: string, prompt: string) => ({
  name,
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt,
})

function configOf(columns: readonly ValueObject[]): Config {
  const limits = { max_parallel_requests: 3n }
  const model = { alias: 'writer', provider: 'simulator', model: 'm', inference_parameters: limits }
  const id = { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }
  return configFromValue({ model_configs: [model], columns: [id, ...columns] }, 'test')
}

function options(rest: Partial<CreateOptions> = {}): CreateOptions {
  const common = {
    artifactPath: folder.path,
    datasetName: 'set',
    numRecords: 6,
    seed: 7n,
    graceMs: 1_000_000,
  }
  return { ...common, runConfig: { buffer_size: 3 }, ...rest }
}

/** `draft` is asked for, `parts` makes rows of rows, `loud` and `final` come after it. */
const resized = configOf([
  written('draft', 'Draft {{ id }}'),
  { name: 'parts', column_type: 'expression', expr: '{{ draft }}', allow_resize: true },
  { name: 'loud', column_type: 'expression', expr: '{{ parts | upper }}' },
  written('final', 'Finish {{ loud }}'),
  { ...written('aside', 'Aside of {{ id }}'), drop: true },
])

/** Runs that config with a column of the test's own in the place of `parts`. */
async function runWith(
  resizing: Pick<ResizingColumn, 'per' | 'resize'>,
  reply: Parameters<typeof scripted>[0],
  given = options(),
) {
  const { asked, components } = scripted(reply)
  const events: RunEvent[] = []
  const resolved = resolveOptions(given)
  const parts = resolveComponents(components)
  const made = buildCompiledConfig(resized, completeRunConfig(resolved.runConfig), resolved, builtInProviders)
  const column = (each: Column): Column =>
    each.name === 'parts'
      ? {
          name: 'parts',
          type: { kind: 'string' },
          drop: false,
          reads: ['draft'],
          kind: 'resizing',
          ...resizing,
        }
      : each
  const columns = made.columns.map(column)
  const compiled = { ...made, columns, order: topologicalOrder(columns) }
  const run = {
    intent: { kind: 'create' } as const,
    compiled,
    options: resolved,
    components: parts,
    providers: builtInProviders,
    seed: null,
  }
  const prepared = { ...run, connections: new LazyResource(await connectRun(run, () => {})) }
  const opened = await openDataset(prepared, () => {})
  if (opened.kind !== 'opened') throw new Error('Not opened')
  const stream = new EventStream()
  const watching = (async () => {
    for await (const event of stream.watch()) events.push(event)
  })()
  const outcome = await executeRun({ ...prepared, dataset: opened.dataset, events: stream })
  stream.end()
  await watching
  const path = outcome.summary.dataset_path
  return { ...outcome, asked, events, path, groupFile: (group: number) => groupFile(path, group) }
}

/** What a group's file says of itself in its footer. */
async function groupFile(path: string, group: number) {
  const file = join(path, 'parquet-files', groupFileName(group))
  const footer = await readFooter(nodeDisk, file, statSync(file).size)
  const { firstRow, plannedRows, dropped } = footer!.group!
  return { rows: footer!.rows, firstRow, plannedRows, dropped, hash: footer!.keys['rowsmith.body_sha256'] }
}

async function rowsIn(path: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const row of open(path).rows({ integers: 'bigint' })) rows.push(row)
  return rows
}

const columnOf = ({ key }: Asked) => key.split('/')[1]!
const askedFor = (asked: readonly Asked[], column: string) =>
  asked.filter((each) => columnOf(each) === column)
const withParts = (row: ValueObject, parts: Value): ValueObject => ({ ...row, parts })

/** Row `n` of each group becomes `n` rows: none, one, two. */
const perRow = (counts: (row: ValueObject) => number): Pick<ResizingColumn, 'per' | 'resize'> => ({
  per: 'row',
  resize: async ([row]) =>
    Array.from({ length: counts(row!) }, (_, part) => withParts(row!, `${row!.draft}/${part}`)),
})

describe('a column that makes rows of rows', () => {
  it('as a cell function: several rows, one or none in the place of a row, whose other values go with them', async () => {
    const numbers = new Map<Value, number>()
    const counts = (row: ValueObject) => {
      if (!numbers.has(row.id!)) numbers.set(row.id!, numbers.size % 3)
      return numbers.get(row.id!)!
    }
    const { asked, path, summary, events, groupFile, error } = await runWith(perRow(counts), echo)
    expect(error).toBeNull()
    const rows = await rowsIn(path)
    expect(rows).toHaveLength(6)
    for (const row of rows) {
      expect(String(row.parts)).toMatch(new RegExp(`^about Draft ${row.id}/[01]$`))
      expect(row.loud).toBe(String(row.parts).toUpperCase())
      expect(row.final).toBe(`about Finish ${row.loud}`)
    }
    expect(rows.map((row) => String(row.parts).at(-1))).toEqual(['0', '0', '1', '0', '0', '1'])
    expect(new Set(rows.map((row) => row.id)).size).toBe(4)
    expect(summary).toMatchObject({ rows_planned: 6, rows_written: 6, rows_dropped: 0, rows_open: 0 })
    expect(askedFor(asked, 'draft').map(rowOf)).toEqual([0, 1, 2, 3, 4, 5])
    expect(askedFor(asked, 'final').map(rowOf)).toEqual([0, 1, 2, 3, 4, 5])
    expect(await groupFile(1)).toMatchObject({ rows: 3, firstRow: 3, plannedRows: 3, dropped: [] })
    expect(events.findLast((event) => event.type === 'progress')).toMatchObject({
      rowsDone: 6,
      rowsPlanned: 6,
    })
  })

  it('as a column function: any number of rows for a group; the group is published with what it became', async () => {
    const more = await runWith(
      {
        per: 'group',
        resize: async (rows) => [...rows, ...rows, rows[0]!].map((row, at) => withParts(row, `part ${at}`)),
      },
      echo,
    )
    expect(more.error).toBeNull()
    const rows = await rowsIn(more.path)
    expect(rows.map((row) => row.parts)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6].map((at) => `part ${at}`),
    )
    expect(rows[0]!.id).toBe(rows[3]!.id)
    expect(more.summary).toMatchObject({ rows_planned: 14, rows_written: 14, rows_dropped: 0, rows_open: 0 })
    expect(await more.groupFile(1)).toMatchObject({ rows: 7, firstRow: 3, plannedRows: 7 })
    expect(askedFor(more.asked, 'aside')).toHaveLength(14)
    expect(more.events.findLast((event) => event.type === 'progress')).toMatchObject({
      rowsDone: 14,
      rowsPlanned: 14,
    })
    expect(await open(more.path).status()).toMatchObject({ rows_planned: 14, rows_written: 14, rows_open: 0 })
    const metadata = JSON.parse(readFileSync(join(more.path, 'metadata.json'), 'utf8'))
    expect(metadata).toMatchObject({
      target_num_records: 6,
      actual_num_records: 14,
      num_completed_batches: 2,
    })
  })

  it('may leave a group without rows; the next one is made all the same', async () => {
    let calls = 0
    const { path, summary, groupFile, asked } = await runWith(
      { per: 'group', resize: async (rows) => (calls++ === 0 ? [] : [withParts(rows[0]!, 'one')]) },
      echo,
    )
    expect(calls).toBe(2)
    expect((await rowsIn(path)).map((row) => row.parts)).toEqual(['one'])
    expect(await groupFile(0)).toMatchObject({ rows: 0, plannedRows: 0 })
    expect(summary).toMatchObject({ rows_planned: 1, rows_written: 1, rows_dropped: 0, rows_open: 0 })
    expect(askedFor(asked, 'final').map(rowOf)).toEqual([3])
  })

  it('is made from what is there once every column before it is done, and from whole rows', async () => {
    const seen: string[][] = []
    const drafts: number[] = []
    let asked = 0
    await runWith(
      {
        per: 'group',
        resize: async (rows) => {
          seen.push(...rows.map((row) => Object.keys(row).sort()))
          drafts.push(asked)
          return rows.map((row) => withParts(row, 'same'))
        },
      },
      (each) => {
        if (columnOf(each) === 'draft') asked++
        return echo(each)
      },
    )
    expect(drafts).toEqual([3, 6])
    expect(seen).toEqual(Array(6).fill(['draft', 'id']))
  })

  it('counts every row: dropped before, by the column itself, and after it', async () => {
    const lost = new RowsmithError('value_unfit', 'no')
    const { summary, groupFile, path, events } = await runWith(
      {
        per: 'row',
        resize: async ([row]) => {
          if (row!.draft === 'draft 2') throw lost
          return ['a', 'b'].map((part) => withParts(row!, `${row!.draft} ${part}`))
        },
      },
      (asked) => {
        if (columnOf(asked) === 'draft')
          return rowOf(asked) === 1 ? failure(400) : answer(`draft ${rowOf(asked)}`)
        return asked.prompt.includes('DRAFT 0 B') ? failure(400) : echo(asked)
      },
      options({ numRecords: 3 }),
    )
    // Row 0 became two, of which one is lost later; row 1 was lost before, row 2 at the column.
    expect((await rowsIn(path)).map((row) => row.parts)).toEqual(['draft 0 a'])
    expect(summary).toMatchObject({ rows_planned: 4, rows_written: 1, rows_dropped: 3, rows_open: 0 })
    expect(summary.failures.map(({ column, code, rows }) => `${column} ${code} ${rows}`).sort()).toEqual([
      'draft bad_request 1',
      'final bad_request 1',
      'parts value_unfit 1',
    ])
    const { dropped, ...rest } = await groupFile(0)
    expect(rest).toMatchObject({ rows: 1, plannedRows: 4 })
    expect(dropped).toEqual([
      [1, 'final', 'bad_request'],
      [2, 'draft', 'bad_request'],
      [3, 'parts', 'value_unfit'],
    ])
    expect(events.filter((event) => event.type === 'row-dropped')).toHaveLength(3)
  })

  it('drops a row that lacks a column or holds a value of another type, and no other', async () => {
    const { summary, path } = await runWith(
      {
        per: 'group',
        resize: async ([first]) => {
          const { id: _, ...lacking } = first!
          return [withParts(first!, 5n), withParts(lacking, 'no id'), withParts(first!, 'fine')]
        },
      },
      echo,
      options({ numRecords: 3 }),
    )
    expect((await rowsIn(path)).map((row) => row.parts)).toEqual(['fine'])
    expect(summary.failures).toMatchObject([
      { column: 'id', code: 'value_unfit', rows: 1 },
      { column: 'parts', code: 'value_unfit', rows: 1 },
    ])
    expect(summary).toMatchObject({ rows_planned: 3, rows_written: 1, rows_dropped: 2 })
  })

  it('is not asked for a group that has lost every row', async () => {
    let calls = 0
    const { summary } = await runWith(
      { per: 'group', resize: async () => Promise.reject(new Error(`called ${++calls} times`)) },
      (asked) => (columnOf(asked) === 'draft' ? failure(400) : echo(asked)),
    )
    expect(calls).toBe(0)
    expect(summary).toMatchObject({ rows_planned: 6, rows_written: 0, rows_dropped: 6, rows_open: 0 })
  })

  it('ends the run when it breaks, with the rows still open', async () => {
    const { error, summary } = await runWith(
      { per: 'group', resize: () => Promise.reject(new TypeError('not a function')) },
      echo,
    )
    expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining('not a function') })
    expect(summary).toMatchObject({ rows_planned: 6, rows_written: 0, rows_dropped: 0, rows_open: 6 })
  })

  it('gives the same bytes whatever the order of answers', async () => {
    const files = []
    for (const datasetName of ['one', 'other']) {
      const { path, groupFile } = await runWith(
        perRow((row) => String(row.id).charCodeAt(0) % 3),
        async (asked) => {
          const turns = datasetName === 'one' ? rowOf(asked) : 8 - rowOf(asked)
          for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
          return echo(asked)
        },
        options({ datasetName }),
      )
      files.push([await groupFile(0), await groupFile(1), await rowsIn(path)])
    }
    expect(files[0]).toEqual(files[1])
  })
})

describe('allow_resize: true', () => {
  const config = configOf([
    { ...written('text', 'Tell {{ id }}'), allow_resize: true },
    written('more', 'More {{ text }}'),
  ])

  it('makes the run sequential, and warns of it by columns, replacement and requests at risk', async () => {
    const seen = warnings()
    const { asked, components } = scripted(echo)
    const { summary, path } = await create(config, options(), components)
    expect(summary).toMatchObject({ rows_planned: 6, rows_written: 6 })
    expect(asked.map((each) => `${Math.floor(rowOf(each) / 3)} ${columnOf(each)}`)).toEqual(
      ['0 text', '0 more', '1 text', '1 more'].flatMap((turn) => [turn, turn, turn]),
    )
    expect(JSON.parse(readFileSync(join(path, '.rowsmith', 'run.json'), 'utf8')).engine).toBe('sequential')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ name: 'DeprecationWarning', code: 'ROWSMITH_ALLOW_RESIZE' })
    expect(seen[0]!.message).toMatch(/"text".*processor.*workflow.*12 or more for 6 rows/s)
  })

  it('is never gone on with: refused, or made afresh beside; a column without it warns of nothing', async () => {
    const seen = warnings()
    const { path } = await create(config, options(), scripted(echo).components)
    const again = scripted(echo)
    const error = await failureOf(create(config, options({ resume: 'always' }), again.components))
    expect(error.code).toBe('allow_resize_not_resumable')
    expect([again.asked.length, seen.length]).toEqual([0, 1])
    const beside = await create(config, options(), scripted(echo).components)
    expect(beside.decision).toBe('fresh_beside')
    expect(beside.path).not.toBe(path)
    expect(seen).toHaveLength(2)
    await create(
      configOf([written('text', 'Tell {{ id }}')]),
      options({ datasetName: 'plain' }),
      scripted(echo).components,
    )
    expect(seen).toHaveLength(2)
  })

  it('has no command to go on with when it is stopped; given again it begins afresh, and ends', async () => {
    warnings()
    const stop = new AbortController()
    const first = scripted((asked) => {
      if (first.asked.length === 8) stop.abort()
      return echo(asked)
    })
    const error = await failureOf(create(config, options({ signal: stop.signal }), first.components))
    expect(error.summary).toMatchObject({ rows_planned: 6, rows_open: 3, resume_command: null })
    const { decision, summary } = await create(config, options(), scripted(echo).components)
    expect(decision).toBe('fresh_beside')
    expect(summary).toMatchObject({ rows_planned: 6, rows_written: 6, rows_open: 0, resume_command: null })
  })

  it('under --throw-deprecation ends the run with the warning itself, before anything is written or sent', async () => {
    process.throwDeprecation = true
    const { asked, components } = scripted(echo)
    const error: unknown = await create(config, options(), components).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ name: 'DeprecationWarning', code: 'ROWSMITH_ALLOW_RESIZE' })
    expect(error).toBeInstanceOf(Error)
    expect(RowsmithError.isInstance(error)).toBe(false)
    expect(asked).toEqual([])
    expect(readdirSync(folder.path)).toEqual([])
  })
})
