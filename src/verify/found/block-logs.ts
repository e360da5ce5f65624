/** The logs of a dataset that several processes make: of each block its own, and what they say together. */
import type { ProcessIdentity } from '../../disk/process-identity.ts'
import type { LockFacts } from '../../plan/facts.ts'
import { writingEpoch } from '../../store/lock/lock.ts'
import type { Commit } from '../../store/logs/commits.ts'
import { joinedRetries } from '../../store/logs/retries.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type Logs, readLogs } from './logs.ts'

/** Of the dataset itself, or of one of its blocks. */
export interface PartLogs {
  readonly view: DatasetView
  /** The epoch of its writer. */
  readonly living: number | undefined
  readonly logs: Logs
}

interface BlockLogs extends PartLogs {
  readonly lock: LockFacts
}

/** @throws RowsmithError io_error */
export async function logsOfBlocks(whole: DatasetView, self: ProcessIdentity): Promise<BlockLogs[]> {
  const blocks: BlockLogs[] = []
  // A plan that cannot be read is reported with run.json.
  for (const view of await whole.blocks().catch(() => [])) {
    const lock = await view.lock(self)
    const living = lock.kind === 'held' ? await writingEpoch(view.directory) : undefined
    blocks.push({ view, lock, living, logs: await readLogs(view.directory) })
  }
  return blocks
}

/** What row groups are known by: their commits, and what is stored of them. The files of the logs stay those of the dataset itself. */
export function withLogsOfBlocks(own: Logs, blocks: readonly PartLogs[]): Logs {
  if (blocks.length === 0) return own
  const all = [
    ...blocks.map(({ view, logs }) => ({ ...logs, commits: logs.commits.map(draftedIn(view)) })),
    own,
  ]
  return {
    ...own,
    commits: all.flatMap(({ commits }) => commits),
    effects: new Map(all.flatMap(({ effects }) => [...effects])),
    retries: joinedRetries(all.map(({ retries }) => retries)),
  }
}

/** Names of drafts, as the dataset itself has them: from its own folder of drafts on. */
export async function draftsOf({ view: { directory } }: PartLogs): Promise<string[]> {
  const names = await directory.files.list('.rowsmith/drafts')
  return names.map((name) => draftIn(directory.block, name))
}

function draftIn(block: number | undefined, name: string): string {
  return block === undefined || name === '' ? name : `../blocks/${block}/drafts/${name}`
}

function draftedIn({ directory }: DatasetView): (commit: Commit) => Commit {
  const { block } = directory
  return (commit) => ({
    ...commit,
    files: commit.files.map((file) => ({ ...file, draft: draftIn(block, file.draft) })),
  })
}
