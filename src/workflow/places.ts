/**
 * Where everything of a workflow lies. Paths only.
 *
 * Its folder holds `workflow-metadata.json`, a dataset directory per stage, `stage-0-facts`, and `stage-outputs`, the files made
 * between stages. Paths from one stage to another are relative, so that the folder can be moved.
 */
import { join } from 'node:path'

export function recordPath(folder: string): string {
  return join(folder, 'workflow-metadata.json')
}

export const outputsFolder = 'stage-outputs'

/** The folder that a stage is born with, where it stands first. */
function birthFolder(index: number, name: string): string {
  return `stage-${index}-${name}`
}

/** The dataset directory of a stage. @param run counts from 1: how often it was started again on request */
export function stepFolder(born: string, run: number): string {
  return run === 1 ? born : `${born}.r${run}`
}

/**
 * The folder that a stage was born with, wherever it stands by now: that of the record, else one of its name.
 *
 * @param names of everything in the workflow's folder
 * @param directory the dataset that the record says it has
 */
export function bornAs(
  index: number,
  name: string,
  names: readonly string[],
  directory: string | null,
): string {
  const here = birthFolder(index, name)
  const ofName = [
    ...new Set(
      [...names, ...(directory === null ? [] : [directory])].flatMap((entry) => bornOf(entry, name)),
    ),
  ]
  const recorded = directory === null ? [] : bornOf(directory, name)
  return recorded[0] ?? (ofName.includes(here) ? here : (ofName[0] ?? here))
}

/** `stage-1-b` of `stage-1-b`, `stage-1-b.r2` and its siblings. */
function bornOf(entry: string, name: string): string[] {
  const [, index] = /^stage-(\d+)-/.exec(entry) ?? []
  const born = `stage-${index}-${name}`
  const rest = entry.slice(born.length)
  return index !== undefined &&
    entry.startsWith(born) &&
    /^(?:\.r\d+)?(?:_\d\d-\d\d-\d{4}_\d{6}(?:_\d+)?)?$/.test(rest)
    ? [born]
    : []
}

/** The highest run of a stage that the names of a folder mention, at least 1. */
export function latestRun(born: string, names: readonly string[]): number {
  const runs = names.flatMap((entry) => {
    const match = entry.startsWith(`${born}.r`) ? /^\d+/.exec(entry.slice(born.length + 2)) : null
    return match === null ? [] : [Number(match[0])]
  })
  return Math.max(1, ...runs)
}

/** A stage, and the columns that it makes. */
export interface NamedStep {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * Stages that have other names by now: each new name with the one that is missing and makes the same columns, or most of them; where none of them
 * is made again, with the one in whose place it stands.
 */
export function renamed(
  before: readonly NamedStep[],
  now: readonly NamedStep[],
): ReadonlyMap<string, string> {
  const isIn = (steps: readonly NamedStep[], { name }: NamedStep) => steps.some((each) => each.name === name)
  const removed = before.filter((step) => !isIn(now, step))
  const added = now.filter((step) => !isIn(before, step))
  const pairs = removed.flatMap((old) =>
    added.map((step) => ({ old, stage: step, likeness: likeness(old, step, before, now) })),
  )
  const found = new Map<string, string>()
  for (const { old, stage: step, likeness } of pairs.sort((a, b) => b.likeness - a.likeness)) {
    if (likeness === 0 || found.has(step.name) || [...found.values()].includes(old.name)) continue
    found.set(step.name, old.name)
  }
  return found
}

function likeness(
  old: NamedStep,
  step: NamedStep,
  before: readonly NamedStep[],
  now: readonly NamedStep[],
): number {
  const shared = step.columns.filter((name) => old.columns.includes(name)).length
  return shared + (before.indexOf(old) === now.indexOf(step) ? 0.5 : 0)
}
