/** The logs of a dataset that several processes make: of each block its own, and what they say together. */
import type { ProcessIdentity } from '../../disk/process-identity.ts'
import type { LockFacts } from '../../plan/facts.ts'
import { writingEpoch } from '../../store/lock/lock.ts'
import type { Commit } from '../../store/logs/commits.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { type Logs, readLogs } from './logs.ts'

export interface BlockLogs {
  readonly view: DatasetView
  readonly lock: LockFacts
  /** The epoch of its writer. */
  readonly living: number | undefined
  readonly logs: Logs
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
export function withLogsOfBlocks(own: Logs, blocks: readonly BlockLogs[]): Logs {
  if (blocks.length === 0) return own
  const all = [
    ...blocks.map(({ view, logs }) => ({ ...logs, commits: logs.commits.map(draftedIn(view)) })),
    own,
  ]
  return {
    ...own,
    commits: all.flatMap(({ commits }) => commits),
    effects: new Map(all.flatMap(({ effects }) => [...effects])),
    retries: {
      all: all.flatMap(({ retries }) => retries.all),
      done: new Set(all.flatMap(({ retries }) => [...retries.done])),
    },
  }
}

/** Names of drafts, as the dataset itself has them: from its own folder of drafts on. */
export async function draftsOf({ directory }: DatasetView): Promise<string[]> {
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

/** A path as the block names it, below the dataset directory. */
export function pathInBlock({ view }: BlockLogs, path: string): string {
  return view.directory.named(path)
}
