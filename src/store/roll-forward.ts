/**
 * Recovery of row groups: finishes what is committed, reopens what is lost, and puts what is broken aside.
 * Whoever calls this holds the lock, and has refused the directory if foreign files are in it.
 *
 * Rules:
 *   1. Commits are made durable before anything is done in their name (J5).
 *   2. Folders of published files are synced even when nothing is left to do: whoever put the files there may have
 *      died before it could.
 *   3. Nothing is deleted but drafts of groups that are published. An unreadable file goes to the quarantine.
 *   4. Done twice, it does nothing the second time.
 */
import { dirname } from 'node:path'
import type { Disk } from '../disk/disk.ts'
import { type Commit, syncCommits } from './commits.ts'
import { ensureDirectory, syncDirectory } from './directories.ts'
import type { DatasetLayout } from './layout.ts'
import { putInPlace, removeDraft } from './publish.ts'
import { setAside } from './replace-whole.ts'
import { type SurveyOptions, survey } from './survey.ts'

export interface RolledForward {
  /** Groups that are published now, by number: what counts as progress. */
  readonly published: ReadonlyMap<number, Commit>
  /** Those of them that another tool made, and that no commit tells of yet. */
  readonly adopted: readonly number[]
  /** Groups that were committed, or had a file, and must be made again; lowest first. */
  readonly reopened: readonly number[]
  /** Companions of published groups that are gone: relative paths. */
  readonly missing: readonly string[]
  /** Where unreadable files went: relative paths. */
  readonly quarantined: readonly string[]
}

/** @throws RowsmithError disk_full, sync_failed, io_error or lock_lost */
export async function rollForward(
  disk: Disk,
  layout: DatasetLayout,
  commits: readonly Commit[],
  options: SurveyOptions = {},
): Promise<RolledForward> {
  await syncCommits(disk, layout)
  const rawFolder = options.rawFolder ?? 'parquet-files'
  const { groups, drafts } = await survey(disk, layout, commits, options)
  const published = new Map<number, Commit>()
  const adopted: number[] = []
  const reopened: number[] = []
  const missing: string[] = []
  const quarantined: string[] = []
  const folders = new Set<string>()

  for (const [group, state] of [...groups].sort(([a], [b]) => a - b)) {
    if (state.kind === 'adopted') {
      adopted.push(group)
      published.set(group, state.commit)
      folders.add(layout.file(rawFolder))
      continue
    }
    if (state.kind !== 'published' && state.damaged !== undefined) {
      quarantined.push(await quarantine(disk, layout, rawFolder, state.damaged))
    }
    if (state.kind === 'open') {
      reopened.push(group)
      continue
    }
    const lost = new Set(state.missing)
    const present = state.commit.files.filter((file) => !lost.has(file.path))
    for (const folder of new Set(present.map((file) => dirname(layout.file(file.path))))) {
      if (!folders.has(folder)) await ensureDirectory(disk, layout, folder)
      folders.add(folder)
    }
    if (state.kind === 'committed') {
      await putInPlace(disk, layout, present, state.commit.replaces)
      for (const { draft } of state.commit.files) {
        if (drafts.includes(draft)) await removeDraft(disk, layout, draft)
      }
    }
    published.set(group, state.commit)
    missing.push(...state.missing)
  }
  for (const folder of folders) await syncDirectory(disk, folder)
  return { published, adopted, reopened, missing, quarantined }
}

/** Moves an unreadable file of the raw folder out of the dataset, under a name that is free. @returns its path now, relative */
export async function quarantine(
  disk: Disk,
  layout: DatasetLayout,
  rawFolder: string,
  name: string,
): Promise<string> {
  const to = await setAside(disk, layout, `${rawFolder}/${name}`)
  return to ?? `.rowsmith/quarantine/${name}`
}
