/** A small run with images on the modelled disk, stopped at operations all over it. */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { configFromValue, create, RowsmithError } from '../../src/index.ts'
import { dataFiles, keptAnswers } from '../../src/testing/independent-reader.ts'
import { ModelDisk } from '../../src/testing/model-disk.ts'
import { asProcess } from '../../src/testing/modelled-process.ts'
import { ProviderBook } from '../../src/testing/provider-book.ts'
import { inThread } from '../../src/testing/small-run.ts'

const directory = '/out/set'

const config = configFromValue(
  {
    model_configs: [
      { alias: 'painter', provider: 'simulator', model: 'gpt-image-1' },
      { alias: 'critic', provider: 'simulator', model: 'simulated' },
    ],
    columns: [
      { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      { name: 'picture', column_type: 'image', model_alias: 'painter', prompt: 'Draw {{ id }}' },
      {
        name: 'seen',
        column_type: 'llm-text',
        model_alias: 'critic',
        prompt: 'What is it?',
        multi_modal_context: [{ modality: 'image', column_name: 'picture' }],
      },
    ],
  },
  'images',
)

/** One modelled process. Its provider remembers what it was asked; the third row's critic refuses. */
async function run(disk: ModelDisk, provider: ProviderBook, start: number): Promise<unknown> {
  return create(
    config,
    {
      artifactPath: '/out',
      datasetName: 'set',
      numRecords: 4,
      seed: 5n,
      waitForLockMs: 0,
      graceMs: 0,
      runConfig: { buffer_size: 2 },
    },
    {
      disk: asProcess(disk, start),
      transport: () => provider.transport(() => disk.stopped === undefined),
      encoder: () => inThread,
    },
  ).then(
    () => undefined,
    (error: unknown) => error,
  )
}

const newProvider = () => new ProviderBook((key) => key.startsWith('2/seen/'))

const hashes = async (disk: ModelDisk): Promise<Map<string, string>> =>
  new Map(
    [...(await dataFiles(disk, directory))].map(([path, bytes]) => [
      path,
      createHash('sha256').update(bytes).digest('hex'),
    ]),
  )

/** Every operation that changes the disk, in order. */
async function rehearsed(): Promise<{ sites: readonly number[]; files: Map<string, string> }> {
  const sites: number[] = []
  const disk = new ModelDisk({
    directories: ['/out'],
    interrupt: ({ number, name }) => {
      if (!/^(read|list|stat)/.test(name)) sites.push(number)
      return undefined
    },
  })
  expect(await run(disk, newProvider(), 1)).toBeUndefined()
  return { sites, files: await hashes(disk) }
}

describe('a run with images on the modelled disk', () => {
  test('ends with the same files after a stop anywhere, keeps what was durable, and publishes no image in part', async () => {
    const { sites, files } = await rehearsed()
    expect([...files.keys()].filter((path) => path.startsWith('images/'))).toHaveLength(3)
    for (const [index, operation] of sites.entries()) {
      if (index % 3 !== 0) continue
      const when = index % 2 === 0 ? 'stop-after' : 'stop-before'
      for (const loss of ['none', 'lost', 'kept'] as const) {
        const provider = newProvider()
        const disk = new ModelDisk({
          directories: ['/out'],
          interrupt: ({ number }) => (number === operation ? when : undefined),
        })
        await run(disk, provider, 1)
        const crashed = loss === 'none' ? disk.afterKill() : disk.afterPowerLoss(() => loss)
        for (const [path, hash] of await hashes(crashed)) {
          if (path.startsWith('images/'))
            expect(hash, `${path} after ${operation}, ${loss}`).toBe(files.get(path))
        }
        const kept = new Set((await keptAnswers(crashed, directory)).keys())
        const next = newProvider()
        expect(await run(crashed, next, 2), `after ${operation}, ${loss}`).toBeUndefined()
        expect([...next.requests.keys()].filter((key) => kept.has(key))).toEqual([])
        expect(await hashes(crashed), `after ${operation}, ${loss}`).toEqual(files)
        // What was drawn for the row that is dropped stays; nothing else does.
        expect(await crashed.list(`${directory}/.rowsmith/media`)).toHaveLength(1)
      }
    }
  }, 120_000)

  test('says so when an operation fails, and goes on to the same files', async () => {
    const { sites, files } = await rehearsed()
    for (const [index, operation] of sites.entries()) {
      if (index % 5 !== 0) continue
      const fault = index % 2 === 0 ? 'ENOSPC' : 'EIO'
      const provider = newProvider()
      const disk = new ModelDisk({
        directories: ['/out'],
        interrupt: ({ number }) => (number === operation ? fault : undefined),
      })
      const error = await run(disk, provider, 1)
      if (error !== undefined) expect(RowsmithError.isInstance(error), String(error)).toBe(true)
      const later = disk.afterKill()
      expect(await run(later, newProvider(), 2), `${fault} at ${operation}`).toBeUndefined()
      expect(await hashes(later), `${fault} at ${operation}`).toEqual(files)
    }
  }, 120_000)
})
