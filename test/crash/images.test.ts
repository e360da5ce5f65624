/** A small run with images on the modelled disk, stopped at operations all over it. */
import { describe, expect, test } from 'vitest'
import { RowsmithError } from '../../src/index.ts'
import {
  pictureDisk,
  pictureFiles,
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
})
