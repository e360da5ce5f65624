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

/** The dataset directory of a stage. @param run counts from 1: how often it was begun anew on request */
export function stageFolder(index: number, name: string, run: number): string {
  return `stage-${index}-${name}${run === 1 ? '' : `.r${run}`}`
}

/** The highest run of a stage that the names of a folder tell of, at least 1. */
export function latestRun(index: number, name: string, names: readonly string[]): number {
  const first = stageFolder(index, name, 1)
  const runs = names.flatMap((entry) => {
    const match = entry.startsWith(`${first}.r`) ? /^\d+/.exec(entry.slice(first.length + 2)) : null
    return match === null ? [] : [Number(match[0])]
  })
  return Math.max(1, ...runs)
}
