/**
 * Planted bugs: each breaks one rule of the durable protocol, from outside, by a disk that lies in one way.
 *
 * They prove the proof: a test or crash test that still passes with one of them cannot see what it claims to see.
 * Production code knows nothing of them; a wrapper knows paths, and for two of them what a journal frame looks like.
 */
import { dirname } from 'node:path'
import { sha256 } from '../../../src/base/numbers/hash.ts'
import type { Disk, DiskFile } from '../../../src/disk/disk.ts'
import { ParquetParts } from '../../../src/store/parquet/parquet-encode.ts'
import { rowsOfParquet } from '../../../src/store/parquet/parquet-rows.ts'
import { over } from '../../../src/testing/disks/over.ts'
import {
  answersOfOtherCells,
  bytesBeforeBadRecord,
  retold,
  underItsName,
  withAnswersTwice,
  withCommitsOf,
  withEarlyFailures,
  withoutCuts,
  withoutMentions,
  withoutOpenIntents,
  withoutToolIntents,
} from './edited-logs.ts'

export interface InjectedBug {
  readonly number: number
  /** What is broken, as the list of planted bugs names it. */
  readonly name: string
  /** The rule that is broken. */
  readonly rule: string
  /** The disk of one process, with the bug. */
  wrap(disk: Disk): Disk
}

const journalFile = inOwnFolder(/journal\/[^/]+$/)
const journalFolder = inOwnFolder(/journal$/)
const commitsFile = inOwnFolder(/commits-[^/]+$/)
const draft = inOwnFolder(/drafts\//)
const runFile = /\/\.rowsmith\/run\.json$/
const metadataTemporary = /\/metadata\.json\.tmp\.[^/]+$/
const oldTable = /\/\.rowsmith\/stage\/old-[^/]+\/parquet-files$/
const lockName = inOwnFolder(/lock\.\d+$/)
const sidecarFolder =
  /\/(dropped-columns-parquet-files|processors-files|images)(\/[^/]+)*$|\/\.rowsmith\/replies$/
/** Of a medium on its way to `.rowsmith/media`. */
const receivedMedium = inOwnFolder(/drafts\/\d+-m\d+$/)
const mediaFolder = inOwnFolder(/media$/)
/** Published files that only a run, `status` and `verify` look at: what processors made the dataset of, and companions. */
const readByNoReader =
  /^(\.rowsmith\/generated|dropped-columns-parquet-files|processors-files|\.rowsmith\/replies)\//
const image = /\/images\/[^/]+\/[^/]+$/
const answersFile = /\/\.rowsmith\/replies\/[^/]+$/
/** Of a small file that is replaced whole, the lock excepted. */
const temporary = /\.(json|jsonl)\.tmp\.[^/]+$/
const mainFolder = /\/parquet-files$/
const mainFile = /\/parquet-files\/batch_\d+\.parquet$/

/** What a writer has of its own: that of the dataset, or of one of its blocks. */
function inOwnFolder({ source }: RegExp): RegExp {
  return new RegExp(`/\\.rowsmith/(?:blocks/\\d+/)?${source}`)
}

export const injectedBugs: readonly InjectedBug[] = [
  {
    number: 1,
    name: 'journal off',
    rule: 'P1: nothing uses an answer before it is durable',
    wrap: (disk) =>
      over(disk, {
        create: async (path) => {
          const file = await disk.create(path)
          return journalFile.test(path) ? { ...methods(file), append: async () => {} } : file
        },
      }),
  },
  {
    number: 2,
    name: 'acknowledge before sync',
    rule: 'J3: an append is acknowledged by the sync that covers it',
    wrap: (disk) => withoutSync(disk, journalFile),
  },
  {
    number: 3,
    name: 'rename before draft sync',
    rule: 'section 5, step 1: drafts are synced before they are named',
    wrap: (disk) => withoutSync(disk, draft),
  },
  {
    number: 4,
    name: 'no directory sync',
    rule: 'D2: a name is durable once its folder is synced',
    wrap: (disk) => over(disk, { syncDirectory: async () => {} }),
  },
  {
    number: 5,
    name: "companions' directory unsynced",
    rule: 'section 5, step 3: every folder touched is synced',
    wrap: (disk) =>
      over(disk, {
        syncDirectory: async (path) => {
          if (!sidecarFolder.test(path)) await disk.syncDirectory(path)
        },
      }),
  },
  {
    number: 6,
    name: 'old journals unsynced before replay',
    rule: 'J5: recovery syncs old files and the folder, then reads',
    wrap: (disk) => {
      let created = false
      return over(disk, {
        create: async (path) => {
          created ||= journalFile.test(path)
          return disk.create(path)
        },
        syncFile: async (path) => {
          if (!journalFile.test(path)) await disk.syncFile(path)
        },
        syncDirectory: async (path) => {
          // Once this process writes a journal of its own, the folder is synced for that one's sake.
          if (created || !journalFolder.test(path)) await disk.syncDirectory(path)
        },
      })
    },
  },
  {
    number: 7,
    name: 'replay stops at the first bad frame',
    rule: 'J4: later valid frames count',
    wrap: (disk) => {
      let stopped = false
      return over(disk, {
        readFile: async (path) => {
          const bytes = await disk.readFile(path)
          if (!journalFile.test(path)) return bytes
          if (stopped) return bytes.subarray(0, 0)
          const good = bytesBeforeBadRecord(bytes, path)
          stopped = good < bytes.byteLength
          return bytes.subarray(0, good)
        },
      })
    },
  },
  {
    number: 8,
    name: 'lock by unlink and create',
    rule: 'D5: exactly one of several racers gets the lock',
    wrap: (disk) =>
      over(disk, {
        link: async (from, to) => {
          if (lockName.test(to) && (await disk.stat(to)) !== undefined) await disk.remove(to)
          await disk.link(from, to)
        },
      }),
  },
  {
    number: 9,
    name: 'commit frame after the renames',
    rule: 'section 5, step 2: from the commit on, and only then, recovery rolls forward',
    wrap: commitsAfterNames,
  },
  {
    number: 10,
    name: 'seed written after the first answer',
    rule: 'section 2: run.json is durable before the first request',
    wrap: runFileAfterAnswer,
  },
  {
    number: 11,
    name: 'marker before outputs',
    rule: 'S2: metadata.json says "complete" only of a table that is in place',
    wrap: (disk) =>
      over(disk, {
        create: async (path) => {
          const file = await disk.create(path)
          if (!metadataTemporary.test(path)) return file
          return {
            ...methods(file),
            append: (bytes) => {
              const text = Buffer.from(bytes).toString().replace('_state": "started"', '_state": "complete"')
              return file.append(Buffer.from(text))
            },
          }
        },
      }),
  },
  {
    number: 12,
    name: 'old table deleted before the swap',
    rule: 'S2: the old table goes when the new one is in place',
    wrap: (disk) =>
      over(disk, {
        rename: async (from, to) => {
          // A table is about to go aside: its files go for good instead.
          if (oldTable.test(to))
            for (const name of await disk.list(from)) await disk.remove(`${from}/${name}`)
          await disk.rename(from, to)
        },
      }),
  },
  {
    number: 13,
    name: 'retry that drops a row',
    rule: 'P6: a raw file is replaced only by one that holds every row of it',
    wrap: (disk) =>
      over(disk, {
        rename: async (from, to) => {
          const replaces = mainFile.test(to) && (await disk.stat(to)) !== undefined
          await disk.rename(replaces ? await withoutRows(disk, from) : from, to)
        },
      }),
  },
  {
    number: 14,
    name: 'usage counted twice',
    rule: 'P8: the accounting says what the provider counted',
    wrap: (disk) => readsJournalAs(disk, withAnswersTwice),
  },
  {
    number: 15,
    name: 'tool run again after a kill',
    rule: 'E10: what is marked `once` is not run where it may have run before',
    wrap: (disk) => readsJournalAs(disk, withoutToolIntents),
  },
  {
    number: 16,
    name: 'published image not durable',
    rule: 'section 5, step 3: companions are durable before the main file has its name',
    wrap: imagesUnsynced,
  },
  {
    number: 17,
    name: 'answer before its image',
    rule: 'a medium is durable before the answer that stands for it is',
    wrap: (disk) =>
      withoutSync(
        over(disk, {
          syncDirectory: async (path) => {
            if (!mediaFolder.test(path)) await disk.syncDirectory(path)
          },
        }),
        receivedMedium,
      ),
  },
  {
    number: 18,
    name: 'answer taken from another dataset whose key differs',
    rule: 'U1: the key decides which answer of another dataset is taken',
    wrap: takesOtherAnswers,
  },
  {
    number: 19,
    name: 'in flight at a kill, and not counted at its most',
    rule: 'B3: what may have been paid for and was not seen counts as spent',
    wrap: (disk) => readsJournalAs(disk, withoutOpenIntents),
  },
  {
    number: 20,
    name: 'a lock that is never looked at again',
    rule: 'lock, rule 5, and publishing, rule 7: a writer looks at the lock before it decides',
    wrap: blindToLaterLocks,
  },
  {
    number: 21,
    name: 'drafts and temporary files of former writers left at a takeover',
    rule: 'recovery, R0: what a former writer had not named is swept before anything is read',
    wrap: (disk) =>
      over(disk, {
        remove: async (path) => {
          if (!draft.test(path) && !temporary.test(path)) await disk.remove(path)
        },
      }),
  },
  {
    number: 22,
    name: 'a failure that stops a run early is a verdict on its row',
    rule: 'N14: rows whose failure led to an early shutdown are asked for again',
    wrap: (disk) => readsJournalAs(disk, withEarlyFailures),
  },
  {
    number: 23,
    name: 'rows read unchecked',
    rule: 'V1: a file is what its last commit says, or it is not read',
    wrap: believesWhatLiesThere,
  },
  {
    number: 24,
    name: 'a lost segment is not missed',
    rule: 'J7: a segment that is gone while a row group needs it was lost, and is told',
    wrap: (disk) =>
      over(disk, {
        readFile: async (path) => {
          const bytes = await disk.readFile(path)
          return commitsFile.test(path) ? withoutMentions(bytes, path) : bytes
        },
      }),
  },
  {
    number: 25,
    name: 'old versions of files are as good',
    rule: 'V1: the last commit counts, and no earlier one',
    wrap: (disk) =>
      over(disk, {
        list: async (folder) =>
          (await disk.list(folder)).filter((name) => !/^commits-([2-9]|\d\d+)\.log$/.test(name)),
      }),
  },
  {
    number: 26,
    name: 'a log is believed under any name',
    rule: 'R7: a log bears its own name in its first frame',
    wrap: (disk) => {
      const read = async (path: string): Promise<Uint8Array> => {
        const bytes = await disk.readFile(path)
        return journalFile.test(path) || commitsFile.test(path) ? underItsName(bytes, path) : bytes
      }
      return over(disk, {
        readFile: read,
        stat: async (path) => {
          const found = await disk.stat(path)
          if (found === undefined || !commitsFile.test(path)) return found
          return { ...found, size: (await read(path)).byteLength }
        },
      })
    },
  },
  {
    number: 27,
    name: 'published files are not read through before a run',
    rule: 'L3: published files are what their commits say, byte for byte, or it is told',
    wrap: (disk) => believesWhatLiesThere(disk, readByNoReader),
  },
  {
    number: 28,
    name: 'a lock that is not looked at before a request',
    rule: 'E13: a writer whose heartbeat is old looks at the lock before it sends',
    wrap: blindBeforeRequests,
  },
  {
    number: 29,
    name: 'a journal that cannot be written passes for one that is',
    rule: 'N15 and J6: where the disk fails while a run stops, the run ends with that',
    wrap: (disk) =>
      over(disk, {
        create: async (path) => {
          const file = await disk.create(path)
          return journalFile.test(path)
            ? { ...methods(file), append: (bytes) => file.append(bytes).catch(() => {}) }
            : file
        },
      }),
  },
  {
    number: 30,
    name: 'a takeover that does not record how far it read',
    rule: 'E12 (M9): what a writer that was taken over from appends later is no answer',
    wrap: (disk) =>
      over(disk, {
        readFile: async (path) => {
          const bytes = await disk.readFile(path)
          return commitsFile.test(path) ? withoutCuts(bytes, path) : bytes
        },
      }),
  },
  {
    number: 31,
    name: 'sidecar files placed over those of another writer',
    rule: 'T3 (M11): first publishes never replace a file, sidecar files included',
    wrap: (disk) =>
      over(disk, {
        // Drafts stay, as in 21: otherwise there is nothing left to be placed.
        remove: async (path) => {
          if (!draft.test(path)) await disk.remove(path)
        },
        link: async (from, to) => {
          const isSidecar = sidecarFolder.test(to) || answersFile.test(to)
          const isTaken = isSidecar && (await disk.stat(to)) !== undefined
          await (isTaken ? disk.rename(from, to) : disk.link(from, to))
        },
      }),
  },
]

/** Which numbers there are, in words. */
const injectedBugNumbers = injectedBugs.map(({ number }) => number).join(', ')

/** @throws RangeError for a number that is none of theirs */
export function injectBug(number: number): InjectedBug {
  const found = injectedBugs.find((item) => item.number === number)
  if (found === undefined)
    throw new RangeError(`There is no planted bug ${number}; they are ${injectedBugNumbers}.`)
  return found
}

/** Commits say of files what lies under their names now, whatever was written. */
/** Whoever reads of the journal reads something else, whole files and parts of them. */
function readsJournalAs(disk: Disk, edited: (bytes: Uint8Array, path: string) => Uint8Array): Disk {
  return over(disk, {
    readFile: async (path) => {
      const bytes = await disk.readFile(path)
      return journalFile.test(path) ? edited(bytes, path) : bytes
    },
    readRange: async (path, offset, length) =>
      journalFile.test(path)
        ? edited(await disk.readFile(path), path).slice(offset, offset + length)
        : disk.readRange(path, offset, length),
  })
}

function believesWhatLiesThere(disk: Disk, files = /^/): Disk {
  return over(disk, {
    readFile: async (path) => {
      const bytes = await disk.readFile(path)
      if (!commitsFile.test(path)) return bytes
      const directory = dirname(dirname(path))
      const found = new Map<string, { size: number; sha256: string }>()
      for (const [, name = ''] of Buffer.from(bytes)
        .toString('latin1')
        .matchAll(/"path":"([^"]+)"/g)) {
        if (!files.test(name)) continue
        const there = await disk.readFile(`${directory}/${name}`).catch(() => undefined)
        if (there !== undefined) found.set(name, { size: there.byteLength, sha256: sha256(there) })
      }
      return withCommitsOf(bytes, path, found)
    },
  })
}

/** Commit frames wait in memory until the main folder is synced, and claim to be durable meanwhile. */
function commitsAfterNames(disk: Disk): Disk {
  const held: { file: DiskFile; bytes: Uint8Array }[] = []
  return over(disk, {
    create: async (path) => {
      const file = await disk.create(path)
      if (!commitsFile.test(path)) return file
      let begun = false
      return {
        ...methods(file),
        append: async (bytes) => {
          // The first bytes make the file a log; they are no commit.
          if (begun) held.push({ file, bytes: bytes.slice() })
          else await file.append(bytes)
          begun = true
        },
        close: async () => {
          await release()
          await file.close()
        },
      }
    },
    syncDirectory: async (path) => {
      await disk.syncDirectory(path)
      if (mainFolder.test(path)) await release()
    },
  })

  async function release(): Promise<void> {
    for (const { file, bytes } of held.splice(0)) {
      await file.append(bytes)
      await file.sync()
    }
  }
}

/** A new run.json has its name only once an answer is durable; until then this process alone sees it there. */
function runFileAfterAnswer(disk: Disk): Disk {
  let held: { from: string; to: string } | undefined
  const real = (path: string): string => (held !== undefined && path === held.to ? held.from : path)
  return over(disk, {
    rename: async (from, to) => {
      if (runFile.test(to) && (await disk.stat(to)) === undefined) held = { from, to }
      else await disk.rename(from, to)
    },
    readFile: (path) => disk.readFile(real(path)),
    stat: (path) => disk.stat(real(path)),
    create: async (path) => {
      const file = await disk.create(path)
      if (!journalFile.test(path)) return file
      let answered = false
      return {
        ...methods(file),
        append: async (bytes) => {
          answered ||= Buffer.from(bytes).includes('{"t":"reply"')
          await file.append(bytes)
        },
        sync: async () => {
          await file.sync()
          if (!answered || held === undefined) return
          const { from, to } = held
          held = undefined
          await disk.rename(from, to)
          await disk.syncDirectory(dirname(to))
        },
      }
    },
  })
}

/** An image gets its final name as a copy that nobody syncs. */
function imagesUnsynced(disk: Disk): Disk {
  const copied = async (from: string, to: string): Promise<void> => {
    const file = await disk.create(to)
    await file.append(await disk.readFile(from))
    await file.close()
  }
  return over(disk, {
    link: (from, to) => (image.test(to) ? copied(from, to) : disk.link(from, to)),
    rename: async (from, to) => {
      if (!image.test(to)) return disk.rename(from, to)
      await copied(from, to)
      await disk.remove(from)
    },
  })
}

/** Of any dataset but the own one, replies files show each cell the answer of another; their commits vouch for them. */
function takesOtherAnswers(disk: Disk): Disk {
  let own: string | undefined
  const isOthers = (path: string): boolean => own !== undefined && !path.startsWith(own)
  const edited = async (path: string): Promise<Uint8Array> => answersOfOtherCells(await disk.readFile(path))
  return over(disk, {
    create: async (path) => {
      own ??= /^.*\/\.rowsmith\//.exec(path)?.[0]
      return disk.create(path)
    },
    stat: async (path) => {
      const found = await disk.stat(path)
      if (found === undefined || !answersFile.test(path) || !isOthers(path)) return found
      return { ...found, size: (await edited(path)).byteLength }
    },
    readFile: async (path) => {
      if (answersFile.test(path) && isOthers(path)) return edited(path)
      const bytes = await disk.readFile(path)
      if (!commitsFile.test(path) || !isOthers(path)) return bytes
      const folder = `${dirname(path)}/replies`
      let reported = bytes
      for (const name of await disk.list(folder)) {
        const [was, is] = [await disk.readFile(`${folder}/${name}`), await edited(`${folder}/${name}`)]
        reported = retold(reported, path, (body) =>
          body
            .replace(sha256(was), sha256(is))
            .replace(`"size":${was.byteLength}`, `"size":${is.byteLength}`),
        )
      }
      return reported
    },
  })
}

/** Once it has a lock, a process sees that one for ever, as it was, and no higher one. */
function blindToLaterLocks(disk: Disk): Disk {
  let own: { readonly path: string; readonly bytes: Uint8Array } | undefined
  return over(disk, {
    link: async (from, to) => {
      await disk.link(from, to)
      if (lockName.test(to)) own = { path: to, bytes: await disk.readFile(to) }
    },
    list: async (path) => {
      const names = await disk.list(path)
      if (own === undefined || dirname(own.path) !== path) return names
      const limit = numberOf(own.path)
      const seen = names.filter((name) => !lockName.test(`${path}/${name}`) || numberOf(name) < limit)
      return [...seen, own.path.slice(path.length + 1)]
    },
    readFile: async (path) => (path === own?.path ? own.bytes : disk.readFile(path)),
  })
}

/**
 * A process that wrote to its journal last, as before a request, sees its own lock as the highest. Before it publishes it has written
 * something else, and sees what there is.
 */
function blindBeforeRequests(disk: Disk): Disk {
  const blind = blindToLaterLocks(disk)
  let journalLast = false
  const seen = (): Disk => (journalLast ? blind : disk)
  return over(disk, {
    link: (from, to) => blind.link(from, to),
    list: (path) => seen().list(path),
    readFile: (path) => seen().readFile(path),
    create: async (path) => {
      const file = await disk.create(path)
      const append = (bytes: Uint8Array): Promise<void> => {
        if (!/\/lock\./.test(path)) journalLast = journalFile.test(path)
        return file.append(bytes)
      }
      return { ...methods(file), append }
    },
  })
}

function numberOf(lock: string): number {
  return Number(lock.slice(lock.lastIndexOf('.') + 1))
}

function withoutSync(disk: Disk, paths: RegExp): Disk {
  return over(disk, {
    create: async (path) => {
      const file = await disk.create(path)
      return paths.test(path) ? { ...methods(file), sync: async () => {} } : file
    },
    syncFile: async (path) => {
      if (!paths.test(path)) await disk.syncFile(path)
    },
  })
}

/** Another draft, with nothing but the last row of one: of rows that are equal, one less would not be noticed. */
async function withoutRows(disk: Disk, draft: string): Promise<string> {
  const rows = (await rowsOfParquet(await disk.readFile(draft), draft)).slice(-1)
  const names = Object.keys(rows[0] ?? {})
  const table = new ParquetParts(names.map((name) => ({ name, type: { kind: 'string' } })))
  table.write(
    names.map((name) => rows.map((row) => String(row[name]))),
    rows.length,
  )
  table.finish({})
  const less = `${draft}-less`
  const file = await disk.create(less)
  await file.append(table.take())
  await file.sync()
  await file.close()
  return less
}

function methods(file: DiskFile): DiskFile {
  return {
    append: (bytes) => file.append(bytes),
    sync: () => file.sync(),
    close: () => file.close(),
  }
}
