/** What a directory lacks, or has in place of what was written; `store/reading/lacking.ts` finds it out. */
import { shellWord } from '../../base/text/shell-word.ts'
import type { Loss } from '../../plan/facts.ts'
import { type Commit, mainFileOf } from '../logs/commits.ts'
import type { DirectoryScan } from '../publishing/scan-row-groups.ts'

/** A file that is missing, or is not what was written. */
export interface Lacking {
  /** Below the dataset directory. */
  readonly path: string
  readonly what: string
}

export interface AllLacking {
  /** Commit logs, or commits of row groups. */
  readonly logs: readonly Lacking[]
  /** Stored answers that open row groups need; null for none. */
  readonly answers: Loss | null
  /** Main files, and files of tables, that are not what was written: their rows would be wrong. */
  readonly damaged: readonly Lacking[]
  /** Other files that go with row groups and are not what was written: their rows are whole. */
  readonly sidecars: readonly Lacking[]
  /** Ends of commit logs that may be damage, or what a process was writing when it died: it is unknown. */
  readonly unclear: readonly Lacking[]
  /** Bytes that were not read, since there are too many of them. */
  readonly unread: number
}

export const nothingLacking: AllLacking = {
  logs: [],
  answers: null,
  damaged: [],
  sidecars: [],
  unclear: [],
  unread: 0,
}

/** Sidecar files of published groups that are missing, or have another size. */
export function missingIn({ groups }: DirectoryScan): string[] {
  return [...groups.values()].flatMap((state) => ('missing' in state ? state.missing : [])).sort()
}

/** Data files that were committed and are not there, or not as they were written: their row groups are open again. */
export function lostIn({ groups }: DirectoryScan, commits: readonly Commit[]): Lacking[] {
  const lasts = new Map(commits.map((commit) => [commit.group, commit]))
  return [...groups].flatMap(([group, state]) => {
    const commit = lasts.get(group)
    if (state.kind !== 'open' || commit === undefined) return []
    const what =
      'missing, or not what was written: its row group is open again, and is rebuilt from stored answers'
    return [{ path: mainFileOf(commit).path, what }]
  })
}

/** What helps where a file of a dataset is not what was written. */
export function repairStep(directory: string): string {
  return `Repair it with \`rowsmith verify ${shellWord(directory)} --repair\`.`
}
