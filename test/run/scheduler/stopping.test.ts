import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { create, open, RowsmithError, type RunEvent, resume } from '../../../src/index.ts'
import { parseRecord } from '../../../src/run/effects/journal-records.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  rowOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

describe('a request that only ever gets HTTP 500', () => {
  it('stops a run in which nobody was answered, and costs its row when the next one fares no better (rule F2)', async () => {
    const poison = () => scripted((asked) => (rowOf(asked) === 3 ? failure(500) : echo(asked)))
    const alone = { ...smallOptions(folder.path, 4), runConfig: { buffer_size: 4 } }
    // One at a time, so that the last row has nobody beside it.
    const error = await failureOf(create(smallConfig(undefined, 1n), alone, poison().components))
    expect(error.code).toBe('endpoint_unreachable')
    const { summary } = await create(smallConfig(undefined, 1n), alone, poison().components)
    expect(summary).toMatchObject({
      rows_written: 3,
      rows_dropped: 1,
      failures: [{ column: 'text', code: 'server_error', rows: 1 }],
      total: { requests: 13, unknown: 0 },
    })
  })

  it('is not taken for one that an overloaded server turned away twice', async () => {
    const busy = () => scripted((asked) => (rowOf(asked) === 3 ? failure(503) : echo(asked)))
    const alone = { ...smallOptions(folder.path, 4), runConfig: { buffer_size: 4 } }
    await failureOf(create(smallConfig(undefined, 1n), alone, busy().components))
    const error = await failureOf(create(smallConfig(undefined, 1n), alone, busy().components))
    expect(error).toMatchObject({ code: 'endpoint_unreachable', summary: { rows_dropped: 0, rows_open: 4 } })
  })
})

describe('a stop', () => {
  it('loses no row to an endpoint that dies while requests are in flight', async () => {
    const firstAnswered = Promise.withResolvers<void>()
    const { components } = scripted(async (asked) => {
      if (rowOf(asked) === 0) {
        firstAnswered.resolve()
        return echo(asked)
      }
      await firstAnswered.promise
      return failure(503)
    })
    const error = await failureOf(create(smallConfig(), smallOptions(folder.path, 8), components))
    expect(error.code).toBe('endpoint_unreachable')
    const { open_groups: groups } = await open(join(folder.path, 'dataset')).status()
    expect(groups).toMatchObject({ replies_kept: 1, rows_dropped: 0 })
  })

  it('comes too late for a run that has nothing left to do', async () => {
    const stop = new AbortController()
    const { asked, components } = scripted((each) => {
      if (asked.length === 4) stop.abort()
      return echo(each)
    })
    const options = { ...smallOptions(folder.path, 4), signal: stop.signal }
    const { summary } = await create(smallConfig(), options, components)
    expect(summary).toMatchObject({ rows_written: 4, rows_open: 0, resume_command: null })
  })

  it('for a lost lock leaves metadata.json to whoever has the lock now', async () => {
    const path = join(folder.path, 'dataset')
    const { components } = scripted((asked) => {
      writeFileSync(join(path, '.rowsmith', 'lock.99'), '{}')
      writeFileSync(join(path, 'metadata.json'), 'of the other process')
      return echo(asked)
    })
    const error = await failureOf(create(smallConfig(), smallOptions(folder.path, 4), components))
    expect(error.code).toBe('lock_lost')
    expect(readFileSync(join(path, 'metadata.json'), 'utf8')).toBe('of the other process')
  })

  it('sends nothing more for cells that waited for a slot', async () => {
    const stop = new AbortController()
    const { asked, components } = scripted((each) => {
      if (each.before === 0) return failure(429)
      stop.abort()
      return echo(each)
    })
    const options = { ...smallOptions(folder.path, 40), runConfig: { buffer_size: 40 }, signal: stop.signal }
    const error = await failureOf(create(smallConfig(undefined, 1n), options, components))
    expect(error.code).toBe('aborted')
    expect(asked.filter(({ before }) => before === 1)).toHaveLength(1)
  })
})

describe('a stop whose cause is a value that no file can hold', () => {
  it('is no verdict on rows that wait', async () => {
    const waiting = Promise.withResolvers<void>()
    const refuse = async () => {
      await waiting.promise
      throw new RowsmithError('value_unfit', 'It does not fit')
    }
    const { components } = scripted((asked) =>
      rowOf(asked) < 4 ? echo(asked) : failure(503, 'later', { 'retry-after-ms': '5000' }),
    )
    const encoder = () => ({ encode: refuse, compress: refuse, examine: refuse, close: async () => {} })
    const run = create(smallConfig(), smallOptions(folder.path, 8), { ...components, encoder })
    const failed = failureOf(run)
    for await (const event of run.events()) if (event.type === 'retry') waiting.resolve()
    expect((await failed).code).toBe('value_unfit')
    const { open_groups: groups } = await open(join(folder.path, 'dataset')).status()
    expect(groups.rows_dropped).toBe(0)
  })
})

describe('a dropped row', () => {
  it('is told of once, with the verdict that stands, also when a later column failed first', async () => {
    const laterFailed = Promise.withResolvers<void>()
    const { components } = scripted(async (asked) => {
      if (asked.prompt.startsWith('Second')) {
        setTimeout(laterFailed.resolve, 20)
        return failure(400)
      }
      await laterFailed.promise
      return failure(422)
    })
    const run = create(twoAsked(), smallOptions(folder.path, 1), components)
    const dropped: RunEvent[] = []
    for await (const event of run.events()) if (event.type === 'row-dropped') dropped.push(event)
    const { summary } = await run
    expect(dropped).toMatchObject([{ row: 0, column: 'first', code: 'rejected_request' }])
    expect(summary.failures).toEqual([{ column: 'first', code: 'rejected_request', rows: 1 }])
  })
})

describe('a verdict that is not final when a run stops', () => {
  it('is not kept: the next run finds the one that any order of answers gives', async () => {
    const stop = new AbortController()
    const both = Promise.withResolvers<void>()
    const first = scripted((asked) => {
      if (asked.prompt.startsWith('Second')) return both.promise.then(() => failure(400))
      both.resolve()
      return new Promise((_, reject) =>
        stop.signal.addEventListener('abort', () => reject(stop.signal.reason)),
      )
    })
    const options = smallOptions(folder.path, 1)
    const stopOnceRefused = async (): Promise<void> => {
      await both.promise
      // Two requests were sent, and of one the answer is on the disk.
      while ((await open(join(folder.path, 'dataset')).status()).total.in_flight !== 1) await wait(2)
      stop.abort()
    }
    void stopOnceRefused()
    const stopped = create(twoAsked(), { ...options, graceMs: 0, signal: stop.signal }, first.components)
    const { summary } = await failureOf(stopped)
    expect(summary).toMatchObject({ rows_dropped: 0, total: { requests: 2, unknown: 1 } })
    const second = scripted((asked) => (asked.prompt.startsWith('Second') ? echo(asked) : failure(422)))
    const results = await create(twoAsked(), options, second.components)
    expect(results.summary).toMatchObject({
      failures: [{ column: 'first', code: 'rejected_request', rows: 1 }],
      total: { unknown: 1 },
    })
  })
})

describe('the frame of a dropped row', () => {
  it('tells how many requests were sent for the cell that cost it', async () => {
    const { components } = scripted((asked) => {
      if (rowOf(asked) === 0) return failure(asked.before === 0 ? 503 : 400)
      return echo(asked)
    })
    const { path } = await create(smallConfig(), smallOptions(folder.path, 4), components)
    const replies = readFileSync(join(path, '.rowsmith', 'replies', 'batch_00000.jsonl.zst'))
    const frames = zstdDecompressSync(replies).toString().trim().split('\n').map(parseRecord)
    expect(frames.filter(({ kind }) => kind === 'drop')).toMatchObject([{ attempts: 2 }])
  })
})

describe('a resumed run', () => {
  it('opens no more row groups than the stored buffer size allows', async () => {
    const first = new AbortController()
    const begun = scripted((asked) => {
      first.abort()
      return echo(asked)
    })
    const options = smallOptions(folder.path, 80)
    await failureOf(create(smallConfig(), { ...options, signal: first.signal }, begun.components))
    const second = new AbortController()
    const { components } = scripted((asked) => {
      if (rowOf(asked) === 30) second.abort()
      return echo(asked)
    })
    const path = join(folder.path, 'dataset')
    await failureOf(resume(path, { graceMs: 1_000_000, signal: second.signal }, components))
    const withoutSize = { artifactPath: folder.path, numRecords: 80 }
    const third = new AbortController()
    const last = scripted((asked) => {
      if (rowOf(asked) === 50) third.abort()
      return echo(asked)
    })
    await failureOf(create(smallConfig(), { ...withoutSize, signal: third.signal }, last.components))
    expect((await open(path).status()).open_groups.begun).toBeLessThanOrEqual(3)
  })
})

function twoAsked() {
  const { columns, ...rest } = smallConfig()
  const text = columns.find(({ name }) => name === 'text')!
  return {
    ...rest,
    columns: [
      ...columns.filter(({ column_type: type }) => type === 'sampler'),
      { ...text, name: 'first', prompt: 'First {{ id }}' },
      { ...text, name: 'second', prompt: 'Second {{ id }}' },
    ],
  } as ReturnType<typeof smallConfig>
}
