/** The disk of a process with a planted bug, whose number is in the address of this module: `bug-disk.ts?bug=3`. */
import type { Disk } from '../../../src/disk/disk.ts'
import { injectBug } from './injected-bugs.ts'

const bug = injectBug(Number(new URL(import.meta.url).searchParams.get('bug')))

export const wrap = (disk: Disk): Disk => bug.wrap(disk)
