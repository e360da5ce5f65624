import { groupCount } from '../../plan/row-groups.ts'
import type { Recovered } from '../../run/open/recover.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { type PostProcessingCommit, postProcessingState } from '../../store/logs/post-processing-commits.ts'
import { type GroupFiles, isThere, type ScanContext } from '../found/group-files.ts'
import { asNothing, type Problem, problem } from '../found/problem.ts'

/** How far the stage is, by the row groups that were found. @throws RowsmithError io_error */
export async function postProcessingOf(
  { directory, run }: ScanContext,
  groups: Iterable<GroupFiles>,
  last: PostProcessingCommit | undefined,
): Promise<Recovered['postProcessing']> {
  if (run === null) return { last: undefined, state: 'none' }
  const commits = [...groups].flatMap((group) =>
    group.kind === 'committed' && isThere(group.files) ? [group.commit] : [],
  )
  return { last, state: await postProcessingState(directory, run, commits, last) }
}

/** @throws RowsmithError io_error */
export async function checkTable(
  { directory, hasher, onBytes }: ScanContext,
  run: RunFile,
  { last, state }: Recovered['postProcessing'],
): Promise<Problem[]> {
  if (state === 'none' || last === undefined) return []
  const again = `the next resume makes the table again from its ${groupCount(run.segments)} raw row groups, and sends no request`
  const problems: Problem[] = []
  for (const { path, size, sha256 } of last.files) {
    const found = await directory.files.stat(path)
    if (found?.kind !== 'file') {
      problems.push(problem('missing', path, 'missing', `nothing is lost: ${again}`, asNothing))
      continue
    }
    const hash = await hasher.hash(path, found.size, onBytes)
    if (found.size === size && hash === sha256) continue
    const what =
      found.size === size
        ? `its SHA-256 is ${hash.slice(0, 12)}…, and ${sha256.slice(0, 12)}… was written`
        : `${found.size} bytes, and ${size} were written`
    problems.push(problem('damaged', path, what, `set aside; ${again}`, { kind: 'set aside', path }))
  }
  return problems
}
