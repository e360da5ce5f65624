/**
 * Every published row group derived again from its stored answers, in memory and without a network, and held against its files.
 *
 * Changes no byte. A group that another tool made, or whose answers are missing, cannot be replayed, and is distinguished from one
 * that comes out differently.
 */

import { asRowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { formatJson } from '../base/values/json.ts'
import { memberOf } from '../base/values/value.ts'
import { answersFileOf } from '../run/seal/answers-file.ts'
import type { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { rowsOfParquet } from '../store/parquet/parquet-rows.ts'
import { readFooter } from '../store/publishing/footer.ts'
import { bytesOf, filesOf, type LazyFile, type PublishedFile } from '../store/publishing/publish.ts'
import type { Checked } from './checking/check.ts'
import { recordsOf } from './checking/repair-plan.ts'
import type { ReplayedGroup, Verification } from './found/findings.ts'
import type { FileState, GroupFiles } from './found/group-files.ts'

type Replay = NonNullable<Verification['replay']>

/** @throws RowsmithError function_missing, config_differs: what its functions are called is all that is left; the signal's reason */
export async function replay(
  checked: Checked,
  onGroup: (done: number, of: number, bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Replay> {
  const groups = [...checked.groups.values()].filter((group) => group.kind === 'committed')
  if (groups.length > 0) await checked.context.rebuilder.requireFunctions()
  const others: ReplayedGroup[] = []
  let bytes = 0
  for (const [index, group] of groups.entries()) {
    signal?.throwIfAborted()
    const replayed = await replayGroup(group, checked)
    bytes += group.commit.files.reduce((sum, { size }) => sum + size, 0)
    if (replayed.outcome !== 'equal') others.push(replayed)
    onGroup(index + 1, groups.length, bytes)
  }
  const count = (outcome: ReplayedGroup['outcome']): number =>
    others.filter((group) => group.outcome === outcome).length
  return {
    equal: groups.length - others.length,
    differing: count('differs'),
    not_replayed: count('not replayed'),
    groups: others,
  }
}

type Committed = GroupFiles & { kind: 'committed' }

async function replayGroup(found: Committed, { context }: Checked): Promise<ReplayedGroup> {
  const { group } = found.group
  const not = (reason: string): ReplayedGroup => ({ group, outcome: 'not replayed', files: [], reason })
  const { directory, rebuilder } = context
  const main = found.files.find(({ file }) => file.role === 'main')
  if (main?.state !== 'whole') return not('its file is not what was written')
  if (!(await isOwn(main, directory))) return not('another tool made it')
  const data = found.commit.files.filter(({ path }) => path !== answersFileOf(found.commit)?.path)
  const rebuilt = await rebuilder.rebuild(found.group, await recordsOf(found, group, context), data)
  if (typeof rebuilt === 'string') return not(rebuilt)
  const { publication } = rebuilt
  if (publication === null) {
    const unused = rebuilt.answersUnused
    // Other requests than those that were answered: what is requested changed, and nothing is lost.
    if (unused >= rebuilt.cost.requests && unused > 0) {
      const reason = `its cells ask something else than was answered: ${unused} stored answers are not used`
      return { group, outcome: 'differs', files: [main.file.path], reason }
    }
    return not(`${rebuilt.cost.requests} answers are not stored`)
  }
  const derived = filesOf(publication)
  const files = data.filter((file) => derived.find(({ path }) => path === file.path)?.sha256 !== file.sha256)
  if (files.length === 0) return { group, outcome: 'equal', files: [], reason: null }
  const paths = files.map(({ path }) => path)
  const again = derived.find(({ path }) => path === paths[0])
  const reason =
    again === undefined
      ? `${paths[0]} is not made any more`
      : await firstDifference(directory, present(paths[0], 'paths'), again)
  return { group, outcome: 'differs', files: paths, reason }
}

/** A group of another tool was recorded as it lay there, and its files say nothing of a row group. */
async function isOwn(main: FileState, directory: DatasetDirectory): Promise<boolean> {
  const footer = await readFooter(directory.files, main.file.path, main.file.size)
  return footer?.group !== undefined
}

/** Where the rows of a file first differ from those that are made now. */
async function firstDifference(
  directory: DatasetDirectory,
  path: string,
  file: PublishedFile | LazyFile,
): Promise<string> {
  if (!path.endsWith('.parquet')) return `${path} is another file now`
  try {
    const again = await bytesOf(file)
    const [before, now] = [
      await rowsOfParquet(await directory.files.readFile(path), path),
      await rowsOfParquet(again, path),
    ]
    if (before.length !== now.length) return `${now.length} rows are made, and ${before.length} were written`
    for (const [index, row] of before.entries()) {
      const other = present(now[index], 'now')
      for (const column of new Set([...Object.keys(row), ...Object.keys(other)])) {
        if (formatJson(memberOf(row, column) ?? null) === formatJson(memberOf(other, column) ?? null))
          continue
        return `another value is made of the same answers: ${path}, its row ${index}, column "${column}"`
      }
    }
    return 'the same values in other bytes: another version of Rowsmith, or of Node, wrote it'
  } catch (error) {
    return asRowsmithError(error).message
  }
}
