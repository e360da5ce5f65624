/** What is wrong with the files of row groups, and what is to be done. */
import type { Severity } from '../found/findings.ts'
import type { FoundGroups, GroupFiles } from '../found/group-files.ts'
import { asNothing, type Problem, problem, type RepairAction } from '../found/problem.ts'
import { type FileRepair, type RepairContext, type RepairPlan, repairPlanFor } from './repair-plan.ts'

/** @returns what is wrong, and the groups that a repair cannot bring back: they are open */
export async function checkGroups(
  found: FoundGroups,
  rawFolder: string,
  context: RepairContext,
): Promise<{ readonly problems: Problem[]; readonly opened: ReadonlySet<number> }> {
  const problems: Problem[] = []
  const opened = new Set<number>()
  for (const group of found.groups.values()) {
    const wrong = await problemsOf(group, context)
    problems.push(...wrong.problems)
    if (wrong.opens) opened.add(group.group.group)
  }
  for (const name of found.foreign) {
    const what = 'no row group of this dataset, and other readers would take it for one'
    const repair = 'nothing: move it out of the folder; until then the dataset cannot be resumed'
    problems.push(problem('suspicious', `${rawFolder}/${name}`, what, repair, asNothing))
  }
  for (const name of found.stray) {
    const what = 'cannot be read, and the plan has no such row group'
    problems.push(problem('leftover', `${rawFolder}/${name}`, what, 'nothing: it is never read', asNothing))
  }
  return { problems, opened }
}

interface Wrong {
  readonly problems: Problem[]
  readonly opens: boolean
}

async function problemsOf(group: GroupFiles, context: RepairContext): Promise<Wrong> {
  return group.kind === 'committed' ? committed(group, context) : uncommitted(group, context)
}

async function committed(group: GroupFiles & { kind: 'committed' }, context: RepairContext): Promise<Wrong> {
  const problems = group.files
    .filter(({ state }) => state === 'draft')
    .map(({ file }) => {
      const what = 'committed, and not in its place yet: its process died before'
      const repair = 'it is put in place, as the next run would'
      return problem('leftover', file.path, what, repair, { kind: 'roll forward' })
    })
  const bad = group.files.filter(({ state }) => state === 'damaged' || state === 'missing')
  if (bad.length === 0) return { problems, opens: false }
  const plan = await repairPlanFor(group, context)
  const action: RepairAction = { kind: 'repair group', group }
  for (const { file, found } of bad) {
    const severity: Severity = found === null ? 'missing' : 'damaged'
    const how = plan.files.find(({ path }) => path === file.path)
    const what =
      found === null
        ? 'missing'
        : file.sha256 === ''
          ? 'not what its own footer says; what was written is not known any more'
          : found.size !== file.size
            ? `${found.size} bytes, and ${file.size} were written`
            : `its SHA-256 is ${found.sha256.slice(0, 12)}…, and ${file.sha256.slice(0, 12)}… was written`
    const opening = file.role === 'main' && plan.opens
    problems.push({
      ...problem(severity, file.path, what, sentence(how, plan, found !== null), action),
      repairable: how !== undefined && how.how !== 'stay' && !(opening && found === null),
      ...(opening ? { cost: plan.cost } : {}),
    })
  }
  return { problems, opens: plan.opens }
}

async function uncommitted(
  group: GroupFiles & { kind: 'uncommitted' },
  context: RepairContext,
): Promise<Wrong> {
  if (group.state === 'another tool') return { problems: [], opens: false }
  const plan = await repairPlanFor(group, context)
  const action: RepairAction = { kind: 'repair group', group }
  const severity: Severity = group.state === 'damaged' ? 'damaged' : 'missing'
  const what =
    group.state === 'rowsmith'
      ? 'whole, but its commit is lost: what it cost is not known any more'
      : group.state === 'damaged'
        ? 'not what its own footer says, and its commit is lost'
        : 'missing, and its commit with it'
  const repair =
    plan.commit !== null
      ? `committed again${plan.files.length > 0 ? ', with what its stored answers give' : ''}; its usage is what was answered or refused`
      : `${plan.files.length > 0 ? 'set aside; ' : ''}the next resume makes it: ${plan.why}`
  const repairable = plan.commit !== null || plan.files.length > 0
  const finding = problem(severity, group.path, what, repair, action, { cost: plan.cost, repairable })
  const lost = plan.lost.map((path) => {
    const why = 'its commit is lost, and it is not what its own footer says, or missing'
    return problem('damaged', path, why, `nothing: ${plan.why}`, asNothing)
  })
  return { problems: [finding, ...lost], opens: plan.opens }
}

function sentence(file: FileRepair | undefined, { opens, why }: RepairPlan, found: boolean): string {
  switch (file?.how) {
    case 'put back':
      return `put back from ${file.from}`
    case 'make again':
      return 'rebuild from stored answers, with the same bytes'
    case 'set aside':
      return `${found ? 'set aside; ' : ''}the next resume makes the row group: ${why}`
    case 'leave out':
      return 'set aside and left out of the commit: the rows are whole, their answers are lost'
    default:
      return opens
        ? 'comes with its row group, which the next resume makes'
        : `nothing: ${why}; the rows of its row group are whole`
  }
}
