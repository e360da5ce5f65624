/** Rules of going on that were agreed by name before anything was built, each under its name. */
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { type CreateOptions, create, type Disk, open, resume } from '../../../src/index.ts'
import { over } from '../../../src/testing/disks/over.ts'
import { everyByte } from '../../support/every-byte.ts'
import { failure } from '../../support/scripted-transport.ts'
import {
  artifactFolder,
  echo,
  failureOf,
  quick,
  rowOf,
  rowsOf,
  smallConfig,
  smallOptions,
} from '../../support/small-runs.ts'

const folder = artifactFolder()
const metadataOf = (path: string) => JSON.parse(readFileSync(join(path, 'metadata.json'), 'utf8'))

function make(numRecords: number, changes: Partial<CreateOptions> = {}) {
  return create(smallConfig(), { ...smallOptions(folder.path, numRecords), ...changes }, quick().components)
}

/** A disk that tells of every `metadata.json` it is given, and of the name it has before. */
function watchingMetadata(): { disk: Disk; texts: string[]; temporary: string[] } {
  const texts: string[] = []
  const temporary: string[] = []
  const disk = over(nodeDisk, {
    rename: async (from, to) => {
      if (to.endsWith('metadata.json')) {
        temporary.push(from)
        texts.push(readFileSync(from, 'utf8'))
      }
      await nodeDisk.rename(from, to)
    },
  })
  return { disk, texts, temporary }
}

describe('fingerprint defaults in every metadata write', () => {
  it('hash, algorithm and version are in each of them: fresh, extended and already complete', async () => {
    const { disk, texts } = watchingMetadata()
    for (const numRecords of [6, 9, 9]) {
      await create(smallConfig(), smallOptions(folder.path, numRecords), {
        ...quick().components,
        disk,
      })
    }
    expect(texts.length).toBeGreaterThanOrEqual(6)
    for (const text of texts) {
      expect(JSON.parse(text)).toMatchObject({
        config_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        config_hash_algo: 'sha256',
        config_hash_version: 2,
        preserve_dropped_columns: true,
      })
    }
  })
})

describe('atomic metadata, temp with pid', () => {
  it('each is written whole under a name with the pid, renamed, and leaves nothing behind', async () => {
    const { disk, texts, temporary } = watchingMetadata()
    const { path } = await create(smallConfig(), smallOptions(folder.path, 6), {
      ...quick().components,
      disk,
    })
    for (const name of temporary) expect(name).toContain(`metadata.json.tmp.${process.pid}.`)
    for (const text of texts) expect(() => JSON.parse(text)).not.toThrow()
    expect(readdirSync(path).filter((name) => name.includes('.tmp.'))).toEqual([])
  })
})

const withMetadata = (path: string, change: (text: string) => string): string => {
  const before = readFileSync(join(path, 'metadata.json'), 'utf8')
  writeFileSync(join(path, 'metadata.json'), change(before))
  return before
}

/** Every way to go on with a dataset, unfinished by its ask or complete. */
const ways: readonly [string, (path: string) => Promise<unknown>][] = [
  ['always, the same ask', () => make(4, { resume: 'always' })],
  ['if_possible, the same ask', () => make(4)],
  ['always, more asked for', () => make(8, { resume: 'always' })],
  ['if_possible, more asked for', () => make(8)],
  ['resume DIRECTORY', (path) => resume(path, { numRecords: 8 }, quick().components)],
]

describe('corrupt or half-written metadata is its own error, the same on every path', () => {
  it.each([
    ['half-written', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['a list', () => '[]'],
    ['null', () => 'null'],
    ['not UTF-8', () => '\u00e9'],
  ])('%s', async (what, change) => {
    const { path } = await make(4)
    withMetadata(path, change)
    if (what === 'not UTF-8') writeFileSync(join(path, 'metadata.json'), Buffer.from([0x7b, 0xe9, 0x7d]))
    const before = everyByte(folder.path)
    const errors = []
    for (const [, go] of ways) errors.push(await failureOf(go(path)))
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['metadata_corrupt']))
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1)
    expect(errors[0]?.message).toContain('metadata.json')
    expect(everyByte(folder.path)).toEqual(before)
  })
})

describe('a missing field of metadata.json is a typed error naming the field', () => {
  it.each(['target_num_records', 'buffer_size'])('%s, the same on every path', async (field) => {
    const { path } = await make(4)
    withMetadata(path, (text) => JSON.stringify({ ...JSON.parse(text), [field]: undefined }))
    for (const [way, go] of ways) {
      const error = await failureOf(go(path))
      expect(error, way).toMatchObject({
        code: 'metadata_incomplete',
        message: `metadata.json: the field ${field} is missing.`,
      })
    }
  })

  it('a field of the wrong type is named with what it holds and what is due', async () => {
    const { path } = await make(4)
    withMetadata(path, (text) => JSON.stringify({ ...JSON.parse(text), target_num_records: '4' }))
    for (const [way, go] of ways) {
      expect((await failureOf(go(path))).message, way).toBe(
        'metadata.json: the field target_num_records holds the text "4"; it must be an integer of at least 1.',
      )
    }
  })
})

describe.each(['concurrent', 'sequential'] as const)(
  'progress comes from files while metadata lags (%s)',
  (scheduler) => {
    const runConfig = { buffer_size: 4, engine: scheduler }

    it('an extension that metadata.json never heard of is complete, and its target and counters are put right', async () => {
      const { path } = await make(4, { runConfig })
      const before = readFileSync(join(path, 'metadata.json'), 'utf8')
      await make(6, { runConfig })
      withMetadata(path, () => before)
      const again = quick()
      const results = await create(
        smallConfig(),
        { ...smallOptions(folder.path, 6), runConfig },
        again.components,
      )
      expect(results.decision).toBe('already_complete')
      expect(again.asked).toEqual([])
      expect(metadataOf(path)).toMatchObject({
        target_num_records: 6,
        original_target_num_records: 4,
        actual_num_records: 6,
        num_completed_batches: 2,
        total_num_batches: 2,
      })
    })

    it('groups of an extension that are there are not made again, the others are', async () => {
      const { path } = await make(4, { runConfig })
      const before = readFileSync(join(path, 'metadata.json'), 'utf8')
      await make(8, { runConfig })
      withMetadata(path, () => before)
      const more = quick()
      const results = await create(
        smallConfig(),
        { ...smallOptions(folder.path, 12), runConfig },
        more.components,
      )
      expect(more.asked.map(rowOf).sort((a, b) => a - b)).toEqual([8, 9, 10, 11])
      expect(results.summary.row_groups).toEqual({ total: 3, reused: 2, generated: 1 })
    })

    it('counters that claim too much are not believed', async () => {
      const { path } = await make(8, { runConfig })
      rmSync(join(path, 'parquet-files', 'batch_00001.parquet'))
      withMetadata(path, (text) =>
        JSON.stringify({ ...JSON.parse(text), actual_num_records: 400, num_completed_batches: 100 }),
      )
      const results = await make(8, { runConfig })
      expect(results).toMatchObject({ decision: 'resume', summary: { rows_written: 8 } })
      expect(metadataOf(path)).toMatchObject({ actual_num_records: 8, num_completed_batches: 2 })
    })
  },
)

describe('actual counts of short groups', () => {
  it('rows that are in the files count, not rows that were planned', async () => {
    const refusing = quick((each) => (rowOf(each) % 4 === 1 ? failure(400) : echo(each)))
    const { path } = await create(smallConfig(), smallOptions(folder.path, 10), refusing.components)
    expect(metadataOf(path)).toMatchObject({ actual_num_records: 7, target_num_records: 10 })
    expect(await open(path).status()).toMatchObject({ rows_written: 7, rows_dropped: 3 })
    const again = await make(10)
    expect(again).toMatchObject({
      decision: 'already_complete',
      summary: { rows_written: 7, rows_dropped: 3 },
    })
    expect(await again.countRecords()).toBe(7)
    const more = await make(14)
    expect(more.summary).toMatchObject({ rows_planned: 14, rows_written: 11, rows_dropped: 3 })
    expect(metadataOf(path).actual_num_records).toBe(11)
  })
})

describe('extension never changes earlier groups, also twice and unaligned', () => {
  it('5 -> 6 -> 10 at buffer 2 gives 10', async () => {
    const runConfig = { buffer_size: 2 }
    const bytes: string[][] = []
    let path = ''
    for (const numRecords of [5, 6, 10]) {
      const results = await make(numRecords, { runConfig })
      path = results.path
      expect(await results.countRecords()).toBe(numRecords)
      bytes.push(everyByte(join(path, 'parquet-files')))
    }
    expect(bytes.map((files) => files.length)).toEqual([3, 4, 6])
    expect(bytes[1]!.slice(0, 3)).toEqual(bytes[0])
    expect(bytes[2]!.slice(0, 4)).toEqual(bytes[1])
    const rows = await rowsOf(await make(10, { runConfig }))
    expect(new Set(rows.map(({ id }) => id)).size).toBe(10)
    expect(metadataOf(path)).toMatchObject({ original_target_num_records: 5, target_num_records: 10 })
  })
})

describe('fewer than on disk, fewer than target: two messages with both numbers', () => {
  it('fewer than on disk', async () => {
    await make(8)
    expect(await failureOf(make(5))).toMatchObject({
      code: 'fewer_than_on_disk',
      message: '5 records were requested, but 8 rows are there already.',
    })
  })

  it('fewer than target', async () => {
    const { path } = await make(8)
    rmSync(join(path, 'parquet-files', 'batch_00001.parquet'))
    expect(await failureOf(make(5))).toMatchObject({
      code: 'fewer_than_target',
      message: '5 records were requested, but the target of the dataset is 8.',
    })
  })

  it('a target that was raised never comes down, also when nothing of the extension was made', async () => {
    const runConfig = { buffer_size: 2 }
    await make(6, { runConfig })
    const refusing = quick(() => failure(401))
    const options = { ...smallOptions(folder.path, 8), runConfig }
    expect((await failureOf(create(smallConfig(), options, refusing.components))).code).toBe(
      'authentication_failed',
    )
    expect(await failureOf(make(6, { runConfig }))).toMatchObject({
      code: 'fewer_than_target',
      message: '6 records were requested, but the target of the dataset is 8.',
    })
  })
})

describe('already complete refreshes counters', () => {
  it('metadata.json says what is there, whatever it said before', async () => {
    const { path } = await make(6)
    const right = withMetadata(path, (text) =>
      JSON.stringify({
        ...JSON.parse(text),
        actual_num_records: 0,
        num_completed_batches: 0,
        file_paths: {},
      }),
    )
    expect((await make(6)).decision).toBe('already_complete')
    expect(readFileSync(join(path, 'metadata.json'), 'utf8')).toBe(right)
  })
})

describe('`preserve_dropped_columns` must match', () => {
  it.each([true, false])(
    '%s stored: the other one is refused with both, or gets a new dataset',
    async (stored) => {
      const runConfig = (preserve_dropped_columns: boolean) => ({ buffer_size: 4, preserve_dropped_columns })
      const { path } = await make(4, { runConfig: runConfig(stored) })
      const before = everyByte(path)
      expect(await failureOf(make(8, { runConfig: runConfig(!stored), resume: 'always' }))).toMatchObject({
        code: 'dropped_columns_policy_differs',
        message: `preserve_dropped_columns is ${!stored}, but the dataset was created with ${stored}.`,
      })
      expect((await make(8, { runConfig: runConfig(!stored) })).decision).toBe('fresh_beside')
      expect(everyByte(path)).toEqual(before)
      expect(await make(8, { runConfig: runConfig(stored) })).toMatchObject({ decision: 'resume', path })
    },
  )
})

describe('the no-op path gives a usable result object', () => {
  it('without building a generator or sending a request, with no key and no endpoint', async () => {
    const { path } = await make(6)
    const nothing = (): never => {
      throw new Error('Nobody may ask for this')
    }
    const results = await create(smallConfig(), smallOptions(folder.path, 6), {
      transport: nothing,
      encoder: nothing,
    })
    expect(results).toMatchObject({
      decision: 'already_complete',
      path,
      earlyShutdown: false,
      firstNonRetryableError: null,
      taskTraces: [],
      summary: { rows_written: 6, this_run: { requests_sent: 0 }, total: { requests: 6 } },
    })
    expect(await results.countRecords()).toBe(6)
    expect(await rowsOf(results)).toHaveLength(6)
    expect(await results.loadAnalysis()).toMatchObject([{ column_name: 'id', num_records: 6n }, {}, {}])
    expect((await results.export({ format: 'jsonl' })).rows).toBe(6)
  })
})

describe('the lock is in the directory that is written after `if_possible` switched', () => {
  it('while the new dataset is made beside, its folder is locked, and the old one is not touched', async () => {
    const { path } = await make(4)
    utimesSync(path, 1, 1)
    const before = everyByte(path)
    const seen: string[][] = []
    const { components } = quick((each) => {
      const [beside] = readdirSync(folder.path).filter((name) => name !== 'dataset')
      seen.push(
        readdirSync(join(folder.path, beside!, '.rowsmith')).filter((name) => name.startsWith('lock.')),
      )
      return echo(each)
    })
    const results = await create(smallConfig('Another {{ id }}'), smallOptions(folder.path, 4), components)
    expect(results.decision).toBe('fresh_beside')
    expect(seen).toEqual(seen.map(() => ['lock.1']))
    expect(seen.length).toBe(4)
    expect(everyByte(path)).toEqual(before)
  })

  it('a second run of the same config meets that lock, not the one of the old folder', async () => {
    await make(4)
    let second: Promise<unknown> | undefined
    const { components } = quick((each) => {
      second ??= failureOf(
        create(smallConfig('Another {{ id }}'), smallOptions(folder.path, 4), quick().components),
      )
      return second.then(() => echo(each))
    })
    await create(smallConfig('Another {{ id }}'), smallOptions(folder.path, 4), components)
    expect(await second).toMatchObject({ code: 'dataset_in_use' })
    expect(readdirSync(folder.path)).toHaveLength(2)
  })
})
