/** A disk that keeps no journal, for `--wrap-disk`. */
import type { Disk } from '../../../../src/disk/disk.ts'
import { injectBug } from '../../../proof/bugs/injected-bugs.ts'

export const wrap = (disk: Disk): Disk => injectBug(1).wrap(disk)
