import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, type Components, create, open, type RunEvent } from '../../../src/index.ts'
import { type Asked, answer, failure, scriptedTransport } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  scripted,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()

/** No wait ends by itself: a run that comes to its end has ended all of them. */
function stoppedClock() {
  let sleeping = 0
  const clock: Clock = {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        if (ms === 0) return resolve()
        sleeping++
        signal?.addEventListener('abort', () => {
          sleeping--
          reject(signal.reason)
        })
      }),
  }
  return { clock, sleeping: () => sleeping }
}

const rejections: unknown[] = []
const note = (reason: unknown) => rejections.push(reason)
beforeEach(() => {
  rejections.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
})

interface Phase {
  readonly reply: (asked: Asked, stop: () => void) => ReturnType<Parameters<typeof scriptedTransport>[0]>
  /** The event at which the run is stopped, unless the reply stops it. */
  readonly at?: (event: RunEvent) => boolean
  readonly graceMs?: number
}

const phases: Record<string, Phase> = {
  'before the first request': { reply: echo, at: ({ type }) => type === 'decided' },
  'when it has just started': { reply: echo, at: ({ type }) => type === 'started' },
  'while it backs off': { reply: () => failure(503), at: ({ type }) => type === 'retry' },
  'while a model cools down': { reply: () => failure(429), at: ({ type }) => type === 'rate-limited' },
  'while a row group is published': { reply: echo, at: ({ type }) => type === 'group-published' },
  'with requests in flight that never end': {
    reply: ({ key }, stop) => {
      if (key.startsWith('0/')) return answer('x')
      stop()
      return new Promise(() => {})
    },
    graceMs: 0,
  },
}

/** More than are open at once: when the first row group is published, others are still to be made. */
const rows = 90

describe('a stop', () => {
  it.each(Object.entries(phases))('%s ends every wait and gives the lock back', async (_, phase) => {
    const stop = new AbortController()
    const { components } = scriptedTransport((asked) => phase.reply(asked, () => stop.abort()))
    const hung: Components = {
      transport: () => {
        const transport = components.transport()
        return {
          ...transport,
          post: (...sent) =>
            new Promise((resolve, reject) => {
              sent[3].addEventListener('abort', () => reject(sent[3].reason))
              transport.post(...sent).then(resolve, reject)
            }),
        }
      },
    }
    const { clock, sleeping } = stoppedClock()
    const options = {
      ...smallOptions(folder.path, rows),
      signal: stop.signal,
      graceMs: phase.graceMs ?? 60_000,
    }
    const run = create(smallConfig(), options, { ...hung, clock })
    const failed = failureOf(run)
    for await (const event of run.events()) if (phase.at?.(event)) stop.abort()
    expect(stop.signal.aborted).toBe(true)
    expect((await failed).code).toBe('aborted')
    expect(sleeping()).toBe(0)
    const path = join(folder.path, 'dataset')
    expect((await open(path).status()).writer).toBeNull()
    await new Promise(setImmediate)
    expect(rejections).toEqual([])
    const results = await create(smallConfig(), smallOptions(folder.path, rows), scripted(echo).components)
    expect(results.summary).toMatchObject({ rows_written: rows, replies_unused: 0 })
  })

  it('with a grace without end keeps the answer that was under way', async () => {
    const stop = new AbortController()
    const { components } = scriptedTransport(async (asked) => {
      stop.abort()
      await new Promise((resolve) => setTimeout(resolve, 50))
      return echo(asked)
    })
    const options = {
      ...smallOptions(folder.path, 12),
      signal: stop.signal,
      graceMs: Number.POSITIVE_INFINITY,
    }
    await failureOf(create(smallConfig(undefined, 1n), options, components))
    expect((await open(join(folder.path, 'dataset')).status()).open_groups.replies_kept).toBe(1)
  })

  it.each([Number.NaN, -1])('with a grace of %d milliseconds is refused', async (graceMs) => {
    const options = { ...smallOptions(folder.path, 4), graceMs }
    const error = await failureOf(create(smallConfig(), options, scripted(echo).components))
    expect(error.code).toBe('usage')
  })

  it('before it begins leaves no folder', async () => {
    const options = { ...smallOptions(folder.path, 4), signal: AbortSignal.abort() }
    const error = await failureOf(create(smallConfig(), options, scripted(echo).components))
    expect(error.code).toBe('aborted')
    expect(existsSync(join(folder.path, 'dataset'))).toBe(false)
  })

  it('while it waits for the lock leaves the other run alone', async () => {
    const begun = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const first = scripted(async (asked) => {
      begun.resolve()
      await ended.promise
      return echo(asked)
    })
    const writer = create(smallConfig(), smallOptions(folder.path, 4), first.components)
    await begun.promise
    const stop = new AbortController()
    const { clock, sleeping } = stoppedClock()
    const options = { ...smallOptions(folder.path, 4), waitForLockMs: 60_000, signal: stop.signal }
    const waiting = create(smallConfig(), options, { ...scripted(echo).components, clock })
    const failed = failureOf(waiting)
    for await (const event of waiting.events()) if (event.type === 'waiting-for-lock') stop.abort()
    expect((await failed).code).toBe('aborted')
    expect(sleeping()).toBe(0)
    ended.resolve()
    expect((await writer).summary.rows_written).toBe(4)
  })
})
