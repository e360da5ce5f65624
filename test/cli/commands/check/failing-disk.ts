/** A disk that writes nothing, for `--wrap-disk`. */
import type { Disk } from '../../../../src/disk/disk.ts'
import { over } from '../../../../src/testing/disks/over.ts'

export const wrap = (disk: Disk): Disk =>
  over(disk, {
    makeDirectory: async () => {
      throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' })
    },
  })
