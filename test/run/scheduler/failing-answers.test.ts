/** Runs in which answers, files or our own code fail: what stops, what is lost, what the next run finds. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { configFromValue } from '../../../src/entries/config.ts'
import { type Components, create, open } from '../../../src/index.ts'
import { Encoder } from '../../../src/store/parquet/encoder.ts'
import { answer, failure } from '../../support/scripted-transport.ts'
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
const one = () => smallConfig(undefined, 1n)

describe('an early shutdown', () => {
  it('keeps what is published, leaves open what has no fate, and the same command goes on', async () => {
    const first = scripted((each) => (rowOf(each) < 6 ? echo(each) : failure(400)))
    const options = { ...smallOptions(folder.path, 60), runConfig: { buffer_size: 4 } }
    const error = await failureOf(create(one(), options, first.components))
    expect(error).toMatchObject({
      code: 'early_shutdown',
      facts: { failed: 5, window: 10, error_rate: 0.5 },
      summary: { rows_planned: 60, resume_command: expect.stringContaining('rowsmith resume') },
    })
    const refused = first.asked.map(rowOf).filter((row) => row >= 6)
    expect(refused.length).toBeLessThan(8)
    // Rows 4 and 5 are in a group of rows that were refused.
    expect(await open(join(folder.path, 'dataset')).countRecords()).toBe(4)
    const second = scripted(echo)
    const results = await create(one(), options, second.components)
    // What was refused until the run stopped is no fate: the cause may be mended. All others are asked for once.
    expect(results.summary).toMatchObject({ decision: 'resume', rows_written: 60, rows_dropped: 0 })
    const asked = [...first.asked, ...second.asked].map(rowOf)
    const all = [...refused, ...Array.from({ length: 60 }, (_, row) => row)]
    expect(asked.sort((a, b) => a - b)).toEqual(all.sort((a, b) => a - b))
  })

  it('without a single row is a typed error too, and its dataset goes on', async () => {
    const options = { ...smallOptions(folder.path, 40), runConfig: { buffer_size: 20 } }
    const refusing = scripted(() => failure(400))
    const error = await failureOf(create(one(), options, refusing.components))
    expect(error).toMatchObject({ code: 'early_shutdown', summary: { rows_written: 0, rows_open: 40 } })
    expect(await open(join(folder.path, 'dataset')).countRecords()).toBe(0)
    expect(refusing.asked.length).toBeLessThan(20)
    const results = await create(one(), options, scripted(echo).components)
    expect(results.summary).toMatchObject({ rows_written: 40, rows_dropped: 0 })
  })

  it('does not wait for a model that asks for patience without end', async () => {
    const { components } = scripted((each) => {
      if (rowOf(each) === 0) return failure(429)
      return rowOf(each) < 4 ? echo(each) : failure(400)
    })
    const options = { ...smallOptions(folder.path, 40), runConfig: { buffer_size: 40, salvage: true } }
    const results = await create(smallConfig(), options, components)
    expect(results.earlyShutdown).toBe(true)
    expect((await rowsOf(results)).length).toBe(3)
    expect(results.summary).toMatchObject({ rows_written: 3, rows_dropped: 37, rows_open: 0 })
    expect(results.summary.failures[0]).toMatchObject({ column: 'text', code: 'not_attempted' })
  })
})

describe('a run without early shutdown whose answers all fail', () => {
  const runConfig = { buffer_size: 4, disable_early_shutdown: true }

  it('ends with no rows, every row dropped by name, and the first failure', async () => {
    const { components } = scripted(() => failure(400, 'no such parameter'))
    const options = { ...smallOptions(folder.path, 6), runConfig }
    const results = await create(one(), options, components)
    expect(results.summary).toMatchObject({
      rows_written: 0,
      rows_dropped: 6,
      rows_open: 0,
      failures: [{ column: 'text', code: 'bad_request', rows: 6 }],
    })
    expect(results.firstNonRetryableError).toMatchObject({ code: 'bad_request', facts: { row: 0 } })
    expect(await rowsOf(results)).toEqual([])
    expect((await results.export()).rows).toBe(0)
  })

  it('publishes row groups without rows, companions too, and never makes them again', async () => {
    const { components } = scripted((each) => (rowOf(each) < 4 ? failure(400) : echo(each)))
    const options = { ...smallOptions(folder.path, 8), runConfig }
    const { path } = await create(one(), options, components)
    for (const sidecar of ['parquet-files', 'dropped-columns-parquet-files']) {
      expect(readdirSync(join(path, sidecar))).toEqual(['batch_00000.parquet', 'batch_00001.parquet'])
    }
    const again = scripted(echo)
    const results = await create(one(), options, again.components)
    expect(results.decision).toBe('already_complete')
    expect(again.asked).toEqual([])
    expect(await rowsOf(results)).toHaveLength(4)
  })

  it('adds no row to a dataset that has some, and says so in numbers', async () => {
    const options = { ...smallOptions(folder.path, 4), runConfig }
    const made = await create(one(), options, scripted(echo).components)
    const rows = await rowsOf(made)
    const { components } = scripted(() => failure(400))
    const results = await create(one(), { ...options, numRecords: 8 }, components)
    expect(results.summary).toMatchObject({
      rows_written: 4,
      rows_dropped: 4,
      row_groups: { total: 2, reused: 1, generated: 1 },
    })
    expect(await rowsOf(results)).toEqual(rows)
  })
})

describe('a row group that cannot be written', () => {
  it.each(['ENOSPC', 'EIO'])(
    'stops the run with %s told, keeps every answer, and is there after the next run',
    async (code) => {
      const failing = Object.assign(Object.create(nodeDisk), {
        create: async (path: string) => {
          if (path.includes('/drafts/')) throw Object.assign(new Error('no'), { code })
          return nodeDisk.create(path)
        },
      })
      const first = scripted(echo)
      const options = smallOptions(folder.path, 12)
      const error = await failureOf(create(one(), options, { ...first.components, disk: failing }))
      expect(error.code).toBe(code === 'ENOSPC' ? 'disk_full' : 'io_error')
      expect(error.summary).toMatchObject({ rows_written: 0, rows_open: 12 })
      // A disk that failed leaves no grace: what was on its way then was given up.
      const bought = new Set(first.answered)
      expect(bought.size).toBeGreaterThanOrEqual(4)
      const second = scripted(echo)
      const results = await create(one(), options, second.components)
      expect(second.asked.filter(({ key }) => bought.has(key))).toEqual([])
      expect(results.summary).toMatchObject({ rows_written: 12, replies_unused: 0 })
    },
  )

  it('is none because of what its values are: objects without a member, and numbers beside text', async () => {
    const config = configFromValue(
      {
        model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
        columns: [
          {
            name: 'anything',
            column_type: 'llm-structured',
            model_alias: 'writer',
            prompt: 'Say something.',
            output_format: { type: 'object', properties: { of: {} } },
          },
          {
            name: 'nothing',
            column_type: 'llm-structured',
            model_alias: 'writer',
            prompt: 'Say nothing.',
            output_format: { type: 'object', properties: {} },
          },
        ],
      },
      'test',
    )
    const values = ['1', '"one"', '{"a": 1}', '[{"a": 1}, "a", 1.5]']
    const { components } = scripted((asked) =>
      answer(asked.prompt.includes('something') ? `{"of": ${values[rowOf(asked)]}}` : '{}'),
    )
    const results = await create(config, smallOptions(folder.path, 4), components)
    expect(results.summary).toMatchObject({ rows_written: 4, rows_dropped: 0 })
    expect(await rowsOf(results)).toEqual(
      [1n, 'one', { a: 1n }, [{ a: 1n }, 'a', 1.5]].map((of) => ({ anything: { of }, nothing: {} })),
    )
  })
})

describe('a bug of ours', () => {
  const broken = (): never => {
    throw new TypeError('undefined is not a function')
  }

  it.each<[string, (components: Components) => Components]>([
    [
      'while a cell is made',
      ({ clock, ...rest }) => ({
        ...rest,
        clock: { ...clock!, sleep: (ms, signal) => (ms < 5_000 ? broken() : clock!.sleep(ms, signal)) },
      }),
    ],
    [
      'while a row group is encoded',
      (components) => ({
        ...components,
        encoder: () => {
          const encoder = Encoder.start()
          return {
            encode: broken,
            examine: broken,
            compress: (bytes) => encoder.compress(bytes),
            close: () => encoder.close(),
          }
        },
      }),
    ],
  ])('%s stops the run, costs no row, and the next run has them all', async (_, breaking) => {
    const first = scripted((each) => (rowOf(each) === 2 && each.before === 0 ? failure(503) : echo(each)))
    const options = smallOptions(folder.path, 8)
    const error = await failureOf(create(one(), options, breaking(first.components)))
    expect(error).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('undefined is not a function'),
      summary: { rows_dropped: 0 },
    })
    expect((await open(join(folder.path, 'dataset')).status()).writer).toBeNull()
    const results = await create(one(), options, scripted(echo).components)
    expect(results.summary).toMatchObject({ rows_written: 8, rows_dropped: 0, replies_unused: 0 })
  })
})
