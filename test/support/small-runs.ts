import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { systemClock } from '../../src/base/work/clock.ts'
import { configFromValue } from '../../src/entries/config.ts'
import {
  type Clock,
  type Components,
  type Config,
  type CreateOptions,
  type create,
  RowsmithError,
} from '../../src/index.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { type Asked, answer, scriptedTransport } from './scripted-transport.ts'
import { unsyncedDisk } from './unsynced-disk.ts'

/** A fresh artifact folder for each test of the file. */
export function artifactFolder(): { readonly path: string } {
  const folder = { path: '' }
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'rowsmith-run-'))
  })
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }))
  return folder
}

/**
 * A clock on which waiting for a model takes no time, so that retries do not slow the tests.
 * The heartbeat and the grace still take theirs.
 */
export function impatientClock(): Clock {
  let skippedMs = 0
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() + skippedMs,
    sleep: (ms, signal) => {
      if (ms === 5_000 || ms === 1_000_000) return systemClock.sleep(ms, signal)
      skippedMs += ms
      return systemClock.sleep(0, signal)
    },
  }
}

/** Two sampled columns, one of them dropped, one asked for, one computed from the answer. */
export function smallConfig(prompt = 'Tell about {{ topic }} ({{ id }})', limit = 2n): Config {
  return configFromValue(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { max_parallel_requests: limit },
        },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        {
          name: 'topic',
          column_type: 'sampler',
          sampler_type: 'category',
          params: { values: ['a', 'b', 'c'] },
          drop: true,
        },
        { name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt },
        { name: 'upper', column_type: 'expression', expr: '{{ text | upper }}' },
      ],
    },
    'test',
  )
}

/** Row groups of four, and a grace that never ends by itself. */
export function smallOptions(artifactPath: string, numRecords: number) {
  return {
    artifactPath,
    numRecords,
    runConfig: { buffer_size: 4 },
    graceMs: 1_000_000,
  } satisfies CreateOptions
}

export function scripted(reply: Parameters<typeof scriptedTransport>[0]) {
  const { components, ...told } = scriptedTransport(reply)
  return { ...told, components: { ...components, clock: impatientClock() } satisfies Components }
}

/** As `scripted`, on a disk that is not waited for, with files encoded in this thread: a worker takes longer to start. */
export function quick(reply: Parameters<typeof scriptedTransport>[0] = echo) {
  const { asked, components } = scripted(reply)
  const quicker = { ...components, disk: unsyncedDisk, encoder: () => inThread }
  return { asked, components: quicker satisfies Components }
}

export const echo = (asked: Asked) => answer(`about ${asked.prompt}`)
export const rowOf = (asked: Asked) => Number(asked.key.split('/')[0])

export async function failureOf(result: Promise<unknown>): Promise<RowsmithError> {
  const error = await result.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  if (!RowsmithError.isInstance(error)) throw new Error(`Expected a RowsmithError, got ${String(error)}`)
  return error
}

export async function rowsOf(results: Pick<Awaited<ReturnType<typeof create>>, 'rows'>) {
  const rows = []
  for await (const row of results.rows({ integers: 'bigint' })) rows.push(row)
  return rows
}
