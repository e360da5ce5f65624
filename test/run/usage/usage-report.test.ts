import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { create } from '../../../src/index.ts'
import { formatRecord } from '../../../src/run/effects/journal-records.ts'
import { type ReplayState, replayRecords } from '../../../src/run/effects/replay-state.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

describe('the bill (P8)', () => {
  it('holds every request of a run whose group could not be published', async () => {
    const full = Object.assign(Object.create(nodeDisk), {
      link: (from: string, to: string) =>
        to.includes('parquet-files')
          ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
          : nodeDisk.link(from, to),
    })
    const first = scripted(echo)
    const error = await failureOf(
      create(smallConfig(), smallOptions(folder.path, 12), { ...first.components, disk: full }),
    )
    expect(error.code).toBe('disk_full')
    const sent = first.asked.length
    expect(error.summary).toMatchObject({ this_run: { requests_sent: sent }, total: { requests: sent } })

    const second = scripted(echo)
    const results = await create(smallConfig(), smallOptions(folder.path, 12), second.components)
    expect(results.summary.total).toMatchObject({ requests: sent + second.asked.length })
  })

  it('counts a group once whose files are published when metadata.json cannot be written', async () => {
    let written = 0
    const full = Object.assign(Object.create(nodeDisk), {
      rename: (from: string, to: string) =>
        to.endsWith('metadata.json') && ++written > 1
          ? Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }))
          : nodeDisk.rename(from, to),
    })
    const { asked, components } = scripted(echo)
    const error = await failureOf(
      create(smallConfig(), smallOptions(folder.path, 4), { ...components, disk: full }),
    )
    expect(error.code).toBe('disk_full')
    expect(error.summary).toMatchObject({ rows_written: 4, total: { requests: asked.length } })
  })

  it('goes on growing when a lost group is made again by several processes', async () => {
    const options = smallOptions(folder.path, 4)
    const { path } = await create(smallConfig(), options, scripted(echo).components)
    rmSync(join(path, 'parquet-files', 'batch_00000.parquet'))
    rmSync(join(path, '.rowsmith', 'replies'), { recursive: true })
    const refused = scripted(echo)
    expect(await failureOf(create(smallConfig(), options, refused.components))).toMatchObject({
      code: 'answers_lost',
    })
    expect(refused.asked).toEqual([])
    const stop = new AbortController()
    const second = scripted((asked) => {
      if (second.asked.length === 2) stop.abort()
      return echo(asked)
    })
    const consenting = { ...options, acceptLoss: true }
    const error = await failureOf(
      create(smallConfig(), { ...consenting, signal: stop.signal }, second.components),
    )
    expect(error.summary).toMatchObject({ total: { requests: 4 + second.asked.length } })
    const third = scripted(echo)
    // The loss was told and accepted: nobody is asked again.
    const results = await create(smallConfig(), options, third.components)
    expect(second.asked.length + third.asked.length).toBe(4)
    expect(results.summary.total).toMatchObject({ requests: 8, unknown: 0 })
  })

  it('counts a request whose intent was torn away and whose answer was not', () => {
    const kept = new Map<number, ReplayState>()
    const body = JSON.stringify({ choices: [{ message: { content: 'hello' } }] })
    const frames = [
      formatRecord({
        kind: 'intent',
        group: 0,
        key: '0/text/a/0',
        model: 'p/m',
        most: { input: 9, output: 5 },
      }),
      formatRecord({ kind: 'reply', group: 0, key: '1/text/b/0', model: 'p/m', body }),
    ]
    replayRecords(kept, frames, { wanted: () => true, counted: () => true })
    expect(kept.get(0)?.ledger.get('p/m')).toMatchObject({
      requests: 2,
      unknown: 1,
      replies: 1,
      unseen: 1,
      unseen_input_tokens: 9,
      unseen_output_tokens: 5,
    })
  })
})
