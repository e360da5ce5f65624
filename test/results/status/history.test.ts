import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { create, open, retry } from '../../../src/index.ts'
import { inThread } from '../../../src/testing/datasets/in-thread.ts'
import { failure } from '../../support/scripted-transport.ts'
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
const texts = async (path: string) =>
  (await open(path).history()).map(({ event, text }) => `${event}: ${text}`)

describe('the story of a dataset', () => {
  it('tells runs and how they ended, extensions, and retries, over all processes', async () => {
    const stop = new AbortController()
    const first = quick((asked) => {
      if (rowOf(asked) === 5) stop.abort()
      return rowOf(asked) === 1 ? failure(400) : echo(asked)
    })
    const error = await failureOf(
      create(
        smallConfig(),
        {
          ...smallOptions(folder.path, 8),
          signal: stop.signal,
          runConfig: { buffer_size: 4, disable_early_shutdown: true },
        },
        first.components,
      ),
    )
    const { dataset_path: path } = error.summary as { dataset_path: string }
    await create(smallConfig(), smallOptions(folder.path, 12), quick().components)
    await retry(path, {}, quick().components)
    // What finds everything done is no part of it.
    await create(smallConfig(), smallOptions(folder.path, 12), quick().components)
    expect(await texts(path)).toEqual([
      expect.stringMatching(/^start: Started by process \d+: 0 of 8 rows were there$/),
      expect.stringMatching(/^end: Stopped \[aborted\]: \d rows written/),
      'extended: Extended from 8 to 12 rows',
      expect.stringMatching(/^start: Resumed by process/),
      expect.stringMatching(/^end: Done: 11 rows written, 1 dropped, 0 open; \d requests, \d+ input/),
      expect.stringMatching(/^start: Retried by process \d+: 11 of 12 rows were there$/),
      'retry: Retry 1: 1 rows to regenerate (1 of text)',
      'end: Done: 12 rows written, 0 dropped, 0 open; 1 requests, 10 input and 5 output tokens',
    ])
    const at = (await open(path).history()).map((entry) => entry.at)
    expect(at.every((moment) => moment !== null && Math.abs(Date.parse(moment) - Date.now()) < 600_000)).toBe(
      true,
    )
  })

  it('does not take a process for killed whose end may be a line that was lost', async () => {
    const { path } = await create(smallConfig(), smallOptions(folder.path, 4), quick().components)
    const file = join(path, '.rowsmith', 'events.jsonl')
    writeFileSync(file, readFileSync(file, 'utf8').replace('"outcome":"done"', '"outcome":"dome"'))
    const lost = expect.stringMatching(
      /^end_unknown: How process \d+ ended is not known: part of the story is lost$/,
    )
    expect(await texts(path)).toEqual([expect.stringMatching(/^start: Started/), lost])
    await open(path, { encoder: () => inThread }).verify({ repair: true })
    expect(await texts(path)).toEqual([
      expect.stringMatching(/^start: Started/),
      lost,
      expect.stringMatching(/^mended: The history was damaged, and repaired: 1 lines before/),
    ])
  })

  it('is empty for a directory of another tool, and unknown for none', async () => {
    expect(await open('test/fixtures/data-designer/complete/dataset').history()).toEqual([])
    expect((await failureOf(open(folder.path).history())).code).toBe('dataset_not_found')
  })
})
