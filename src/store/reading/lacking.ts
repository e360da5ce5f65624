/**
 * What a directory of Rowsmith lacks, or has in place of what was written. Decided here, for all that resume, show or check it.
 *
 * Owns: what must be there, by what is there. Never: repairs anything, or judges what a file says of itself.
 * Rules:
 *   L1. The commit log of a process is durable before its journal, before its row groups, and before its first request. So where one of
 *       these mentions the process and its log is not there, the log was lost: what it published and paid is not known.
 *   L2. A journal segment, the media that its answers name, or the replies of a row group that is to be made again, are needed while
 *       the row group is open.
 *   L3. Published files are what their commits say, byte for byte. So much is read of all of them together as takes no time that
 *       a user notices; where there is more, sizes alone are looked at, and that is said.
 */
import { type Cuts, isStarted, segmentNames } from '../../journal/replay.ts'
import type { RunFile } from '../control/run-file.ts'
import { type CommitLogs, commitEpochs, mainFileOf } from '../logs/commits.ts'
import { segmentPath } from '../logs/lost-segments.ts'
import type { DirectoryScan } from '../publishing/scan-row-groups.ts'
import type { DatasetView } from '../view/dataset-view.ts'
import type { AllLacking, Lacking } from '../view/lacks.ts'
import { lossOf } from '../view/losses.ts'
import { CheckedFiles, type SoundFiles } from './checked-files.ts'

/**
 * Commit logs that are missing (rule L1).
 *
 * @param cuts what the logs that are there say of segments
 * @param living the epoch of the writer now: it may be beginning
 * @throws RowsmithError io_error
 */
export async function lostLogs(view: DatasetView, cuts: Cuts, living?: number): Promise<readonly Lacking[]> {
  const { directory } = view
  // First, since what mentions a process came after its log.
  const signs = new Map<number, string>()
  const note = (epoch: number, what: string): void => {
    if (!signs.has(epoch)) signs.set(epoch, what)
  }
  const names = await directory.list(directory.layout.journal)
  for (const { name, epoch } of segmentNames(names)) note(epoch, `there is ${segmentPath(name)}`)
  for (const { epoch } of segmentNames([...cuts.keys()])) note(epoch, 'a later process read its journal')
  for (const event of (await view.history())?.events ?? []) {
    const sentRequests = event.event === 'retry' || (event.event === 'end' && Number(event.requests) > 0)
    if (sentRequests && event.shard === undefined)
      note(Number(event.epoch), 'the history records its requests')
  }
  const logged = new Set<number>()
  for (const epoch of await commitEpochs(directory)) {
    if (await isStarted(directory.disk, directory.layout.commits(epoch))) logged.add(epoch)
  }
  return [...signs]
    .filter(([epoch]) => !logged.has(epoch) && epoch !== living)
    .sort(([a], [b]) => a - b)
    .map(([epoch, why]) => ({
      path: `.rowsmith/commits-${epoch}.log`,
      what: `missing, although ${why}: what its process published and paid is not known`,
    }))
}

/** Row groups of Rowsmith that no commit mentions: one did, and is lost (rule L1). */
function withoutCommits({ groups }: DirectoryScan): Lacking[] {
  return [...groups.values()].flatMap((state) => {
    if (state.kind !== 'published' || state.commit.epoch > 0) return []
    return [{ path: mainFileOf(state.commit).path, what: 'whole, but its commit is lost' }]
  })
}

/**
 * While no other process writes: what is on its way would be missed.
 *
 * @param sound what an earlier look found whole; this one adds to it
 * @throws RowsmithError journal_damaged, io_error
 */
export async function lackingIn(
  view: DatasetView,
  run: RunFile,
  sound: SoundFiles = new Map(),
): Promise<AllLacking> {
  return {
    logs: [...(await lostLogs(view, (await view.logs()).cuts)), ...withoutCommits(await view.progress())],
    unclear: unclearEnds(await view.logs()),
    answers: lossOf(await view.losses(), run),
    ...(await readThrough(view, sound)),
  }
}

const filesMax = 500
const bytesMax = 256 * 1024 * 1024

function unclearEnds({ unclear }: CommitLogs): Lacking[] {
  const what = 'bytes at its end are damage, or what its process was writing when it died'
  return unclear.map((epoch) => ({ path: `.rowsmith/commits-${epoch}.log`, what }))
}

/** Reads the files of row groups, and of the table that a stage made of them, through (rule L3). */
async function readThrough(
  view: DatasetView,
  sound: SoundFiles,
): Promise<Pick<AllLacking, 'damaged' | 'sidecars' | 'unread'>> {
  const { postProcessing: stage } = await view.logs()
  const files = (await view.published()).flatMap((commit) =>
    commit.files.filter(({ sha256 }) => sha256 !== ''),
  )
  const table = stage?.files ?? []
  const main = new Set([...files.filter(({ role }) => role === 'main'), ...table].map(({ path }) => path))
  const all = [...files, ...table]
  const bytes = all.reduce((sum, { size }) => sum + size, 0)
  if (all.length > filesMax || bytes > bytesMax) return { damaged: [], sidecars: [], unread: bytes }
  const checked = new CheckedFiles(view)
  const found = await checked.damages(all, sound)
  return {
    damaged: found.filter(({ path }) => main.has(path)),
    sidecars: found.filter(({ path }) => !main.has(path)),
    unread: 0,
  }
}
