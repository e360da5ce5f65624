/** The machine's disk without waiting for it: for tests in which nothing crashes. Syncs are proven on the modelled disk. */
import type { Disk } from '../../src/disk/disk.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { over } from '../../src/testing/disks/over.ts'

const synced = async (): Promise<void> => {}

export const unsyncedDisk: Disk = over(nodeDisk, {
  create: async (path) => ({ ...(await nodeDisk.create(path)), sync: synced }),
  syncFile: synced,
  syncDirectory: synced,
})
