import { basename, sep } from 'node:path'
import type { Disk } from '../../src/disk/disk.ts'
import { over } from '../../src/testing/disks/over.ts'

/** What was read of a dataset: how often each control file, by its name, and how often a file of rows was looked at. */
export interface Reads {
  readonly control: Map<string, number>
  stats: number
}

const control =
  /^(run\.json|launch\.json|tools\.json|metadata\.json|builder_config\.json|events\.jsonl|commits-\d+\.log)$/

/**
 * A disk that counts what is read through it: until a lock is taken, and from then on. Locks themselves are not counted, since a
 * writer looks at its lock before everything that it decides.
 */
export function countingDisk(disk: Disk): {
  readonly disk: Disk
  readonly before: Reads
  readonly under: Reads
} {
  const [before, under] = [noReads(), noReads()]
  let now = before
  const counting = over(disk, {
    readFile: (path) => {
      const name = basename(path)
      if (control.test(name)) now.control.set(name, (now.control.get(name) ?? 0) + 1)
      return disk.readFile(path)
    },
    stat: (path) => {
      if (path.split(sep).some((step) => step === 'parquet-files')) now.stats++
      return disk.stat(path)
    },
    link: async (from, to) => {
      await disk.link(from, to)
      if (basename(to).startsWith('lock.')) now = under
    },
  })
  return { disk: counting, before, under }
}

function noReads(): Reads {
  return { control: new Map(), stats: 0 }
}

/** Control files that were read more than once, with how often. */
export function oftener({ control: read }: Reads): Record<string, number> {
  return Object.fromEntries([...read].filter(([, times]) => times > 1))
}
