import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { nodeDisk } from '../../../src/disk/node-disk.ts'
import { DirectoryStore } from '../../../src/store/writing/directory-store.ts'
import type { SimulatedDisk } from '../../../src/testing/disks/simulated-disk.ts'
import { emptyDataset, layout } from '../dataset.ts'
import { type Place, storeConformance } from './conformance.ts'

const simulated = (disk: SimulatedDisk): Place => ({
  dataset: layout.directory,
  store: (clock) => new DirectoryStore(disk, clock),
  // All that was not synced is lost.
  afterPowerLoss: () => simulated(disk.afterPowerLoss(() => 'lost')),
})

storeConformance('a simulated disk', async () => simulated(emptyDataset()))

storeConformance('the disk of this machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const dataset = join(folder, 'dataset')
  mkdirSync(dataset)
  const place: Place = {
    dataset,
    store: (clock) => new DirectoryStore(nodeDisk, clock),
    // Nobody pulls the plug of this machine: what is written is there.
    afterPowerLoss: () => place,
  }
  return place
})
