import { expect, it } from 'vitest'
import { sha256 } from '../../../src/base/numbers/hash.ts'
import { DatasetDirectory } from '../../../src/store/files/dataset-directory.ts'
import { datasetLayout } from '../../../src/store/files/layout.ts'
import { readAnswers } from '../../../src/store/publishing/answers-file.ts'
import { type FaultCode, SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'

const layout = datasetLayout('/d')
const path = 'replies.zst'
const file = { path, role: 'companion', size: 3, sha256: sha256(Buffer.from('abc')), draft: '1-1' } as const

function disk(fault?: FaultCode): SimulatedDisk {
  return new SimulatedDisk({
    directories: ['/d'],
    interrupt: ({ name }) => (name === 'readFile' ? fault : undefined),
  })
}

it('replies that are gone are none', async () => {
  expect(await readAnswers(new DatasetDirectory(disk(), layout.directory), file)).toBeUndefined()
})

it.each<FaultCode>(['EMFILE', 'EIO'])(
  'replies that cannot be read now (%s) are not gone: their answers would be bought again',
  async (fault) => {
    await expect(
      readAnswers(new DatasetDirectory(disk(fault), layout.directory), file),
    ).rejects.toMatchObject({ code: 'io_error' })
  },
)
