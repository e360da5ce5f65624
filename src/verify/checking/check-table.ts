import { groupCount } from '../../plan/row-groups.ts'
import type { Recovered } from '../../run/open/recover.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { type StageCommit, stageState } from '../../store/logs/stage-commits.ts'
import { type GroupFiles, isThere, type LookingAt } from '../found/group-files.ts'
import { asNothing, type Problem, problem } from '../found/problem.ts'

/** How far the stage is, by the row groups that were found. @throws RowsmithError io_error */
export async function stageOf(
  { directory, run }: LookingAt,
  groups: Iterable<GroupFiles>,
  last: StageCommit | undefined,
): Promise<Recovered['stage']> {
  if (run === null) return { last: undefined, state: 'none' }
  const commits = [...groups].flatMap((group) =>
    group.kind === 'committed' && isThere(group.files) ? [group.commit] : [],
  )
  return { last, state: await stageState(directory, run, commits, last) }
}

/** @throws RowsmithError io_error */
export async function checkTable(
  { directory, hasher, onBytes }: LookingAt,
  run: RunFile,
  { last, state }: Recovered['stage'],
): Promise<Problem[]> {
  if (state === 'none' || last === undefined) return []
  const again = `the next resume makes the table again from its ${groupCount(run.segments)} raw row groups, and asks nobody`
  const problems: Problem[] = []
  for (const { path, size, sha256 } of last.files) {
    const file = directory.file(path)
    const found = await directory.stat(file)
    if (found?.kind !== 'file') {
      problems.push(problem('missing', path, 'gone', `nothing is lost: ${again}`, asNothing))
      continue
    }
    const hash = await hasher.hash(file, found.size, onBytes)
    if (found.size === size && hash === sha256) continue
    const what =
      found.size === size
        ? `its SHA-256 is ${hash.slice(0, 12)}…, and ${sha256.slice(0, 12)}… was written`
        : `${found.size} bytes, and ${size} were written`
    problems.push(problem('damaged', path, what, `set aside; ${again}`, { kind: 'set aside', path }))
  }
  return problems
}
