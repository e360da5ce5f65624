/** The dataset derived once more from what was kept: which row groups come out equal, which do not, and why. */
import { copyFileSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { configFromValue } from '../../src/entries/config.ts'
import { type Components, create, open } from '../../src/index.ts'
import { encodeParquet } from '../../src/store/parquet/parquet-encode.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { quick, smallOptions } from '../support/small-runs.ts'
import { components, filesOf, makeFinished, reply, scratchFolder } from './datasets.ts'

const scratch = scratchFolder()
let finished = ''
beforeAll(async () => {
  finished = await makeFinished(scratch.path)
})

type Encoder = ReturnType<NonNullable<Components['encoder']>>

/** As another version of Rowsmith might write files. */
function encodingOtherwise(change: (job: Parameters<typeof encodeParquet>[0]) => typeof job): Components {
  const encoder: Encoder = { ...inThread, encode: async (job) => encodeParquet(change(job)) }
  return { encoder: () => encoder }
}

const replay = (path: string, parts: Components = components) => open(path, parts).verify({ replay: true })

it('a finished dataset comes out equal, dropped columns, processors and lost rows with it', async () => {
  expect((await replay(finished)).replay).toEqual({ equal: 4, differing: 0, not_replayed: 0, groups: [] })
})

it('a dataset whose answers an earlier Rowsmith read otherwise comes out equal, and is mended with its bytes', async () => {
  // Made by commit f0e3ba9: thoughts in tags, filtered and broken-off texts are values there.
  const path = join(scratch.path, 'earlier-reading')
  cpSync('test/fixtures/earlier-reading', path, { recursive: true })
  expect((await replay(path)).replay).toEqual({ equal: 1, differing: 0, not_replayed: 0, groups: [] })
  const file = join(path, 'parquet-files/batch_00000.parquet')
  const before = readFileSync(file)
  rmSync(file)
  expect(await open(path, components).verify({ repair: true })).toMatchObject({ whole: true })
  expect(readFileSync(file)).toEqual(before)
})

describe('a dataset that comes out differently is not whole, and the first difference is named', () => {
  it('another value', async () => {
    const shout = encodingOtherwise((job) => ({
      ...job,
      columns: job.columns.map((column) =>
        column.name === 'upper' ? { ...column, values: column.values.map(() => 'OTHERWISE') } : column,
      ),
    }))
    const report = await replay(finished, shout)
    expect(report).toMatchObject({ whole: false, findings: [], replay: { equal: 0, differing: 4 } })
    expect(report.replay!.groups[1]).toEqual({
      group: 1,
      outcome: 'differs',
      files: ['parquet-files/batch_00001.parquet'],
      reason:
        'another value is made of the same answers: parquet-files/batch_00001.parquet, its row 0, column "upper"',
    })
  })

  it('the same values in other bytes', async () => {
    const more = encodingOtherwise((job) => ({ ...job, footer: { ...job.footer, more: 'said' } }))
    const { replay: replayed } = await replay(finished, more)
    expect(replayed!.groups[0]).toMatchObject({
      outcome: 'differs',
      reason: 'the same values in other bytes: another version of Rowsmith, or of Node, wrote it',
    })
  })
})

describe('what cannot be replayed is told apart', () => {
  it('answers that are gone', async () => {
    const path = scratch.copyOf(finished)
    rmSync(join(path, '.rowsmith/replies/batch_00002.jsonl.zst'))
    expect((await replay(path)).replay).toMatchObject({
      equal: 3,
      not_replayed: 1,
      groups: [{ group: 2, outcome: 'not replayed', reason: '8 answers are not stored' }],
    })
  })

  it('an altered replies file is not believed', async () => {
    const path = scratch.copyOf(finished)
    const [one, other] = [0, 1].map((group) => join(path, `.rowsmith/replies/batch_0000${group}.jsonl.zst`))
    copyFileSync(one!, other!)
    expect((await replay(path)).replay).toMatchObject({ equal: 3, not_replayed: 1, differing: 0 })
  })

  it('a providers file that is gone: another one may be given', async () => {
    const providers = join(scratch.path, 'providers.yaml')
    writeFileSync(
      providers,
      'providers:\n  - name: mine\n    endpoint: http://mine.invalid/v1\n    provider_type: openai\n    api_key: MY_SECRET_KEY\n    extra_body: {a: 1}\n',
    )
    const mine = {
      name: 'mine',
      endpoint: 'http://mine.invalid/v1',
      provider_type: 'openai',
      api_key: null,
      extra_body: { a: 1n },
      extra_headers: null,
    } as const
    const config = configFromValue(
      {
        model_configs: [{ alias: 'writer', provider: 'mine', model: 'm', inference_parameters: {} }],
        columns: [{ name: 'text', column_type: 'llm-text', model_alias: 'writer', prompt: 'Say something' }],
      },
      'test',
    )
    const options = {
      ...smallOptions(join(scratch.path, 'mine'), 4),
      providers: [mine],
      launch: { providersFile: providers },
    }
    const { path } = await create(config, options, quick(reply).components)
    // No key is needed to check what was answered.
    expect((await replay(path)).replay).toMatchObject({ equal: 1 })
    renameSync(providers, `${providers}.gone`)
    const without = await replay(path)
    expect(without.replay!.groups[0]!.reason).toContain('Cannot read the providers of the last run')
    expect((await open(path, components).verify({ replay: true, providers: [mine] })).replay).toMatchObject({
      equal: 1,
    })
  })
})

it('a replay changes not a byte', async () => {
  const bytes = () =>
    filesOf(finished).map((name) => [name, readFileSync(join(finished, name)).toString('base64')])
  const before = bytes()
  await replay(finished)
  expect(bytes()).toEqual(before)
})
