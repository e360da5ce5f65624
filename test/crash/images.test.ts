/** A small run with images on the modelled disk, stopped at operations all over it. */
import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../src/index.ts'
import { readStatus } from '../../src/results/status/status.ts'
import { storedAnswers } from '../../src/testing/crash/independent-reader.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { asProcess } from '../../src/testing/disks/simulated-process.ts'
import { verifyDataset } from '../../src/verify/verify.ts'
import {
  pictureDisk,
  pictureFiles,
  newProvider as pictureProvider,
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
    const provider = pictureProvider()
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
})

/** Killed when the first answer that names a medium was durable, and its row group open. */
async function stoppedWithMedium(): Promise<ReturnType<typeof pictureDisk>> {
  const { sites } = await rehearsePictures()
  for (const operation of sites) {
    const disk = pictureDisk({ interrupt: ({ number }) => (number === operation ? 'stop-after' : undefined) })
    await pictureRun(disk, 1)
    const crashed = disk.afterPowerLoss(() => 'lost')
    const stored = await storedAnswers(crashed, '/out/set')
    if ([...stored.keys()].some((key) => key.includes('/picture/'))) return crashed
  }
  throw new Error('no answer with a medium was durable')
}
