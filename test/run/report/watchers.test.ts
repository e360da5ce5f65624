/** Events are told when they are facts; whoever watches holds nothing up and breaks nothing. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { type CellEvent, create, type RunEvent } from '../../../src/index.ts'
import { EventStream } from '../../../src/run/report/events.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { datasetLayout } from '../../../src/store/files/layout.ts'
import { readCommits } from '../../../src/store/logs/commits.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  rowsOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

const begin = (rows = 12) => create(smallConfig(), smallOptions(folder.path, rows), scripted(echo).components)

describe('a watcher', () => {
  it('hears of a row group when its file and its commit are there', async () => {
    const run = begin()
    const layout = datasetLayout(join(folder.path, 'dataset'))
    const heard: number[] = []
    for await (const event of run.events()) {
      if (event.type !== 'group-published') continue
      heard.push(event.group)
      expect(existsSync(join(layout.parquetFiles, `batch_0000${event.group}.parquet`))).toBe(true)
      expect(
        (await readCommits(new DatasetDirectory(nodeDisk, layout.directory))).map(({ group }) => group),
      ).toContain(event.group)
    }
    expect(heard).toEqual([0, 1, 2])
    await run
  })

  it('that throws ends its own watching, and neither the run nor another watcher', async () => {
    const run = begin()
    const thrown = (async () => {
      for await (const event of run.events()) {
        if (event.type === 'group-published') throw new Error('The watcher broke')
      }
    })()
    const types: string[] = []
    const other = (async () => {
      for await (const { type } of run.events()) types.push(type)
    })()
    await expect(thrown).rejects.toThrow('The watcher broke')
    await other
    const results = await run
    expect(results.summary).toMatchObject({ rows_written: 12, rows_open: 0 })
    expect(types.filter((type) => type === 'group-published')).toHaveLength(3)
    expect(await rowsOf(results)).toHaveLength(12)
  })

  it('that never looks holds nothing up, and finds what happened when it does', async () => {
    const run = begin()
    const sleeper = run.events()
    const first = sleeper[Symbol.asyncIterator]().next()
    await run
    expect((await first).value).toMatchObject({ type: 'decided' })
    const rest: RunEvent[] = []
    for await (const event of sleeper) rest.push(event)
    expect(rest.filter(({ type }) => type === 'group-published')).toHaveLength(3)
    expect(rest.at(-1)?.type).toBe('finished')
  })

  it('that does not keep up loses the oldest events, and never the last ones', async () => {
    const stream = new EventStream()
    const events = stream.watch()
    const code = 'test'
    for (let number = 0; number < 25_000; number++) {
      stream.emit({ type: 'warning', code, message: String(number) })
    }
    stream.end()
    const kept: string[] = []
    for await (const event of events) if (event.type === 'warning') kept.push(event.message)
    expect(kept).toEqual(Array.from({ length: 10_000 }, (_, index) => String(15_000 + index)))
  })

  it('hears of each cell if it asks for cells, and of none otherwise', async () => {
    const { components } = scripted(({ key, prompt }) =>
      key.startsWith('3/') ? failure(400, 'no such thing') : answer(`about ${prompt}`),
    )
    const run = create(smallConfig(), smallOptions(folder.path, 4), components)
    const cells: CellEvent[] = []
    const types = new Set<string>()
    const asking = (async () => {
      for await (const event of run.events({ cells: true })) if (event.type === 'cell') cells.push(event)
    })()
    for await (const event of run.events()) types.add(event.type)
    await asking
    expect(types).toContain('progress')
    expect(types).not.toContain('cell')
    const of = (column: string) => cells.filter((cell) => cell.column === column)
    expect(of('topic').map(({ row, state, requests }) => [row, state, requests])).toEqual(
      [0, 1, 2, 3].map((row) => [row, 'made', 0]),
    )
    expect(of('text').find(({ row }) => row === 0)).toMatchObject({
      state: 'made',
      value: expect.stringMatching(/^about Tell about/),
      requests: 1,
    })
    expect(of('text').find(({ row }) => row === 3)).toMatchObject({
      state: 'failed',
      value: null,
      code: 'bad_request',
      message: expect.stringContaining('no such thing'),
    })
    expect(
      of('upper')
        .map(({ row }) => row)
        .sort(),
    ).toEqual([0, 1, 2])
    await run
  })
})
