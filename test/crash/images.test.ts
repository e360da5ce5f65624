/** A small run with images on the modelled disk, stopped at operations all over it. */
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../src/base/numbers/hash.ts'
import { RowsmithError } from '../../src/index.ts'
import { readStatus } from '../../src/results/status/status.ts'
import { storedAnswers } from '../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { asProcess } from '../../src/testing/disks/simulated-process.ts'
import { verifyDataset } from '../../src/verify/verify.ts'
import {
  newProvider,
  pictureDisk,
  pictureFiles,
  pictureRetry,
  pictureRun,
  rehearsePictures,
  sweepPictures,
} from '../proof/sweeps/picture-sweep.ts'

describe('a run with images on the modelled disk', () => {
  test('ends with the same files after a stop anywhere, keeps what was durable, and publishes no image in part', async () => {
    const { sites, files } = await rehearsePictures()
    expect([...files.keys()].filter((path) => path.startsWith('images/'))).toHaveLength(3)
    const { cases, violations } = await sweepPictures({ cases: sites.length })
    expect(cases).toBeGreaterThan(100)
    expect(violations).toEqual([])
  })

  test('says so when an operation fails, and goes on to the same files', async () => {
    const { sites, files } = await rehearsePictures()
    for (const [index, operation] of sites.entries()) {
      if (index % 5 !== 0) continue
      const fault = index % 2 === 0 ? 'ENOSPC' : 'EIO'
      const disk = pictureDisk({
        interrupt: ({ number }) => (number === operation ? fault : undefined),
      })
      const error = await pictureRun(disk, 1)
      if (error !== undefined) expect(RowsmithError.isInstance(error), String(error)).toBe(true)
      const later = disk.afterKill()
      expect(await pictureRun(later, 2), `${fault} at ${operation}`).toBeUndefined()
      expect(await pictureFiles(later), `${fault} at ${operation}`).toEqual(files)
    }
  })

  test('whose media are gone is told by all commands, and buys them again only with consent', async () => {
    const { files } = await rehearsePictures()
    const disk = await stoppedWithMedium()
    const media = '/out/set/.rowsmith/media'
    const [name = ''] = await disk.list(media)
    await disk.remove(`${media}/${name}`)
    const provider = newProvider()
    expect(await pictureRun(disk, 2, provider)).toMatchObject({ code: 'answers_lost' })
    expect(provider.requests.size).toBe(0)
    await expect(readStatus(asProcess(disk, 3), '/out/set')).rejects.toMatchObject({
      code: 'answers_lost',
      message: expect.stringContaining(`.rowsmith/media/${name}`),
    })
    const { findings } = await verifyDataset(
      '/out/set',
      {},
      { disk: asProcess(disk, 4), encoder: () => inThread },
    )
    expect(findings.map(({ path }) => path)).toContain(`.rowsmith/media/${name}`)
    expect(await pictureRun(disk, 5, provider, undefined, true)).toBeUndefined()
    expect(await pictureFiles(disk)).toEqual(files)
  })

  test('whose re-bought image has other bytes goes on with those, after a second kill', async () => {
    const disk = await stoppedWithMedium()
    const [lost = ''] = await removeAll(disk, '.rowsmith/media')
    const second = disk.afterKill({
      interrupt: ({ name, path }) =>
        name === 'create' && /\/drafts\/\d+-\d+$/.test(path) ? 'stop-before' : undefined,
    })
    const provider = newSerialProvider()
    await pictureRun(second, 2, provider, undefined, true)
    const [row = ''] = [...provider.requests.keys()].flatMap((key) => /^(\d)\/picture\//.exec(key)?.[1] ?? [])
    const third = second.afterKill()
    const stored = await storedAnswers(third, '/out/set')
    const bought = await third.list('/out/set/.rowsmith/media')
    expect(await pictureRun(third, 3, provider)).toBeUndefined()
    const twice = [...provider.requests].filter(([key, times]) => times > 1 && stored.has(key))
    expect(twice).toEqual([])
    const shown = (await pictureFiles(third)).get(`images/picture/${row}-0.png`)
    expect(shown).not.toBe(lost)
    expect(bought).toContain(shown)
  })
})

/** Four rows in two row groups; row 2 was dropped after it had its image. */
const published: readonly {
  readonly gone: readonly string[]
  /** The row of a retry; left out: the dataset is gone on with. */
  readonly retried?: number
  readonly refuses: 'answers_lost' | 'answers_missing' | null
  /** Cells that are requested, with consent where that is needed. */
  readonly buys: readonly string[]
}[] = [
  { gone: ['parquet-files/batch_00000.parquet'], refuses: null, buys: [] },
  {
    gone: ['parquet-files/batch_00000.parquet', 'images/picture/0-0.png'],
    refuses: 'answers_lost',
    buys: ['0/picture'],
  },
  { gone: ['parquet-files/batch_00001.parquet', '.rowsmith/media'], refuses: null, buys: [] },
  { gone: ['.rowsmith/media'], retried: 2, refuses: 'answers_lost', buys: ['2/picture', '2/seen'] },
  { gone: ['images/picture/3-0.png'], retried: 3, refuses: null, buys: ['3/picture', '3/seen'] },
  // What belongs to rows that a retry does not name is not bought again, with consent or without.
  { gone: ['images/picture/3-0.png'], retried: 2, refuses: 'answers_missing', buys: [] },
]

test.each(published)(
  'published images: without $gone, a run (retry of row $retried) is refused with $refuses, and buys $buys',
  async ({ gone, retried, refuses, buys }) => {
    const disk = pictureDisk()
    expect(await pictureRun(disk, 1)).toBeUndefined()
    const files = await pictureFiles(disk)
    for (const path of gone) await removeAll(disk, path)
    const provider = newProvider()
    const goOn = (start: number, acceptLoss: boolean): Promise<unknown> =>
      retried === undefined
        ? pictureRun(disk, start, provider, undefined, acceptLoss)
        : pictureRetry(disk, start, provider, { row: retried, acceptLoss })
    const refusal = refuses === null ? undefined : expect.objectContaining({ code: refuses })
    if (refuses !== null) {
      expect(await goOn(2, false)).toEqual(refusal)
      expect(provider.requests.size).toBe(0)
    }
    if (refuses === 'answers_lost' && retried === undefined) {
      const components = { disk: asProcess(disk, 8), encoder: () => inThread }
      const { findings } = await verifyDataset('/out/set', {}, components)
      expect(findings.map(({ path }) => path).sort()).toEqual([...gone].sort())
      await expect(readStatus(asProcess(disk, 9), '/out/set')).rejects.toMatchObject({ code: refuses })
    }
    expect(await goOn(3, true)).toEqual(refuses === 'answers_missing' ? refusal : undefined)
    expect([...provider.requests.keys()].map((key) => key.split('/', 2).join('/'))).toEqual(buys)
    if (retried === undefined) expect(await pictureFiles(disk)).toEqual(files)
  },
)

/** No two of its pictures are equal. */
function newSerialProvider(): ReturnType<typeof newProvider> {
  const provider = newProvider()
  provider.isSerial = true
  return provider
}

/** Killed when the first answer that names a medium was durable, and its row group open. */
async function stoppedWithMedium(): Promise<ReturnType<typeof pictureDisk>> {
  const { sites } = await rehearsePictures()
  for (const operation of sites) {
    const disk = pictureDisk({ interrupt: ({ number }) => (number === operation ? 'stop-after' : undefined) })
    await pictureRun(disk, 1)
    const crashed = disk.afterPowerLoss(() => 'lost')
    const stored = await storedAnswers(crashed, '/out/set')
    const pictures = [...stored.keys()].filter((key) => key.includes('/picture/'))
    // Not one whose answer is not durable: it was never received.
    const media = await crashed.list('/out/set/.rowsmith/media')
    if (pictures.length > 0 && pictures.length === media.length) return crashed
  }
  throw new Error('no answer with a medium was durable')
}

/** Removes a file, or the files of a folder. @returns their checksums */
async function removeAll(disk: ReturnType<typeof pictureDisk>, path: string): Promise<string[]> {
  const gone = [...disk.files('/out/set')].filter(([name]) => name.startsWith(`/out/set/${path}`))
  for (const [name] of gone) await disk.remove(name)
  return gone.map(([, bytes]) => sha256(bytes))
}
