import type { Disk } from '../../disk/disk.ts'
import { over } from './over.ts'

/**
 * A disk on which this process looks like another one: `/proc` says that it started at `start`. So what was left behind
 * under another start is a dead process's, although all of them run in this one.
 *
 * @param boot of the machine: another one after it was started again
 */
export function asProcess(disk: Disk, start: number, boot = 'modelled-boot'): Disk {
  const fields = ['S', ...Array.from({ length: 18 }, () => '0'), String(start)]
  const reported = new Map([
    ['/proc/sys/kernel/random/boot_id', `${boot}\n`],
    [`/proc/${process.pid}/stat`, `${process.pid} (modelled) ${fields.join(' ')}\n`],
  ])
  return over(disk, {
    readFile: async (path) => {
      const text = reported.get(path)
      return text === undefined ? disk.readFile(path) : new TextEncoder().encode(text)
    },
    stat: async (path) => {
      if (path === '/proc/self/ns/pid') return { kind: 'file', size: 0, modified: 0, inode: 1 }
      return disk.stat(path)
    },
  })
}
